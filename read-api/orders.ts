/** Orders, one order, and the whole causal story of one. */

import { sql } from 'kysely'
import { z } from 'zod'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import { Id, LocalDate } from '../domain/kernel/values.ts'
import type { Caller } from '../http/caller.ts'
import { Problem } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { decodeCursor, Paging, pageOf, positionIn } from './cursor.ts'
import type { ReadDatabase } from './database.ts'
import { wholeEvents } from './events.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
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
  from: LocalDate.optional(),
  to: LocalDate.optional(),
  q: z.string().trim().min(1).max(100).optional(),
})

const OrderId = z.object({ orderId: Id })

export function addOrders(server: Server, ports: ReadPorts): void {
  const { db, waitFor } = ports
  addRead(server, waitFor, {
    path: '/orders',
    summary: 'Orders, the newest first',
    models: ['orders', 'catalogue'],
    query: OrdersQuery,
    handle: async ({ query, caller }) => ({ body: await listOrders(db, query, caller) }),
  })
  addRead(server, waitFor, {
    path: '/orders/:orderId',
    summary: 'An order with its fulfilments and payments',
    models: ['orders', 'payments', 'receivables', 'catalogue'],
    params: OrderId,
    handle: async ({ params, caller }) => {
      const order = await oneOrder(db, params.orderId, caller)
      return { body: order, etag: `W/"${order.revision}"` }
    },
  })
  addRead(server, waitFor, {
    path: '/orders/:orderId/timeline',
    summary: "The order's whole causal story over all streams",
    models: ['audit', 'receivables', 'orders', 'catalogue'],
    params: OrderId,
    handle: async ({ params, caller }) => {
      await findOrder(db, params.orderId, caller)
      return { body: { items: await timeline(ports, params.orderId) } }
    },
  })
}

type Row = Awaited<ReturnType<typeof findOrder>>

function summaryOf(row: Row) {
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
    placedAt: row.placed_at.toISOString(),
    placedOn: row.placed_on,
    revision: Number(row.revision),
  }
}

async function listOrders(
  db: ReadDatabase,
  { limit, cursor, dealerId, status, from, to, q }: z.output<typeof OrdersQuery>,
  caller: Caller,
) {
  const before = positionIn(decodeCursor(cursor, 1))
  const visible = visibleDealers(caller, 'dealer_id')
  let query = db.selectFrom('orders').selectAll()
  if (before !== undefined) query = query.where('position', '<', before)
  if (visible !== undefined) query = query.where(visible)
  if (dealerId !== undefined) query = query.where('dealer_id', '=', dealerId)
  if (status !== undefined) query = query.where('status', '=', status)
  if (from !== undefined) query = query.where('placed_on', '>=', from)
  if (to !== undefined) query = query.where('placed_on', '<', to)
  if (q !== undefined) {
    query = query.where((on) =>
      on.or([on('order_id', '=', q), on('order_number', '=', q), on('dealer_id', '=', q)]),
    )
  }
  const rows = await query
    .orderBy('position', 'desc')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, ({ position }) => [String(position)], summaryOf)
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

async function oneOrder(db: ReadDatabase, orderId: string, caller: Caller) {
  const row = await findOrder(db, orderId, caller)
  const fulfilments = await db
    .selectFrom('fulfilments')
    .selectAll()
    .where('order_id', '=', orderId)
    .orderBy(sql`length(fulfilment_id)`)
    .orderBy('fulfilment_id')
    .execute()
  return {
    ...summaryOf(row),
    fulfilments: fulfilments.map((part) => ({
      fulfilmentId: part.fulfilment_id,
      warehouseId: part.warehouse_id,
      status: part.status,
      lines: part.lines,
      carrier: part.carrier,
      trackingNumber: part.tracking_number,
      shippedOn: part.shipped_on,
      deliveredOn: part.delivered_on,
    })),
    payments: await paymentsOf(db, orderId),
    invoices: [],
    returns: [],
  }
}

/** Payments that name the order, and those that settled a receivable of it. */
async function paymentsOf(db: ReadDatabase, orderId: string) {
  const rows = await db
    .selectFrom('payments')
    .select(['payment_id', 'status', 'amount', 'method'])
    .where('payment_id', 'in', (from) =>
      from
        .selectFrom('payment_orders')
        .select('payment_id')
        .where('order_id', '=', orderId)
        .union(
          from
            .selectFrom('allocations')
            .innerJoin('receivables', 'receivables.receivable_id', 'allocations.receivable_id')
            .select(sql<string>`allocations.payment_id`.as('payment_id'))
            .where('receivables.order_id', '=', orderId)
            .where('allocations.payment_id', 'is not', null),
        ),
    )
    .orderBy('position')
    .execute()
  return rows.map(({ payment_id, status, amount, method }) => ({
    paymentId: payment_id,
    status,
    amount,
    method,
  }))
}

const MOST_ITEMS = 1_000

async function timeline(ports: ReadPorts, orderId: string) {
  const places = await ports.db
    .selectFrom('audit_events')
    .select(['stream', 'revision'])
    .where((on) =>
      on.or([
        on('position', 'in', (from) =>
          from.selectFrom('order_events').select('position').where('order_id', '=', orderId),
        ),
        on('position', 'in', (from) =>
          from
            .selectFrom('allocations')
            .innerJoin('receivables', 'receivables.receivable_id', 'allocations.receivable_id')
            .select('allocations.position')
            .where('receivables.order_id', '=', orderId),
        ),
      ]),
    )
    .orderBy('position')
    .limit(MOST_ITEMS)
    .execute()
  const events = await wholeEvents(ports.store, places)
  return events.map((event) => itemOf(event, ports.describe(event)))
}

function itemOf(
  { position, stream, revision, id, type, metadata }: RecordedEvent,
  summary: string,
) {
  return {
    position: String(position),
    at: metadata.recordedAt,
    stream,
    revision: Number(revision),
    eventId: id,
    type,
    actor: metadata.actor,
    causationId: metadata.causationId,
    correlationId: metadata.correlationId,
    commandId: metadata.commandId,
    summary,
  }
}
