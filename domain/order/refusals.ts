/** Refusals that several decisions about an order share. */

import type { Decision } from '../kernel/decision.ts'
import { refuse } from '../kernel/decision.ts'
import type { Fulfilment } from './fulfilments.ts'
import type { Order, OrderState } from './state.ts'

/** There is no such order (404). */
export function orderUnknown(orderId: string): Decision {
  return refuse('order-unknown', {
    kind: 'unknown',
    message: `there is no order ${orderId}`,
    inputs: { orderId },
  })
}

/** Refuses while an amendment is not decided (409). */
export function amendmentPending({ orderId, amendment }: Order): Decision {
  return refuse('amendment-pending', {
    kind: 'state',
    message: `an amendment of order ${orderId} is not decided yet`,
    inputs: { orderId, amendment: amendment?.amendment },
    ways: ['wait until it is granted or refused', 'cancel the order'],
  })
}

/** Decides about one fulfilment; refuses `order-unknown` and `fulfilment-unknown` (404). */
export function onFulfilment(
  state: OrderState,
  fulfilmentId: string,
  decide: (order: Order, fulfilment: Fulfilment) => Decision,
): Decision {
  if (!state) return orderUnknown(orderIdOf(fulfilmentId))
  const found = state.fulfilments.find((fulfilment) => fulfilment.fulfilmentId === fulfilmentId)
  return found ? decide(state, found) : fulfilmentUnknown(state, fulfilmentId)
}

/** The order that a fulfilment is part of: its id up to the last dot. */
export function orderIdOf(fulfilmentId: string): string {
  const dot = fulfilmentId.lastIndexOf('.')
  return dot < 0 ? fulfilmentId : fulfilmentId.slice(0, dot)
}

function fulfilmentUnknown(order: Order, fulfilmentId: string): Decision {
  const known = order.fulfilments.map((fulfilment) => fulfilment.fulfilmentId)
  return refuse('fulfilment-unknown', {
    kind: 'unknown',
    message: `order ${order.orderId} has no fulfilment ${fulfilmentId}`,
    inputs: { orderId: order.orderId, fulfilmentId, status: order.status, fulfilments: known },
    ways: known.length > 0 ? [`name one of ${known.join(', ')}`] : ['wait until it is confirmed'],
  })
}
