/** How an order is decided once credit and stock have answered: confirmed or rejected. */

import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import type { StoredExplanation } from '../kernel/explanation.ts'
import { OrderConfirmed, OrderRejected } from './events.ts'
import { orderUnknown } from './refusals.ts'
import { servedOf } from './serve.ts'
import type { Order, OrderState, Plan } from './state.ts'
import { orderedLines } from './state.ts'

export type ConfirmOrder = Readonly<{ orderId: string; attempt: number }>

/**
 * Confirms an order with the split of an attempt; each part becomes a fulfilment, and what a partial plan
 * can't serve is dropped. Nothing happens to an order that was decided or amended meanwhile: the saga
 * hears of that by the order's own event. Refuses `plan-outdated` for a plan that was never made, or that
 * is short.
 */
export function confirmOrder(state: OrderState, { orderId, attempt }: ConfirmOrder): Decision {
  if (!state) return orderUnknown(orderId)
  const { status, plan, attempts } = state
  if (status !== 'placed') return accept()
  if (plan?.attempt !== attempt)
    return attempt <= attempts ? accept() : notPlannedSo(state, attempt)
  if (!isServable(plan)) return notPlannedSo(state, attempt)
  const fulfilments = plan.parts.map(({ warehouseId, lines }, index) => ({
    fulfilmentId: `${orderId}.${index + 1}`,
    warehouseId,
    lines,
  }))
  return accept(OrderConfirmed({ orderId, fulfilments, ...reduction(state, plan) }))
}

function isServable({ shortages, stockShort, parts }: Plan): boolean {
  return shortages.length === 0 || (stockShort === 'partial' && parts.length > 0)
}

function reduction(state: Order, { shortages }: Plan) {
  if (shortages.length === 0) return {}
  const served = servedOf({ lines: orderedLines(state), charges: state.charges }, shortages)
  return {
    reducedTo: {
      ...served,
      lines: [...served.lines],
      charges: [...served.charges],
      dropped: [...served.dropped],
    },
  }
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
