/** What belongs to orders beside themselves: fulfilments, payments, invoices and returns. */

import { sql } from 'kysely'
import type { ReadDatabase } from './database.ts'
import { invoicesOf, type ShortInvoice } from './invoice-rows.ts'
import { returnsOf, type ShortReturn } from './return-rows.ts'

type Fulfilment = Readonly<{
  fulfilmentId: string
  warehouseId: string
  status: string
  lines: unknown
  carrier: string | null
  trackingNumber: string | null
  shippedOn: string | null
  deliveredOn: string | null
  /** What was shipped of it, in the order of shipping. */
  shipments: readonly Shipment[]
  /** What a carrier said last: where it has the goods, and when it saw them. */
  transit: unknown
  /** What was said last about being late. */
  delay: unknown
  /** The day by whose end it is to be there. */
  expectedOn: string | null
  /** Whether it missed that day, and is still on its way. */
  late: boolean
}>

type Shipment = Readonly<{
  shipmentId: string
  lines: unknown
  carrier: string
  trackingNumber: string
  shippedOn: string
}>

type Payment = Readonly<{ paymentId: string; status: string; amount: string; method: string }>

type Amendment = Readonly<{
  amendment: number
  /** requested, review, granted, refused */
  status: string
  statusReason: unknown
  total: string
  lines: unknown
  at: string
}>

export type OrderParts = Readonly<{
  fulfilments: readonly Fulfilment[]
  amendments: readonly Amendment[]
  payments: readonly Payment[]
  invoices: readonly ShortInvoice[]
  returns: readonly ShortReturn[]
}>

/** The parts of each of some orders, by the order's id. */
export async function partsOf(
  db: ReadDatabase,
  orderIds: readonly string[],
): Promise<(orderId: string) => OrderParts> {
  if (orderIds.length === 0) return () => NO_PARTS
  const fulfilments = await fulfilmentsOf(db, orderIds)
  const amendments = await amendmentsOf(db, orderIds)
  const payments = await paymentsOf(db, orderIds)
  const invoices = await invoicesOf(db, orderIds)
  const returns = await returnsOf(db, orderIds)
  return (orderId) => ({
    fulfilments: fulfilments.get(orderId) ?? [],
    amendments: amendments.get(orderId) ?? [],
    payments: payments.get(orderId) ?? [],
    invoices: invoices(orderId),
    returns: returns.get(orderId) ?? [],
  })
}

const NO_PARTS: OrderParts = {
  fulfilments: [],
  amendments: [],
  payments: [],
  invoices: [],
  returns: [],
}

async function fulfilmentsOf(db: ReadDatabase, orderIds: readonly string[]) {
  const rows = await db
    .selectFrom('fulfilments')
    .innerJoin('orders', 'orders.order_id', 'fulfilments.order_id')
    .selectAll('fulfilments')
    .select('orders.requested_on')
    .where('fulfilments.order_id', 'in', orderIds)
    .orderBy(sql`length(fulfilment_id)`)
    .orderBy('fulfilment_id')
    .execute()
  const shipments = await shipmentsOf(db, orderIds)
  return groupedBy(byOrder, rows, (row) => ({
    fulfilmentId: row.fulfilment_id,
    warehouseId: row.warehouse_id,
    status: row.status,
    lines: row.lines,
    carrier: row.carrier,
    trackingNumber: row.tracking_number,
    shippedOn: row.shipped_on,
    deliveredOn: row.delivered_on,
    shipments: shipments.get(row.fulfilment_id) ?? [],
    transit: row.transit,
    delay: row.delay,
    expectedOn: row.expected_on ?? row.requested_on,
    late: row.late_on !== null,
  }))
}

async function shipmentsOf(db: ReadDatabase, orderIds: readonly string[]) {
  const rows = await db
    .selectFrom('shipments')
    .selectAll()
    .where('order_id', 'in', orderIds)
    .orderBy('shipment')
    .execute()
  const byFulfilment = ({ fulfilment_id }: Readonly<{ fulfilment_id: string }>) => fulfilment_id
  return groupedBy(byFulfilment, rows, (row) => ({
    shipmentId: row.shipment_id,
    lines: row.lines,
    carrier: row.carrier,
    trackingNumber: row.tracking_number,
    shippedOn: row.shipped_on,
  }))
}

async function amendmentsOf(db: ReadDatabase, orderIds: readonly string[]) {
  const rows = await db
    .selectFrom('amendments')
    .selectAll()
    .where('order_id', 'in', orderIds)
    .orderBy('amendment')
    .execute()
  return groupedBy(byOrder, rows, (row) => ({
    amendment: row.amendment,
    status: row.status,
    statusReason: row.reason,
    total: row.total,
    lines: row.lines,
    at: row.at.toISOString(),
  }))
}

type PaymentRow = Readonly<{
  order_id: string
  payment_id: string
  status: string
  amount: string
  method: string
}>

/** The dealer's payments that name an order, and those that settled a receivable of it. */
async function paymentsOf(db: ReadDatabase, orderIds: readonly string[]) {
  const { rows } = await sql<PaymentRow>`
    select named.order_id, p.payment_id, p.status, p.amount, p.method
    from (
      select order_id, payment_id from read.payment_orders where order_id = any(${orderIds})
      union
      select r.order_id, a.payment_id
      from read.receivables r join read.allocations a using (receivable_id)
      where r.order_id = any(${orderIds})
    ) named
    join read.payments p using (payment_id)
    join read.orders o on o.order_id = named.order_id and o.dealer_id = p.dealer_id
    order by p.position`.execute(db)
  return groupedBy(byOrder, rows, ({ payment_id, status, amount, method }) => ({
    paymentId: payment_id,
    status,
    amount,
    method,
  }))
}

const byOrder = ({ order_id }: Readonly<{ order_id: string }>) => order_id

function groupedBy<Row, Part>(
  whole: (row: Row) => string,
  rows: readonly Row[],
  partOf: (row: Row) => Part,
): ReadonlyMap<string, readonly Part[]> {
  const parts = new Map<string, Part[]>()
  for (const row of rows) {
    const known = parts.get(whole(row))
    if (known === undefined) parts.set(whole(row), [partOf(row)])
    else known.push(partOf(row))
  }
  return parts
}
