/** The balance sheet: what there is, whom it is owed to, and what the periods earned. */

import { type Decimal, decimal, sum, toAmount } from '../domain/kernel/money.ts'
import { type AccountClass, accountOf, type Chart, namesOf } from '../domain/ledger/chart.ts'
import { type Balance, type BalanceQuery, balancesOf, knownAt } from './balances.ts'
import { today } from './business-day.ts'
import type { ReadPorts } from './ports.ts'

type Entry = Readonly<{ code: string; period: string; kind: AccountClass; net: Decimal }>

/** Classes whose balance stands on the debit side. */
const ON_DEBIT: ReadonlySet<AccountClass> = new Set(['asset', 'expense'])

/** Each class, the periods' results, and both totals, which are equal. */
export async function balanceSheet(
  { db, timeZone, chart }: Pick<ReadPorts, 'db' | 'timeZone' | 'chart'>,
  query: BalanceQuery,
) {
  const known = knownAt(query, timeZone)
  const asOf = query.asOf ?? (await today(db))
  const entries = (await balancesOf(db, asOf, known)).map((row) => entryOf(chart, row))
  const of = (kind: AccountClass) => entries.filter((entry) => entry.kind === kind)
  const [assets, liabilities, equity] = [of('asset'), of('liability'), of('equity')]
  const result = totalOf(of('income')).minus(totalOf(of('expense')))
  const claims = totalOf(liabilities).plus(totalOf(equity)).plus(result)
  return {
    asOf,
    ...(known === undefined ? {} : { known: known.toISOString() }),
    assets: section(chart, assets),
    liabilities: section(chart, liabilities),
    equity: section(chart, equity),
    income: section(chart, of('income')),
    expenses: section(chart, of('expense')),
    result: toAmount(result),
    periods: resultsByPeriod(entries),
    totalAssets: toAmount(totalOf(assets)),
    totalLiabilitiesAndEquity: toAmount(claims),
  }
}

/** An account that the chart does not have any more is taken to be an asset: nothing is left out. */
function entryOf(chart: Chart, { account: code, period, debit, credit }: Balance): Entry {
  const kind = accountOf(chart, code)?.class ?? 'asset'
  const onDebit = decimal(debit).minus(credit)
  return { code, period, kind, net: ON_DEBIT.has(kind) ? onDebit : onDebit.negated() }
}

function totalOf(entries: readonly Entry[]): Decimal {
  return sum(entries.map(({ net }) => net))
}

function section(chart: Chart, entries: readonly Entry[]) {
  const byCode = [...Map.groupBy(entries, ({ code }) => code)]
  return {
    accounts: byCode.map(([code, theirs]) => ({
      account: code,
      names: namesOf(chart, code),
      balance: toAmount(totalOf(theirs)),
    })),
    total: toAmount(totalOf(entries)),
  }
}

function resultsByPeriod(entries: readonly Entry[]) {
  const earning = entries.filter(({ kind }) => kind === 'income' || kind === 'expense')
  const periods = [...Map.groupBy(earning, ({ period }) => period)].sort(([one], [other]) =>
    one < other ? -1 : 1,
  )
  return periods.map(([period, theirs]) => {
    const income = totalOf(theirs.filter(({ kind }) => kind === 'income'))
    const expenses = totalOf(theirs.filter(({ kind }) => kind === 'expense'))
    return {
      period,
      income: toAmount(income),
      expenses: toAmount(expenses),
      result: toAmount(income.minus(expenses)),
    }
  })
}
