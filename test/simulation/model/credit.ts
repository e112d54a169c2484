/** What each dealer owes, holds and has paid, and how much credit that leaves. */

import { type Cents, cents, least, text, total } from './cents.ts'
import type { Data, Seen } from './law.ts'
import { law } from './law.ts'

export type Dealer = {
  dealerId: string
  parent: string | undefined
  children: Dealer[]
  limit: Cents
  temporary: { amount: Cents; from: string; to: string }[]
  cash: Cents
  earmarked: Cents
  held: Cents
  owed: Cents
  receivables: Receivable[]
}

type Guarantee = { dealerId: string; amount: Cents; until: string; orderId: string | undefined }

export type Receivable = {
  id: string
  dealerId: string
  orderId: string
  dueOn: string
  number: number
  outstanding: Cents
}

export type OrderCredit = {
  dealerId: string
  held: Cents
  owed: Cents
  release: Cents
  /** By shipment. */
  recognised: Map<string, Cents>
}

export type Credit = ReturnType<typeof createCredit>

export function createCredit() {
  const dealers = new Map<string, Dealer>()
  const guarantees = new Map<string, Guarantee>()
  const orders = new Map<string, OrderCredit>()
  const receivables = new Map<string, Receivable>()
  const named = new Map<string, Data>()
  let touched = new Set<string>()

  function dealerOf(dealerId: string, seen: Seen): Dealer {
    const dealer = dealers.get(dealerId)
    law('a dealer joins before anything happens to it', dealer !== undefined, () => dealerId, seen)
    touched.add(dealerId)
    return dealer ?? newDealer(dealerId, undefined)
  }

  function orderOf(orderId: string, dealerId: string): OrderCredit {
    const found = orders.get(orderId) ?? {
      ...{ dealerId, held: 0n, owed: 0n, release: 0n },
      recognised: new Map(),
    }
    orders.set(orderId, found)
    return found
  }

  function pathOf(dealerId: string): Dealer[] {
    const path: Dealer[] = []
    for (let next = dealers.get(dealerId); next; next = dealers.get(next.parent ?? '')) {
      path.push(next)
    }
    return path
  }

  function change(order: OrderCredit, dealer: Dealer, held: Cents, owed: Cents): void {
    order.held += held
    order.owed += owed
    dealer.held += held
    dealer.owed += owed
  }

  /** headroom, recomputed from the dealer and all below it (DOMAIN: Credit). */
  function roomOf(dealer: Dealer, on: string, wanted?: { orderId: string; amount: Cents }) {
    const below = treeOf(dealer)
    const exposure = total(below.map(({ held, owed }) => held + owed))
    const cash = total(below.map((one) => one.cash - one.earmarked))
    const temporary = dealer.temporary.filter(({ from, to }) => from <= on && on < to)
    const guaranteed = [...guarantees.values()]
      .filter(({ dealerId, until }) => dealerId === dealer.dealerId && until > on)
      .map((guarantee) => guaranteedBy(guarantee, wanted))
    const ids = new Set(below.map(({ dealerId }) => dealerId))
    const released = [...orders.values()]
      .filter(({ dealerId, release }) => release > 0n && ids.has(dealerId))
      .map(({ release, held, owed }) => least(release, held + owed))
    const room = dealer.limit + total(temporary.map(({ amount }) => amount)) + total(guaranteed)
    return { exposure, headroom: room + total(released) - exposure + cash }
  }

  function guaranteedBy(
    { dealerId, amount, orderId }: Guarantee,
    wanted?: { orderId: string; amount: Cents },
  ): Cents {
    if (orderId === undefined) return amount
    const order = orders.get(orderId)
    const isBelow = order && pathOf(order.dealerId).some((one) => one.dealerId === dealerId)
    const taken = order && isBelow ? order.held + order.owed : 0n
    return least(amount, taken + (wanted?.orderId === orderId ? wanted.amount : 0n))
  }

  const handlers: Record<string, (data: Data, seen: Seen) => void> = {
    DealerJoined({ dealerId, parentDealerId }) {
      const dealer = newDealer(dealerId, parentDealerId)
      dealers.set(dealerId, dealer)
      dealers.get(parentDealerId)?.children.push(dealer)
    },
    LimitSet({ dealerId, limit }, seen) {
      dealerOf(dealerId, seen).limit = cents(limit)
    },
    TemporaryLimitSet({ dealerId, amount, from, to }, seen) {
      dealerOf(dealerId, seen).temporary.push({ amount: cents(amount), from, to })
    },
    GuaranteeGiven({ guaranteeId, dealerId, amount, until, orderId }) {
      guarantees.set(guaranteeId, { dealerId, amount: cents(amount), until, orderId })
    },
    GuaranteeRevoked({ guaranteeId, used }) {
      const guarantee = guarantees.get(guaranteeId)
      if (guarantee) guarantee.amount = cents(used)
    },
    HoldPlaced: holdPlaced,
    HoldRefused: holdRefused,
    HoldReleased({ dealerId, orderId, amount }, seen) {
      const order = orderOf(orderId, dealerId)
      law(
        'a release gives back what is held, once',
        cents(amount) === order.held,
        () => `${amount} released of ${orderId}, ${text(order.held)} is held`,
        seen,
        orderId,
      )
      change(order, dealerOf(dealerId, seen), -cents(amount), 0n)
    },
    ReceivableRecognised: recognised,
    PaymentCaptured(data) {
      named.set(data.paymentId, data)
    },
    PaymentReceived: received,
    UnappliedCashAllocated({ dealerId, allocations, amount }, seen) {
      const dealer = dealerOf(dealerId, seen)
      settle(dealer, allocations, amount, seen)
      dealer.cash -= cents(amount)
    },
  }

  /** Granted only if the dealer and every superior have the headroom. */
  function holdPlaced({ dealerId, orderId, amount, release }: Data, seen: Seen): void {
    const order = orderOf(orderId, dealerId)
    order.release = cents(release)
    change(order, dealerOf(dealerId, seen), cents(amount) - order.held, 0n)
    if (cents(amount) === 0n) return
    for (const dealer of pathOf(dealerId)) {
      const { headroom } = roomOf(dealer, seen.metadata.bookedOn)
      law(
        'no hold is granted past the limit of a dealer or of a superior',
        headroom >= 0n,
        () => `${orderId} takes ${dealer.dealerId} ${text(-headroom)} past its limit`,
        seen,
        orderId,
      )
    }
  }

  function holdRefused({ dealerId, orderId, amount, refusal }: Data, seen: Seen): void {
    if (refusal.code !== 'credit-insufficient') return
    const wanted = { orderId, amount: cents(amount) }
    const inputs = refusal.decision.inputs
    const blocking = pathOf(dealerId).find(
      (dealer) => roomOf(dealer, seen.metadata.bookedOn, wanted).headroom < wanted.amount,
    )
    const room = blocking && roomOf(blocking, seen.metadata.bookedOn, wanted)
    law(
      'a hold is refused for want of headroom, with the figures',
      blocking !== undefined &&
        room !== undefined &&
        inputs.dealerId === blocking.dealerId &&
        cents(inputs.headroom) === room.headroom &&
        cents(inputs.exposure) === room.exposure &&
        cents(inputs.shortfall) === wanted.amount - room.headroom,
      () =>
        `${JSON.stringify(inputs)}; it is ${blocking?.dealerId} with ${room && text(room.headroom)}`,
      seen,
      orderId,
    )
  }

  function recognised(data: Data, seen: Seen): void {
    const { receivableId, dealerId, orderId, fulfilmentId, amount, holdReduced, dueOn } = data
    const isNew = !receivables.has(receivableId)
    law('a receivable has its own id', isNew, () => receivableId, seen)
    const [dealer, order] = [dealerOf(dealerId, seen), orderOf(orderId, dealerId)]
    law(
      'a hold turns into debt, as far as it goes',
      cents(holdReduced) === least(order.held, cents(amount)),
      () => `${holdReduced} of ${text(order.held)} for ${amount}`,
      seen,
      orderId,
    )
    change(order, dealer, -cents(holdReduced), cents(amount))
    order.recognised.set(fulfilmentId, (order.recognised.get(fulfilmentId) ?? 0n) + cents(amount))
    owe(dealer, { id: receivableId, dealerId, orderId, dueOn, outstanding: cents(amount) })
  }

  function owe(dealer: Dealer, owed: Omit<Receivable, 'number'>): void {
    const receivable = { ...owed, number: receivables.size }
    receivables.set(owed.id, receivable)
    if (owed.outstanding > 0n) dealer.receivables.push(receivable)
  }

  function received(data: Data, seen: Seen): void {
    const { paymentId, dealerId, amount, allocations, unapplied } = data
    const dealer = dealerOf(dealerId, seen)
    const expected = allocation(dealer, cents(amount), named.get(paymentId))
    const actual = allocations.map((one: Data) => `${one.receivableId} ${one.amount}`)
    law(
      'money settles what is named, then what is oldest',
      JSON.stringify(expected) === JSON.stringify(actual),
      () => `${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`,
      seen,
      paymentId,
    )
    const allocated = total(allocations.map((one: Data) => cents(one.amount)))
    law(
      'money is allocated or unapplied',
      cents(amount) === allocated + cents(unapplied),
      () => `${amount} is ${text(allocated)} and ${unapplied}`,
      seen,
      paymentId,
    )
    settle(dealer, allocations, text(allocated), seen)
    dealer.cash += cents(unapplied)
  }

  /** Whom money goes to, recomputed from all that is open. */
  function allocation(dealer: Dealer, amount: Cents, payment: Data): string[] {
    const { receivableIds = [], orderIds = [] } = payment ?? {}
    const open = dealer.receivables.filter(({ outstanding }) => outstanding > 0n).sort(byDueDate)
    const first = receivableIds.flatMap((id: string) => open.filter((one) => one.id === id))
    const second = orderIds.flatMap((id: string) => open.filter((one) => one.orderId === id))
    let rest = amount
    const parts: string[] = []
    for (const receivable of new Set<Receivable>([...first, ...second, ...open])) {
      const part = least(rest, receivable.outstanding)
      if (part > 0n) parts.push(`${receivable.id} ${text(part)}`)
      rest -= part
    }
    return parts
  }

  function settle(dealer: Dealer, allocations: readonly Data[], amount: string, seen: Seen): void {
    for (const { receivableId, amount: part } of allocations) {
      const receivable = receivables.get(receivableId)
      law(
        'money settles no more than is open',
        receivable !== undefined &&
          receivable.dealerId === dealer.dealerId &&
          cents(part) <= receivable.outstanding,
        () => `${part} for ${receivableId}, open ${receivable && text(receivable.outstanding)}`,
        seen,
      )
      if (receivable === undefined) continue
      receivable.outstanding -= cents(part)
      change(orderOf(receivable.orderId, dealer.dealerId), dealer, 0n, -cents(part))
    }
    dealer.receivables = dealer.receivables.filter(({ outstanding }) => outstanding > 0n)
    const sum = total(allocations.map((one) => cents(one.amount)))
    law('allocations add up', sum === cents(amount), () => `${amount}, ${text(sum)}`, seen)
  }

  return {
    see: (seen: Seen) => handlers[seen.type]?.(seen.data, seen),
    order: (orderId: string) => orders.get(orderId),
    orders: () => orders,
    dealers: () => dealers,
    /** The dealers something happened to since this was asked last. */
    takeTouched(): readonly Dealer[] {
      const ids = touched
      touched = new Set()
      return [...ids].flatMap((id) => dealers.get(id) ?? [])
    },
  }
}

function newDealer(dealerId: string, parent: string | undefined): Dealer {
  return {
    ...{ dealerId, parent, children: [], limit: 0n, temporary: [], receivables: [] },
    ...{ cash: 0n, earmarked: 0n, held: 0n, owed: 0n },
  }
}

function treeOf(dealer: Dealer): Dealer[] {
  return [dealer, ...dealer.children.flatMap(treeOf)]
}

function byDueDate(one: Receivable, other: Receivable): number {
  if (one.dueOn !== other.dueOn) return one.dueOn < other.dueOn ? -1 : 1
  return one.number - other.number
}
