/** What each warehouse has of each SKU, and for whom. */

import { decimal, toAmount } from '../domain/kernel/money.ts'
import {
  ReservationReleased,
  StockIssued,
  StockReceived,
  StockReserved,
} from '../domain/stock/events.ts'
import { type Change, on, type Row, readModel } from './read-model.ts'

function level(warehouseId: string, sku: string, add: Row): Change {
  return { op: 'add', table: 'stock', key: { warehouse_id: warehouseId, sku }, add }
}

export const stock = readModel({
  name: 'stock',
  version: 1,
  tables: {
    stock: {
      columns: {
        warehouse_id: { type: 'text' },
        sku: { type: 'text' },
        on_hand: { type: 'bigint' },
        reserved: { type: 'bigint' },
        /** The cost of what is on hand. */
        value: { type: 'numeric' },
      },
      key: ['warehouse_id', 'sku'],
      indexes: [['sku']],
    },
  },
  handlers: [
    on(StockReceived, ({ data: { warehouseId, sku, quantity, amount } }) => [
      level(warehouseId, sku, { on_hand: quantity, value: amount }),
    ]),
    on(StockReserved, ({ data: { warehouseId, lines } }) =>
      lines.map(({ sku, quantity }) => level(warehouseId, sku, { reserved: quantity })),
    ),
    on(ReservationReleased, ({ data: { warehouseId, lines } }) =>
      lines.map(({ sku, quantity }) => level(warehouseId, sku, { reserved: -quantity })),
    ),
    on(StockIssued, ({ data: { warehouseId, lines } }) =>
      lines.map(({ sku, quantity, cost }) =>
        level(warehouseId, sku, {
          on_hand: -quantity,
          reserved: -quantity,
          value: toAmount(decimal(cost).negated()),
        }),
      ),
    ),
  ],
})
