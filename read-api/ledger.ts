/** The ledger: entries, and the trial balance by booking day and by what was known when. */

import { sql } from 'kysely'
import { z } from 'zod'
import { DayOrInstant } from '../commands/day-or-instant.ts'
import { ACCOUNT_NAMES } from '../domain/accounts.ts'
import { decimal, sum, toAmount } from '../domain/kernel/money.ts'
import { Id, LocalDate } from '../domain/kernel/values.ts'
import type { Server } from '../http/server.ts'
import { today } from './business-day.ts'
import { decodeCursor, numberIn, Paging, pageOf, positionIn, searched } from './cursor.ts'
import type { ReadDatabase } from './database.ts'
import { instantOf, isDay, Period } from './period.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
import { FINANCE } from './visibility.ts'

const EntriesQuery = Paging.extend({
  account: searched(16).optional(),
  dealerId: Id.optional(),
  ...Period.shape,
})

const BalanceQuery = z.object({ asOf: LocalDate.optional(), known: DayOrInstant.optional() })

export function addLedger(server: Server, { db, waitFor, timeZone }: ReadPorts): void {
  addRead(server, waitFor, {
    path: '/ledger/entries',
    summary: 'Ledger entries by booking day, in the order they were recorded',
    models: ['ledger'],
    roles: FINANCE,
    query: EntriesQuery,
    handle: async ({ query }) => ({ body: await entries(db, query) }),
  })
  addRead(server, waitFor, {
    path: '/ledger/trial-balance',
    summary: 'Debits, credits and balance of every account',
    models: ['ledger'],
    roles: FINANCE,
    query: BalanceQuery,
    handle: async ({ query }) => ({ body: await trialBalance(db, query, timeZone) }),
  })
}

async function entries(
  db: ReadDatabase,
  { limit, cursor, account, dealerId, from, to }: z.output<typeof EntriesQuery>,
) {
  const after = decodeCursor(cursor, 2)
  let query = db.selectFrom('ledger_entries').selectAll()
  if (account !== undefined) query = query.where('account', '=', account)
  if (dealerId !== undefined) query = query.where('dealer_id', '=', dealerId)
  if (from !== undefined) {
    query = isDay(from)
      ? query.where('booked_on', '>=', from)
      : query.where('recorded_at', '>=', new Date(from))
  }
  if (to !== undefined) {
    query = isDay(to)
      ? query.where('booked_on', '<', to)
      : query.where('recorded_at', '<', new Date(to))
  }
  if (after !== undefined) {
    const [position, line] = [positionIn(after), numberIn(after[1])]
    query = query.where(sql<boolean>`(position, line) > (${position}::bigint, ${line}::integer)`)
  }
  const rows = await query
    .orderBy('position')
    .orderBy('line')
    .limit(limit + 1)
    .execute()
  return pageOf(
    rows,
    limit,
    ({ position, line }) => [String(position), String(line)],
    (row) => ({
      position: String(row.position),
      bookedOn: row.booked_on,
      effectiveOn: row.effective_on,
      recordedAt: row.recorded_at.toISOString(),
      account: row.account,
      dealerId: row.dealer_id,
      debit: toAmount(decimal(row.debit)),
      credit: toAmount(decimal(row.credit)),
      event: row.event_type,
      eventId: row.event_id,
      stream: row.stream,
    }),
  )
}

async function trialBalance(
  db: ReadDatabase,
  { asOf, known: given }: z.output<typeof BalanceQuery>,
  timeZone: string,
) {
  const known = given === undefined ? undefined : instantOf(given, timeZone)
  const on = asOf ?? (await today(db))
  const rows = known === undefined ? await booked(db, on) : await bookedAsKnown(db, on, known)
  const accounts = rows.map(({ account, debit, credit }) => ({
    account,
    name: ACCOUNT_NAMES[account] ?? account,
    debit: toAmount(decimal(debit)),
    credit: toAmount(decimal(credit)),
    balance: toAmount(decimal(debit).minus(credit)),
  }))
  return {
    asOf: on,
    ...(known === undefined ? {} : { known: known.toISOString() }),
    accounts,
    totalDebit: toAmount(sum(accounts.map(({ debit }) => decimal(debit)))),
    totalCredit: toAmount(sum(accounts.map(({ credit }) => decimal(credit)))),
  }
}

const sums = [
  'account',
  sql<string>`sum(debit)`.as('debit'),
  sql<string>`sum(credit)`.as('credit'),
] as const

function booked(db: ReadDatabase, on: string) {
  return db
    .selectFrom('ledger_totals')
    .select(sums)
    .where('booked_on', '<=', on)
    .groupBy('account')
    .orderBy('account')
    .execute()
}

function bookedAsKnown(db: ReadDatabase, on: string, known: Date) {
  return db
    .selectFrom('ledger_entries')
    .select(sums)
    .where('booked_on', '<=', on)
    .where('recorded_at', '<=', known)
    .groupBy('account')
    .orderBy('account')
    .execute()
}
