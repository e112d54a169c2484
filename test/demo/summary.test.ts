import { test } from 'tap'
import { loadNorthwind } from '../../demo/demo.ts'
import type { Figures } from '../../demo/figures.ts'
import { planOf } from '../../demo/plan.ts'
import { KNOWN, summaryOf, tableOf } from '../../demo/summary.ts'
import { decimal, sum } from '../../domain/kernel/money.ts'

const plan = planOf(await loadNorthwind())
const shipped = decimal('1303810.87')
const stock = decimal('100.00')

const account = (code: string, debit: string, credit: string) => {
  const balance = decimal(debit).minus(credit)
  return { account: code, debit: decimal(debit), credit: decimal(credit), balance }
}

const amounts = plan.transfers.map(({ amount }) => decimal(amount))
const paidIn = sum(amounts.filter((amount) => amount.isPositive()))
const paidOut = sum(amounts.filter((amount) => amount.isNegative())).negated()
const charges = plan.transfers.filter(({ truth }) => truth.kind === 'charge')
const short = plan.transfers.flatMap(({ truth }) => (truth.kind === 'orders' ? truth.short : []))
const months = new Set(plan.days.map(({ date }) => date.slice(0, 7))).size

const right: Figures = {
  orders: KNOWN.orders,
  lines: KNOWN.lines,
  linesBeforeDiscount: decimal(KNOWN.linesBeforeDiscount),
  linesAfterDiscount: decimal(KNOWN.linesAfterDiscount),
  linesRounded: decimal(KNOWN.linesRounded),
  freight: decimal(KNOWN.freight),
  total: decimal('1330735.98'),
  neverShipped: KNOWN.neverShipped,
  shippedLate: KNOWN.shippedLate,
  receivables: shipped,
  outstanding: decimal('0'),
  paid: paidIn,
  stockValue: stock,
  trialBalance: {
    accounts: [
      account('1002', paidIn.toString(), paidOut.toString()),
      account('1122', '1303810.87', '1303810.87'),
      account('1405', '100', '0'),
      account('2221', '0', '147918.82'),
      account('6001', '0', '1155892.05'),
      account('6603', decimal('12.5').times(charges.length).toString(), '0'),
      account('6702', sum(short.map((text) => decimal(text))).toString(), '0'),
    ],
    totalDebit: decimal('5'),
    totalCredit: decimal('5'),
  },
  statementLines: plan.transfers.length,
  statementLinesBooked: plan.transfers.length,
  monthsClosed: months,
  balanceSheet: { totalAssets: decimal('7'), totalLiabilitiesAndEquity: decimal('7') },
}

test('figures that are all as known agree', async (t) => {
  t.ok(summaryOf(plan, right).agrees)
})

test('a cent more anywhere is seen, and said', async (t) => {
  const wrong = { ...right, freight: right.freight.plus('0.01'), total: right.total.plus('0.01') }
  const summary = summaryOf(plan, wrong)
  t.equal(summary.agrees, false)
  t.strictSame(
    summary.comparisons.filter(({ agrees }) => !agrees),
    [{ what: 'freight', expected: '64,942.69', found: '64,942.70', agrees: false }],
  )
  t.match(tableOf(summary), /freight +64,942\.69 +64,942\.70 +DIFFERS/)
})

test('an account that does not agree with what it stands for is seen', async (t) => {
  const summary = summaryOf(plan, { ...right, outstanding: decimal('1') })
  t.match(
    summary.comparisons.filter(({ agrees }) => !agrees),
    [{ what: 'open receivables = 1122' }],
  )
})
