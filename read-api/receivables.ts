/** What dealers owe, as of today or of another value date. */

import { sql } from 'kysely'
import { z } from 'zod'
import { daysBetween } from '../domain/kernel/dates.ts'
import { decimal, toAmount } from '../domain/kernel/money.ts'
import { Id, LocalDate } from '../domain/kernel/values.ts'
import type { Caller } from '../http/caller.ts'
import type { Server } from '../http/server.ts'
import { today } from './business-day.ts'
import { decodeCursor, Paging, pageOf, positionIn } from './cursor.ts'
import type { ReadDatabase } from './database.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
import { visibleDealers } from './visibility.ts'

const ReceivablesQuery = Paging.extend({
  dealerId: Id.optional(),
  status: z.enum(['open', 'overdue', 'paid', 'written-off']).optional(),
  asOf: LocalDate.optional(),
})
type ReceivablesQuery = z.output<typeof ReceivablesQuery>

export function addReceivables(server: Server, { db, waitFor }: ReadPorts): void {
  addRead(server, waitFor, {
    path: '/receivables',
    summary: 'What dealers owe, oldest first',
    models: ['receivables', 'ledger', 'catalogue'],
    query: ReceivablesQuery,
    handle: async ({ query, caller }) => ({ body: await receivables(db, query, caller) }),
  })
}

async function receivables(
  db: ReadDatabase,
  { limit, cursor, dealerId, status, asOf }: ReceivablesQuery,
  caller: Caller,
) {
  const on = asOf ?? (await today(db))
  const after = positionIn(decodeCursor(cursor, 2))
  const [, afterId = ''] = decodeCursor(cursor, 2) ?? []
  const visible = visibleDealers(caller, 'r.dealer_id')
  const settled = sql<string>`coalesce((select sum(a.amount) from read.allocations a
    where a.receivable_id = r.receivable_id and a.effective_on <= ${on}::date), 0)`
  const outstanding =
    asOf === undefined ? sql<string>`r.outstanding` : sql<string>`r.amount - ${settled}`
  let query = db
    .selectFrom('receivables as r')
    .selectAll('r')
    .select(outstanding.as('outstanding_then'))
  if (asOf !== undefined) query = query.where('r.effective_on', '<=', asOf)
  if (visible !== undefined) query = query.where(visible)
  if (dealerId !== undefined) query = query.where('r.dealer_id', '=', dealerId)
  if (status === 'paid') query = query.where(sql<boolean>`${outstanding} = 0`)
  if (status === 'open') query = query.where(sql<boolean>`${outstanding} > 0 and r.due_on >= ${on}`)
  if (status === 'overdue') {
    query = query.where(sql<boolean>`${outstanding} > 0 and r.due_on < ${on}`)
  }
  if (status === 'written-off') query = query.where(sql<boolean>`false`)
  if (after !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('r.position', 'r.receivable_id'), '>', tuple(after, afterId)),
    )
  }
  const rows = await query
    .orderBy('r.position')
    .orderBy('r.receivable_id')
    .limit(limit + 1)
    .execute()
  return pageOf(
    rows,
    limit,
    (row) => [String(row.position), row.receivable_id],
    (row) => {
      const open = decimal(row.outstanding_then)
      const overdue = open.greaterThan(0) && row.due_on < on
      return {
        receivableId: row.receivable_id,
        kind: row.kind,
        dealerId: row.dealer_id,
        orderId: row.order_id,
        fulfilmentId: row.fulfilment_id,
        effectiveOn: row.effective_on,
        dueOn: row.due_on,
        amount: toAmount(decimal(row.amount)),
        outstanding: toAmount(open),
        status: open.isZero() ? 'paid' : overdue ? 'overdue' : 'open',
        daysOverdue: overdue ? daysBetween(row.due_on, on) : 0,
      }
    },
  )
}
