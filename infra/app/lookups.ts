/** Figures that commands ask of read models, up to date with what was written before. */

import type pg from 'pg'
import type { Lookups } from '../../commands/command.ts'
import { Overloaded } from '../../commands/handler/errors.ts'
import type { DayTotals } from '../../domain/businessDay/businessDay.ts'
import type { EventLog } from '../../domain/kernel/event-log.ts'
import { decimal, sum, toAmount } from '../../domain/kernel/money.ts'
import type { WaitForModels } from '../../read-api/route.ts'

const WAIT_MS = 10_000

type Row = Readonly<{ account: string; debit: string; credit: string }>

export function createLookups(pool: pg.Pool, log: EventLog, waitFor: WaitForModels): Lookups {
  return {
    async bookedTotals(date) {
      if (!(await waitFor(['ledger'], await log.head(), WAIT_MS))) {
        throw new Overloaded('the ledger is behind')
      }
      const { rows } = await pool.query<Row>(
        `select account, debit, credit from read.ledger_totals
         where booked_on = $1 order by account`,
        [date],
      )
      return totalsOf(rows)
    },
  }
}

function totalsOf(rows: readonly Row[]): DayTotals {
  return {
    debit: toAmount(sum(rows.map(({ debit }) => decimal(debit)))),
    credit: toAmount(sum(rows.map(({ credit }) => decimal(credit)))),
    accounts: rows.map(({ account, debit, credit }) => ({
      account,
      debit: toAmount(decimal(debit)),
      credit: toAmount(decimal(credit)),
    })),
  }
}
