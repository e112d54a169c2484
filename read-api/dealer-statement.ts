/**
 * A dealer's statement: what it owes less its unapplied cash and what is payable to it, movement by
 * movement, by booking day, so that the statement of closed days never changes.
 */

import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { type Decimal, decimal, toAmount } from '../domain/kernel/money.ts'
import { Id } from '../domain/kernel/values.ts'
import { namesOf } from '../domain/ledger/chart.ts'
import { Problem } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { dateIn, decodeCursor, Paging, pageOf, positionIn } from './cursor.ts'
import type { ReadDatabase } from './database.ts'
import { documentOf, kindOf } from './documents.ts'
import { isDay, Period } from './period.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
import { requireVisible } from './visibility.ts'

const StatementQuery = Paging.extend(Period.shape)
type StatementQuery = z.output<typeof StatementQuery>

export function addDealerStatement(server: Server, ports: ReadPorts): void {
  const { db, waitFor, chart } = ports
  addRead(server, waitFor, {
    path: '/dealers/:dealerId/statement',
    summary:
      'What a dealer owes, less its unapplied cash and what is payable to it: opening, every movement, closing',
    models: ['ledger', 'catalogue'],
    params: z.object({ dealerId: Id }),
    query: StatementQuery,
    handle: async ({ params: { dealerId }, query, caller }) => {
      await requireVisible(db, caller, dealerId)
      await requireThere(db, dealerId)
      const body = await db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute((snapshot) => statementOf({ db: snapshot, chart }, dealerId, query))
      return { body }
    },
  })
}

async function requireThere(db: ReadDatabase, dealerId: string): Promise<void> {
  const found = await db
    .selectFrom('dealers')
    .select('dealer_id')
    .where('dealer_id', '=', dealerId)
    .executeTakeFirst()
  if (found === undefined) {
    throw new Problem(404, 'dealer-unknown', `There is no dealer ${dealerId}.`)
  }
}

/** Before a day, by booking day; before an instant, by when it was recorded. */
function before(given: string): RawBuilder<boolean> {
  return isDay(given)
    ? sql<boolean>`booked_on < ${given}::date`
    : sql<boolean>`recorded_at < ${new Date(given)}`
}

type Conditions = readonly RawBuilder<boolean>[]

/** What the dealer's lines of these entries come to; above zero, the dealer owes it. */
async function balanceOf(db: ReadDatabase, dealerId: string, conditions: Conditions) {
  let query = db
    .selectFrom('ledger_entries')
    .select(sql<string>`coalesce(sum(debit - credit), 0)`.as('balance'))
    .where('dealer_id', '=', dealerId)
  for (const condition of conditions) query = query.where(condition)
  const { balance } = await query.executeTakeFirstOrThrow()
  return decimal(balance)
}

async function statementOf(
  { db, chart }: Pick<ReadPorts, 'db' | 'chart'>,
  dealerId: string,
  { from, to, limit, cursor }: StatementQuery,
) {
  const isPast: Conditions = from === undefined ? [sql<boolean>`false`] : [before(from)]
  const isIn: Conditions = [
    ...(from === undefined ? [] : [sql<boolean>`not ${before(from)}`]),
    ...(to === undefined ? [] : [before(to)]),
  ]
  const after = afterOf(cursor)
  const opening = await balanceOf(db, dealerId, isPast)
  const closing = opening.plus(await balanceOf(db, dealerId, isIn))
  const shown: Conditions = after === undefined ? isIn : [...isIn, sql`not ${after}`]
  const carried =
    after === undefined ? opening : opening.plus(await balanceOf(db, dealerId, [...isIn, after]))
  const rows = withBalances(carried, await movements(db, dealerId, shown, limit))
  const page = pageOf(
    rows,
    limit,
    ({ booked_on, position }) => [booked_on, String(position)],
    (row) => ({
      position: String(row.position),
      bookedOn: row.booked_on,
      effectiveOn: row.effective_on,
      recordedAt: row.recorded_at.toISOString(),
      kind: kindOf(row.event_type),
      document: documentOf(row),
      amount: toAmount(decimal(row.amount)),
      balance: toAmount(row.balance),
      lines: row.lines.map(({ account, debit, credit }) => ({
        account,
        names: namesOf(chart, account),
        debit: toAmount(decimal(debit)),
        credit: toAmount(decimal(credit)),
      })),
    }),
  )
  return {
    dealerId,
    from: from ?? null,
    to: to ?? null,
    opening: toAmount(opening),
    closing: toAmount(closing),
    ...page,
  }
}

/** Each movement with the balance after it. */
function withBalances<Row extends Readonly<{ amount: string }>>(
  carried: Decimal,
  rows: readonly Row[],
): readonly (Row & Readonly<{ balance: Decimal }>)[] {
  let balance = carried
  return rows.map((row) => {
    balance = balance.plus(row.amount)
    return { ...row, balance }
  })
}

/** What comes up to the last movement of the page before. */
function afterOf(cursor: string | undefined): RawBuilder<boolean> | undefined {
  const key = decodeCursor(cursor, 2)
  if (key === undefined) return undefined
  const [bookedOn, position] = [dateIn(key[0]), positionIn(key.slice(1))]
  return sql<boolean>`(booked_on, position) <= (${bookedOn}::date, ${position}::bigint)`
}

type Line = Readonly<{ account: string; debit: string; credit: string }>

/** One more than the page holds, in the order of the books: by booking day, then as recorded. */
async function movements(db: ReadDatabase, dealerId: string, shown: Conditions, limit: number) {
  let query = db
    .selectFrom('ledger_entries')
    .select([
      'position',
      'booked_on',
      'effective_on',
      'recorded_at',
      'event_type',
      'document_kind',
      'document_id',
      sql<string>`sum(debit - credit)`.as('amount'),
      sql<readonly Line[]>`json_agg(json_build_object(
        'account', account, 'debit', debit::text, 'credit', credit::text) order by line)`.as(
        'lines',
      ),
    ])
    .where('dealer_id', '=', dealerId)
  for (const condition of shown) query = query.where(condition)
  return await query
    .groupBy([
      'booked_on',
      'position',
      'effective_on',
      'recorded_at',
      'event_type',
      'document_kind',
      'document_id',
    ])
    .orderBy('booked_on')
    .orderBy('position')
    .limit(limit + 1)
    .execute()
}
