/**
 * The headroom of a dealer, recomputed from a facility's events by the plainest means: independent of the
 * facility's own fold and figures.
 */

import type { FacilityEvent } from '../../../domain/facility/events.ts'
import { type Decimal, decimal, minimum, sum, ZERO } from '../../../domain/kernel/money.ts'
import type { LocalDate } from '../../../domain/kernel/values.ts'

/** Each dealer's superior as it was last. */
function parentsIn(events: readonly FacilityEvent[]): ReadonlyMap<string, string | undefined> {
  const parents = new Map<string, string | undefined>()
  for (const { type, data } of events) {
    if (type === 'DealerJoined' || type === 'DealerMoved') {
      parents.set(data.dealerId, data.parentDealerId)
    }
  }
  return parents
}

/** A dealer and its superiors. */
export function pathIn(events: readonly FacilityEvent[], dealerId: string): readonly string[] {
  const parents = parentsIn(events)
  const path: string[] = []
  for (let id: string | undefined = dealerId; id !== undefined; id = parents.get(id)) path.push(id)
  return path
}

/** A dealer and all below it. */
export function belowIn(events: readonly FacilityEvent[], dealerId: string): readonly string[] {
  const all = [...parentsIn(events).keys()]
  return all.filter((id) => pathIn(events, id).includes(dealerId))
}

/** What is held for an order. */
export function heldFor(events: readonly FacilityEvent[], orderId: string): Decimal {
  return sum(
    events.map(({ type, data }) => {
      if (!('orderId' in data) || data.orderId !== orderId) return ZERO
      if (type === 'HoldPlaced') return decimal(data.amount)
      if (type === 'HoldReleased') return decimal(data.amount).negated()
      return type === 'ReceivableRecognised' ? decimal(data.holdReduced).negated() : ZERO
    }),
  )
}

type Owing = Readonly<{ dealerId: string; orderId: string; amount: Decimal }>

/** Every receivable with what is open of it. */
function owingIn(events: readonly FacilityEvent[]): readonly Owing[] {
  const settled = new Map<string, Decimal>()
  for (const event of events) {
    if (event.type !== 'PaymentReceived' && event.type !== 'UnappliedCashAllocated') continue
    for (const { receivableId, amount, discount = '0' } of event.data.allocations) {
      const before = settled.get(receivableId) ?? ZERO
      settled.set(receivableId, before.plus(amount).plus(discount))
    }
  }
  return events.flatMap(({ type, data }) => {
    if (type !== 'ReceivableRecognised') return []
    const { dealerId, orderId, receivableId } = data
    return [
      { dealerId, orderId, amount: decimal(data.amount).minus(settled.get(receivableId) ?? 0) },
    ]
  })
}

/** The dealer of each order that was ever held for or shipped. */
function orderersIn(events: readonly FacilityEvent[]): ReadonlyMap<string, string> {
  const orderers = new Map<string, string>()
  for (const { type, data } of events) {
    if (type === 'HoldPlaced' || type === 'ReceivableRecognised') {
      orderers.set(data.orderId, data.dealerId)
    }
  }
  return orderers
}

/** What each order takes of the credit of a tree. */
function takenIn(events: readonly FacilityEvent[], tree: readonly string[]) {
  const owing = owingIn(events)
  return new Map(
    [...orderersIn(events)]
      .filter(([, dealerId]) => tree.includes(dealerId))
      .map(([orderId]) => {
        const owed = sum(owing.filter((one) => one.orderId === orderId).map(({ amount }) => amount))
        return [orderId, heldFor(events, orderId).plus(owed)] as const
      }),
  )
}

/** Money in less what it settled, less what is kept for prepaid orders. */
function cashIn(events: readonly FacilityEvent[], tree: readonly string[]): Decimal {
  return sum(
    events.map(({ type, data }) => {
      if (!('dealerId' in data) || !tree.includes(data.dealerId)) return ZERO
      const freed = type === 'HoldReleased' ? decimal(data.prepaymentFreed ?? '0') : ZERO
      if (type === 'HoldPlaced') return decimal(data.earmarked ?? '0').negated()
      if (type === 'UnappliedCashAllocated') {
        return data.orderId === undefined ? decimal(data.amount).negated() : ZERO
      }
      if (type !== 'PaymentReceived') return freed
      const kept = sum((data.earmarked ?? []).map(({ amount }) => decimal(amount)))
      return decimal(data.unapplied).minus(kept)
    }),
  )
}

