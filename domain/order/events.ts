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
  PositiveAmount,
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
import { ApproverRole, RuleId } from '../reviewRule/rule.ts'
import { INVOICING_EVENTS } from './invoice-events.ts'
import { RETURN_EVENTS } from './return-events.ts'

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

export const QuantityLines = lines({ sku: Sku, quantity: Quantity }) // whole base units, > 0
export type QuantityLines = z.output<typeof QuantityLines>

const Part = z.strictObject({ warehouseId: WarehouseId, lines: QuantityLines })
/** What one warehouse is to ship of an order. */
export type Part = z.output<typeof Part>

export const Shortage = z.strictObject({ sku: Sku, wanted: Quantity, missing: Quantity })
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

/** What happens to an order over the credit limit. */
export const OverLimit = z.enum(['reject', 'review'])
export type OverLimit = z.output<typeof OverLimit>

/** What happens to an order of which stock is short. */
export const StockShort = z.enum(['reject', 'backorder', 'partial'])
export type StockShort = z.output<typeof StockShort>

/** Why a person has to look at an order: the rule, its version and its figures. */
export const ReviewReason = z.strictObject({
  code: Code, // over-limit, amount, special-goods, burst, order-cut-up, stock-lost …
  message: z.string().min(1),
  decision: StoredExplanation,
})
export type ReviewReason = z.output<typeof ReviewReason>

/** One approval of several that a review needs, and the rule that asks for it. */
export const ReviewStep = z.strictObject({
  role: ApproverRole,
  hours: z.number().int().min(1), // until it escalates
  escalateTo: ApproverRole, // and after that to brand-admin
  ruleId: RuleId,
  ruleVersion: z.number().int().min(0),
})
export type ReviewStep = z.output<typeof ReviewStep>

/** Which review of the order it is, from 1; which amendment, from 1. */
export const Ordinal = z.number().int('must be a whole number').min(1).max(1_000_000)

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

/** The SKUs that a backordered order waited for, and does not any more. */
const WaitedFor = z.array(Sku).min(1).max(1000)

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
    release: PositiveAmount.optional(), // how far past the limits reviewers let it go
    prepayment: PositiveAmount.optional(), // of a prepaid order: what must be captured before it is confirmed
    // By the policy of the time; what older plans leave out is `reject`.
    overLimit: OverLimit.optional(),
    stockShort: StockShort.optional(),
    expiresAt: Instant, // what is not confirmed (prepaid: not paid) by then is let go
    waitedFor: WaitedFor.optional(), // of an order that was backordered
  },
  {
    description:
      'It is planned which warehouses ship what; credit and stock are still to be asked.',
  },
)

export const OrderBackordered = event(
  'OrderBackordered',
  1,
  {
    orderId: OrderId,
    dealerId: DealerId,
    attempt: Attempt, // whose plan was short
    shortages: z.array(Shortage).min(1),
    since: Instant, // when it was first put off: who waits longest is served first
    shipToRegion: Region,
    warehouseIds: z.array(WarehouseId).max(10_000), // that cover the region
    waitedFor: WaitedFor.optional(), // and is not short of any more
  },
  { description: 'The order waits for stock, and is planned again when some arrives.' },
)

export const ReviewRequested = event(
  'ReviewRequested',
  1,
  {
    orderId: OrderId,
    dealerId: DealerId,
    review: Ordinal,
    reasons: z.array(ReviewReason).min(1).max(50),
    total: Amount, // what is to be approved
    chain: z.array(ReviewStep).min(1).max(50), // one after another, each by another person
    dueAt: Instant, // when the first step escalates
    release: PositiveAmount.optional(), // how far past the limits an approval would let it go
    amendment: Ordinal.optional(), // of an amendment: the order as it stands is not in question
  },
  { description: 'People have to approve the order before it goes on.' },
)

export const ReviewStepApproved = event(
  'ReviewStepApproved',
  1,
  {
    orderId: OrderId,
    review: Ordinal,
    step: z.number().int().min(0), // its place in the chain
    onBehalfOf: Name.optional(), // the user who delegated it
    note: Text.optional(),
    code: Code.optional(),
    dueAt: Instant, // when the next step escalates
  },
  { description: 'One of several approvers approved; the next has to.' },
)

