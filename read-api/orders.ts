/** Orders, one order, and the whole causal story of one. */

import { sql } from 'kysely'
import { z } from 'zod'
import { Id } from '../domain/kernel/values.ts'
import type { Caller } from '../http/caller.ts'
import { Problem } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { decodeCursor, Paging, pageOf, positionIn, searched } from './cursor.ts'
import type { ReadDatabase } from './database.ts'
import { partsOf } from './order-parts.ts'
import { isDay, Period } from './period.ts'
import type { ReadPorts } from './ports.ts'
import { reviewsOf } from './reviews.ts'
import { addRead } from './route.ts'
import { timeline } from './timeline.ts'
import { requireVisible, visibleDealers } from './visibility.ts'

const STATUSES = [
  'placed',
  'review',
  'backordered',
  'confirmed',
  'shipping',
  'completed',
  'rejected',
  'cancelled',
  'lapsed',
] as const

const OrdersQuery = Paging.extend({
  dealerId: Id.optional(),
  status: z.enum(STATUSES).optional(),
  ...Period.shape,
  q: searched(200).optional(),
  late: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('Whether goods of it are late: they missed their day, and are still not there.'),
})

/** What an order and its parts are read from. */
const MODELS = ['orders', 'reviews', 'payments', 'receivables', 'invoices', 'returns', 'catalogue']

const OrderId = z.object({ orderId: Id })

export function addOrders(server: Server, ports: ReadPorts): void {
  const { db, waitFor } = ports
  addRead(server, waitFor, {
    path: '/orders',
    summary: 'Orders, the newest first',
    models: MODELS,
    query: OrdersQuery,
    handle: async ({ query, caller }) => ({ body: await listOrders(db, query, caller) }),
  })
  addRead(server, waitFor, {
    path: '/orders/:orderId',
    summary: 'An order with its fulfilments and payments',
    models: MODELS,
    params: OrderId,
    handle: async ({ params, caller }) => {
      const row = await findOrder(db, params.orderId, caller)
      const [order] = await wholeOrders(db, [row])
      return { body: order, etag: `W/"${row.revision}"` }
    },
  })
  addRead(server, waitFor, {
    path: '/orders/:orderId/timeline',
    summary: "The order's whole causal story over all streams",
    models: ['audit', 'receivables', 'payments', 'orders', 'catalogue'],
    params: OrderId,
    handle: async ({ params, caller }) => {
      const { order_id } = await findOrder(db, params.orderId, caller)
      const { payments } = (await partsOf(db, [order_id]))(order_id)
      const paid = payments.map(({ paymentId }) => paymentId)
      return { body: { items: await timeline(ports, order_id, paid) } }
    },
  })
}

type Row = Awaited<ReturnType<typeof findOrder>>

async function wholeOrders(db: ReadDatabase, rows: readonly Row[]) {
  if (rows.length === 0) return []
  const ids = rows.map(({ order_id }) => order_id)
  const parts = await partsOf(db, ids)
  const reviews = await reviewsOf(db, ids)
  const received = await receivedFor(db, ids)
  return rows.map((row) => ({
    ...orderOf(row, received.get(row.order_id) ?? '0.00'),
    review: reviews.get(row.order_id) ?? null,
    ...parts(row.order_id),
    revision: Number(row.revision),
  }))
}

/** The money that came for each prepaid order, and is kept for it. */
async function receivedFor(db: ReadDatabase, orderIds: readonly string[]) {
  const rows = await db
    .selectFrom('prepayments')
    .selectAll()
    .where('order_id', 'in', orderIds)
    .execute()
  return new Map(rows.map(({ order_id, received }) => [order_id, received]))
}

function orderOf(row: Row, received: string) {
  return {
    orderId: row.order_id,
    orderNumber: row.order_number,
    dealerId: row.dealer_id,
    status: row.status,
    statusReason: row.status_reason,
    total: row.total,
    net: row.net,
    tax: row.tax,
    payment: row.payment,
    shipTo: { region: row.ship_to_region },
    requestedOn: row.requested_on,
    note: row.note,
    lines: row.lines,
    charges: row.charges,
    awaitingPayment: row.awaiting_payment && { ...Object(row.awaiting_payment), received },
    placedAt: row.placed_at.toISOString(),
    placedOn: row.placed_on,
  }
}

async function listOrders(
  db: ReadDatabase,
  { limit, cursor, dealerId, status, from, to, q, late }: z.output<typeof OrdersQuery>,
  caller: Caller,
) {
  const before = positionIn(decodeCursor(cursor, 1))
  const visible = visibleDealers(caller, 'dealer_id')
  let query = db.selectFrom('orders').selectAll()
  if (before !== undefined) query = query.where('position', '<', before)
  if (visible !== undefined) query = query.where(visible)
  if (dealerId !== undefined) query = query.where('dealer_id', '=', dealerId)
  if (status !== undefined) query = query.where('status', '=', status)
  if (late !== undefined) {
    const isLate = sql<boolean>`order_id in (
      select order_id from read.fulfilments where late_on is not null)`
    query = query.where(late ? isLate : sql<boolean>`not ${isLate}`)
  }
  if (from !== undefined) {
    query = isDay(from)
      ? query.where('placed_on', '>=', from)
      : query.where('placed_at', '>=', new Date(from))
  }
  if (to !== undefined) {
    query = isDay(to)
      ? query.where('placed_on', '<', to)
      : query.where('placed_at', '<', new Date(to))
  }
  if (q !== undefined) {
    query = query.where((on) =>
      on.or([on('order_id', '=', q), on('order_number', '=', q), on('dealer_id', '=', q)]),
    )
  }
  const rows = await query
    .orderBy('position', 'desc')
    .limit(limit + 1)
    .execute()
  const { nextCursor } = pageOf(rows, limit, ({ position }) => [String(position)], String)
  return { items: await wholeOrders(db, rows.slice(0, limit)), nextCursor }
}

async function findOrder(db: ReadDatabase, orderId: string, caller: Caller) {
  const row = await db
    .selectFrom('orders')
    .selectAll()
    .where('order_id', '=', orderId)
    .executeTakeFirst()
  if (row === undefined) {
    throw new Problem(404, 'order-unknown', `There is no order ${orderId}.`)
  }
  await requireVisible(db, caller, row.dealer_id)
  return row
}
