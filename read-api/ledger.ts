/** The ledger: entries, and the trial balance by booking day and by what was known when. */

import { sql } from 'kysely'
import type { z } from 'zod'
import { decimal, sum, toAmount } from '../domain/kernel/money.ts'
import { Id } from '../domain/kernel/values.ts'
import { namesOf } from '../domain/ledger/chart.ts'
import type { Server } from '../http/server.ts'
import { balanceSheet } from './balance-sheet.ts'
import { BalanceQuery, balancesOf, knownAt } from './balances.ts'
import { today } from './business-day.ts'
import { decodeCursor, numberIn, Paging, pageOf, positionIn, searched } from './cursor.ts'
import type { ReadDatabase } from './database.ts'
import { documentOf } from './documents.ts'
import { isDay, Period } from './period.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
import { FINANCE } from './visibility.ts'

const EntriesQuery = Paging.extend({
  account: searched(16).optional(),
  dealerId: Id.optional(),
  ...Period.shape,
})

export function addLedger(server: Server, ports: ReadPorts): void {
  const { db, waitFor } = ports
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
    handle: async ({ query }) => ({ body: await trialBalance(ports, query) }),
  })
  addRead(server, waitFor, {
    path: '/ledger/balance-sheet',
    summary: 'Assets; liabilities, equity and the result of the periods: both sides are equal',
    models: ['ledger'],
    roles: FINANCE,
    query: BalanceQuery,
    handle: async ({ query }) => ({ body: await balanceSheet(ports, query) }),
  })
  addRead(server, waitFor, {
    path: '/periods',
    summary: 'Months of the books, the newest first',
    models: ['ledger'],
    roles: [...FINANCE, 'brand-ops', 'erp'],
    query: Paging,
    handle: async ({ query }) => ({ body: await periods(db, query) }),
  })
}

async function periods(db: ReadDatabase, { limit, cursor }: Paging) {
  const [before] = decodeCursor(cursor, 1) ?? []
  let query = db.selectFrom('periods').selectAll()
  if (before !== undefined) query = query.where('period', '<', before)
  const rows = await query
    .orderBy('period', 'desc')
    .limit(limit + 1)
    .execute()
  return pageOf(
    rows,
    limit,
    ({ period }) => [period],
    ({ period, status, closed_at, totals }) => ({
      period,
      status,
      closedAt: closed_at?.toISOString() ?? null,
      totals,
    }),
  )
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
      document: documentOf(row),
      debit: toAmount(decimal(row.debit)),
      credit: toAmount(decimal(row.credit)),
      event: row.event_type,
      eventId: row.event_id,
      stream: row.stream,
    }),
  )
}

/** Both sides of each account, and its balance on the debit side. */
async function trialBalance(
  { db, timeZone, chart }: Pick<ReadPorts, 'db' | 'timeZone' | 'chart'>,
  query: BalanceQuery,
) {
  const known = knownAt(query, timeZone)
  const asOf = query.asOf ?? (await today(db))
  const rows = Map.groupBy(await balancesOf(db, asOf, known), ({ account }) => account)
  const accounts = [...rows].map(([account, periods]) => {
    const debit = sum(periods.map((period) => decimal(period.debit)))
    const credit = sum(periods.map((period) => decimal(period.credit)))
    const names = namesOf(chart, account)
    return {
      account,
      name: names.en,
      names,
      debit: toAmount(debit),
      credit: toAmount(credit),
      balance: toAmount(debit.minus(credit)),
    }
  })
  return {
    asOf,
    ...(known === undefined ? {} : { known: known.toISOString() }),
    accounts,
    totalDebit: toAmount(sum(accounts.map(({ debit }) => decimal(debit)))),
    totalCredit: toAmount(sum(accounts.map(({ credit }) => decimal(credit)))),
  }
}
