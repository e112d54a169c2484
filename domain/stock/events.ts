/** What happens to the stock of one warehouse. Stream: `stock-<warehouseId>`. */

import { z } from 'zod'
import type { EventOf } from '../kernel/event.ts'
import { event } from '../kernel/event.ts'
import { Journal } from '../kernel/journal.ts'
import {
  Amount,
  Count,
  FulfilmentId,
  Id,
  Instant,
  LocalDate,
  lines,
  OrderId,
  Quantity,
  ReturnId,
  Sku,
  Text,
  UnitPrice,
  WarehouseId,
} from '../kernel/values.ts'

export const STOCK_CATEGORY = 'stock'

/** Which try of an order's plan a reservation belongs to; grows with each new plan. */
export const Attempt = z.number().int('must be a whole number').min(0).max(1_000_000)

/** `counted-short`: fewer goods were counted than were promised; the newest promises go first. */
export const ReleaseReason = z.enum(['compensation', 'cancelled', 'expired', 'counted-short'])
export type ReleaseReason = z.output<typeof ReleaseReason>

const QuantityLines = lines({ sku: Sku, quantity: Quantity }) // whole base units, > 0

/** Which goods are meant: a batch with its date; goods that have neither are named by nothing. */
const BatchName = { batch: Id.optional(), expiresOn: LocalDate.optional() }

const BatchQuantities = z.array(z.strictObject({ ...BatchName, quantity: Quantity }))

/** Goods that left, by batch; how many of them were in quarantine. */
const TakenBatches = z.array(
  z.strictObject({ ...BatchName, quantity: Quantity, quarantined: Quantity.optional() }),
)

// Events: a storage format. Add fields and versions; never change a meaning.
export const StockReceived = event(
  'StockReceived',
  1,
  {
    warehouseId: WarehouseId,
    sku: Sku,
    quantity: Quantity,
    unitCost: UnitPrice,
    amount: Amount, // round(quantity × unitCost): what the stock's value grows by
    batch: Id.optional(),
    expiresOn: LocalDate.optional(),
    reference: Text.optional(),
    journal: Journal,
  },
  { description: 'Goods came in at their cost.' },
)

export const StockReserved = event(
  'StockReserved',
  1,
  {
    warehouseId: WarehouseId,
    orderId: OrderId,
    attempt: Attempt,
    lines: QuantityLines,
    expiresAt: Instant, // information: the order's saga releases what expired
  },
  { description: 'Stock is set aside for an order: all its lines here.' },
)

export const ReservationRefused = event(
  'ReservationRefused',
  1,
  {
    warehouseId: WarehouseId,
    orderId: OrderId,
    attempt: Attempt,
    shortages: z.array(z.strictObject({ sku: Sku, wanted: Quantity, available: Count })).min(1),
  },
  { description: 'Stock was short, so that none of an order’s lines here is set aside.' },
)

export const ReservationReleased = event(
  'ReservationReleased',
  1,
  {
    warehouseId: WarehouseId,
    orderId: OrderId,
    attempt: Attempt,
    lines: z.array(z.strictObject({ sku: Sku, quantity: Quantity })), // empty: it overtook its reserve
    reason: ReleaseReason,
  },
  { description: 'What was still set aside for an order is available again.' },
)

export const ReservationReduced = event(
  'ReservationReduced',
  1,
  {
    warehouseId: WarehouseId,
    orderId: OrderId,
    attempt: Attempt, // of the plan that needs less
    // What is available again; empty if nothing of it was set aside any more.
    lines: z.array(z.strictObject({ sku: Sku, quantity: Quantity })),
  },
  { description: 'An amended order needs less here: a part of what was set aside is available.' },
)

export const StockIssued = event(
  'StockIssued',
  1,
  {
    warehouseId: WarehouseId,
    orderId: OrderId,
    fulfilmentId: FulfilmentId,
    shipmentId: FulfilmentId.optional(), // absent: the fulfilment's one and only
    lines: lines({
      sku: Sku,
      quantity: Quantity,
      cost: Amount, // of the whole line
      batches: TakenBatches.optional(), // absent: there was but one, without a name or a date
      unreserved: Quantity.optional(), // of it, what a short count had taken from the order before
    }),
    journal: Journal,
  },
  {
    description:
      'Reserved goods left with a shipment of a fulfilment, at their moving average cost.',
  },
)

export const SafetyLevelReached = event(
  'SafetyLevelReached',
  1,
  { warehouseId: WarehouseId, sku: Sku, available: Count, safetyStock: Count },
  { description: 'A SKU’s available stock fell below its safety level.' },
)

