/** One day of the bank's account: what the statements say, what the books say, and why they differ. */

import { sql } from 'kysely'
import { decimal, toAmount } from '../domain/kernel/money.ts'
import type { LocalDate } from '../domain/kernel/values.ts'
import type { Account } from '../domain/ledger/chart.ts'
import type { ReadDatabase } from './database.ts'

/** What stands on one side only, or with another amount on the other: named there; the rest is summed up. */
const MOST_NAMED = 200

type Side = Readonly<{
  count: string
  total: string
  unmatched: string
  unmatched_count: string
  items: readonly Unmatched[] | null
}>

type Unmatched = Readonly<{ name: string; amount: string; lineId?: string; why: string }>

/**
 * Both totals and their difference, which is what is unmatched on the one side less what is unmatched on
 * the other, to the cent. Throws if it were not: then money would be in the report that is nowhere.
 */
export async function bankReport(db: ReadDatabase, bank: Account, date: LocalDate) {
  const { statement, books } = await sidesOf(db, bank, date)
  const difference = decimal(statement.total).minus(books.total)
  const explained = decimal(statement.unmatched).minus(books.unmatched)
  if (!difference.equals(explained)) {
    throw new Error(`${date}: the difference ${difference} is explained as ${explained}`)
  }
  return {
    date,
    account: bank.code,
    statement: sideOf(statement, 'lines'),
    books: sideOf(books, 'movements'),
    difference: toAmount(difference),
  }
}

function sideOf({ count, total, unmatched, unmatched_count, items }: Side, counted: string) {
  return {
    [counted]: Number(count),
    total: toAmount(decimal(total)),
    unmatched: {
      count: Number(unmatched_count),
      total: toAmount(decimal(unmatched)),
      items: (items ?? []).map(({ amount, ...item }) => ({
        ...item,
        amount: toAmount(decimal(amount)),
      })),
    },
  }
}

/**
 * A line and the entries that hold its money go by one name: a payment's, a refund's, a settlement's, or
 * the line's own while it is in suspense. One query, so that both sides are of one moment.
 */
async function sidesOf(db: ReadDatabase, bank: Account, date: LocalDate) {
  const { rows } = await sql<Readonly<{ statement: Side; books: Side }>>`
    with lines as (
      select case when is_suspended or books is null then 'line:' || line_id else books end as name,
        sum(amount) as amount, count(*) as count, min(line_id) as line_id,
        min(case when status = 'open' then class else status end) as why
      from read.statement_lines where date = ${date}::date and source = 'bank' group by 1
    ), entries as (
      select coalesce(names.name, 'event:' || position) as name, sum(debit - credit) as amount,
        count(*) as count, min(event_type) as why
      from read.ledger_entries left join read.bank_names names using (position)
      where account = ${bank.code} and effective_on = ${date}::date group by 1
    ), sides as (
      select name, lines.amount as stated, entries.amount as booked,
        lines.count as lines, entries.count as movements, line_id,
        lines.why as line_why, entries.why as entry_why,
        coalesce(lines.amount, 0) <> coalesce(entries.amount, 0) as differ
      from lines full join entries using (name)
    )
    select
      json_build_object(
        'count', coalesce(sum(lines), 0)::text, 'total', coalesce(sum(stated), 0)::text,
        'unmatched', coalesce(sum(stated) filter (where differ), 0)::text,
        'unmatched_count', coalesce(sum(lines) filter (where differ), 0)::text,
        'items', (select json_agg(json_build_object(
            'name', name, 'lineId', line_id, 'amount', stated::text, 'why', line_why))
          from (select * from sides where differ and stated is not null
                order by name limit ${MOST_NAMED}) s)) as statement,
      json_build_object(
        'count', coalesce(sum(movements), 0)::text, 'total', coalesce(sum(booked), 0)::text,
        'unmatched', coalesce(sum(booked) filter (where differ), 0)::text,
        'unmatched_count', coalesce(sum(movements) filter (where differ), 0)::text,
        'items', (select json_agg(json_build_object(
            'name', name, 'amount', booked::text, 'why', entry_why))
          from (select * from sides where differ and booked is not null
                order by name limit ${MOST_NAMED}) s)) as books
    from sides`.execute(db)
  const [sides] = rows
  if (sides === undefined) throw new Error('a query of sums gave no row')
  return sides
}