export const ReviewEscalated = event(
  'ReviewEscalated',
  1,
  {
    orderId: OrderId,
    review: Ordinal,
    step: z.number().int().min(0),
    to: ApproverRole,
    dueAt: Instant.optional(), // when it escalates again; absent: to nobody any more
  },
  { description: 'Nobody decided in time: a higher role may and has to.' },
)

export const OrderApproved = event(
  'OrderApproved',
  1,
  {
    orderId: OrderId,
    dealerId: DealerId,
    facilityId: FacilityId,
    review: Ordinal,
    resumes: z.enum(['placed', 'backordered', 'confirmed', 'shipping']), // what the order is again
    release: PositiveAmount.optional(),
    amendment: Ordinal.optional(),
    onBehalfOf: Name.optional(),
    note: Text.optional(),
    code: Code.optional(),
  },
  { description: 'The last approver approved: the order goes on.' },
)

export const OrderLapsed = event(
  'OrderLapsed',
  1,
  { orderId: OrderId, code: Code, message: z.string().min(1) },
  { description: 'A prepaid order was not paid in time.' },
)

export const PaymentAwaited = event(
  'PaymentAwaited',
  1,
  {
    orderId: OrderId,
    amount: PositiveAmount, // still to be paid before the order (or its amendment) is confirmed
    until: Instant,
    amendment: Ordinal.optional(),
  },
  { description: 'Stock is set aside for a prepaid order; it waits for its money.' },
)

/** The lines and amounts of an order, whole. */
const amended = {
  lines: z.array(OrderLine).min(1).max(1000),
  charges: z.array(Charge),
  total: Amount,
  net: Amount,
  tax: Amount,
}

export const AmendmentRequested = event(
  'AmendmentRequested',
  1,
  {
    orderId: OrderId,
    dealerId: DealerId,
    facilityId: FacilityId,
    amendment: Ordinal,
    ...amended, // the order's, should it be granted
    inReview: z.boolean(), // people have to approve it first
  },
  { description: 'Other lines are wanted of a confirmed order; it stands as it is until granted.' },
)

const AmendedQuantities = z.array(z.strictObject({ sku: Sku, quantity: Quantity }))

export const AmendmentPlanned = event(
  'AmendmentPlanned',
  1,
  {
    orderId: OrderId,
    dealerId: DealerId,
    facilityId: FacilityId,
    amendment: Ordinal,
    attempt: Attempt, // under which its additional stock is asked for
    // Each warehouse that ships any of it before or after, and the difference to what is reserved there.
    parts: z
      .array(
        z.strictObject({
          fulfilmentId: FulfilmentId,
          warehouseId: WarehouseId,
          lines: AmendedQuantities, // of the fulfilment, shipped ones included; none: it goes
          reserve: AmendedQuantities,
          release: AmendedQuantities,
        }),
      )
      .min(1),
    toHold: Amount, // the credit of the whole order, should it be granted
    release: PositiveAmount.optional(),
    prepayment: PositiveAmount.optional(),
    expiresAt: Instant, // what is not granted (prepaid: not paid) by then is refused
  },
  { description: 'It is planned which warehouses ship what of the amended order.' },
)

export const OrderAmended = event(
  'OrderAmended',
  1,
  {
    orderId: OrderId,
    dealerId: DealerId,
    facilityId: FacilityId,
    amendment: Ordinal,
    ...amended,
    // All that are not cancelled, as they are now; none while the order is not confirmed.
    fulfilments: z.array(
      z.strictObject({
        fulfilmentId: FulfilmentId,
        warehouseId: WarehouseId,
        lines: QuantityLines,
      }),
    ),
    gone: z.array(FulfilmentId), // fulfilments of which nothing is left
    replan: Attempt.optional(), // of an unconfirmed order: as which attempt it is planned next, unless reviewed first
    waitedFor: WaitedFor.optional(),
  },
  { description: 'The order has other lines now, at the prices of the day it was amended.' },
)

