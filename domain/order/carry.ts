/** What happens to a fulfilment around its shipping: picked, delayed, delivered. */

import type { DecisionContext } from '../context.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import { valueDateRefusal, valued } from '../value-date.ts'
import {
  FulfilmentDelayed,
  FulfilmentDelivered,
  FulfilmentPicked,
  OrderCompleted,
} from './events.ts'
import { onFulfilment } from './refusals.ts'
import type { Fulfilment, FulfilmentStage, Order, OrderState } from './state.ts'

export type PickFulfilment = Readonly<{ fulfilmentId: string }>

/** Notes that the goods are picked; again changes nothing. Refuses what has left or is cancelled. */
export function pickFulfilment(state: OrderState, { fulfilmentId }: PickFulfilment): Decision {
  return onFulfilment(state, fulfilmentId, ({ orderId }, { stage }) => {
    if (stage === 'picked') return accept()
    return stage === 'allocated'
      ? accept(FulfilmentPicked({ orderId, fulfilmentId }))
      : wrongStage('fulfilment-not-pickable', fulfilmentId, stage, [])
  })
}

export type DelayFulfilment = Readonly<{
  fulfilmentId: string
  reason?: string | undefined
  expectedOn?: string | undefined
}>

/** Notes that a fulfilment is late; saying the same again changes nothing. Refuses one that has ended. */
export function delayFulfilment(state: OrderState, input: DelayFulfilment): Decision {
  return onFulfilment(state, input.fulfilmentId, ({ orderId }, { stage, delay }) => {
    const { fulfilmentId, reason, expectedOn } = input
    if (stage === 'delivered' || stage === 'cancelled') {
      return wrongStage('fulfilment-ended', fulfilmentId, stage, [])
    }
    const known = delay && delay.reason === reason && delay.expectedOn === expectedOn
    return known ? accept() : accept(FulfilmentDelayed({ ...input, orderId }))
  })
}

export type DeliverFulfilment = Readonly<{
  fulfilmentId: string
  /** The day of delivery, if it is not the open business day. */
  effectiveOn?: string | undefined
}>

/**
 * Notes that the dealer has the goods; again changes nothing. The last delivery completes the order.
 * Refuses `fulfilment-not-shipped` while something of it is still in the warehouse.
 */
export function deliverFulfilment(
  state: OrderState,
  { fulfilmentId, effectiveOn }: DeliverFulfilment,
  context: DecisionContext,
): Decision {
  return onFulfilment(state, fulfilmentId, (order, fulfilment) => {
    if (fulfilment.stage === 'delivered') return accept()
    if (fulfilment.stage !== 'shipped') return notShipped(fulfilment)
    const refused = valueDateRefusal(effectiveOn, context)
    if (refused) return { accepted: false, refusal: refused }
    const { orderId } = order
    const delivered = FulfilmentDelivered(
      { orderId, fulfilmentId },
      valued(effectiveOn, context.today),
    )
    return isLast(order, fulfilmentId)
      ? accept(delivered, OrderCompleted({ orderId }))
      : accept(delivered)
  })
}

function isLast(order: Order, fulfilmentId: string): boolean {
  return order.fulfilments.every(
    (other) =>
      other.fulfilmentId === fulfilmentId ||
      other.stage === 'delivered' ||
      other.stage === 'cancelled',
  )
}

function notShipped({ fulfilmentId, stage, left }: Fulfilment): Decision {
  const ways =
    left.length > 0 ? ['ship what is left of it first', 'cancel what is left of the order'] : []
  return wrongStage('fulfilment-not-shipped', fulfilmentId, stage, ways)
}

function wrongStage(
  code: string,
  fulfilmentId: string,
  stage: FulfilmentStage,
  ways: readonly string[],
): Decision {
  return refuse(code, {
    kind: 'state',
    message: `fulfilment ${fulfilmentId} is ${stage}`,
    inputs: { fulfilmentId, status: stage },
    ways,
  })
}
