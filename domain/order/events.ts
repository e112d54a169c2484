/**
 * What happens to an order and its fulfilments. Stream: `order-<orderId>`.
 *
 * Events: a storage format. Add fields and versions; never change a meaning.
 */

import { z } from 'zod'
import type { EventOf } from '../kernel/event.ts'
import { event } from '../kernel/event.ts'
import {
  Amount,
  DealerId,
  FacilityId,
  FulfilmentId,
  Instant,
  LocalDate,
  lines,
  Name,
  OrderId,
  Phone,
  ProductId,
  Quantity,
  Rate,
  Region,
  SignedAmount,
  Sku,
  Text,
  UnitPrice,
  WarehouseId,
} from '../kernel/values.ts'

export const PaymentKind = z.enum(['term', 'prepaid'])
export type PaymentKind = z.output<typeof PaymentKind>

export const ChargeKind = z.enum(['freight'])

/** Who takes the goods in. */
export const DeliveryContact = z.strictObject({
  name: Name,
  phone: Phone.optional(),
  email: z.email('must be an e-mail address').max(200).optional(),
})

/** Where the goods go, beyond the region: personal data. */
const DeliverTo = z.strictObject({ address: Text.optional(), contact: DeliveryContact.optional() })
export type DeliverTo = z.output<typeof DeliverTo>

/** Which try of an order's plan it is: 1, 2, … */
export const Attempt = z.number().int('must be a whole number').min(1).max(1_000_000)

/** A tax-inclusive amount and what it is made of: amount = net + tax. */
const gross = { amount: Amount, net: Amount, tax: Amount }
/** Of a part: rounded running totals may differ by a cent, so that its tax alone may be below zero. */
const grossOfPart = { amount: Amount, net: Amount, tax: SignedAmount }

const OrderLine = z.strictObject({
  lineId: z.number().int().min(1), // 1-based, in the order they were asked for
  sku: Sku,
  name: Name,
  productId: ProductId,
  quantity: Quantity,
  unitPrice: UnitPrice, // tax-inclusive, of one base unit
  listPrice: UnitPrice, // what the price would have been without an override
  overrideReason: Text.optional(),
  discount: Amount, // of the whole line, already taken off `amount`
  ...gross,
  taxRate: Rate,
  divisible: z.boolean(), // whether it may be divided over warehouses
})
export type OrderLine = z.output<typeof OrderLine>

const Charge = z.strictObject({ kind: ChargeKind, ...gross, taxRate: Rate })
export type Charge = z.output<typeof Charge>

const QuantityLines = lines({ sku: Sku, quantity: Quantity }) // whole base units, > 0
export type QuantityLines = z.output<typeof QuantityLines>

const Part = z.strictObject({ warehouseId: WarehouseId, lines: QuantityLines })
/** What one warehouse is to ship of an order. */
export type Part = z.output<typeof Part>

const Shortage = z.strictObject({ sku: Sku, wanted: Quantity, missing: Quantity })
/** What no warehouse can serve of a line. */
export type Shortage = z.output<typeof Shortage>

/** The rule that ended an order, its figures, and what would have made it pass. */
export const StoredExplanation = z.strictObject({
  rule: z.string().min(1),
  ruleVersion: z.number().int(),
  inputs: z.record(z.string(), z.json()),
  ways: z.array(z.string()),
})
export type StoredExplanation = z.output<typeof StoredExplanation>

/** A public problem code, such as `stock-insufficient`. */
export const Code = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be a code such as no-longer-needed')

export const OrderPlaced = event(
  'OrderPlaced',
  1,
  {
    orderId: OrderId,
    orderNumber: Name,
    dealerId: DealerId,
    facilityId: FacilityId, // of the dealer's tree, at that time
    shipToRegion: Region,
    deliverTo: DeliverTo.optional(),
    lines: z.array(OrderLine).min(1).max(1000),
    charges: z.array(Charge),
    total: Amount, // gross of lines and charges
    net: Amount,
    tax: Amount,
    payment: PaymentKind,
    requestedOn: LocalDate.optional(),
    note: Text.optional(),
    placedAt: Instant,
  },
  {
    personal: { fields: ['deliverTo'], subject: ({ dealerId }) => dealerId },
    description: 'A dealer ordered, at these prices.',
  },
)