export const AmendmentRefused = event(
  'AmendmentRefused',
  1,
  {
    orderId: OrderId,
    amendment: Ordinal,
    code: Code,
    message: z.string().min(1),
    decision: StoredExplanation.optional(),
    review: Ordinal.optional(), // that it ends: reviewers refused, or the order changed before they decided
  },
  { description: 'The order stays as it was, for the reason given.' },
)

export const FulfilmentStockLost = event(
  'FulfilmentStockLost',
  1,
  {
    orderId: OrderId,
    fulfilmentId: FulfilmentId,
    warehouseId: WarehouseId,
    attempt: Attempt, // whose reservation was released
    lost: QuantityLines, // to be planned anew, or cancelled
    lines: z.array(z.strictObject({ sku: Sku, quantity: Quantity })), // what it still is, shipped ones included
    becomes: z.enum(['cancelled', 'shipped']).optional(), // nothing of it is left to ship
  },
  { description: 'Fewer goods were counted than were promised: a fulfilment lost its stock.' },
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
    // Only where a part can't be served and is dropped: the order as it is served.
    reducedTo: z
      .strictObject({
        lines: z.array(OrderLine).min(1).max(1000),
        charges: z.array(Charge),
        total: Amount,
        net: Amount,
        tax: Amount,
        dropped: QuantityLines,
      })
      .optional(),
  },
  { description: 'Credit and stock are set aside; the order is divided into fulfilments.' },
)

export const OrderRejected = event(
  'OrderRejected',
  1,
  {
    orderId: OrderId,
    code: Code,
    message: z.string(),
    decision: StoredExplanation.optional(),
    onBehalfOf: Name.optional(), // of a reviewer's decision: the user who delegated it
  },
  { description: 'The order ends unserved, for the reason given.' },
)

const cancellation = {
  orderId: OrderId,
  reason: Text.optional(),
  code: Code.optional(),
  waitedFor: WaitedFor.optional(),
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

export const FulfilmentInTransit = event(
  'FulfilmentInTransit',
  1,
  {
    ...fulfilment,
    carrier: Name,
    trackingNumber: Name,
    place: Name.optional(),
    seenAt: Instant, // by the carrier
    expectedOn: LocalDate.optional(),
  },
  { description: 'The carrier has the goods and said where.' },
)

export const FulfilmentLate = event(
  'FulfilmentLate',
  1,
  { ...fulfilment, expectedOn: LocalDate },
  { description: 'A warning: the goods were to be there by now, and are not.' },
)

export const FulfilmentDelayed = event(
  'FulfilmentDelayed',
  1,
  {
    ...fulfilment,
    reason: Text.optional(),
    expectedOn: LocalDate.optional(),
    // Only where a carrier said so:
    carrier: Name.optional(),
    trackingNumber: Name.optional(),
    saidAt: Instant.optional(), // by the carrier
  },
  { description: 'A fulfilment will be later than was said.' },
)

export const ParcelDelivered = event(
  'ParcelDelivered',
  1,
  {
    ...fulfilment,
    carrier: Name,
    trackingNumber: Name,
    place: Name.optional(),
    deliveredAt: Instant, // by the carrier
    deliveredOn: LocalDate, // the same in the business's time zone, within what may be backdated
  },
  { description: 'The carrier handed over a parcel; a fulfilment may have several.' },
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
  OrderBackordered,
  ReviewRequested,
  ReviewStepApproved,
  ReviewEscalated,
  OrderApproved,
  OrderLapsed,
  PaymentAwaited,
  AmendmentRequested,
  AmendmentPlanned,
  OrderAmended,
  AmendmentRefused,
  FulfilmentStockLost,
  OrderConfirmed,
  OrderRejected,
  OrderCancelled,
  RemainderCancelled,
  FulfilmentPicked,
  FulfilmentShipped,
  FulfilmentInTransit,
  FulfilmentLate,
  FulfilmentDelayed,
  ParcelDelivered,
  FulfilmentDelivered,
  OrderCompleted,
  ...RETURN_EVENTS,
  ...INVOICING_EVENTS,
] as const

export type OrderEvent = EventOf<(typeof ORDER_EVENTS)[number]>
