/** The fold of a facility's events. Each costs O(depth · log n), whatever the facility holds. */

import { fold } from '../kernel/aggregate.ts'
import type { EventOf } from '../kernel/event.ts'
import type { Decimal } from '../kernel/money.ts'
import { decimal, sum, ZERO } from '../kernel/money.ts'
import { earmarked, rememberedEarly, withEarly, withEarmark } from './earmarks.ts'
import type {
  Allocation,
  DealerJoined,
  DealerMoved,
  FacilityEvent,
  GuaranteeEnded,
  GuaranteeGiven,
  GuaranteeRevoked,
  HoldPlaced,
  HoldReleased,
  LimitSet,
  PaymentReceived,
  ReceivableRecognised,
  TemporaryLimitEnded,
  TemporaryLimitSet,
  UnappliedCashAllocated,
} from './events.ts'
import { withOrder, withoutStrayReleases, withReleases } from './releases.ts'
import {
  changeSums,
  changeTrees,
  type FacilityState,
  type Member,
  memberOf,
  newMember,
  type OrderCredit,
  opened,
  orderOf,
  plus,
  settled,
} from './state.ts'

/**
 * So many orders that were released and never shipped are remembered, so that a hold which its release
 * overtook stays refused. Messages overtake by seconds; this is hours at the highest rate.
 */
export const RELEASED_ORDERS_KEPT = 10_000

type DataOf<Definition> = EventOf<Definition>['data']

export const evolve = fold<FacilityState, FacilityEvent>({
  DealerJoined: joined,
  LimitSet: limitSet,
  TemporaryLimitSet: temporaryLimitSet,
  GuaranteeGiven: guaranteeGiven,
  GuaranteeRevoked: guaranteeRevoked,
  HoldPlaced: holdPlaced,
  HoldRefused: (state) => state,
  HoldReleased: holdReleased,
  ReceivableRecognised: recognised,
  PaymentReceived: paymentReceived,
  UnappliedCashAllocated: unappliedCashAllocated,
  PrepaymentCovered: (state) => state,
  PaymentRedated: (state) => state,
  LateFeesCharged: (state) => state,
  LateFeesCorrected: (state) => state,
  OrderingFrozen: (state) => state,
  OrderingUnfrozen: (state) => state,
  TemporaryLimitEnded: temporaryLimitEnded,
  GuaranteeEnded: guaranteeEnded,
  FacilityDayClosed: (state) => state,
  DealerMoved: dealerMoved,
})

export function joined(state: FacilityState, data: DataOf<typeof DealerJoined>): FacilityState {
  if (state.members.has(data.dealerId)) return state
  return {
    ...state,
    members: state.members.set(data.dealerId, newMember(data.parentDealerId)),
  }
}

function limitSet(state: FacilityState, data: DataOf<typeof LimitSet>): FacilityState {
  const { limit, terms, graceDays, lateFeeDailyRate } = data
  return withMember(state, data.dealerId, { limit, terms, graceDays, lateFeeDailyRate })
}

function temporaryLimitSet(
  state: FacilityState,
  data: DataOf<typeof TemporaryLimitSet>,
): FacilityState {
  const { dealerId, reason: _, ...temporaryLimit } = data
  const { temporaryLimits } = memberOf(state, dealerId)
  return {
    ...withMember(state, dealerId, { temporaryLimits: [...temporaryLimits, temporaryLimit] }),
    temporaryLimitCount: state.temporaryLimitCount + 1,
  }
}

function guaranteeGiven(state: FacilityState, data: DataOf<typeof GuaranteeGiven>): FacilityState {
  const { guaranteeId, guarantorDealerId, dealerId, amount, until, orderId } = data
  const guarantees = state.guarantees.set(guaranteeId, {
    guarantorDealerId,
    dealerId,
    amount,
    until,
    orderId,
    revoked: false,
  })
  const given = withMember(state, guarantorDealerId, {
    guaranteesGiven: [...memberOf(state, guarantorDealerId).guaranteesGiven, guaranteeId],
  })
  const received = withMember(given, dealerId, {
    guaranteesReceived: [...memberOf(given, dealerId).guaranteesReceived, guaranteeId],
  })
  return { ...received, guarantees, guaranteeCount: state.guaranteeCount + 1 }
}

