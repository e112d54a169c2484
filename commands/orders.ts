/** What may be asked about orders. */

import { z } from 'zod'
import { Code } from '../domain/kernel/explanation.ts'
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
import { amendOrder } from '../domain/order/amend.ts'
import { cancelOrder } from '../domain/order/cancel.ts'
import { order } from '../domain/order/order.ts'
import { placeOrder } from '../domain/order/place.ts'
import { ChargeKind, DeliveryContact, PaymentKind } from '../domain/order/values.ts'
import { command } from './command.ts'
import { askedLines } from './lines.ts'
import { ofOrder } from './of-order.ts'
import {
  AmendedAnswer,
  amendedAnswer,
  amendmentOutcomeOf,
  CancelledAnswer,
  cancelledAnswer,
  outcomeOf,
  PlacedAnswer,
  placedAnswer,
} from './order-answers.ts'
import { orderQuote } from './order-quote.ts'

const ORDERING_ROLES = [
  'dealer-buyer',
  'dealer-approver',
  'brand-ops',
  'brand-admin',
  'platform-service',
  'erp',
] as const

const AskedLines = askedLines({
  sku: Sku,
  quantity: Quantity,
  priceOverride: z.strictObject({ unitPrice: UnitPrice, reason: Text }).optional(),
})

const OrderInput = z.strictObject({
  dealerId: DealerId,
  shipTo: z.strictObject({
    region: Region,
    address: Text.optional(),
    contact: z.union([DeliveryContact, Name]).optional(),
  }),
  lines: AskedLines,
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
    summary: 'Place an order; `Prefer: wait` waits until it is decided, or waits for something',
    answer: placedAnswer,
    answerSchema: PlacedAnswer,
    location: ({ streamId }) => `/orders/${streamId}`,
    coordinated: { tell: outcomeOf },
  },
  quote: orderQuote,
})

/** Gives an order other lines; of a confirmed one credit and stock decide afterwards. */
export const AmendOrder = command({
  ...ofOrder,
  name: 'AmendOrder',
  schema: z.strictObject({ orderId: OrderId, lines: AskedLines }),
  roles: ORDERING_ROLES,
  decide: amendOrder,
  route: {
    path: '/orders/:orderId/amend',
    summary: 'Give an order other lines; `Prefer: wait` waits until that is granted or refused',
    answer: amendedAnswer,
    answerSchema: AmendedAnswer,
    coordinated: { tell: amendmentOutcomeOf },
  },
})

export const CancelOrder = command({
  ...ofOrder,
  name: 'CancelOrder',
  schema: z.strictObject({
    orderId: OrderId,
    reason: Text.optional(),
    code: Code.optional(),
  }),
  roles: ORDERING_ROLES,
  decide: cancelOrder,
  route: {
    path: '/orders/:orderId/cancel',
    summary: 'Cancel all of an order that has not been shipped',
    answer: cancelledAnswer,
    answerSchema: CancelledAnswer,
  },
})
