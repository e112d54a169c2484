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
  Sku,
  Text,
  UnitPrice,
  WarehouseId,
} from '../kernel/values.ts'

/** Which try of an order's plan a reservation belongs to; grows with each new plan. */
export const Attempt = z.number().int('must be a whole number').min(0).max(1_000_000)

/** `counted-short`: fewer goods were counted than were promised; the newest promises go first. */
export const ReleaseReason = z.enum(['compensation', 'cancelled', 'expired', 'counted-short'])
export type ReleaseReason = z.output<typeof ReleaseReason>

const QuantityLines = lines({ sku: Sku, quantity: Quantity }) // whole base units, > 0

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
    lines: QuantityLines, // what is available again
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
    lines: lines({ sku: Sku, quantity: Quantity, cost: Amount }), // cost of the whole line
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

export type StockEvent = EventOf<
  | typeof StockReceived
  | typeof StockReserved
  | typeof ReservationRefused
  | typeof ReservationReleased
  | typeof ReservationReduced
  | typeof StockIssued
  | typeof SafetyLevelReached
>
