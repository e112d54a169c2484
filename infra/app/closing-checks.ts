/** What speaks against closing a day or a period, from what the read models hold. */

import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { Overloaded } from '../../commands/handler/errors.ts'
import type { DayTotals } from '../../domain/businessDay/businessDay.ts'
import {
  type CheckName,
  type Finding,
  MOST_EXAMPLES,
} from '../../domain/businessDay/closing-checks.ts'
import { endOfMonth } from '../../domain/kernel/dates.ts'
import { decimal, sum, toAmount } from '../../domain/kernel/money.ts'
import { ACCOUNT_ROLES, type Chart } from '../../domain/ledger/chart.ts'

export type Books = Readonly<{
  chart: Chart
  /** The names of the sagas that move money. */
  moneySagas: readonly string[]
}>

/** What the checks of a day stand on: compared only where all have come equally far. */
export const MODELS_OF_DAY: readonly string[] = ['ledger', 'receivables', 'credit']
export const MODELS_OF_PERIOD: readonly string[] = [
  ...MODELS_OF_DAY,
  ...['payments', 'refunds', 'statements'],
]

const ALIKE_TRIES = 20
const ALIKE_RETRY_MS = 100

type Counted = Readonly<{ count: number; examples: readonly unknown[] }>

/** Runs checks on one snapshot of the read models, in which all have come equally far. */
async function onOneSnapshot(
  pool: pg.Pool,
  models: readonly string[],
  checks: (client: pg.PoolClient) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  for (let tries = 0; tries < ALIKE_TRIES; tries++) {
    const findings = await inSnapshot(pool, async (client) =>
      (await areAlike(client, models)) ? await checks(client) : undefined,
    )
    if (findings !== undefined) return findings
    await delay(ALIKE_RETRY_MS)
  }
  throw new Overloaded(`${models.join(', ')} do not come to stand at one position`)
}

async function inSnapshot<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  let failed: unknown
  try {
    await client.query('begin isolation level repeatable read read only')
    return await work(client)
  } catch (error) {
    failed = error
    throw error
  } finally {
    const ended = await client.query('rollback').then(
      () => failed === undefined,
      () => false,
    )
    client.release(!ended)
  }
}

async function areAlike(client: pg.PoolClient, models: readonly string[]): Promise<boolean> {
  const { rows } = await client.query<Readonly<{ alike: boolean }>>(
    `select count(distinct position) = 1 as alike from projections.build
     where serving and model = any($1::text[])`,
    [models],
  )
  return rows[0]?.alike === true
}

/** The check's rows, counted, with the first of them as they are. */
async function found(
  client: pg.PoolClient,
  check: CheckName,
  rowsSql: string,
  values: readonly unknown[],
): Promise<Finding> {
  const { rows } = await client.query<Counted>(
    `with found as materialized (${rowsSql})
     select (select count(*)::integer from found) as count,
       coalesce((select json_agg(first) from (select * from found limit ${MOST_EXAMPLES}) as first),
         '[]') as examples`,
    [...values],
  )
  const { count = 0, examples = [] } = rows[0] ?? {}
  return { check, count, examples: examples as Finding['examples'] }
}

const UNBALANCED = `
  select sum(debit)::text as debit, sum(credit)::text as credit
  from read.ledger_totals having sum(debit) <> sum(credit)`

/** $1: the control account; `sub`: what the sub-ledger has by dealer, on the side of the balance. */
const controlOf = (sub: string, balance: string) => `
  select coalesce(l.dealer_id, s.dealer_id) as "dealerId",
    coalesce(${balance}, 0)::text as ledger, coalesce(s.amount, 0)::text as "subLedger"
  from (select * from read.dealer_totals where account = $1) as l
    full join (${sub}) as s on s.dealer_id = l.dealer_id
  where coalesce(${balance}, 0) <> coalesce(s.amount, 0)
  order by 1`

const RECEIVABLES = controlOf(
  `select dealer_id, sum(outstanding) as amount from read.receivables
   where outstanding <> 0 group by dealer_id`,
  'l.debit - l.credit',
)

const UNAPPLIED_CASH = controlOf(
  'select dealer_id, unapplied_cash as amount from read.credit',
  'l.credit - l.debit',
)

const PARKED = `
  select saga || '.' || key as saga, parked ->> 'error' as reason from sagas.instances
  where status = 'parked' and saga = any($1::text[]) order by saga, key`

async function agreement(client: pg.PoolClient, { chart, moneySagas }: Books) {
  return [
    await found(client, 'trial-balance', UNBALANCED, []),
    await found(client, 'receivables-by-dealer', RECEIVABLES, [chart.receivable.code]),
    await found(client, 'unapplied-cash-by-dealer', UNAPPLIED_CASH, [chart.advances.code]),
    await found(client, 'parked-sagas', PARKED, [moneySagas]),
  ]
}

/** What speaks against closing the open day. */
export function dayFindings(pool: pg.Pool, books: Books): Promise<readonly Finding[]> {
  return onOneSnapshot(pool, MODELS_OF_DAY, (client) => agreement(client, books))
}

/** $1: all codes of the chart. */
const UNKNOWN_ACCOUNTS = `
  select account, sum(debit)::text as debit, sum(credit)::text as credit
  from read.ledger_totals where account <> all($1::text[]) group by account order by account`

/** $1: the last day of the period. By the books' day: the clock may be past it while it is open. */
const UNKNOWN_PAYMENTS = `
  select payment_id as "paymentId", dealer_id as "dealerId", amount::text as amount
  from read.payments where status = 'unknown' and booked_on <= $1 order by position`

/** $1: the last day of the period. */
const OPEN_REFUNDS = `
  select refund_id as "refundId", dealer_id as "dealerId", amount::text as amount, status
  from read.refunds where status in ('due', 'unknown') and booked_on <= $1 order by position`

/** $1: the last day of the period. What somebody decided to ignore is cleared up. */
const OPEN_LINES = `
  select line_id as "lineId", date, amount::text as amount, coalesce(class, status) as class, code
  from read.statement_lines
  where status not in ('booked', 'ignored') and date <= $1 order by date, position, line`

/** What speaks against closing a period, besides days that are open. */
export function periodFindings(
  pool: pg.Pool,
  books: Books,
  period: string,
): Promise<readonly Finding[]> {
  const last = endOfMonth(`${period}-01`)
  const codes = ACCOUNT_ROLES.map((role) => books.chart[role].code)
  return onOneSnapshot(pool, MODELS_OF_PERIOD, async (client) => [
    ...(await agreement(client, books)),
    await found(client, 'accounts-unknown', UNKNOWN_ACCOUNTS, [codes]),
    await found(client, 'payments-unknown', UNKNOWN_PAYMENTS, [last]),
    await found(client, 'refunds-open', OPEN_REFUNDS, [last]),
    await found(client, 'statement-lines-open', OPEN_LINES, [last]),
  ])
}

type Booked = Readonly<{ account: string; debit: string; credit: string }>

/** Both sides by account of what is booked from one day to another, both inclusive. */
export async function bookedBetween(pool: pg.Pool, from: string, to: string): Promise<DayTotals> {
  const { rows } = await pool.query<Booked>(
    `select account, sum(debit) as debit, sum(credit) as credit from read.ledger_totals
     where booked_on between $1 and $2 group by account order by account`,
    [from, to],
  )
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
