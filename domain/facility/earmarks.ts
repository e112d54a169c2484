/** Cash kept for prepaid orders, and how it is remembered. */

import type { EventOf } from '../kernel/event.ts'
import { type Decimal, decimal, toAmount } from '../kernel/money.ts'
import type { PaymentReceived } from './cash-events.ts'
import { withOrder } from './releases.ts'
import { changeSums, type FacilityState, orderOf, plus } from './state.ts'

/** So many orders that were paid before anything was asked for them are remembered. */
export const EARLY_ORDERS_KEPT = 10_000

type Received = EventOf<typeof PaymentReceived>['data']

/** Keeps cash for an order, or takes it out again: it is unapplied cash either way. */
export function withEarmark(
  state: FacilityState,
  dealerId: string,
  orderId: string,
  change: Decimal,
): FacilityState {
  const order = orderOf(state, dealerId, orderId)
  const kept = withOrder(state, orderId, { ...order, earmarked: plus(order.earmarked, change) })
  return changeSums(kept, dealerId, { earmarked: change })
}

/** The fold of what a receipt keeps for prepaid orders. */
export function earmarked(state: FacilityState, { dealerId, earmarked = [] }: Received) {
  return earmarked.reduce(
    (current, { orderId, amount }) => withEarmark(current, dealerId, orderId, decimal(amount)),
    state,
  )
}

/** Notes what came for orders that nothing was asked for yet: a prepaid one of them may use it then. */
export function rememberedEarly(
  state: FacilityState,
  { dealerId, orderIds = [], earmarked = [], unapplied }: Received,
): FacilityState {
  const left = earmarked.reduce((rest, { amount }) => rest.minus(amount), decimal(unapplied))
  if (!left.greaterThan(0)) return state
  return orderIds
    .filter((orderId) => isUnheard(state, orderId))
    .reduce((current, orderId) => withEarly(current, orderId, dealerId, left), state)
}

/** Nothing is held for the order, and it has not ended. */
function isUnheard(state: FacilityState, orderId: string): boolean {
  const order = state.orders.get(orderId)
  return order === undefined || (!order.closed && order.attempt <= order.releasedAttempt)
}

/** Notes cash that came for an order, which is kept for nothing now. */
export function withEarly(
  state: FacilityState,
  orderId: string,
  dealerId: string,
  amount: Decimal,
): FacilityState {
  if (amount.isZero()) return state
  const before = state.early.get(orderId)
  const sum = before?.dealerId === dealerId ? amount.plus(before.amount) : amount
  const early = state.early.set(orderId, { dealerId, amount: toAmount(sum) })
  const oldest = early.size > EARLY_ORDERS_KEPT ? early.keySeq().first() : undefined
  return { ...state, early: oldest === undefined ? early : early.delete(oldest) }
}
