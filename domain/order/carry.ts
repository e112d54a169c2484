/** What happens to a fulfilment around its shipping: picked, delayed, delivered. */

import type { DecisionContext } from '../context.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import type { DecidedEvent } from '../kernel/event.ts'
import type { LocalDate } from '../kernel/values.ts'
import { valueDateRefusal, valued } from '../value-date.ts'
import { OrderCompleted } from './events.ts'
import { FulfilmentDelayed, FulfilmentDelivered, FulfilmentPicked } from './fulfilment-events.ts'
import type { Fulfilment, FulfilmentStage } from './fulfilments.ts'
import { amendmentPending, onFulfilment } from './refusals.ts'
import type { Order, OrderState } from './state.ts'

export type PickFulfilment = Readonly<{ fulfilmentId: string }>

/** Notes that the goods are picked; again changes nothing. Refuses what has left, is cancelled or is being amended. */
export function pickFulfilment(state: OrderState, { fulfilmentId }: PickFulfilment): Decision {
  return onFulfilment(state, fulfilmentId, (order, { stage }) => {
    if (stage === 'picked') return accept()
    if (order.amendment) return amendmentPending(order)
    const { orderId } = order
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
    return accept(...delivered(order, [{ fulfilmentId, deliveredOn: effectiveOn }], context.today))
  })
}

/** Whether the carriers handed over every parcel that was shipped of it. */
export function hasArrived({ parcels }: Pick<Fulfilment, 'parcels'>): boolean {
  return parcels.length > 0 && parcels.every(({ deliveredOn }) => deliveredOn !== undefined)
}

/** The delivery of fulfilments that have arrived, each on the day of its last parcel. */
export function deliveryOf(
  order: Order,
  arrived: readonly Pick<Fulfilment, 'fulfilmentId' | 'parcels'>[],
  today: LocalDate,
): readonly DecidedEvent[] {
  const ended = arrived.map(({ fulfilmentId, parcels }) => {
    const days = parcels.flatMap(({ deliveredOn }) => deliveredOn ?? [])
    return { fulfilmentId, deliveredOn: days.sort().at(-1) }
  })
  return delivered(order, ended, today)
}

type Ended = Readonly<{ fulfilmentId: string; deliveredOn: LocalDate | undefined }>

function delivered(
  order: Order,
  ended: readonly Ended[],
  today: LocalDate,
): readonly DecidedEvent[] {
  const { orderId } = order
  const events = ended.map(({ fulfilmentId, deliveredOn }) =>
    FulfilmentDelivered({ orderId, fulfilmentId }, valued(deliveredOn, today)),
  )
  const now = new Set(ended.map(({ fulfilmentId }) => fulfilmentId))
  const isWhole = order.fulfilments.every(
    ({ fulfilmentId, stage }) =>
      now.has(fulfilmentId) || stage === 'delivered' || stage === 'cancelled',
  )
  return isWhole && order.lost.length === 0 ? [...events, OrderCompleted({ orderId })] : events
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
