/** What dealers owe, as of today or of another value date. */

import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { daysBetween } from '../domain/kernel/dates.ts'
import { decimal, toAmount } from '../domain/kernel/money.ts'
import { Id, LocalDate } from '../domain/kernel/values.ts'
import type { Caller } from '../http/caller.ts'
import type { Server } from '../http/server.ts'
import { today } from './business-day.ts'
import { dateIn, decodeCursor, Paging, pageOf } from './cursor.ts'
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

/** What counts by then: fees charged, and what was settled, each by its value date as it is known now. */
function outstandingOn(on: LocalDate) {
  const charged = sql<string>`case when r.kind = 'late-fee' then
    coalesce((select sum(c.amount) from read.fee_charges c
      where c.receivable_id = r.receivable_id and c.charged_on <= ${on}::date), 0)
    else r.amount end`
  const settled = sql<string>`coalesce((select sum(a.amount + a.discount) from read.allocations a
    left join read.receipts p on p.payment_id = a.payment_id
    where a.receivable_id = r.receivable_id
      and greatest(p.effective_on, a.not_before) <= ${on}::date), 0)`
  return { amount: charged, outstanding: sql<string>`${charged} - ${settled}` }
}

type Filter = z.output<typeof ReceivablesQuery>['status']

function ofStatus(status: Exclude<Filter, undefined>, open: RawBuilder<string>, on: LocalDate) {
  switch (status) {
    case 'paid':
      return sql<boolean>`${open} = 0`
    case 'open':
      return sql<boolean>`${open} > 0 and r.due_on >= ${on}::date`
    case 'overdue':
      return sql<boolean>`${open} > 0 and r.due_on < ${on}::date`
    case 'written-off':
      return sql<boolean>`false`
  }
}

async function receivables(
  db: ReadDatabase,
  { limit, cursor, dealerId, status, asOf }: ReceivablesQuery,
  caller: Caller,
) {
  const on = asOf ?? (await today(db))
  const after = decodeCursor(cursor, 2)
  const visible = visibleDealers(caller, 'r.dealer_id')
  const { amount, outstanding } =
    asOf === undefined
      ? { amount: sql<string>`r.amount`, outstanding: sql<string>`r.outstanding` }
      : outstandingOn(asOf)
  let query = db
    .selectFrom('receivables as r')
    .selectAll('r')
    .select([amount.as('amount_then'), outstanding.as('outstanding_then')])
  if (asOf !== undefined) {
    query = query
      .where('r.effective_on', '<=', asOf)
      .where(sql<boolean>`(r.kind <> 'late-fee' or ${amount} > 0)`)
  }
  if (visible !== undefined) query = query.where(visible)
  if (dealerId !== undefined) query = query.where('r.dealer_id', '=', dealerId)
  if (status !== undefined) query = query.where(ofStatus(status, outstanding, on))
  if (after !== undefined) {
    const [dueOn, id] = [dateIn(after[0]), after[1]]
    query = query.where(sql<boolean>`(r.due_on, r.receivable_id) > (${dueOn}::date, ${id})`)
  }
  const rows = await query
    .orderBy('r.due_on')
    .orderBy('r.receivable_id')
    .limit(limit + 1)
    .execute()
  return pageOf(
    rows,
    limit,
    (row) => [row.due_on, row.receivable_id],
    (row) => {
      const open = decimal(row.outstanding_then)
      const overdue = open.greaterThan(0) && row.due_on < on
      return {
        receivableId: row.receivable_id,
        kind: row.kind,
        dealerId: row.dealer_id,
        orderId: row.order_id,
        fulfilmentId: row.fulfilment_id,
        ...(row.fee_of === null ? {} : { feeOf: row.fee_of }),
        effectiveOn: row.effective_on,
        dueOn: row.due_on,
        amount: toAmount(decimal(row.amount_then)),
        outstanding: toAmount(open),
        status: open.isZero() ? 'paid' : overdue ? 'overdue' : 'open',
        daysOverdue: overdue ? daysBetween(row.due_on, on) : 0,
      }
    },
  )
}
