/**
 * What happens to an order and its fulfilments. Stream: `order-<orderId>`.
 *
 * Events: a storage format. Add fields and versions; never change a meaning.
 */

import { z } from 'zod'
import { type EventOf, event } from '../kernel/event.ts'
import { Code, StoredExplanation } from '../kernel/explanation.ts'
import {
  Amount,
  DealerId,
  FacilityId,
  FulfilmentId,
  Instant,
  LocalDate,
  Name,
  OrderId,
  PositiveAmount,
  Quantity,
  Region,
  Sku,
  Text,
  WarehouseId,
} from '../kernel/values.ts'
import { FULFILMENT_EVENTS } from './fulfilment-events.ts'
import { INVOICING_EVENTS } from './invoice-events.ts'
import { RETURN_EVENTS } from './return-events.ts'
import { REVIEW_EVENTS } from './review-events.ts'
import {
  Attempt,
  Charge,
  DeliverTo,
  OrderLine,
  Ordinal,
  OverLimit,
  Part,
  PaymentKind,
  QuantityLines,
  Shortage,
  StockShort,
  WaitedFor,
} from './values.ts'

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
  OrderCompleted,
  ...REVIEW_EVENTS,
  ...FULFILMENT_EVENTS,
  ...RETURN_EVENTS,
  ...INVOICING_EVENTS,
] as const

export type OrderEvent = EventOf<(typeof ORDER_EVENTS)[number]>