export function guaranteeEnded(
  state: FacilityState,
  { guaranteeId, guarantorDealerId, dealerId }: DataOf<typeof GuaranteeEnded>,
): FacilityState {
  const others = (ids: readonly string[]) => ids.filter((id) => id !== guaranteeId)
  const given = withMember(state, guarantorDealerId, {
    guaranteesGiven: others(memberOf(state, guarantorDealerId).guaranteesGiven),
  })
  const received = withMember(given, dealerId, {
    guaranteesReceived: others(memberOf(given, dealerId).guaranteesReceived),
  })
  return { ...received, guarantees: state.guarantees.delete(guaranteeId) }
}

function temporaryLimitEnded(
  state: FacilityState,
  { dealerId, temporaryLimitId }: DataOf<typeof TemporaryLimitEnded>,
): FacilityState {
  const temporaryLimits = memberOf(state, dealerId).temporaryLimits.filter(
    (limit) => limit.temporaryLimitId !== temporaryLimitId,
  )
  return withMember(state, dealerId, { temporaryLimits })
}

/** Takes the dealer with all below it from its superiors' sums to those of its new ones. */
export function dealerMoved(
  state: FacilityState,
  { dealerId, parentDealerId }: DataOf<typeof DealerMoved>,
): FacilityState {
  const { parentDealerId: before, tree } = memberOf(state, dealerId)
  const left = before === undefined ? state : changeTrees(state, before, tree, -1)
  const moved = withMember(left, dealerId, { parentDealerId })
  return withoutStrayReleases(changeTrees(moved, parentDealerId, tree, 1))
}

function guaranteeRevoked(
  state: FacilityState,
  { guaranteeId, used }: DataOf<typeof GuaranteeRevoked>,
): FacilityState {
  const guarantee = state.guarantees.get(guaranteeId)
  if (guarantee === undefined) return state
  return {
    ...state,
    guarantees: state.guarantees.set(guaranteeId, { ...guarantee, amount: used, revoked: true }),
  }
}

function holdPlaced(state: FacilityState, data: DataOf<typeof HoldPlaced>): FacilityState {
  const { dealerId, orderId, amount, attempt = 0, prepayment, releasedFor } = data
  const order = orderOf(state, dealerId, orderId)
  const held = decimal(amount)
  const earmarked = decimal(data.earmarked ?? '0')
  const placed = withOrder(state, orderId, {
    ...order,
    ...{ granted: amount, held: plus(order.held, held), attempt },
    ...{ prepayment, earmarked: plus(order.earmarked, earmarked) },
  })
  const changed = changeSums(placed, dealerId, { held, earmarked })
  const known = { ...changed, early: changed.early.delete(orderId) }
  return releasedFor === undefined ? known : withReleases(known, orderId, releasedFor)
}

export function holdReleased(
  state: FacilityState,
  data: DataOf<typeof HoldReleased>,
): FacilityState {
  const { dealerId, orderId, amount, reason, attempt = 0 } = data
  const before = orderOf(state, dealerId, orderId)
  const held = decimal(amount).negated()
  const earmarked = decimal(data.prepaymentFreed ?? '0').negated()
  const order: OrderCredit = {
    ...before,
    held: plus(before.held, held),
    prepayment: attempt >= before.attempt ? undefined : before.prepayment,
    earmarked: plus(before.earmarked, earmarked),
    releasedAttempt: Math.max(before.releasedAttempt, attempt),
    closed: before.closed || reason !== 'compensation',
  }
  const released = withOrder(state, orderId, order)
  const summed = changeSums(released, dealerId, { held, earmarked })
  const freed = order.closed ? summed : withEarly(summed, orderId, dealerId, earmarked.negated())
  return remembered(freed, orderId)
}

/** Keeps an order that was released, and forgets the oldest of those that were never shipped. */
function remembered(state: FacilityState, orderId: string): FacilityState {
  if (!isForgettable(state.orders.get(orderId))) return state
  const oldest = String(state.releasedCount - RELEASED_ORDERS_KEPT)
  const forgotten = state.released.get(oldest)
  const orders =
    forgotten !== undefined && isForgettable(state.orders.get(forgotten))
      ? state.orders.delete(forgotten)
      : state.orders
  return {
    ...state,
    orders,
    released: state.released.delete(oldest).set(String(state.releasedCount), orderId),
    releasedCount: state.releasedCount + 1,
  }
}