type Given = { dealerId: string; amount: Decimal; orderId: string | undefined; revoked: boolean }

function guaranteesIn(events: readonly FacilityEvent[], on: LocalDate): readonly Given[] {
  const given = new Map<string, Given>()
  for (const { type, data } of events) {
    if (type === 'GuaranteeGiven' && data.until > on) {
      const { dealerId, amount, orderId } = data
      given.set(data.guaranteeId, { dealerId, amount: decimal(amount), orderId, revoked: false })
    }
    const guarantee = 'guaranteeId' in data ? given.get(data.guaranteeId) : undefined
    if (type === 'GuaranteeRevoked' && guarantee !== undefined) {
      given.set(data.guaranteeId, { ...guarantee, amount: decimal(data.used), revoked: true })
    }
    if (type === 'GuaranteeEnded') given.delete(data.guaranteeId)
  }
  return [...given.values()]
}

/** What guarantees are good for: of those for one order together no more than it takes. */
function goodFor(guarantees: readonly Given[], taken: ReadonlyMap<string, Decimal>): Decimal {
  const orders = new Set(guarantees.map(({ orderId }) => orderId))
  return sum(
    [...orders].map((orderId) => {
      const all = sum(
        guarantees.filter((one) => one.orderId === orderId).map(({ amount }) => amount),
      )
      return orderId === undefined ? all : minimum(all, taken.get(orderId) ?? ZERO)
    }),
  )
}

/** With this release nothing was held for the order any more, and nothing of it had shipped. */
function endsWithNothing(events: readonly FacilityEvent[], data: FacilityEvent['data']): boolean {
  const until = events.slice(0, events.findIndex((event) => event.data === data) + 1)
  const orderId = 'orderId' in data ? data.orderId : undefined
  const hasShipped = until.some(
    (event) => event.type === 'ReceivableRecognised' && event.data.orderId === orderId,
  )
  return orderId !== undefined && !hasShipped && heldFor(until, orderId).isZero()
}

/** What was released for a dealer, of each order at most what it takes. */
function releasedIn(
  events: readonly FacilityEvent[],
  dealerId: string,
  taken: ReadonlyMap<string, Decimal>,
): Decimal {
  const last = new Map<string, Decimal>()
  for (const { type, data } of events) {
    if (type === 'HoldReleased' && endsWithNothing(events, data)) last.delete(data.orderId)
    if (type !== 'HoldPlaced') continue
    const release = data.releasedFor?.find((one) => one.dealerId === dealerId)
    last.set(data.orderId, decimal(release?.amount ?? '0'))
  }
  return sum([...last].map(([orderId, amount]) => minimum(amount, taken.get(orderId) ?? ZERO)))
}

function limitIn(events: readonly FacilityEvent[], dealerId: string, on: LocalDate): Decimal {
  const limits = events.flatMap(({ type, data }) =>
    type === 'LimitSet' && data.dealerId === dealerId ? [data.limit] : [],
  )
  const raises = events.flatMap(({ type, data }) =>
    type === 'TemporaryLimitSet' && data.dealerId === dealerId && data.from <= on && on < data.to
      ? [decimal(data.amount)]
      : [],
  )
  return decimal(limits.at(-1) ?? '0').plus(sum(raises))
}

/** A dealer's headroom on a day; `but`: without what was released for that order. */
export function headroomIn(
  events: readonly FacilityEvent[],
  dealerId: string,
  on: LocalDate,
  but?: string,
): Decimal {
  const taken = takenIn(events, belowIn(events, dealerId))
  const counted = new Map([...taken].filter(([orderId]) => orderId !== but))
  const guarantees = guaranteesIn(events, on).filter((one) => one.dealerId === dealerId)
  const isRevoked = ({ revoked }: Given) => revoked
  const without = limitIn(events, dealerId, on)
    .plus(
      goodFor(
        guarantees.filter((one) => !one.revoked),
        taken,
      ),
    )
    .plus(releasedIn(events, dealerId, counted))
    .minus(sum(taken.values()))
    .plus(cashIn(events, belowIn(events, dealerId)))
  const kept = goodFor(guarantees.filter(isRevoked), taken)
  return without.isNegative() ? without.plus(minimum(kept, without.negated())) : without
}
