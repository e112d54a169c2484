/** The fold of a facility's events. Each costs O(depth · log n), whatever the facility holds. */

import { fold } from '../kernel/aggregate.ts'
import type { EventOf } from '../kernel/event.ts'
import type { Decimal } from '../kernel/money.ts'
import { decimal, sum, ZERO } from '../kernel/money.ts'
import type {
  Allocation,
  DealerJoined,
  FacilityEvent,
  GuaranteeGiven,
  GuaranteeRevoked,
  HoldPlaced,
  HoldReleased,
  LimitSet,
  PaymentReceived,
  ReceivableRecognised,
  TemporaryLimitSet,
  UnappliedCashAllocated,
} from './events.ts'
import {
  changeSums,
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
  TemporaryLimitEnded: (state) => state,
  GuaranteeEnded: (state) => state,
  FacilityDayClosed: (state) => state,
  DealerMoved: (state) => state,
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
  return { ...received, guarantees }
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
  const { dealerId, orderId, amount, attempt = 0 } = data
  const order = orderOf(state, dealerId, orderId)
  const held = plus(order.held, decimal(amount))
  return changeSums(
    withOrder(state, orderId, { ...order, granted: amount, held, attempt }),
    dealerId,
    {
      held: decimal(amount),
    },
  )
}

export function holdReleased(
  state: FacilityState,
  data: DataOf<typeof HoldReleased>,
): FacilityState {
  const { dealerId, orderId, amount, reason, attempt = 0 } = data
  const before = orderOf(state, dealerId, orderId)
  const order: OrderCredit = {
    ...before,
    held: plus(before.held, decimal(amount).negated()),
    releasedAttempt: Math.max(before.releasedAttempt, attempt),
    closed: before.closed || reason !== 'compensation',
  }
  const released = withOrder(state, orderId, order)
  return remembered(changeSums(released, dealerId, { held: decimal(amount).negated() }), orderId)
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
  return changeSums(allocated(received, dealerId, allocations), dealerId, {
    unappliedCash: decimal(unapplied),
  })
}

function unappliedCashAllocated(
  state: FacilityState,
  { dealerId, allocations, amount }: DataOf<typeof UnappliedCashAllocated>,
): FacilityState {
  return changeSums(allocated(state, dealerId, allocations), dealerId, {
    unappliedCash: decimal(amount).negated(),
  })
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

function withOrder(state: FacilityState, orderId: string, order: OrderCredit): FacilityState {
  return { ...state, orders: state.orders.set(orderId, order) }
}
