/** How an order is decided once credit and stock have answered: confirmed or rejected. */

import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import type { StoredExplanation } from './events.ts'
import { OrderConfirmed, OrderRejected } from './events.ts'
import { orderUnknown } from './refusals.ts'
import type { Order, OrderState } from './state.ts'

export type ConfirmOrder = Readonly<{ orderId: string; attempt: number }>

/**
 * Confirms an order with the split of an attempt; each part becomes a fulfilment. Nothing happens to an
 * order that was decided meanwhile: the saga hears of that by the order's own event.
 */
export function confirmOrder(state: OrderState, { orderId, attempt }: ConfirmOrder): Decision {
  if (!state) return orderUnknown(orderId)
  if (state.status !== 'placed') return accept()
  const { plan } = state
  if (plan?.attempt !== attempt || plan.shortages.length > 0) return notPlannedSo(state, attempt)
  const fulfilments = plan.parts.map(({ warehouseId, lines }, index) => ({
    fulfilmentId: `${orderId}.${index + 1}`,
    warehouseId,
    lines,
  }))
  return accept(OrderConfirmed({ orderId, fulfilments }))
}

export type RejectOrder = Readonly<{
  orderId: string
  code: string
  message: string
  decision?: StoredExplanation | undefined
}>

/** Rejects an order that is not decided yet; nothing happens to one that is. */
export function rejectOrder(state: OrderState, input: RejectOrder): Decision {
  if (!state) return orderUnknown(input.orderId)
  return state.status === 'placed' ? accept(OrderRejected(input)) : accept()
}

function notPlannedSo({ orderId, plan }: Order, attempt: number): Decision {
  return refuse('plan-outdated', {
    kind: 'state',
    message: `order ${orderId} can't be confirmed with the plan of attempt ${attempt}`,
    inputs: { orderId, attempt, planned: plan?.attempt, shortages: plan?.shortages ?? [] },
    ways: ['confirm the latest plan, once it has no shortages'],
  })
}
