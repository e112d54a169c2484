/** What may be asked about orders. */

import { z } from 'zod'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import {
  Amount,
  DealerId,
  LocalDate,
  Name,
  OrderId,
  Quantity,
  Rate,
  Region,
  Sku,
  Text,
  UnitPrice,
} from '../domain/kernel/values.ts'
import { cancelOrder } from '../domain/order/cancel.ts'
import {
  Attempt,
  ChargeKind,
  Code,
  DeliveryContact,
  OrderCancelled,
  OrderConfirmed,
  OrderPlaced,
  OrderRejected,
  PaymentKind,
  RemainderCancelled,
  ReviewRequested,
  StoredExplanation,
} from '../domain/order/events.ts'
import { confirmOrder, rejectOrder } from '../domain/order/outcome.ts'
import { placeOrder } from '../domain/order/place.ts'
import { planFulfilment } from '../domain/order/plan.ts'
import { order } from '../domain/order/state.ts'
import { firstOf, isOf } from './answers.ts'
import type { Answered } from './command.ts'
import { command } from './command.ts'

const ORDERING_ROLES = [
  'dealer-buyer',
  'dealer-approver',
  'brand-ops',
  'brand-admin',
  'platform-service',
  'erp',
] as const

const OrderInput = z.strictObject({
  dealerId: DealerId,
  shipTo: z.strictObject({
    region: Region,
    address: Text.optional(),
    contact: z.union([DeliveryContact, Name]).optional(),
  }),
  lines: z
    .array(
      z.strictObject({
        sku: Sku,
        quantity: Quantity,
        priceOverride: z.strictObject({ unitPrice: UnitPrice, reason: Text }).optional(),
      }),
    )
    .min(1, 'must have at least one line')
    .max(1000),
  charges: z
    .array(z.strictObject({ kind: ChargeKind, amount: Amount, taxRate: Rate }))
    .max(20)
    .optional(),
  payment: PaymentKind,
  orderNumber: Name.optional(),
  requestedOn: LocalDate.optional(),
  note: Text.optional(),
  couponCode: Name.optional(),
})

/** As in `StoredExplanation`; its figures are of any kind. */
const Explanation = z.object({
  rule: z.string(),
  ruleVersion: z.number().int(),
  inputs: z.record(z.string(), z.unknown()),
  ways: z.array(z.string()),
})

const PlacedAnswer = z.object({
  orderId: OrderId,
  orderNumber: z.string(),
  status: z.string(),
  total: Amount,
  lines: z.array(
    z.object({
      sku: Sku,
      quantity: Quantity,
      unitPrice: UnitPrice,
      discount: Amount,
      amount: Amount,
      tax: Amount,
    }),
  ),
  // With `Prefer: wait`, once the order is decided:
  fulfilments: z.array(z.unknown()).optional(),
  statusReason: z
    .object({ code: Code, message: z.string(), decision: Explanation.optional() })
    .optional(),
})

/** Places an order; whether it is confirmed, credit and stock decide afterwards. */
export const PlaceOrder = command({
  name: 'PlaceOrder',
  schema: OrderInput,
  roles: ORDERING_ROLES,
  dealer: ({ dealerId }) => dealerId,
  aggregate: order,
  stream: (_, { newId }) => newId('order'),
  expects: 'new',
  generatesStream: true,
  decide: placeOrder,
  route: {
    path: '/orders',
    status: 201,
    summary: 'Place an order; `Prefer: wait` waits until it is confirmed or rejected',
    answer: placedAnswer,
    answerSchema: PlacedAnswer,
    location: ({ streamId }) => `/orders/${streamId}`,
    coordinated: { tell: outcomeOf },
  },
})

function placedAnswer({ events }: Answered<unknown>): Readonly<Record<string, unknown>> {
  const placed = firstOf(OrderPlaced, events)
  if (placed === undefined) return {}
  const { orderId, orderNumber, total, lines } = placed.data
  return {
    orderId,
    orderNumber,
    status: 'placed',
    total,
    lines: lines.map(({ sku, quantity, unitPrice, discount, amount, tax }) => ({
      sku,
      quantity,
      unitPrice,
      discount,
      amount,
      tax,
    })),
  }
}

/** The coordinated status of an order, once an event tells it. */
function outcomeOf(event: RecordedEvent): Readonly<Record<string, unknown>> | undefined {
  if (isOf(OrderConfirmed, event)) {
    return { status: 'confirmed', fulfilments: event.data.fulfilments }
  }
  if (isOf(ReviewRequested, event)) {
    return { status: 'review', statusReason: event.data.reasons[0] }
  }
  if (isOf(OrderRejected, event)) {
    const { code, message, decision } = event.data
    return { status: 'rejected', statusReason: { code, message, ...(decision && { decision }) } }
  }
  if (isOf(OrderCancelled, event)) {
    const { code = 'cancelled', reason = 'the order was cancelled' } = event.data
    return { status: 'cancelled', statusReason: { code, message: reason } }
  }
  return undefined
}

export const CancelOrder = command({
  name: 'CancelOrder',
  schema: z.strictObject({
    orderId: OrderId,
    reason: Text.optional(),
    code: Code.optional(),
  }),
  roles: ORDERING_ROLES,
  dealer: (_, state) => state?.dealerId,
  aggregate: order,
  stream: ({ orderId }) => orderId,
  expects: 'existing',
  decide: cancelOrder,
  route: {
    path: '/orders/:orderId/cancel',
    summary: 'Cancel all of an order that has not been shipped',
    answer: cancelledAnswer,
    answerSchema: z.object({
      orderId: OrderId,
      cancelled: z.enum(['order', 'remainder']),
      fulfilments: z.array(z.unknown()),
    }),
  },
})

function cancelledAnswer({ streamId, events }: Answered<unknown>) {
  const whole = firstOf(OrderCancelled, events)
  const cancelled = whole ?? firstOf(RemainderCancelled, events)
  return {
    orderId: streamId,
    cancelled: whole ? 'order' : 'remainder',
    fulfilments: cancelled?.data.fulfilments ?? [],
  }
}

export const PlanFulfilment = command({
  name: 'PlanFulfilment',
  schema: z.strictObject({ orderId: OrderId, attempt: Attempt }),
  roles: [],
  aggregate: order,
  stream: ({ orderId }) => orderId,
  expects: 'existing',
  needsFreshReference: true,
  decide: planFulfilment,
})

export const ConfirmOrder = command({
  name: 'ConfirmOrder',
  schema: z.strictObject({ orderId: OrderId, attempt: Attempt }),
  roles: [],
  aggregate: order,
  stream: ({ orderId }) => orderId,
  expects: 'existing',
  decide: confirmOrder,
})

export const RejectOrder = command({
  name: 'RejectOrder',
  schema: z.strictObject({
    orderId: OrderId,
    code: Code,
    message: z.string(),
    decision: StoredExplanation.optional(),
  }),
  roles: [],
  aggregate: order,
  stream: ({ orderId }) => orderId,
  expects: 'existing',
  decide: rejectOrder,
})
