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
export function figuresOn(on: LocalDate) {
  const charged = sql<string>`case when r.kind = 'late-fee' then
    coalesce((select sum(c.amount) from read.fee_charges c
      where c.receivable_id = r.receivable_id and c.charged_on <= ${on}::date), 0)
    else r.amount end`
  const settled = sql<string>`coalesce((select sum(a.amount + a.discount) from read.allocations a
    left join read.receipts p on p.payment_id = a.payment_id
    where a.receivable_id = r.receivable_id
      and greatest(p.effective_on, a.not_before) <= ${on}::date), 0)`
  const writtenOff = sql<string>`coalesce((select sum(a.amount) from read.allocations a
    where a.receivable_id = r.receivable_id and a.kind = 'write-off'
      and a.not_before <= ${on}::date), 0)`
  return { amount: charged, outstanding: sql<string>`${charged} - ${settled}`, writtenOff }
}

const NOW = {
  amount: sql<string>`r.amount`,
  outstanding: sql<string>`r.outstanding`,
  writtenOff: sql<string>`r.written_off`,
}

type Filter = z.output<typeof ReceivablesQuery>['status']

function ofStatus(
  status: Exclude<Filter, undefined>,
  { outstanding: open, writtenOff }: typeof NOW,
  on: LocalDate,
): RawBuilder<boolean> {
  switch (status) {
    case 'paid':
      return sql<boolean>`${open} = 0 and ${writtenOff} = 0`
    case 'open':
      return sql<boolean>`${open} > 0 and r.due_on >= ${on}::date`
    case 'overdue':
      return sql<boolean>`${open} > 0 and r.due_on < ${on}::date`
    case 'written-off':
      return sql<boolean>`${open} = 0 and ${writtenOff} > 0`
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
  const figures = asOf === undefined ? NOW : figuresOn(asOf)
  const { amount, outstanding, writtenOff } = figures
  let query = db
    .selectFrom('receivables as r')
    .selectAll('r')
    .select([
      amount.as('amount_then'),
      outstanding.as('outstanding_then'),
      writtenOff.as('written_off_then'),
    ])
  if (asOf !== undefined) {
    query = query
      .where('r.effective_on', '<=', asOf)
      .where(sql<boolean>`(r.kind <> 'late-fee' or ${amount} > 0)`)
  }
  if (visible !== undefined) query = query.where(visible)
  if (dealerId !== undefined) query = query.where('r.dealer_id', '=', dealerId)
  if (status !== undefined) query = query.where(ofStatus(status, figures, on))
  if (after !== undefined) {
    const [dueOn, id] = [dateIn(after[0]), after[1]]
    query = query.where(sql<boolean>`(r.due_on, r.receivable_id) > (${dueOn}::date, ${id})`)
  }
  const rows = await query
    .orderBy('r.due_on')
    .orderBy('r.receivable_id')
    .limit(limit + 1)
    .execute()
  const ids = rows.map(({ receivable_id }) => receivable_id)
  const allocations = await allocationsTo(db, ids, asOf)
  return pageOf(
    rows,
    limit,
    (row) => [row.due_on, row.receivable_id],
    (row) => {
      const open = decimal(row.outstanding_then)
      const writtenOff = decimal(row.written_off_then)
      const overdue = open.greaterThan(0) && row.due_on < on
      const settled = writtenOff.isZero() ? 'paid' : 'written-off'
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
        writtenOff: toAmount(writtenOff),
        recovered: toAmount(decimal(row.recovered)),
        status: open.isZero() ? settled : overdue ? 'overdue' : 'open',
        daysOverdue: overdue ? daysBetween(row.due_on, on) : 0,
        allocations: allocations.get(row.receivable_id) ?? [],
      }
    },
  )
}

/** So many of what settled a receivable are shown of each, the newest. */
const MOST_SHOWN = 100

type Settled = Readonly<{
  receivable_id: string
  kind: string
  payment_id: string | null
  amount: string
  discount: string
  effective_on: string
}>

/** What made receivables smaller by a day, as it stands: what was taken back is in it no more. */
async function allocationsTo(
  db: ReadDatabase,
  receivableIds: readonly string[],
  asOf: LocalDate | undefined,
) {
  const date = sql`greatest(p.effective_on, a.not_before)`
  const { rows } = await sql<Settled>`
    select receivable_id, kind, payment_id, amount, discount, effective_on from (
      select a.receivable_id, a.kind, a.payment_id, ${date} as effective_on,
        sum(a.amount) as amount, sum(a.discount) as discount, max(a.position) as position,
        row_number() over (partition by a.receivable_id order by max(a.position) desc) as nth
      from read.allocations a left join read.receipts p using (payment_id)
      where a.receivable_id = any(${receivableIds})
        and (${asOf ?? null}::date is null or ${date} <= ${asOf ?? null}::date)
      group by a.receivable_id, a.kind, a.payment_id, ${date}
      having sum(a.amount) <> 0 or sum(a.discount) <> 0
    ) settled
    where nth <= ${MOST_SHOWN} order by position`.execute(db)
  return new Map(
    [...Map.groupBy(rows, (row) => row.receivable_id)].map(([id, parts]) => [
      id,
      parts.map((part) => ({
        kind: part.kind,
        paymentId: part.payment_id,
        amount: toAmount(decimal(part.amount)),
        discount: toAmount(decimal(part.discount)),
        effectiveOn: part.effective_on,
      })),
    ]),
  )
}