export const FulfilmentPlanned = event(
  'FulfilmentPlanned',
  1,
  {
    orderId: OrderId,
    dealerId: DealerId,
    facilityId: FacilityId,
    attempt: Attempt,
    attemptsAllowed: Attempt, // by the policy of the time
    parts: z.array(Part),
    shortages: z.array(Shortage),
    toHold: Amount, // the credit that the order needs; zero: none
    expiresAt: Instant, // what is not confirmed by then is let go
  },
  {
    description:
      'It is planned which warehouses ship what; credit and stock are still to be asked.',
  },
)

export const OrderConfirmed = event(
  'OrderConfirmed',
  1,
  {
    orderId: OrderId,
    fulfilments: z
      .array(
        z.strictObject({
          fulfilmentId: FulfilmentId,
          warehouseId: WarehouseId,
          lines: QuantityLines,
        }),
      )
      .min(1),
  },
  { description: 'Credit and stock are set aside; the order is divided into fulfilments.' },
)

export const OrderRejected = event(
  'OrderRejected',
  1,
  { orderId: OrderId, code: Code, message: z.string(), decision: StoredExplanation.optional() },
  { description: 'The order ends unserved, for the reason given.' },
)

const cancellation = {
  orderId: OrderId,
  reason: Text.optional(),
  code: Code.optional(),
  // What will not be shipped, and what that makes of each fulfilment.
  fulfilments: z.array(
    z.strictObject({
      fulfilmentId: FulfilmentId,
      warehouseId: WarehouseId,
      lines: QuantityLines,
      becomes: z.enum(['cancelled', 'shipped']), // shipped: a part of it had been
    }),
  ),
}

export const OrderCancelled = event('OrderCancelled', 1, cancellation, {
  description: 'The order ends before anything of it was shipped.',
})

export const RemainderCancelled = event('RemainderCancelled', 1, cancellation, {
  description: 'What had not been shipped of the order will not be; what was shipped stands.',
})

const fulfilment = { orderId: OrderId, fulfilmentId: FulfilmentId }

export const FulfilmentPicked = event('FulfilmentPicked', 1, fulfilment, {
  description: 'The goods of a fulfilment are taken from the shelf.',
})

export const FulfilmentShipped = event(
  'FulfilmentShipped',
  1,
  {
    ...fulfilment,
    // The fulfilment's id; of its second shipment `<fulfilmentId>.2`, and so on.
    shipmentId: FulfilmentId,
    shipment: z.number().int().min(1), // counts the shipments of the whole order
    warehouseId: WarehouseId,
    dealerId: DealerId,
    facilityId: FacilityId,
    lines: z
      .array(z.strictObject({ sku: Sku, quantity: Quantity, ...grossOfPart }))
      .min(1)
      .max(1000),
    charges: z.array(Charge), // all of the order's, with its first shipment
    ...grossOfPart, // of lines and charges
    left: z.array(z.strictObject({ sku: Sku, quantity: Quantity })), // of the fulfilment; empty: shipped
    carrier: Name,
    trackingNumber: Name,
  },
  { description: 'Goods left a warehouse; its value date is the shipping date.' },
)

export const FulfilmentDelayed = event(
  'FulfilmentDelayed',
  1,
  { ...fulfilment, reason: Text.optional(), expectedOn: LocalDate.optional() },
  { description: 'A fulfilment will be later than was said.' },
)

export const FulfilmentDelivered = event('FulfilmentDelivered', 1, fulfilment, {
  description: 'The dealer has the goods; the value date is the day of delivery.',
})

export const OrderCompleted = event(
  'OrderCompleted',
  1,
  { orderId: OrderId },
  { description: 'Everything that was to be shipped is delivered.' },
)

export const ORDER_EVENTS = [
  OrderPlaced,
  FulfilmentPlanned,
  OrderConfirmed,
  OrderRejected,
  OrderCancelled,
  RemainderCancelled,
  FulfilmentPicked,
  FulfilmentShipped,
  FulfilmentDelayed,
  FulfilmentDelivered,
  OrderCompleted,
] as const

export type OrderEvent = EventOf<(typeof ORDER_EVENTS)[number]>
