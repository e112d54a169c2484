/** Cancelling an order: whole before anything has shipped, afterwards what has not. */

import type { DecisionContext } from '../context.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import type { DecidedEvent } from '../kernel/event.ts'
import type { LocalDate } from '../kernel/values.ts'
import { deliveryOf, hasArrived } from './carry.ts'
import { OrderCancelled, RemainderCancelled } from './events.ts'
import type { Fulfilment } from './fulfilments.ts'
import { waitedFor } from './plan.ts'
import { orderUnknown } from './refusals.ts'
import type { Order, OrderState } from './state.ts'

export type CancelOrder = Readonly<{
  orderId: string
  reason?: string | undefined
  code?: string | undefined
}>

/** Statuses of an order that has not come to its end. */
const OPEN: readonly string[] = ['placed', 'review', 'backordered', 'confirmed', 'shipping']

/**
 * Cancels all that has not left a warehouse, what lost its stock included; what was shipped stands.
 * Refuses `order-not-cancellable` when nothing is left to cancel.
 */
export function cancelOrder(
  state: OrderState,
  input: CancelOrder,
  { today }: Pick<DecisionContext, 'today'>,
): Decision {
  if (!state) return orderUnknown(input.orderId)
  const fulfilments = state.fulfilments.filter(isUnshipped).map(asCancelled)
  const data = { ...input, fulfilments, ...waitedFor(state.shortages) }
  if (!OPEN.includes(state.status)) return nothingLeft(state)
  if (state.shipments === 0) return accept(OrderCancelled(data))
  if (fulfilments.length === 0 && state.lost.length === 0) return nothingLeft(state)
  return accept(RemainderCancelled(data), ...deliveryOfTheRest(state, today))
}

/** Without what is cancelled, fulfilments may be delivered that waited for it, and the order complete. */
function deliveryOfTheRest(state: Order, today: LocalDate): readonly DecidedEvent[] {
  const fulfilments = state.fulfilments.map((fulfilment) =>
    isUntouched(fulfilment) ? { ...fulfilment, stage: 'cancelled' as const } : fulfilment,
  )
  const arrived = state.fulfilments.filter(
    (fulfilment) => isUnshipped(fulfilment) && hasArrived(fulfilment),
  )
  return deliveryOf({ ...state, fulfilments, lost: [] }, arrived, today)
}

function isUnshipped({ left }: Fulfilment): boolean {
  return left.length > 0
}

function isUntouched({ shipments }: Fulfilment): boolean {
  return shipments === 0
}

function asCancelled(fulfilment: Fulfilment) {
  const { fulfilmentId, warehouseId, left } = fulfilment
  const becomes = isUntouched(fulfilment) ? ('cancelled' as const) : ('shipped' as const)
  return { fulfilmentId, warehouseId, lines: [...left], becomes }
}

function nothingLeft({ orderId, status }: Order): Decision {
  const shipped = status === 'shipping' || status === 'completed'
  return refuse('order-not-cancellable', {
    kind: 'state',
    message: shipped
      ? `everything of order ${orderId} was shipped`
      : `order ${orderId} is ${status} already`,
    inputs: { orderId, status },
    ways: shipped ? ['return the goods once they are delivered'] : [],
  })
}
