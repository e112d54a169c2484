/** Payments. */

import { sql } from 'kysely'
import { z } from 'zod'
import { decimal, toAmount } from '../domain/kernel/money.ts'
import { Id } from '../domain/kernel/values.ts'
import { Problem } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { decodeCursor, Paging, pageOf, positionIn } from './cursor.ts'
import type { ReadDatabase } from './database.ts'
import type { ReadPorts } from './ports.ts'
import { refundsOfPayment } from './refunds.ts'
import { addRead } from './route.ts'
import { requireVisible, visibleDealers } from './visibility.ts'

const PaymentsQuery = Paging.extend({
  dealerId: Id.optional(),
  status: z.enum(['initiated', 'pending', 'captured', 'failed', 'unknown']).optional(),
})

export function addPayments(server: Server, { db, waitFor }: ReadPorts): void {
  addRead(server, waitFor, {
    path: '/payments',
    summary: 'Payments, the newest first',
    models: ['payments', 'catalogue'],
    query: PaymentsQuery,
    handle: async ({ query: { limit, cursor, dealerId, status }, caller }) => {
      const before = positionIn(decodeCursor(cursor, 1))
      const visible = visibleDealers(caller, 'dealer_id')
      let query = db.selectFrom('payments').selectAll()
      if (before !== undefined) query = query.where('position', '<', before)
      if (visible !== undefined) query = query.where(visible)
      if (dealerId !== undefined) query = query.where('dealer_id', '=', dealerId)
      if (status !== undefined) query = query.where('status', '=', status)
      const rows = await query
        .orderBy('position', 'desc')
        .limit(limit + 1)
        .execute()
      return { body: pageOf(rows, limit, ({ position }) => [String(position)], paymentOf) }
    },
  })
  addRead(server, waitFor, {
    path: '/payments/:paymentId',
    summary: 'A payment and what it settled',
    models: ['payments', 'receivables', 'refunds', 'catalogue'],
    params: z.object({ paymentId: Id }),
    handle: async ({ params: { paymentId }, caller }) => {
      const row = await findPayment(db, paymentId)
      await requireVisible(db, caller, row.dealer_id)
      const allocations = await allocationsOf(db, paymentId)
      const refunds = await refundsOfPayment(db, paymentId)
      return { body: { ...paymentOf(row), allocations, refunds }, etag: `W/"${row.revision}"` }
    },
  })
}

async function findPayment(db: ReadDatabase, paymentId: string) {
  const row = await db
    .selectFrom('payments')
    .selectAll()
    .where('payment_id', '=', paymentId)
    .executeTakeFirst()
  if (row === undefined) {
    throw new Problem(404, 'payment-unknown', `There is no payment ${paymentId}.`)
  }
  return row
}

async function allocationsOf(db: ReadDatabase, paymentId: string) {
  const rows = await db
    .selectFrom('allocations as a')
    .leftJoin('receipts as p', 'p.payment_id', 'a.payment_id')
    .select(['a.receivable_id', 'a.amount', 'a.discount'])
    .select(sql<string>`greatest(p.effective_on, a.not_before)`.as('effective_on'))
    .where('a.payment_id', '=', paymentId)
    .orderBy('a.position')
    .orderBy('a.line')
    .execute()
  return rows.map(({ receivable_id, amount, discount, effective_on }) => ({
    receivableId: receivable_id,
    amount: toAmount(decimal(amount)),
    discount: toAmount(decimal(discount)),
    effectiveOn: effective_on,
  }))
}

function paymentOf(row: Awaited<ReturnType<typeof findPayment>>) {
  return {
    paymentId: row.payment_id,
    dealerId: row.dealer_id,
    amount: toAmount(decimal(row.amount)),
    asked: toAmount(decimal(row.asked_amount)),
    method: row.method,
    status: row.status,
    statusReason: row.status_reason,
    reference: row.reference,
    bankReference: row.bank_reference,
    providerReference: row.provider_reference,
    qr: row.qr,
    mandateReference: row.mandate_reference,
    timesAsked: row.asked,
    askAgainAt: row.ask_again_at?.toISOString() ?? null,
    statementLineId: row.line_id,
    settledBy: row.settled_by,
    providerFee: row.provider_fee === null ? null : toAmount(decimal(row.provider_fee)),
    bouncedIn: row.bounced_in,
    refunded: toAmount(decimal(row.refunded)),
    refundReserved: toAmount(decimal(row.refund_reserved)),
    orderIds: row.order_ids,
    receivableIds: row.receivable_ids,
    initiatedAt: row.initiated_at.toISOString(),
    effectiveOn: row.effective_on,
    revision: Number(row.revision),
  }
}
