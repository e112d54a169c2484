/** Returns. */

import { z } from 'zod'
import { Id, ReturnId } from '../domain/kernel/values.ts'
import { Problem } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { decodeCursor, Paging, pageOf, positionIn } from './cursor.ts'
import type { ReadDatabase } from './database.ts'
import type { ReadPorts } from './ports.ts'
import { returnOf } from './return-rows.ts'
import { addRead } from './route.ts'
import { requireVisible, visibleDealers } from './visibility.ts'

const ReturnsQuery = Paging.extend({
  dealerId: Id.optional(),
  orderId: Id.optional(),
  status: z.enum(['requested', 'approved', 'rejected', 'received', 'closed']).optional(),
})

export function addReturns(server: Server, { db, waitFor }: ReadPorts): void {
  addRead(server, waitFor, {
    path: '/returns',
    summary: 'Returns, the newest first',
    models: ['returns', 'catalogue'],
    query: ReturnsQuery,
    handle: async ({ query: { limit, cursor, dealerId, orderId, status }, caller }) => {
      const before = positionIn(decodeCursor(cursor, 1))
      const visible = visibleDealers(caller, 'dealer_id')
      let query = db.selectFrom('returns').selectAll()
      if (before !== undefined) query = query.where('position', '<', before)
      if (visible !== undefined) query = query.where(visible)
      if (dealerId !== undefined) query = query.where('dealer_id', '=', dealerId)
      if (orderId !== undefined) query = query.where('order_id', '=', orderId)
      if (status !== undefined) query = query.where('status', '=', status)
      const rows = await query
        .orderBy('position', 'desc')
        .limit(limit + 1)
        .execute()
      return { body: pageOf(rows, limit, ({ position }) => [String(position)], returnOf) }
    },
  })
  addRead(server, waitFor, {
    path: '/returns/:returnId',
    summary: 'A return, its refunds and its red letters',
    models: ['returns', 'refunds', 'invoices', 'catalogue'],
    params: z.object({ returnId: ReturnId }),
    handle: async ({ params: { returnId }, caller }) => {
      const row = await findReturn(db, returnId)
      await requireVisible(db, caller, row.dealer_id)
      const refunds = await refundsOf(db, returnId)
      const redLetters = await redLettersOf(db, row)
      return { body: { ...returnOf(row), refunds, redLetters } }
    },
  })
}

async function findReturn(db: ReadDatabase, returnId: string) {
  const row = await db
    .selectFrom('returns')
    .selectAll()
    .where('return_id', '=', returnId)
    .executeTakeFirst()
  if (row === undefined) throw new Problem(404, 'return-unknown', `There is no return ${returnId}.`)
  return row
}

/** More than these are listed at `/refunds`. */
const MOST_REFUNDS = 100

async function refundsOf(db: ReadDatabase, returnId: string) {
  const rows = await db
    .selectFrom('refunds')
    .select(['refund_id', 'payment_id', 'amount', 'to_way', 'status'])
    .where('return_id', '=', returnId)
    .orderBy('position')
    .limit(MOST_REFUNDS)
    .execute()
  return rows.map((row) => ({
    refundId: row.refund_id,
    paymentId: row.payment_id,
    amount: row.amount,
    to: row.to_way,
    status: row.status,
  }))
}

type OfOrder = Readonly<{ order_id: string; return_id: string }>

async function redLettersOf(db: ReadDatabase, { order_id, return_id }: OfOrder) {
  const rows = await db
    .selectFrom('red_letters')
    .select(['red_letter_id', 'invoice_id', 'status', 'number', 'amount', 'net', 'tax'])
    .where('order_id', '=', order_id)
    .where('return_id', '=', return_id)
    .orderBy('position')
    .orderBy('red_letter_id')
    .execute()
  return rows.map((row) => ({
    redLetterId: row.red_letter_id,
    invoiceId: row.invoice_id,
    status: row.status,
    number: row.number,
    amount: row.amount,
    net: row.net,
    tax: row.tax,
  }))
}
