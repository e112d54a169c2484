/** By how much an event of a stock changes what is available: for those who follow many warehouses. */

import type { SkuQuantity } from '../kernel/lines.ts'
import { total, totalQuarantined } from './batches.ts'
import type { StockEvent } from './events.ts'

type Changes = readonly SkuQuantity[]

type Handlers = {
  readonly [Type in StockEvent['type']]: (
    data: Extract<StockEvent, { type: Type }>['data'],
  ) => Changes
}

const handlers: Handlers = {
  StockReceived: (data) => [data],
  StockReserved: ({ lines }) => less(lines),
  ReservationRefused: () => [],
  ReservationReleased: ({ lines }) => lines,
  ReservationReduced: ({ lines }) => lines,
  // It was reserved, so it was not available before either, as a rule.
  StockIssued: ({ lines }) =>
    lines.map(({ sku, unreserved = 0, batches = [] }) => {
      return { sku, quantity: totalQuarantined(batches) - unreserved }
    }),
  SafetyLevelReached: () => [],
  StockQuarantined: (data) => less([data]),
  QuarantineLifted: (data) => [data],
  BatchesExpired: ({ lines }) => less(lines),
  StockSpoiled: ({ sku, quantity, batches }) =>
    less([{ sku, quantity: quantity - totalQuarantined(batches) }]),
  StockCounted: ({ sku, booked, counted, batches }) => {
    const quantity = total(batches) - totalQuarantined(batches)
    return [{ sku, quantity: counted < booked ? -quantity : quantity }]
  },
  StockTransferSent: ({ lines }) => less(lines),
  StockTransferExpected: () => [],
  StockTransferReceived: ({ lines }) => lines,
  StockReturned: ({ lines }) =>
    lines.flatMap(({ sku, restocked }) => (restocked > 0 ? [{ sku, quantity: restocked }] : [])),
}

function less(lines: Changes): Changes {
  return lines.map(({ sku, quantity }) => ({ sku, quantity: -quantity }))
}

const byType = handlers as Readonly<Record<string, (data: unknown) => Changes>>

/** Base units more (or, below zero, less) that are available, by SKU. */
export function availableChanges(event: Readonly<{ type: string; data: unknown }>): Changes {
  return Object.hasOwn(byType, event.type) ? (byType[event.type]?.(event.data) ?? []) : []
}
