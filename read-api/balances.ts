/** What accounts hold as of a booking day, by what was known when. */

import { sql } from 'kysely'
import { z } from 'zod'
import { DayOrInstant } from '../commands/day-or-instant.ts'
import { LocalDate } from '../domain/kernel/values.ts'
import type { ReadDatabase } from './database.ts'
import { instantOf } from './period.ts'

export const BalanceQuery = z.object({
  asOf: LocalDate.optional(),
  known: DayOrInstant.optional(),
})
export type BalanceQuery = z.output<typeof BalanceQuery>

export function knownAt({ known }: BalanceQuery, timeZone: string): Date | undefined {
  return known === undefined ? undefined : instantOf(known, timeZone)
}

const COLUMNS = [
  'account',
  sql<string>`to_char(booked_on, 'YYYY-MM')`.as('period'),
  'debit',
  'credit',
] as const

export type Balance = Readonly<{ account: string; period: string; debit: string; credit: string }>

/** Both sides of each account in each period, up to and with a day; of entries recorded by `known`. */
export async function balancesOf(
  db: ReadDatabase,
  on: string,
  known: Date | undefined,
): Promise<readonly Balance[]> {
  const entries =
    known === undefined
      ? db.selectFrom('ledger_totals').select(COLUMNS).where('booked_on', '<=', on)
      : db
          .selectFrom('ledger_entries')
          .select(COLUMNS)
          .where('booked_on', '<=', on)
          .where('recorded_at', '<=', known)
  return await db
    .selectFrom(entries.as('booked'))
    .select(['account', 'period'])
    .select([sql<string>`sum(debit)`.as('debit'), sql<string>`sum(credit)`.as('credit')])
    .groupBy(['account', 'period'])
    .orderBy('account')
    .orderBy('period')
    .execute()
}
