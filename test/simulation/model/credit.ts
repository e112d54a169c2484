/** How much credit each dealer has, and whether what was granted and refused went by it. */

import { type Cents, cents, least, plusDays, text, total } from './cents.ts'
import type { Data, Seen } from './law.ts'
import { law } from './law.ts'
import type { Dealer, OrderCredit, Tree } from './tree.ts'

type Guarantee = {
  guarantor: string
  dealerId: string
  amount: Cents
  until: string
  orderId: string | undefined
  revoked: boolean
}

type Wanted = Readonly<{ orderId: string; amount: Cents }>

export type Credit = ReturnType<typeof createCredit>

export function createCredit(tree: Tree) {
  const guarantees = new Map<string, Guarantee>()
  /** How far reviewers let orders go. */
  const approved = new Map<string, Cents>()
  /** What an order held before the hold that replaces it in the same write. */
  const replaced = new Map<string, Cents>()

  /** headroom, made anew from the dealer and all below it (DOMAIN: Credit). */
  function roomOf(dealer: Dealer, on: string, wanted?: Wanted, without?: OrderCredit) {
    const below = tree.below(dealer.dealerId)
    const exposure = total(below.map(({ held, owed }) => held + owed))
    const cash = total(below.map((one) => one.cash - one.reserved - tree.earmarked(one.dealerId)))
    const temporary = dealer.temporary.filter(({ from, to }) => from <= on && on < to)
    const released = [...tree.orders().values()]
      .filter((order) => order !== without)
      .map(({ releases, held, owed }) => least(releases.get(dealer.dealerId) ?? 0n, held + owed))
    const before =
      dealer.limit +
      total(temporary.map(({ amount }) => amount)) +
      guaranteed(dealer, on, false, wanted) +
      total(released) +
      cash -
      exposure
    // What is left of a revoked guarantee bears what exceeds the limit, and gives room to nothing new.
    const bearing = before < 0n ? least(guaranteed(dealer, on, true, wanted), -before) : 0n
    return { exposure, headroom: before + bearing, kept: bearing }
  }

  function guaranteed({ dealerId }: Dealer, on: string, revoked: boolean, wanted?: Wanted): Cents {
    const inForce = [...guarantees.values()].filter(
      (one) => one.dealerId === dealerId && one.until > on && one.revoked === revoked,
    )
    const byOrder = Map.groupBy(inForce, ({ orderId }) => orderId)
    return total(
      [...byOrder].map(([orderId, all]) => {
        const amount = total(all.map((one) => one.amount))
        if (orderId === undefined) return amount
        const order = tree.orders().get(orderId)
        const isTheirs = order !== undefined && tree.isBelow(order.dealerId, dealerId)
        const taken = isTheirs ? order.held + order.owed : 0n
        return least(amount, taken + (wanted?.orderId === orderId ? wanted.amount : 0n))
      }),
    )
  }

  const handlers: Record<string, (data: Data, seen: Seen) => void> = {
    DealerJoined: ({ dealerId, parentDealerId }) => void tree.join(dealerId, parentDealerId),
    LimitSet({ dealerId, limit }, seen) {
      tree.dealer(dealerId, seen).limit = cents(limit)
    },
    TemporaryLimitSet({ dealerId, temporaryLimitId: id, amount, from, to }, seen) {
      tree.dealer(dealerId, seen).temporary.push({ id, amount: cents(amount), from, to })
    },
    TemporaryLimitEnded({ dealerId, temporaryLimitId }, seen) {
      const dealer = tree.dealer(dealerId, seen)
      dealer.temporary = dealer.temporary.filter(({ id }) => id !== temporaryLimitId)
    },
    GuaranteeGiven: guaranteeGiven,
    GuaranteeRevoked({ guaranteeId, used }) {
      const guarantee = guarantees.get(guaranteeId)
      if (guarantee) Object.assign(guarantee, { amount: cents(used), revoked: true })
    },
    GuaranteeEnded: ({ guaranteeId }) => void guarantees.delete(guaranteeId),
    OrderApproved({ orderId, release }) {
      if (release !== undefined) approved.set(orderId, cents(release))
    },
    HoldPlaced: holdPlaced,
    HoldRefused: holdRefused,
    HoldReleased: holdReleased,
    DealerMoved({ dealerId, parentDealerId }, seen) {
      tree.dealer(dealerId, seen).parent = parentDealerId
      for (const order of tree.orders().values()) {
        for (const superior of order.releases.keys()) {
          if (!tree.isBelow(order.dealerId, superior)) order.releases.delete(superior)
        }
      }
    },
  }

  function guaranteeGiven(data: Data, seen: Seen): void {
    const { guaranteeId, guarantorDealerId: guarantor, dealerId, amount, until, orderId } = data
    const given = { dealerId, amount: cents(amount), until, orderId, revoked: false }
    guarantees.set(guaranteeId, { guarantor, ...given })
    const on = seen.metadata.bookedOn
    const all = [...guarantees.values()].filter(
      (one) => one.guarantor === guarantor && one.until > on,
    )
    const sum = total(all.map((one) => one.amount))
    const { limit } = tree.dealer(guarantor, seen)
    law(
      'all that a dealer guarantees stays within its own limit',
      sum <= limit && guarantor !== dealerId && tree.isBelow(dealerId, guarantor),
      () => `${guarantor} guarantees ${text(sum)}, its limit is ${text(limit)}`,
      seen,
    )
  }

  /** Granted only if the dealer and every superior have the headroom for what it is more. */
  function holdPlaced(data: Data, seen: Seen): void {
    const { dealerId, orderId, amount, release, releasedFor = [], prepayment, earmarked } = data
    const order = tree.order(orderId, dealerId)
    const before = replaced.get(orderId) ?? order.held
    replaced.delete(orderId)
    tree.change(order, seen, { held: cents(amount) - order.held })
    order.prepayment = cents(prepayment)
    order.earmarked += cents(earmarked)
    order.releases = new Map(releasedFor.map((one: Data) => [one.dealerId, cents(one.amount)]))
    const isMore = cents(amount) > before
    const { frozen } = tree.dealer(dealerId, seen)
    law('a frozen dealer gets nothing more', !isMore || !frozen, () => dealerId, seen, orderId)
    law(
      'an order goes no further past the limit than reviewers let it',
      cents(release) <= (approved.get(orderId) ?? 0n),
      () => `${orderId} goes ${release} past, ${text(approved.get(orderId) ?? 0n)} was approved`,
      seen,
      orderId,
    )
    if (isMore) withinLimits(order, seen)
  }

  /** Past no limit on the path, or no further than was released for this order. */
  function withinLimits(order: OrderCredit, seen: Seen): void {
    const { orderId } = order
    for (const dealer of tree.path(order.dealerId)) {
      const bare = roomOf(dealer, seen.metadata.bookedOn, undefined, order)
      const headroom = bare.headroom + (order.releases.get(dealer.dealerId) ?? 0n)
      law(
        'no hold is granted past the limit of a dealer or of a superior',
        headroom >= 0n,
        () => `${orderId} takes ${dealer.dealerId} ${text(-headroom)} past its limit`,
        seen,
        orderId,
      )
    }
  }

  /** Refused for want of headroom only where it lacks, and with the figures. */
  function holdRefused({ dealerId, orderId, amount, refusal }: Data, seen: Seen): void {
    const { code, decision } = refusal
    const isFrozen = tree.dealer(dealerId, seen).frozen !== undefined
    if (code === 'ordering-frozen')
      law('who is not frozen may order', isFrozen, () => dealerId, seen)
    if (code !== 'credit-insufficient') return
    const order = tree.order(orderId, dealerId)
    const [on, more] = [seen.metadata.bookedOn, cents(amount) - order.held]
    const wanted = { orderId, amount: more }
    const kept = [...order.releases.values()]
    const allowed = [cents(decision.inputs.release), ...kept].reduce(larger)
    const lacks = (dealer: Dealer) => more - roomOf(dealer, on, wanted, order).headroom
    const blocking = tree.path(dealerId).find((dealer) => lacks(dealer) > allowed)
    const room = blocking && roomOf(blocking, on, wanted)
    const expected = blocking &&
      room && {
        dealerId: blocking.dealerId,
        limit: text(blocking.limit),
        exposure: text(room.exposure),
        headroom: text(room.headroom),
        ...(room.kept > 0n ? { keptOfRevokedGuarantees: text(room.kept) } : {}),
        wanted: text(more),
        // What revoked guarantees still bear has to shrink before there is room again.
        shortfall: text(more - room.headroom + room.kept),
        releaseNeeded: text(tree.path(dealerId).map(lacks).reduce(larger)),
      }
    const { release: _release, ...figures } = decision.inputs
    law(
      'a hold is refused for want of headroom, with the figures',
      more > 0n && JSON.stringify(figures) === JSON.stringify(expected),
      () => `${JSON.stringify(figures)}, expected ${JSON.stringify(expected)}`,
      seen,
      orderId,
    )
  }

  function holdReleased({ dealerId, orderId, amount, prepaymentFreed }: Data, seen: Seen): void {
    const order = tree.order(orderId, dealerId)
    law(
      'a release gives back what is held, once',
      cents(amount) === order.held && cents(prepaymentFreed) <= order.earmarked,
      () => `${amount} released of ${orderId}, ${text(order.held)} is held`,
      seen,
      orderId,
    )
    replaced.set(orderId, order.held)
    tree.change(order, seen, { held: -cents(amount) })
    order.earmarked -= cents(prepaymentFreed)
  }

  return {
    see: (seen: Seen) => handlers[seen.type]?.(seen.data, seen),
    /** Between two writes. */
    settled: () => replaced.clear(),
    order: (orderId: string) => tree.orders().get(orderId),
    /** The streams of facilities in which a temporary limit or a guarantee ends with a day. */
    ending(date: string): readonly string[] {
      const limits = [...tree.dealers().values()].filter(({ temporary }) =>
        temporary.some(({ to }) => to <= plusDays(date, 1)),
      )
      const given = [...guarantees.values()].filter(({ until }) => until <= plusDays(date, 1))
      const dealers = [...limits, ...given].map(({ dealerId }) => tree.path(dealerId).at(-1))
      return dealers.map((root) => `facility-${root?.dealerId}`)
    },
  }
}

function larger(one: Cents, other: Cents): Cents {
  return one > other ? one : other
}
