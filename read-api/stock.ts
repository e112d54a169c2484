/** Stock by warehouse and SKU. */

import { sql } from 'kysely'
import type { z } from 'zod'
import { decimal, toAmount } from '../domain/kernel/money.ts'
import { Id } from '../domain/kernel/values.ts'
import { type Caller, isDealers } from '../http/caller.ts'
import type { Server } from '../http/server.ts'
import { decodeCursor, Paging, pageOf } from './cursor.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'

const StockQuery = Paging.extend({ warehouseId: Id.optional(), sku: Id.optional() })

/** First those that leave first. */
const batches = sql<unknown>`coalesce((
  select json_agg(json_build_object(
    'batch', nullif(b.batch, ''), 'expiresOn', nullif(b.expires_on, ''),
    'quantity', b.quantity, 'quarantined', b.quarantined
  ) order by nullif(b.expires_on, '') nulls last, b.batch)
  from read.stock_batches b
  where b.warehouse_id = stock.warehouse_id and b.sku = stock.sku and b.quantity > 0), '[]')`

export function addStock(server: Server, { db, waitFor }: ReadPorts): void {
  addRead(server, waitFor, {
    path: '/stock',
    summary: 'Stock by warehouse and SKU',
    models: ['stock', 'catalogue'],
    query: StockQuery,
    handle: async ({ query, caller }) => ({ body: await levels(db, query, caller) }),
  })
}

async function levels(
  db: ReadPorts['db'],
  { limit, cursor, warehouseId, sku }: z.output<typeof StockQuery>,
  caller: Caller,
) {
  const [afterWarehouse, afterSku] = decodeCursor(cursor, 2) ?? []
  let query = db
    .selectFrom('stock')
    .leftJoin('skus', 'skus.sku', 'stock.sku')
    .selectAll('stock')
    .select('skus.safety_stock')
    .select(batches.as('batches'))
  if (warehouseId !== undefined) query = query.where('stock.warehouse_id', '=', warehouseId)
  if (sku !== undefined) query = query.where('stock.sku', '=', sku)
  if (afterWarehouse !== undefined && afterSku !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('stock.warehouse_id', 'stock.sku'), '>', tuple(afterWarehouse, afterSku)),
    )
  }
  const rows = await query
    .orderBy('stock.warehouse_id')
    .orderBy('stock.sku')
    .limit(limit + 1)
    .execute()
  return pageOf(
    rows,
    limit,
    (row) => [row.warehouse_id, row.sku],
    (row) => ({
      warehouseId: row.warehouse_id,
      sku: row.sku,
      onHand: Number(row.on_hand),
      reserved: Number(row.reserved),
      quarantined: Number(row.quarantined),
      inTransit: Number(row.in_transit),
      available: Number(row.on_hand - row.reserved - row.quarantined),
      safetyStock: row.safety_stock ?? 0,
      // What the goods cost is the brand's own affair.
      ...(isDealers(caller) ? {} : { value: toAmount(decimal(row.value)) }),
      batches: row.batches,
    }),
  )
}
