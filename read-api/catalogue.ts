/** Products as this caller may see them, with price and availability. */

import { sql } from 'kysely'
import { z } from 'zod'
import { type Caller, isDealers } from '../http/caller.ts'
import type { Server } from '../http/server.ts'
import { decodeCursor, Paging, pageOf, searched } from './cursor.ts'
import type { ReadDatabase } from './database.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'

const ProductsQuery = Paging.extend({
  q: searched(100).optional(),
  category: searched(200).optional(),
})
type ProductsQuery = z.output<typeof ProductsQuery>

export function addCatalogue(server: Server, { db, waitFor }: ReadPorts): void {
  addRead(server, waitFor, {
    path: '/products',
    summary: 'Products this caller may see, with price and availability',
    models: ['catalogue', 'stock'],
    query: ProductsQuery,
    handle: async ({ query, caller }) => ({ body: await products(db, query, caller) }),
  })
  addRead(server, waitFor, {
    path: '/products/suggest',
    summary: 'Names and SKUs that contain what was typed',
    models: ['catalogue'],
    query: z.object({ q: searched(100) }),
    handle: async ({ query, caller }) => {
      const page = await products(db, { limit: 10, cursor: undefined, ...query }, caller)
      return { body: { items: page.items.map(({ productId, name }) => ({ productId, name })) } }
    },
  })
}

const onSale = sql<boolean>`coalesce((
  select l.listed from read.listings l where l.product_id = p.product_id and l.at <= now()
  order by l.at desc, l.position desc limit 1), false)`

/** What is listed and in the dealer's assortment; people who are no dealer's see everything. */
function seen(caller: Caller) {
  if (!isDealers(caller)) return sql<boolean>`true`
  return sql<boolean>`${onSale} and exists (
    select 1 from read.dealers d where d.dealer_id = ${caller.dealerId ?? ''} and (
      d.assortment is null
      or d.assortment->'categories' ? p.category
      or exists (
        select 1 from read.skus own
        where own.product_id = p.product_id and d.assortment->'skus' ? own.sku)))`
}

async function products(
  db: ReadDatabase,
  { limit, cursor, ...filter }: Omit<ProductsQuery, 'cursor'> & { cursor?: string | undefined },
  caller: Caller,
) {
  const [after] = decodeCursor(cursor, 1) ?? []
  let query = db
    .selectFrom('products as p')
    .selectAll('p')
    .select(onSale.as('listed'))
    .select(
      sql<unknown>`(
        select json_agg(json_build_object(
          'sku', s.sku, 'name', s.name, 'attributes', s.attributes,
          'price', s.base_price::text, 'moq', s.moq,
          'orderMultiple', s.order_multiple, 'special', s.special,
          'available', coalesce((
            select sum(level.on_hand - level.reserved - level.quarantined) from read.stock level
            where level.sku = s.sku), 0)
        ) order by s.sku)
        from read.skus s where s.product_id = p.product_id)`.as('skus'),
    )
    .where(seen(caller))
  if (after !== undefined) query = query.where('p.product_id', '>', after)
  if (filter.category !== undefined) query = query.where('p.category', '=', filter.category)
  if (filter.q !== undefined) {
    const like = `%${filter.q.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`
    query = query.where(
      sql<boolean>`(p.name ilike ${like} or p.product_id ilike ${like} or exists (
        select 1 from read.skus s where s.product_id = p.product_id
          and (s.sku ilike ${like} or s.name ilike ${like})))`,
    )
  }
  const rows = await query
    .orderBy('p.product_id')
    .limit(limit + 1)
    .execute()
  return pageOf(
    rows,
    limit,
    ({ product_id }) => [product_id],
    (row) => ({
      productId: row.product_id,
      name: row.name,
      category: row.category,
      taxRate: row.tax_rate,
      listed: row.listed,
      skus: row.skus,
    }),
  )
}
