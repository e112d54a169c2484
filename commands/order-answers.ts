/** What is answered to those who place, amend and cancel orders. */

import { z } from 'zod'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import { Code, ToldExplanation } from '../domain/kernel/explanation.ts'
import { Amount, Instant, OrderId, Quantity, Sku, UnitPrice } from '../domain/kernel/values.ts'
import {
  AmendmentRefused,
  AmendmentRequested,
  OrderAmended,
  OrderBackordered,
  OrderCancelled,
  OrderConfirmed,
  OrderLapsed,
  OrderPlaced,
  OrderRejected,
  PaymentAwaited,
  RemainderCancelled,
} from '../domain/order/events.ts'
import {
  cancellationReason,
  partialReason,
  reasonOf,
  shortageReason,
} from '../domain/order/reasons.ts'
import { ReviewRequested } from '../domain/order/review-events.ts'
import type { OrderLine } from '../domain/order/values.ts'
import { firstOf, isOf } from './answers.ts'
import type { Answered } from './command.ts'

type Told = Readonly<Record<string, unknown>>

const AnsweredLines = z.array(
  z.object({
    sku: Sku,
    quantity: Quantity,
    unitPrice: UnitPrice,
    discount: Amount,
    amount: Amount,
    tax: Amount,
  }),
)

export const StatusReason = z.object({
  code: Code,
  message: z.string(),
  decision: ToldExplanation.optional(),
})

/** With `Prefer: wait`, once it is decided, or waits for people, stock or money. */
const outcome = {
  fulfilments: z.array(z.unknown()).optional(),
  statusReason: StatusReason.optional(),
  awaitingPayment: z.object({ amount: Amount, until: Instant }).optional(),
}

export const PlacedAnswer = z.object({
  orderId: OrderId,
  orderNumber: z.string(),
  status: z.string(),
  total: Amount,
  lines: AnsweredLines,
  ...outcome,
})

export function placedAnswer({ events }: Answered<unknown>): Told {
  const placed = firstOf(OrderPlaced, events)
  if (placed === undefined) return {}
  const { orderId, orderNumber, total, lines } = placed.data
  return { orderId, orderNumber, status: 'placed', total, lines: lines.map(lineAnswer) }
}

function lineAnswer({ sku, quantity, unitPrice, discount, amount, tax }: OrderLine) {
  return { sku, quantity, unitPrice, discount, amount, tax }
}

/** The coordinated status of an order, once an event tells it. */
export function outcomeOf(event: RecordedEvent): Told | undefined {
  return endOf(event) ?? waitOf(event)
}

/** It is decided. */
function endOf(event: RecordedEvent): Told | undefined {
  if (isOf(OrderConfirmed, event)) {
    const { fulfilments, reducedTo } = event.data
    const reduced = reducedTo && {
      total: reducedTo.total,
      lines: reducedTo.lines.map(lineAnswer),
      statusReason: partialReason(reducedTo.dropped),
    }
    return { status: 'confirmed', fulfilments, ...reduced }
  }
  if (isOf(OrderRejected, event)) return { status: 'rejected', statusReason: reasonOf(event.data) }
  if (isOf(OrderLapsed, event)) return { status: 'lapsed', statusReason: reasonOf(event.data) }
  if (isOf(OrderCancelled, event)) {
    return { status: 'cancelled', statusReason: cancellationReason(event.data) }
  }
  return undefined
}

/** It waits for people, for stock or for money. */
function waitOf(event: RecordedEvent): Told | undefined {
  if (isOf(ReviewRequested, event)) {
    const { reasons, amendment } = event.data
    const about = amendment === undefined ? { status: 'review' } : { amendment: 'review' }
    return { ...about, ...(reasons[0] && { statusReason: reasonOf(reasons[0]) }) }
  }
  if (isOf(OrderBackordered, event)) {
    return { status: 'backordered', statusReason: shortageReason(event.data.shortages) }
  }
  if (isOf(PaymentAwaited, event)) {
    const { amount, until } = event.data
    return { awaitingPayment: { amount, until } }
  }
  return undefined
}

export const AmendedAnswer = z.object({
  orderId: OrderId,
  amendment: z.enum(['none', 'requested', 'review', 'granted', 'refused']),
  status: z.string().optional(),
  total: Amount.optional(),
  lines: AnsweredLines.optional(),
  ...outcome,
})

/** Of a confirmed order the lines are what is asked for, until they are granted. */
export function amendedAnswer({ streamId, events }: Answered<unknown>): Told {
  const requested = firstOf(AmendmentRequested, events)
  const wanted = requested ?? firstOf(OrderAmended, events)
  if (wanted === undefined) return { orderId: streamId, amendment: 'none' }
  const { total, lines } = wanted.data
  return {
    orderId: streamId,
    amendment: requested ? 'requested' : 'granted',
    total,
    lines: lines.map(lineAnswer),
  }
}

/** What becomes of an amended order: of a confirmed one, of its amendment; else of the order itself. */
export function amendmentOutcomeOf(event: RecordedEvent): Told | undefined {
  if (isOf(OrderAmended, event)) {
    const { fulfilments } = event.data
    return fulfilments.length === 0 ? undefined : { amendment: 'granted', fulfilments }
  }
  if (isOf(AmendmentRefused, event)) {
    return { amendment: 'refused', statusReason: reasonOf(event.data) }
  }
  return outcomeOf(event)
}

export const CancelledAnswer = z.object({
  orderId: OrderId,
  cancelled: z.enum(['order', 'remainder']),
  fulfilments: z.array(z.unknown()),
})

export function cancelledAnswer({ streamId, events }: Answered<unknown>): Told {
  const whole = firstOf(OrderCancelled, events)
  const cancelled = whole ?? firstOf(RemainderCancelled, events)
  return {
    orderId: streamId,
    cancelled: whole ? 'order' : 'remainder',
    fulfilments: cancelled?.data.fulfilments ?? [],
  }
}
