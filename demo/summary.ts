/** Holds what tradeline says against what is known from outside, and its books against each other. */

import { periodOf } from '../domain/kernel/dates.ts'
import { type Decimal, decimal, sum } from '../domain/kernel/money.ts'
import type { Figures, TrialBalance } from './figures.ts'
import type { PlannedOrder } from './orders.ts'
import type { Plan } from './plan.ts'
import type { Transfer } from './transfers.ts'

/** Of Northwind's data, known from outside. */
export const KNOWN = {
  orders: 830,
  lines: 2155,
  linesBeforeDiscount: '1354458.59',
  linesAfterDiscount: '1265793.0395',
  linesRounded: '1265793.29',
  freight: '64942.69',
  neverShipped: 21,
  shippedLate: 37,
} as const

/** One figure from two sides. */
export type Comparison = Readonly<{
  what: string
  expected: string
  found: string
  agrees: boolean
}>

export type Summary = Readonly<{
  comparisons: readonly Comparison[]
  /** Whether every figure agrees. */
  agrees: boolean
}>

export function summaryOf(plan: Plan, figures: Figures): Summary {
  const comparisons = [...knownFigures(figures), ...books(plan, figures), ...bank(plan, figures)]
  return { comparisons, agrees: comparisons.every(({ agrees }) => agrees) }
}

function knownFigures(figures: Figures): readonly Comparison[] {
  return [
    compare('orders', KNOWN.orders, figures.orders),
    compare('lines', KNOWN.lines, figures.lines),
    compare('lines before discount', KNOWN.linesBeforeDiscount, figures.linesBeforeDiscount),
    compare('lines after discount', KNOWN.linesAfterDiscount, figures.linesAfterDiscount),
    compare('lines, each rounded', KNOWN.linesRounded, figures.linesRounded),
    compare('freight', KNOWN.freight, figures.freight),
    compare('orders never shipped', KNOWN.neverShipped, figures.neverShipped),
    compare('orders shipped late', KNOWN.shippedLate, figures.shippedLate),
  ]
}

/** What the bank shows, and the books beside it. */
function bank({ transfers, days }: Plan, figures: Figures): readonly Comparison[] {
  const { balance } = accountsOf(figures.trialBalance)
  const { totalAssets, totalLiabilitiesAndEquity } = figures.balanceSheet
  const charges = transfers.filter(({ truth }) => truth.kind === 'charge')
  const short = transfers.flatMap(({ truth }) => (truth.kind === 'orders' ? [truth.short] : []))
  const months = new Set(days.map(({ date }) => periodOf(date)))
  return [
    compare('statement lines', transfers.length, figures.statementLines),
    compare('statement lines booked', transfers.length, figures.statementLinesBooked),
    compare('bank statements = 1002', sum(transfers.map(amountOf)), balance('1002')),
    compare('bank charges = 6603', sum(charges.map(amountOf)).negated(), balance('6603')),
    compare(
      'kept by banks abroad = 6702',
      sum(short.map((text) => decimal(text))),
      balance('6702'),
    ),
    compare('of unknown payers = 2241.09', decimal(0), balance('2241.09')),
    compare('unapplied cash = 2203', decimal(0), balance('2203')),
    compare('months closed', months.size, figures.monthsClosed),
    compare('assets = liabilities + result', totalLiabilitiesAndEquity, totalAssets),
  ]
}

function books(plan: Plan, { trialBalance, ...figures }: Figures): readonly Comparison[] {
  const { debit, credit, balance } = accountsOf(trialBalance)
  const shipped = plan.orders.filter(({ shipping }) => shipping !== undefined)
  return [
    compare('orders = lines + freight', figures.linesRounded.plus(figures.freight), figures.total),
    compare('orders that were shipped', sum(shipped.map(totalOf)), figures.receivables),
    compare('debits = credits', trialBalance.totalDebit, trialBalance.totalCredit),
    compare('receivables = 1122 debits', figures.receivables, debit('1122')),
    compare('sales and VAT = 1122 debits', sum([credit('6001'), credit('2221')]), debit('1122')),
    compare('captured = 1002 debits', figures.paid, debit('1002')),
    compare('open receivables = 1122', figures.outstanding, balance('1122')),
    compare('stock value = 1405', figures.stockValue, balance('1405')),
  ]
}

function totalOf({ total }: PlannedOrder): Decimal {
  return decimal(total)
}

function amountOf({ amount }: Transfer): Decimal {
  return decimal(amount)
}

function accountsOf({ accounts }: TrialBalance) {
  const byAccount = new Map(accounts.map((row) => [row.account, row]))
  const side = (name: 'debit' | 'credit' | 'balance') => (account: string) =>
    byAccount.get(account)?.[name] ?? decimal(0)
  return { debit: side('debit'), credit: side('credit'), balance: side('balance') }
}

function compare(what: string, expected: Figure, found: Figure): Comparison {
  const agrees = decimal(String(expected)).equals(String(found))
  return { what, expected: shown(expected), found: shown(found), agrees }
}

type Figure = Decimal | string | number

/** With commas between thousands; amounts with at least two places. */
function shown(figure: Figure): string {
  if (typeof figure === 'number') return figure.toLocaleString('en')
  const value = decimal(String(figure))
  const [whole = '', places] = value.toFixed(Math.max(2, value.decimalPlaces())).split('.')
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${places}`
}

/** The summary as a table for people. */
export function tableOf({ comparisons, agrees }: Summary): string {
  const head = { what: 'figure', expected: 'expected', found: 'tradeline', agrees: true }
  const rows = [head, ...comparisons].map(({ what, expected, found, agrees: isSame }) =>
    [what.padEnd(30), expected.padStart(16), found.padStart(16), isSame ? '' : '  DIFFERS'].join(
      '',
    ),
  )
  const verdict = agrees ? 'Every figure agrees.' : 'Figures differ.'
  return `\n${rows.join('\n')}\n\n${verdict}\n`
}
