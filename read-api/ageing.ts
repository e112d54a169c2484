/** What dealers owe by how long it has been due, by value date (DOMAIN: Money and quantities). */

import { sql } from 'kysely'
import { z } from 'zod'
import { decimal, toAmount } from '../domain/kernel/money.ts'
import { Id, LocalDate } from '../domain/kernel/values.ts'
import { type Caller, isDealers } from '../http/caller.ts'
import type { Server } from '../http/server.ts'
import { balancesOf } from './balances.ts'
import { today } from './business-day.ts'
import { type Cell, csvOf } from './csv.ts'
import { decodeCursor, Paging, pageOf } from './cursor.ts'
import type { ReadDatabase } from './database.ts'
import type { ReadPorts } from './ports.ts'
import { figuresOn } from './receivables.ts'
import { addRead } from './route.ts'
import { visibleDealers } from './visibility.ts'

const MODELS = ['receivables', 'ledger', 'catalogue']
const NAME = '/reports/receivables-ageing'
/** Dealers that one statement of the file reads. */
const DEALERS_AT_ONCE = 500

const AgeingQuery = z.object({ asOf: LocalDate.optional(), dealerId: Id.optional() })
type AgeingQuery = z.output<typeof AgeingQuery>

/** Days after the due date, both ends included; undefined: no end. */
const BUCKETS = {
  current: [undefined, 0],
  days1To30: [1, 30],
  days31To60: [31, 60],
  days61To90: [61, 90],
  daysOver90: [91, undefined],
} as const
type Bucket = keyof typeof BUCKETS
const NAMES = Object.keys(BUCKETS) as readonly Bucket[]

export function addAgeing(server: Server, ports: ReadPorts): void {
  const { db, waitFor } = ports
  for (const path of [NAME, `${NAME}.json`]) {
    addRead(server, waitFor, {
      path,
      summary: 'Open receivables by dealer and by days after their due date, by value date',
      models: MODELS,
      query: Paging.extend(AgeingQuery.shape),
      handle: async ({ query, caller }) => ({ body: await report(ports, query, caller) }),
    })
  }
  addRead(server, waitFor, {
    path: `${NAME}.csv`,
    summary: 'The same for all dealers, as a file',
    models: MODELS,
    query: AgeingQuery,
    fileType: 'text/csv',
    handle: async ({ query, caller }) => {
      const asOf = query.asOf ?? (await today(db))
      const filename = `receivables-ageing-${asOf}.csv`
      return {
        body: csvOf(['dealerId', 'name', ...NAMES, 'total'], rowsOf(db, query, asOf, caller)),
        type: 'text/csv; charset=utf-8',
        headers: { 'content-disposition': `attachment; filename="${filename}"` },
      }
    },
  })
}

async function* rowsOf(
  db: ReadDatabase,
  query: AgeingQuery,
  asOf: string,
  caller: Caller,
): AsyncGenerator<readonly Cell[]> {
  let after: string | undefined
  do {
    const rows = await byDealer(db, { ...query, asOf, caller, after, limit: DEALERS_AT_ONCE })
    for (const row of rows) {
      const { dealerId, name, total, ...amounts } = itemOf(row)
      yield [dealerId, name, ...NAMES.map((bucket) => amounts[bucket]), total]
    }
    after = rows.length < DEALERS_AT_ONCE ? undefined : rows.at(-1)?.dealer_id
  } while (after !== undefined)
}

/** The page, the sums of all pages, and what the control account holds by booking day. */
async function report(
  { db, chart }: Pick<ReadPorts, 'db' | 'chart'>,
  { limit, cursor, ...query }: Paging & AgeingQuery,
  caller: Caller,
) {
  const asOf = query.asOf ?? (await today(db))
  const asked = { ...query, asOf, caller }
  const [after] = decodeCursor(cursor, 1) ?? []
  const rows = await byDealer(db, { ...asked, after, limit: limit + 1 })
  const totals = amountsOf(await inAll(db, asked))
  const isWhole = !isDealers(caller) && query.dealerId === undefined
  return {
    asOf,
    totals,
    ...(isWhole && { control: await controlOf(db, chart.receivable.code, asOf, totals.total) }),
    ...pageOf(rows, limit, ({ dealer_id }) => [dealer_id], itemOf),
  }
}

