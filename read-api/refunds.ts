/** Refunds. */

import { z } from 'zod'
import { Id } from '../domain/kernel/values.ts'
import { Problem } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { decodeCursor, Paging, pageOf, positionIn } from './cursor.ts'
import type { ReadDatabase } from './database.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
import { requireVisible, visibleDealers } from './visibility.ts'

const RefundsQuery = Paging.extend({
  dealerId: Id.optional(),
  paymentId: Id.optional(),
  status: z
    .enum(['requested', 'approved', 'rejected', 'due', 'unknown', 'paid', 'failed'])
    .optional(),
})

export function addRefunds(server: Server, { db, waitFor }: ReadPorts): void {
  addRead(server, waitFor, {
    path: '/refunds',
    summary: 'Refunds, the newest first',
    models: ['refunds', 'catalogue'],
    query: RefundsQuery,
    handle: async ({ query: { limit, cursor, dealerId, paymentId, status }, caller }) => {
      const before = positionIn(decodeCursor(cursor, 1))
      const visible = visibleDealers(caller, 'dealer_id')
      let query = db.selectFrom('refunds').selectAll()
      if (before !== undefined) query = query.where('position', '<', before)
      if (visible !== undefined) query = query.where(visible)
      if (dealerId !== undefined) query = query.where('dealer_id', '=', dealerId)
      if (paymentId !== undefined) query = query.where('payment_id', '=', paymentId)
      if (status !== undefined) query = query.where('status', '=', status)
      const rows = await query
        .orderBy('position', 'desc')
        .limit(limit + 1)
        .execute()
      return { body: pageOf(rows, limit, ({ position }) => [String(position)], refundOf) }
    },
  })
  addRead(server, waitFor, {
    path: '/refunds/:refundId',
    summary: 'A refund, and what became of it',
    models: ['refunds', 'catalogue'],
    params: z.object({ refundId: Id }),
    handle: async ({ params: { refundId }, caller }) => {
      const row = await findRefund(db, refundId)
      await requireVisible(db, caller, row.dealer_id)
      return { body: refundOf(row), etag: `W/"${row.revision}"` }
    },
  })
}

async function findRefund(db: ReadDatabase, refundId: string) {
  const row = await db
    .selectFrom('refunds')
    .selectAll()
    .where('refund_id', '=', refundId)
    .executeTakeFirst()
  if (row === undefined) throw new Problem(404, 'refund-unknown', `There is no refund ${refundId}.`)
  return row
}

/** More than these are listed at `/refunds?paymentId=`. */
const MOST_OF_PAYMENT = 100

/** What of a payment's money goes back, or went, the oldest first. */
export async function refundsOfPayment(db: ReadDatabase, paymentId: string) {
  const rows = await db
    .selectFrom('refunds')
    .selectAll()
    .where('payment_id', '=', paymentId)
    .orderBy('position')
    .limit(MOST_OF_PAYMENT)
    .execute()
  return rows.map((row) => {
    const { refundId, amount, to, status } = refundOf(row)
    return { refundId, amount, to, status }
  })
}

function refundOf(row: Awaited<ReturnType<typeof findRefund>>) {
  const { status_code: code, status_reason: message } = row
  return {
    refundId: row.refund_id,
    paymentId: row.payment_id,
    returnId: row.return_id,
    repeats: row.repeats,
    dealerId: row.dealer_id,
    amount: row.amount,
    reason: row.reason,
    to: row.to_way,
    method: row.method,
    source: row.source,
    status: row.status,
    statusReason: code === null ? null : { code, message },
    needsApproval: row.needs_approval,
    requestedBy: row.requested_by,
    decidedBy: row.decided_by,
    asked: row.asked,
    askAgainAt: row.ask_again_at?.toISOString() ?? null,
    reference: row.reference,
    lineId: row.line_id,
    requestedAt: row.requested_at.toISOString(),
    effectiveOn: row.effective_on,
    revision: Number(row.revision),
  }
}