export const StockQuarantined = event(
  'StockQuarantined',
  1,
  {
    warehouseId: WarehouseId,
    sku: Sku,
    quantity: Quantity,
    batches: BatchQuantities,
    reason: Text,
  },
  { description: 'Goods are set apart: they are there, and promised to nobody.' },
)

export const QuarantineLifted = event(
  'QuarantineLifted',
  1,
  {
    warehouseId: WarehouseId,
    sku: Sku,
    quantity: Quantity,
    batches: BatchQuantities,
    reason: Text,
  },
  { description: 'Goods that were set apart are as good as others again.' },
)

export const BatchesExpired = event(
  'BatchesExpired',
  1,
  {
    warehouseId: WarehouseId,
    date: LocalDate, // what expires on it or before
    lines: lines({ sku: Sku, quantity: Quantity, batches: BatchQuantities }),
    more: z.boolean(), // true: others have expired too, and follow in another event
  },
  { description: 'The day of some batches has come: they are in quarantine from now on.' },
)

export const StockSpoiled = event(
  'StockSpoiled',
  1,
  {
    warehouseId: WarehouseId,
    sku: Sku,
    quantity: Quantity,
    batches: TakenBatches,
    cost: Amount, // of all of it, at moving average
    reason: Text,
    journal: Journal,
  },
  { description: 'Goods are spoiled, and written off at their moving average cost.' },
)

export const StockCounted = event(
  'StockCounted',
  1,
  {
    warehouseId: WarehouseId,
    sku: Sku,
    batch: Id.optional(), // absent: all batches together
    booked: Count, // on hand, as the books had it
    counted: Count, // on hand from now on
    batches: TakenBatches, // of the difference: missing if less was counted, found if more
    cost: Amount, // of the difference
    reason: Text,
    journal: Journal,
  },
  { description: 'Goods were counted; what is missing or found is booked.' },
)

export const StockTransferSent = event(
  'StockTransferSent',
  1,
  {
    transferId: Id,
    warehouseId: WarehouseId, // which sends
    toWarehouseId: WarehouseId,
    lines: lines({ sku: Sku, quantity: Quantity, cost: Amount, batches: BatchQuantities }),
    reference: Text.optional(),
  },
  { description: 'Goods left for another warehouse, at their moving average cost.' },
)

export const StockTransferExpected = event(
  'StockTransferExpected',
  1,
  {
    transferId: Id,
    warehouseId: WarehouseId, // which will receive
    fromWarehouseId: WarehouseId,
    lines: lines({ sku: Sku, quantity: Quantity, cost: Amount, batches: BatchQuantities }),
  },
  { description: 'A warehouse knows what is on its way to it.' },
)

export const StockTransferReceived = event(
  'StockTransferReceived',
  1,
  {
    transferId: Id,
    warehouseId: WarehouseId, // which received
    fromWarehouseId: WarehouseId,
    lines: lines({
      sku: Sku,
      sent: Quantity,
      quantity: Count, // what was counted on arrival; the rest is lost
      cost: Amount, // of what arrived
      lost: Amount, // cost of what did not
      batches: BatchQuantities, // of what arrived
    }),
    journal: Journal, // what was lost on the way
  },
  { description: 'A transfer arrived and was counted; what is missing is written off.' },
)

export const StockReturned = event(
  'StockReturned',
  1,
  {
    warehouseId: WarehouseId,
    orderId: OrderId,
    returnId: ReturnId,
    lines: lines({
      sku: Sku,
      restocked: Count, // as good as others
      scrapped: Count,
      cost: Amount, // of both, at what they were issued at
      scrapCost: Amount, // of it, of what was scrapped
      batches: BatchQuantities, // of what was restocked
    }),
    journal: Journal,
  },
  { description: 'Goods came back with a return, at the cost they were issued at.' },
)

export type StockEvent = EventOf<
  | typeof StockReceived
  | typeof StockReserved
  | typeof ReservationRefused
  | typeof ReservationReleased
  | typeof ReservationReduced
  | typeof StockIssued
  | typeof SafetyLevelReached
  | typeof StockQuarantined
  | typeof QuarantineLifted
  | typeof BatchesExpired
  | typeof StockSpoiled
  | typeof StockCounted
  | typeof StockTransferSent
  | typeof StockTransferExpected
  | typeof StockTransferReceived
  | typeof StockReturned
>
