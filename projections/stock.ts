/** What each warehouse has of each SKU, and for whom. */

import { decimal, toAmount } from '../domain/kernel/money.ts'
import type { BatchPart } from '../domain/stock/batches.ts'
import { total, totalQuarantined } from '../domain/stock/batches.ts'
import {
  BatchesExpired,
  QuarantineLifted,
  ReservationReduced,
  ReservationReleased,
  StockCounted,
  StockIssued,
  StockQuarantined,
  StockReceived,
  StockReserved,
  StockReturned,
  StockSpoiled,
  StockTransferReceived,
  StockTransferSent,
} from '../domain/stock/events.ts'
import { type Change, on, type Row, readModel } from './read-model.ts'

type Place = Readonly<{ warehouseId: string; sku: string }>
type Lines = readonly Readonly<{ sku: string; quantity: number }>[]
type Parts = readonly BatchPart[]

function level({ warehouseId, sku }: Place, add: Row): Change {
  return { op: 'add', table: 'stock', key: { warehouse_id: warehouseId, sku }, add }
}

function reserved(warehouseId: string, lines: Lines, sign: 1 | -1): readonly Change[] {
  return lines.map(({ sku, quantity }) =>
    level({ warehouseId, sku }, { reserved: sign * quantity }),
  )
}

/** Text, since a key has no nulls: '' is a batch without a name, or without a date. */
function batch({ warehouseId, sku }: Place, part: BatchPart, add: Row): Change {
  const key = {
    ...{ warehouse_id: warehouseId, sku },
    ...{ batch: part.batch ?? '', expires_on: part.expiresOn ?? '' },
  }
  return { op: 'add', table: 'stock_batches', key, add }
}

function arrived(place: Place, parts: Parts, cost: string): readonly Change[] {
  if (parts.length === 0) return []
  return [
    level(place, { on_hand: total(parts), value: cost }),
    ...parts.map((part) => batch(place, part, { quantity: part.quantity })),
  ]
}

function left(place: Place, parts: Parts, cost: string, more: Row = {}): readonly Change[] {
  const units = { on_hand: -total(parts), quarantined: -totalQuarantined(parts) }
  return [
    level(place, { ...units, value: toAmount(decimal(cost).negated()), ...more }),
    ...parts.map((part) =>
      batch(place, part, { quantity: -part.quantity, quarantined: -(part.quarantined ?? 0) }),
    ),
  ]
}

function setApart(place: Place, parts: Parts, sign: 1 | -1): readonly Change[] {
  return [
    level(place, { quarantined: sign * total(parts) }),
    ...parts.map((part) => batch(place, part, { quarantined: sign * part.quantity })),
  ]
}

export const stock = readModel({
  name: 'stock',
  version: 3,
  tables: {
    stock: {
      columns: {
        warehouse_id: { type: 'text' },
        sku: { type: 'text' },
        on_hand: { type: 'bigint' },
        reserved: { type: 'bigint' },
        quarantined: { type: 'bigint' },
        /** Sent here by other warehouses and not received yet. */
        in_transit: { type: 'bigint' },
        /** The cost of what is on hand. */
        value: { type: 'numeric' },
      },
      key: ['warehouse_id', 'sku'],
      indexes: [['sku']],
    },
    /** Those that are used up stay, with nothing in them. */
    stock_batches: {
      columns: {
        warehouse_id: { type: 'text' },
        sku: { type: 'text' },
        batch: { type: 'text' },
        expires_on: { type: 'text' },
        quantity: { type: 'bigint' },
        quarantined: { type: 'bigint' },
      },
      key: ['warehouse_id', 'sku', 'batch', 'expires_on'],
    },
    /** What left with each shipment, and what it had cost: what comes back of it costs the same. */
    stock_issues: {
      columns: {
        shipment_id: { type: 'text' },
        sku: { type: 'text' },
        quantity: { type: 'bigint' },
        cost: { type: 'numeric' },
      },
      key: ['shipment_id', 'sku'],
    },
  },
  handlers: [
    on(StockReceived, ({ data }) => arrived(data, [data], data.amount)),
    on(StockReserved, ({ data: { warehouseId, lines } }) => reserved(warehouseId, lines, 1)),
    on(ReservationReleased, ({ data: { warehouseId, lines } }) => reserved(warehouseId, lines, -1)),
    on(ReservationReduced, ({ data: { warehouseId, lines } }) => reserved(warehouseId, lines, -1)),
    on(StockIssued, ({ data: { warehouseId, fulfilmentId, shipmentId = fulfilmentId, lines } }) =>
      lines.flatMap(({ sku, quantity, cost, batches = [{ quantity }], unreserved = 0 }) => [
        ...left({ warehouseId, sku }, batches, cost, { reserved: unreserved - quantity }),
        {
          op: 'put',
          table: 'stock_issues',
          row: { shipment_id: shipmentId, sku, quantity, cost },
        },
      ]),
    ),
    on(StockReturned, ({ data: { warehouseId, lines } }) =>
      lines.flatMap(({ sku, cost, scrapCost, batches }) =>
        arrived({ warehouseId, sku }, batches, toAmount(decimal(cost).minus(scrapCost))),
      ),
    ),
    on(StockQuarantined, ({ data }) => setApart(data, data.batches, 1)),
    on(QuarantineLifted, ({ data }) => setApart(data, data.batches, -1)),
    on(BatchesExpired, ({ data: { warehouseId, lines } }) =>
      lines.flatMap(({ sku, batches }) => setApart({ warehouseId, sku }, batches, 1)),
    ),
    on(StockSpoiled, ({ data }) => left(data, data.batches, data.cost)),
    on(StockCounted, ({ data }) => {
      const move = data.counted > data.booked ? arrived : left
      return move(data, data.batches, data.cost)
    }),
    on(StockTransferSent, ({ data: { warehouseId, toWarehouseId, lines } }) =>
      lines.flatMap(({ sku, quantity, cost, batches }) => [
        ...left({ warehouseId, sku }, batches, cost),
        level({ warehouseId: toWarehouseId, sku }, { in_transit: quantity }),
      ]),
    ),
    on(StockTransferReceived, ({ data: { warehouseId, lines } }) =>
      lines.flatMap(({ sku, sent, cost, batches }) => [
        level({ warehouseId, sku }, { in_transit: -sent }),
        ...arrived({ warehouseId, sku }, batches, cost),
      ]),
    ),
  ],
})
