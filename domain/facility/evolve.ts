/** The fold of a facility's events. Each costs O(depth · log n), whatever the facility holds. */

import { Set as PersistentSet } from 'immutable'
import { fold } from '../kernel/aggregate.ts'
import { type Dated, type DecidedEvent, type EventOf, valueDateOf } from '../kernel/event.ts'
import { decimal } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import type { PaymentReceived, UnappliedCashAllocated } from './cash-events.ts'
import { withCash, withoutCash } from './cash-lots.ts'
import type {
  DealerJoined,
  DealerMoved,
  GuaranteeEnded,
  GuaranteeGiven,
  GuaranteeRevoked,
  HoldPlaced,
  HoldReleased,
  LimitSet,
  OrderingFrozen,
  OrderingUnfrozen,
  TemporaryLimitEnded,
  TemporaryLimitSet,
} from './credit-events.ts'
import { debitMandateGiven, debitMandateRevoked, debitsDue } from './debited.ts'
import { earmarked, rememberedEarly, withEarly, withEarmark } from './earmarks.ts'
import type { FacilityEvent } from './events.ts'
import { recovered, writtenOff } from './losses.ts'
import {
  facilityDayClosed,
  lateFeesCharged,
  lateFeesCorrected,
  paymentRedated,
  recognised,
} from './owed.ts'
import { allocated } from './reductions.ts'
import { refundPaidOut, refundRefused, refundReleased, refundReserved } from './refunds.ts'
import { recounted, takenBy, withOrder, withReleases } from './releases.ts'
import { returnCredited } from './returned.ts'
import { allocationsReversed, receiptReversed } from './reversed.ts'
import {
  changeSums,
  changeTrees,
  type FacilityState,
  type Member,
  memberOf,
  newMember,
  type OrderCredit,
  orderOf,
  plus,
} from './state.ts'
import type { Allocation } from './values.ts'

/**
 * So many orders that were released and never shipped are remembered, so that a hold which its release
 * overtook stays refused. Messages overtake by seconds; this is hours at the highest rate.
 */
export const RELEASED_ORDERS_KEPT = 10_000

type DataOf<Definition> = EventOf<Definition>['data']

/** The state after events that were decided, but are not written yet, on a business day. */
export function applied(
  state: FacilityState,
  events: readonly DecidedEvent[],
  bookedOn: LocalDate,
): FacilityState {
  return events.reduce((current, { effectiveOn, ...event }) => {
    const metadata = effectiveOn === undefined ? { bookedOn } : { bookedOn, effectiveOn }
    return evolve(current, event, { metadata })
  }, state)
}

export const evolve = fold<FacilityState, FacilityEvent, Dated>({
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
  PaymentRedated: (state, data, dated) => paymentRedated(state, data, valueDateOf(dated)),
  LateFeesCharged: lateFeesCharged,
  LateFeesCorrected: lateFeesCorrected,
  OrderingFrozen: orderingFrozen,
  OrderingUnfrozen: orderingUnfrozen,
  TemporaryLimitEnded: temporaryLimitEnded,
  GuaranteeEnded: guaranteeEnded,
  FacilityDayClosed: facilityDayClosed,
  DealerMoved: dealerMoved,
  AllocationsReversed: allocationsReversed,
  ReceiptReversed: receiptReversed,
  ReceivableWrittenOff: writtenOff,
  ReceivableRecovered: recovered,
  ReturnCredited: returnCredited,
  RefundCashReserved: refundReserved,
  RefundCashRefused: refundRefused,
  RefundCashReleased: refundReleased,
  RefundPaidOut: refundPaidOut,
  DebitMandateGiven: debitMandateGiven,
  DebitMandateRevoked: debitMandateRevoked,
  DebitsDue: debitsDue,
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
  return recounted(state, (current) => {
    const left = before === undefined ? current : changeTrees(current, before, tree, -1)
    const moved = withMember(left, dealerId, { parentDealerId })
    return changeTrees(moved, parentDealerId, tree, 1)
  })
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
  const isPlain = releasedFor === undefined && !known.releases.has(orderId)
  return isPlain ? known : withReleases(known, orderId, releasedFor ?? [])
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
  const isOver = order.fulfilmentIds.length === 0 && takenBy(order).isZero()
  return remembered(isOver ? withReleases(freed, orderId, []) : freed, orderId)
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

function paymentReceived(
  state: FacilityState,
  data: DataOf<typeof PaymentReceived>,
  dated: Dated,
): FacilityState {
  const { paymentId, dealerId, amount, method, allocations, unapplied } = data
  const earmarks = data.earmarked?.map(({ orderId }) => orderId)
  const on = valueDateOf(dated)
  const settles = [...new Set(allocations.map(({ receivableId }) => receivableId))]
  const payment = {
    ...{ dealerId, amount, method, on, settled: settles, settledLater: undefined },
    ...(earmarks && { earmarked: earmarks }),
  }
  const cash = withCash(state, dealerId, { paymentId, on, amount: decimal(unapplied) })
  const received = { ...cash, payments: state.payments.set(paymentId, payment) }
  const direct = () => ({ paymentId })
  const settled = changeSums(allocated(received, dealerId, allocations, direct), dealerId, {
    unappliedCash: decimal(unapplied),
  })
  return rememberedEarly(earmarked(settled, data), data)
}

function unappliedCashAllocated(
  state: FacilityState,
  { dealerId, allocations, amount, orderId }: DataOf<typeof UnappliedCashAllocated>,
  dated: Dated,
): FacilityState {
  const notBefore = valueDateOf(dated)
  const used = allocations.reduce(
    (current, allocation) => cashUsed(current, dealerId, allocation),
    state,
  )
  const from = ({ paymentId }: Allocation) =>
    paymentId === undefined ? { notBefore } : { paymentId, notBefore }
  const settled = changeSums(allocated(used, dealerId, allocations, from), dealerId, {
    unappliedCash: decimal(amount).negated(),
  })
  return orderId === undefined
    ? settled
    : withEarmark(settled, dealerId, orderId, decimal(amount).negated())
}

/** Takes an allocation out of the cash of its payment, which remembers what it settled. */
function cashUsed(
  state: FacilityState,
  dealerId: string,
  { receivableId, amount, paymentId }: Allocation,
): FacilityState {
  const used = withoutCash(state, dealerId, paymentId, decimal(amount))
  const payment = paymentId === undefined ? undefined : used.payments.get(paymentId)
  if (paymentId === undefined || payment === undefined) return used
  const settledLater = (payment.settledLater ?? PersistentSet<string>()).add(receivableId)
  return { ...used, payments: used.payments.set(paymentId, { ...payment, settledLater }) }
}

function orderingFrozen(
  state: FacilityState,
  { dealerId, cause, receivableIds, reason }: DataOf<typeof OrderingFrozen>,
): FacilityState {
  return withMember(state, dealerId, { frozen: { cause, receivableIds, reason } })
}

function orderingUnfrozen(
  state: FacilityState,
  { dealerId, cause }: DataOf<typeof OrderingUnfrozen>,
  dated: Dated,
): FacilityState {
  const lifted = { on: valueDateOf(dated), receivables: state.receivableCount }
  return withMember(state, dealerId, {
    frozen: undefined,
    ...(cause === 'lifted' ? { lifted } : {}),
  })
}

function withMember(
  state: FacilityState,
  dealerId: string,
  changes: Partial<Member>,
): FacilityState {
  const member = { ...memberOf(state, dealerId), ...changes }
  return { ...state, members: state.members.set(dealerId, member) }
}