function isForgettable(order: OrderCredit | undefined): boolean {
  if (order === undefined || order.fulfilmentIds.length > 0) return false
  return order.closed || order.releasedAttempt >= order.attempt
}

export function recognised(
  state: FacilityState,
  data: DataOf<typeof ReceivableRecognised>,
): FacilityState {
  const { receivableId, dealerId, orderId, fulfilmentId, dueOn, amount } = data
  const number = state.receivables.size + 1
  const receivable = { number, dealerId, orderId, fulfilmentId, dueOn, amount, outstanding: amount }
  const receivables = state.receivables.set(receivableId, receivable)
  const held = decimal(data.holdReduced).negated()
  const owed = decimal(amount)
  const order = orderOf(state, dealerId, orderId)
  const withReceivable = withOrder({ ...state, receivables }, orderId, {
    ...order,
    held: plus(order.held, held),
    owed: plus(order.owed, owed),
    fulfilmentIds: order.fulfilmentIds.includes(fulfilmentId)
      ? order.fulfilmentIds
      : [...order.fulfilmentIds, fulfilmentId],
    receivableIds: [...order.receivableIds, receivableId],
  })
  const summed = changeSums(withReceivable, dealerId, { held, owed })
  if (owed.isZero()) return summed
  return withMember(summed, dealerId, opened(memberOf(summed, dealerId), receivableId, receivable))
}

function paymentReceived(
  state: FacilityState,
  data: DataOf<typeof PaymentReceived>,
): FacilityState {
  const { paymentId, dealerId, amount, method, allocations, unapplied } = data
  const payment = { dealerId, amount, method, allocations, unapplied }
  const received = { ...state, payments: state.payments.set(paymentId, payment) }
  const settled = changeSums(allocated(received, dealerId, allocations), dealerId, {
    unappliedCash: decimal(unapplied),
  })
  return rememberedEarly(earmarked(settled, data), data)
}

function unappliedCashAllocated(
  state: FacilityState,
  { dealerId, allocations, amount, orderId }: DataOf<typeof UnappliedCashAllocated>,
): FacilityState {
  const settled = changeSums(allocated(state, dealerId, allocations), dealerId, {
    unappliedCash: decimal(amount).negated(),
  })
  return orderId === undefined
    ? settled
    : withEarmark(settled, dealerId, orderId, decimal(amount).negated())
}

/** Takes what was allocated off the dealer's receivables, their orders and the sums. */
function allocated(
  state: FacilityState,
  dealerId: string,
  allocations: readonly Allocation[],
): FacilityState {
  const reduced = allocations.reduce(
    (current, { receivableId, amount }) => reduceReceivable(current, receivableId, decimal(amount)),
    state,
  )
  const total = sum(allocations.map(({ amount }) => decimal(amount)))
  return changeSums(reduced, dealerId, { owed: total.negated() })
}

function reduceReceivable(
  state: FacilityState,
  receivableId: string,
  amount: Decimal,
): FacilityState {
  const receivable = state.receivables.get(receivableId)
  if (receivable === undefined) return state
  const { dealerId, orderId, dueOn } = receivable
  const outstanding = plus(receivable.outstanding, amount.negated())
  const order = orderOf(state, dealerId, orderId)
  const reduced = withOrder(
    { ...state, receivables: state.receivables.set(receivableId, { ...receivable, outstanding }) },
    orderId,
    { ...order, owed: plus(order.owed, amount.negated()) },
  )
  if (!decimal(outstanding).equals(ZERO)) return reduced
  return withMember(reduced, dealerId, settled(memberOf(reduced, dealerId), dueOn, receivableId))
}

function withMember(
  state: FacilityState,
  dealerId: string,
  changes: Partial<Member>,
): FacilityState {
  const member = { ...memberOf(state, dealerId), ...changes }
  return { ...state, members: state.members.set(dealerId, member) }
}
