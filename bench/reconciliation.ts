/**
 * How long it takes to match the lines of a statement with what is open: a month as it may be, and cases
 * made to be hard. Pure computing, in this process.
 *
 * `--lines <n>` of each case; `--case <name>` runs one of them.
 */

import { parseArgs } from 'node:util'
import { addDays } from '../domain/kernel/dates.ts'
import { match } from '../domain/reconciliation/match.ts'
import {
  type Books,
  DEFAULT_LIMITS,
  type OpenItem,
  type StatementLine,
} from '../domain/reconciliation/types.ts'
import { keyed, line, receivable } from '../test/support/statement-lines.ts'
import { statementMonth } from '../test/support/statement-month.ts'
import { round } from './figures.ts'

type Case = Readonly<{ lines: readonly StatementLine[]; books: Books }>

const FIRST_DAY = '2026-03-01'
const ITEMS = 100_000

export type Matched = Readonly<{
  lines: number
  items: number
  seconds: number
  matched: number
  suggested: number
  exceptions: number
  gaveUp: number
  'heap, MiB': number
}>

export async function bench(options: readonly string[]): Promise<Record<string, Matched>> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      lines: { type: 'string', default: '100000' },
      case: { type: 'string' },
    },
  })
  const lines = Number(values.lines)
  const names = Object.keys(CASES).filter((name) => (values.case ?? name) === name)
  const result = Object.fromEntries(names.map((name) => [name, timed(CASES[name]?.(lines))]))
  console.table(result)
  console.log(JSON.stringify({ bench: 'reconciliation', result }))
  return result
}

function timed({ lines, books }: Case = { lines: [], books: { items: [], payers: [] } }): Matched {
  const started = performance.now()
  const results = match(lines, books, DEFAULT_LIMITS)
  const seconds = round((performance.now() - started) / 1_000)
  const count = (of: string) => results.filter((result) => result.class === of).length
  return {
    lines: lines.length,
    items: books.items.length,
    seconds,
    matched: count('matched'),
    suggested: count('suggested'),
    exceptions: count('exception'),
    gaveUp: results.filter(({ gaveUp }) => gaveUp).length,
    'heap, MiB': round(process.memoryUsage().heapUsed / 1024 / 1024),
  }
}

const CASES: Readonly<Record<string, (lines: number) => Case>> = {
  'a month': (lines) => month(lines, 5_000),
  'a month of few dealers': (lines) => month(lines, 500),
  'one payer, 5,000 equal receivables': (lines) => ({
    lines: linesOf(lines, (at) => ({ amount: amount(1_000_000 * (1 + (at % 7_000))), dealer: 0 })),
    books: booksOf(5_000, () => ({ amount: '10000.00', dealer: 0, day: 0 })),
  }),
  'all amounts equal': (lines) => ({
    lines: linesOf(lines, (at) => ({ amount: '10000.00', dealer: at % 1_000 })),
    books: booksOf(ITEMS, (at) => ({ amount: '10000.00', dealer: at % 1_000, day: at % 30 })),
  }),
  'one payer, amounts a cent apart': (lines) => ({
    lines: linesOf(lines, (at) => ({ amount: amount(3_000_000 + 7 * at), dealer: 0 })),
    books: booksOf(ITEMS, (at) => ({ amount: amount(1_000_000 + at), dealer: 0, day: at % 30 })),
  }),
  'as many combinations as are searched': (lines) => ({
    lines: linesOf(lines, (at) => ({ amount: amount(5_000_000 + 31 * at), dealer: at % 4_000 })),
    books: booksOf(ITEMS, (at) => ({
      amount: amount(1_000_003 + ((at * 7_919) % 100_003)),
      dealer: at % 4_000,
      day: 0,
    })),
  }),
  'texts of nothing but names of one order': (lines) => ({
    lines: linesOf(lines, (at) => ({
      amount: amount(9_000_000 + at),
      dealer: 0,
      text: Array.from({ length: 60 }, () => 'ORD-1').join(' '),
    })),
    books: booksOf(ITEMS, (at) => ({
      amount: amount(1_000_000 + at),
      dealer: 0,
      day: at % 30,
      orderId: `ORD-${1 + (at % 500)}`,
    })),
  }),
}

function month(lines: number, dealers: number): Case {
  const { lines: told, books } = statementMonth({ seed: 7, lines, dealers, odd: 0.08 })
  return { lines: told.map((one) => one.line), books }
}

type Spec = Readonly<{ amount: string; dealer: number; text?: string }>

function linesOf(count: number, specOf: (at: number) => Spec): readonly StatementLine[] {
  const lines = Array.from({ length: count }, (_, at) => {
    const { amount: of, dealer, text = '' } = specOf(at)
    return line(of, { date: addDays(FIRST_DAY, at % 3), payerName: nameOf(dealer), text })
  })
  return keyed(lines)
}

function booksOf(
  count: number,
  specOf: (at: number) => Spec & Readonly<{ day: number; orderId?: string }>,
): Books {
  const dealers = new Set<number>()
  const items = Array.from({ length: count }, (_, at): OpenItem => {
    const { amount: of, dealer, day, orderId } = specOf(at)
    dealers.add(dealer)
    const more = { dealerId: `D${dealer}`, dueOn: addDays(FIRST_DAY, day) }
    return receivable(`F.${at}`, of, { ...more, ...(orderId === undefined ? {} : { orderId }) })
  })
  const payers = [...dealers].map((dealer) => ({
    dealerId: `D${dealer}`,
    names: [nameOf(dealer)],
    accounts: [],
  }))
  return { items, payers }
}

function nameOf(dealer: number): string {
  return `Dealer ${dealer} Ltd`
}

function amount(cents: number): string {
  const digits = String(cents).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}
