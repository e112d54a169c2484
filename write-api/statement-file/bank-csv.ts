/** Movements of an account in CSV, as banks export them in English and Chinese. */

import type { FileRow } from '../../commands/imports/declaration.ts'
import type { BANK_COLUMNS, Places } from './columns.ts'
import { type Cells, cellsOf, isBlank, isFooter } from './csv-rows.ts'
import { createFaults, type Faults, shown } from './faults.ts'
import { type ReadFile, type ReadLine, refuseTooMany, written } from './statement.ts'
import { amountIn, dateIn, isZero, negated } from './values.ts'

type Column = keyof typeof BANK_COLUMNS

/** Whether a row with these headings heads a bank's statement. */
export function isBankHeading(columns: ReadonlySet<Column>): boolean {
  return (
    columns.has('date') && (columns.has('amount') || columns.has('credit') || columns.has('debit'))
  )
}

/** Throws a problem if any row is at fault. */
export async function readBankCsv(
  above: readonly FileRow[],
  rows: AsyncIterable<FileRow>,
  places: Places<Column>,
  currency: string,
): Promise<ReadFile> {
  const faults = createFaults()
  const lines: ReadLine[] = []
  const account = accountAbove(above)
  let leftOut = 0
  for await (const row of rows) {
    const cells = cellsOf(row, places, faults)
    if (isFooter(row, dateIn(cells.text('date')).ok)) continue
    const line = lineOf(cells, account, currency, faults)
    if (line === 'zero') leftOut += 1
    else if (line !== undefined) lines.push(line)
    refuseTooMany(lines.length)
  }
  faults.refuseAny()
  return { format: 'csv', source: 'bank', lines, leftOut }
}

function lineOf(
  cells: Cells<Column>,
  accountAbove: string,
  currency: string,
  faults: Faults,
): ReadLine | 'zero' | undefined {
  const { row, text } = cells
  const date = dateIn(text('date'))
  if (!date.ok) faults.add(row, 'date', date.broken)
  const valueOn = isBlank(text('valueOn')) ? undefined : dateIn(text('valueOn'))
  if (valueOn?.ok === false) faults.add(row, 'valueOn', valueOn.broken)
  const amount = signedAmount(cells, faults)
  refuseCurrency(cells, currency, faults)
  if (!date.ok || amount === undefined) return undefined
  if (isZero(amount)) return 'zero'
  const isOut = amount.startsWith('-')
  const name = (isOut && text('payeeName')) || text('payerName')
  const account = (isOut && text('payeeAccount')) || text('payerAccount')
  const line = {
    date: date.value,
    ...(valueOn?.ok && valueOn.value !== date.value && { valueOn: valueOn.value }),
    amount,
    text: cells.texts,
    ...(!isBlank(name) && { payerName: written(name) }),
    ...(!isBlank(account) && { payerAccount: written(account) }),
    ...(!isBlank(text('bankId')) && { bankId: written(text('bankId')) }),
  }
  return { account: text('account') || accountAbove, line }
}

function signedAmount(cells: Cells<Column>, faults: Faults): string | undefined {
  const { row, text } = cells
  const given = (['amount', 'credit', 'debit'] as const).filter((one) => !isBlank(text(one)))
  const read = given.flatMap((column) => {
    const value = amountIn(text(column))
    if (value.ok) return { column, amount: value.value }
    faults.add(row, column, value.broken)
    return []
  })
  if (read.length < given.length) return undefined
  const sides = read.filter(({ column }) => column !== 'amount')
  const moved = sides.filter(({ amount }) => !isZero(amount))
  if (moved.length > 1) {
    faults.add(row, 'debit', { rule: 'both-sides', message: 'has an amount, and credit has too' })
    return undefined
  }
  const [side = sides[0]] = moved
  if (side !== undefined) return side.column === 'debit' ? negated(side.amount) : side.amount
  const [plain] = read
  if (plain === undefined) {
    faults.add(row, 'amount', { rule: 'empty', message: 'is empty' })
    return undefined
  }
  return cells.has('direction') ? directed(plain.amount, cells, faults) : plain.amount
}

const CREDIT = /^(?:c|cr|crdt|credit|in|贷|贷方|收|收入|转入|来账|\+)$/i
const DEBIT = /^(?:d|dr|dbit|debit|out|借|借方|支|付|支出|转出|往账|-)$/i

/** By its direction; a credit below zero takes an earlier one back. */
function directed(
  amount: string,
  { row, text }: Cells<Column>,
  faults: Faults,
): string | undefined {
  const direction = text('direction')
  if (CREDIT.test(direction)) return amount
  if (DEBIT.test(direction)) return amount.startsWith('-') ? amount : negated(amount)
  const message = `${shown(direction)} must be credit (贷) or debit (借)`
  faults.add(row, 'direction', { rule: 'direction-unknown', message })
  return undefined
}

const OWN_NAMES: Readonly<Record<string, readonly string[]>> = {
  CNY: ['CNY', 'RMB', '人民币', '人民币元', '156', '元'],
}

export function refuseCurrency(
  { row, text }: Pick<Cells<'currency'>, 'row' | 'text'>,
  currency: string,
  faults: Faults,
): void {
  const stated = text('currency').toUpperCase()
  if (isBlank(stated) || (OWN_NAMES[currency] ?? [currency]).includes(stated)) return
  const message = `${shown(stated)} must be ${currency}`
  faults.add(row, 'currency', { rule: 'currency', message })
}

const ACCOUNT_LABEL = /^(?:账号|帐号|账户|本方账号|本方帐号|查询账号|account(?: number| no\.?)?)$/i
const ACCOUNT = /^[\dA-Z][\dA-Z -]{5,40}$/i

/** Programs write the account above the headings: `账号：6222…`, in one cell or in two. */
function accountAbove(rows: readonly FileRow[]): string {
  for (const { cells } of rows) {
    const texts = cells.flatMap((cell) => (cell.kind === 'text' ? cell.text.split(/[:：]/) : ''))
    const at = texts.findIndex((text) => ACCOUNT_LABEL.test(text.trim()))
    const after = texts.slice(at + 1).find((text) => text.trim() !== '')
    if (at >= 0 && after !== undefined && ACCOUNT.test(after.trim())) return after.trim()
  }
  return ''
}
