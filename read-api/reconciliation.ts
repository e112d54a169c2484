/** Statements, their lines with what they stand for, and the report of a day. */

import { type Selectable, sql } from 'kysely'
import { z } from 'zod'
import { LineClass } from '../domain/bankStatement/events.ts'
import { decimal, toAmount } from '../domain/kernel/money.ts'
import { Id, LocalDate } from '../domain/kernel/values.ts'
import { Problem } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { bankReport } from './bank-report.ts'
import { decodeCursor, numberIn, Paging, pageOf, positionIn } from './cursor.ts'
import type { ReadDatabase, Tables } from './database.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
import { FINANCE } from './visibility.ts'

const LinesQuery = Paging.extend({
  date: LocalDate.optional(),
  class: LineClass.optional(),
  status: z.enum(['taken', 'open', 'booking', 'booked', 'ignored']).optional(),
  statementId: Id.optional(),
})

export function addReconciliation(server: Server, ports: ReadPorts): void {
  const { db, waitFor, chart } = ports
  addRead(server, waitFor, {
    path: '/reconciliation',
    summary: 'Statement lines with what they stand for; of a date, with both sides of the account',
    models: ['statements', 'ledger'],
    roles: FINANCE,
    query: LinesQuery,
    handle: async ({ query }) => {
      const report = query.date === undefined ? {} : await bankReport(db, chart.bank, query.date)
      return {
        body: { ...report, classes: await classesOf(db, query), ...(await lines(db, query)) },
      }
    },
  })
  addRead(server, waitFor, {
    path: '/bank-statements',
    summary: 'Statements that were taken in, the newest first',
    models: ['statements'],
    roles: FINANCE,
    query: Paging,
    handle: async ({ query: { limit, cursor } }) => {
      const before = positionIn(decodeCursor(cursor, 1))
      let query = db.selectFrom('bank_statements').selectAll()
      if (before !== undefined) query = query.where('position', '<', before)
      const rows = await query
        .orderBy('position', 'desc')
        .limit(limit + 1)
        .execute()
      return { body: pageOf(rows, limit, ({ position }) => [String(position)], statementOf) }
    },
  })
  addRead(server, waitFor, {
    path: '/bank-statements/:statementId',
    summary: 'A statement, and how many of its lines stand where',
    models: ['statements'],
    roles: FINANCE,
    params: z.object({ statementId: Id }),
    handle: async ({ params: { statementId } }) => {
      const row = await findStatement(db, statementId)
      const classes = await classesOf(db, { statementId })
      return { body: { ...statementOf(row), classes }, etag: `W/"${row.revision}"` }
    },
  })
}

async function findStatement(db: ReadDatabase, statementId: string) {
  const row = await db
    .selectFrom('bank_statements')
    .selectAll()
    .where('statement_id', '=', statementId)
    .executeTakeFirst()
  if (row !== undefined) return row
  const detail = `There is no bank statement ${statementId}.`
  throw new Problem(404, 'bank-statement-unknown', detail)
}

type Filter = Partial<Omit<z.output<typeof LinesQuery>, 'limit' | 'cursor'>>

function filtered(db: ReadDatabase, { date, class: of, status, statementId }: Filter) {
  let query = db.selectFrom('statement_lines')
  if (date !== undefined) query = query.where('date', '=', date)
  if (of !== undefined) query = query.where('class', '=', of)
  if (status !== undefined) query = query.where('status', '=', status)
  if (statementId !== undefined) query = query.where('statement_id', '=', statementId)
  return query
}

/** How many lines, and what sum, of each class and status. */
async function classesOf(db: ReadDatabase, { class: _, status: __, ...filter }: Filter) {
  const rows = await filtered(db, filter)
    .select([
      'class',
      'status',
      sql<string>`count(*)`.as('lines'),
      sql<string>`sum(amount)`.as('total'),
    ])
    .groupBy(['class', 'status'])
    .orderBy('class')
    .orderBy('status')
    .execute()
  return rows.map(({ class: of, status, lines: count, total }) => ({
    class: of,
    status,
    lines: Number(count),
    total: toAmount(decimal(total)),
  }))
}

async function lines(db: ReadDatabase, { limit, cursor, ...filter }: z.output<typeof LinesQuery>) {
  const after = decodeCursor(cursor, 3)
  let query = filtered(db, filter).selectAll()
  if (after !== undefined) {
    const [date = '', statementId = '', line] = after
    const place = sql<boolean>`(date, statement_id, line) > (${LocalDate.parse(date)}::date, ${statementId}, ${numberIn(line)})`
    query = query.where(place)
  }
  const rows = await query
    .orderBy('date')
    .orderBy('statement_id')
    .orderBy('line')
    .limit(limit + 1)
    .execute()
  const keyOf = ({ date, statement_id, line }: LineRow) => [date, statement_id, String(line)]
  return pageOf(rows, limit, keyOf, lineOf)
}

type LineRow = Selectable<Tables['statement_lines']>

function lineOf(row: LineRow) {
  return {
    lineId: row.line_id,
    statementId: row.statement_id,
    source: row.source,
    date: row.date,
    valueOn: row.value_on,
    amount: toAmount(decimal(row.amount)),
    text: row.text,
    payerName: row.payer_name,
    payerAccount: row.payer_account,
    bankId: row.bank_id,
    settlement: row.settlement,
    class: row.class,
    status: row.status,
    rule: row.rule,
    code: row.code,
    message: row.message,
    counterpart: row.counterpart,
    dealerId: row.dealer_id,
    candidates: row.candidates,
    gaveUp: row.gave_up,
    inSuspense: row.is_suspended && row.status !== 'booked',
  }
}

function statementOf(row: Selectable<Tables['bank_statements']>) {
  return {
    statementId: row.statement_id,
    source: row.source,
    format: row.format,
    fileName: row.file_name,
    status: row.status,
    lines: row.lines,
    new: row.new_lines,
    known: row.new_lines === null ? null : row.lines - row.new_lines,
    total: row.total === null ? null : toAmount(decimal(row.total)),
    from: row.from_date,
    to: row.to_date,
    foundIn: row.found_in,
    receivedAt: row.received_at.toISOString(),
    revision: Number(row.revision),
  }
}