/** They differ by what is booked on one side of the day and counts from the other. */
async function controlOf(db: ReadDatabase, account: string, asOf: string, total: string) {
  const rows = (await balancesOf(db, asOf, undefined)).filter((row) => row.account === account)
  const balance = rows.reduce(
    (sum, { debit, credit }) => sum.plus(debit).minus(credit),
    decimal('0'),
  )
  const difference = decimal(total).minus(balance)
  return { account, balance: toAmount(balance), difference: toAmount(difference) }
}

type Asked = Readonly<{ asOf: string; dealerId?: string | undefined; caller: Caller }>

/** The open receivables of those dealers that are asked for and may be seen, as of a value date. */
function open(db: ReadDatabase, { asOf, dealerId, caller }: Asked) {
  const { outstanding } = figuresOn(asOf)
  const visible = visibleDealers(caller, 'r.dealer_id')
  let query = db
    .selectFrom('receivables as r')
    .select(['r.dealer_id as dealer_id', 'r.due_on as due_on'])
    .select(outstanding.as('open'))
    .where('r.effective_on', '<=', asOf)
  if (visible !== undefined) query = query.where(visible)
  if (dealerId !== undefined) query = query.where('r.dealer_id', '=', dealerId)
  return query
}

/** The sum of each bucket, and of all. */
function bucketSums(asOf: string) {
  const overdue = sql`${asOf}::date - o.due_on`
  const within = ([from, to]: (typeof BUCKETS)[Bucket]) =>
    sql`${from === undefined ? sql`true` : sql`${overdue} >= ${sql.lit(from)}`}
      and ${to === undefined ? sql`true` : sql`${overdue} <= ${sql.lit(to)}`}`
  return [
    ...NAMES.map((bucket) =>
      sql<string>`coalesce(sum(o.open) filter (where ${within(BUCKETS[bucket])}), 0)`.as(bucket),
    ),
    sql<string>`coalesce(sum(o.open), 0)`.as('total'),
  ]
}

type Sums = Readonly<Record<Bucket | 'total', string>>

function inAll(db: ReadDatabase, asked: Asked): Promise<Sums> {
  return db
    .selectFrom(open(db, asked).as('o'))
    .select(bucketSums(asked.asOf))
    .executeTakeFirstOrThrow() as Promise<Sums>
}

type Row = Sums & Readonly<{ dealer_id: string; name: string | null }>

function byDealer(
  db: ReadDatabase,
  { after = '', limit, ...asked }: Asked & Readonly<{ after: string | undefined; limit: number }>,
): Promise<readonly Row[]> {
  const them = open(db, asked).where(sql<boolean>`r.dealer_id > ${after}`)
  return db
    .selectFrom(them.as('o'))
    .leftJoin('dealers as d', 'd.dealer_id', 'o.dealer_id')
    .select(['o.dealer_id', 'd.name'])
    .select(bucketSums(asked.asOf))
    .groupBy(['o.dealer_id', 'd.name'])
    .having(sql<boolean>`bool_or(o.open <> 0)`)
    .orderBy('o.dealer_id')
    .limit(limit)
    .execute() as Promise<readonly Row[]>
}

function itemOf({ dealer_id: dealerId, name, ...sums }: Row) {
  return { dealerId, name: name ?? '', ...amountsOf(sums) }
}

function amountsOf(sums: Sums): Sums {
  const names = [...NAMES, 'total'] as const
  return Object.fromEntries(
    names.map((name) => [name, toAmount(decimal(sums[name]))]),
  ) as unknown as Sums
}
