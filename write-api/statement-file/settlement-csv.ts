/** What a provider collected and pays out, in our own format (docs/statement-files.md). */

import type { FileRow } from '../../commands/imports/declaration.ts'
import { decimal } from '../../domain/kernel/money.ts'
import { PaymentId } from '../../domain/kernel/values.ts'
import { refuseCurrency } from './bank-csv.ts'
import type { Places, SETTLEMENT_COLUMNS } from './columns.ts'
import { type Cells, cellsOf, isFooter } from './csv-rows.ts'
import { createFaults, type Faults, shown } from './faults.ts'
import { type ReadFile, type ReadLine, refuseTooMany, written } from './statement.ts'
import { amountIn, dateIn, isZero, negated } from './values.ts'

type Column = keyof typeof SETTLEMENT_COLUMNS

export function isSettlementHeading(columns: ReadonlySet<Column>): boolean {
  return (['date', 'paymentId', 'gross', 'fee', 'net'] as const).every((one) => columns.has(one))
}

/** Throws a problem if any row is at fault. */
export async function readSettlementCsv(
  rows: AsyncIterable<FileRow>,
  places: Places<Column>,
  currency: string,
): Promise<ReadFile> {
  const faults = createFaults()
  const lines: ReadLine[] = []
  for await (const row of rows) {
    const cells = cellsOf(row, places, faults)
    if (isFooter(row, dateIn(cells.text('date')).ok)) continue
    refuseCurrency(cells, currency, faults)
    lines.push(...linesOf(cells, faults))
    refuseTooMany(lines.length)
  }
  faults.refuseAny()
  return { format: 'settlement', source: 'provider', lines, leftOut: 0 }
}

const PAYMENT = /^(?:|payment|pay|支付|交易|收款|消费)$/i
const REFUND = /^(?:refund|退款)$/i

function linesOf(cells: Cells<Column>, faults: Faults): readonly ReadLine[] {
  const { row, text } = cells
  const date = dateIn(text('date'))
  if (!date.ok) faults.add(row, 'date', date.broken)
  const paymentId = text('paymentId')
  if (!PaymentId.safeParse(paymentId).success) {
    faults.add(row, 'paymentId', { rule: 'not-an-id', message: `${shown(paymentId)} is no id` })
  }
  const type = text('type')
  const isRefund = REFUND.test(type)
  if (!isRefund && !PAYMENT.test(type)) {
    const message = `${shown(type)} must be payment (支付) or refund (退款)`
    faults.add(row, 'type', { rule: 'type-unknown', message })
  }
  const sums = sumsOf(cells, isRefund, faults)
  if (!date.ok || sums === undefined) return []
  const line = {
    date: date.value,
    ...(text('settlementId') !== '' && { bankId: written(text('settlementId')) }),
  }
  const account = text('provider')
  const { gross, fee, net } = sums
  if (!isRefund) {
    const settled = { amount: net, text: paymentId, settlement: { paymentId, gross, fee } }
    return [{ account, line: { ...line, ...settled } }]
  }
  const refund = { amount: gross, text: written(text('refundId'), paymentId) }
  const back = { amount: negated(fee), text: written('fee', refund.text), kind: 'charge' as const }
  const all = isZero(fee) ? [refund] : [refund, back]
  return all.map((one) => ({ account, line: { ...line, ...one } }))
}

type Sums = Readonly<{ gross: string; fee: string; net: string }>

/** Of a payment above zero; of a refund below, with the fee that is given back. */
function sumsOf(cells: Cells<Column>, isRefund: boolean, faults: Faults): Sums | undefined {
  const { row, text } = cells
  const read = (['gross', 'fee', 'net'] as const).map((column) => {
    const value = amountIn(text(column))
    if (!value.ok) faults.add(row, column, value.broken)
    return value.ok ? value.value : undefined
  })
  const [gross, fee, net] = read
  if (gross === undefined || fee === undefined || net === undefined) return undefined
  const isTurned = isRefund && !gross.startsWith('-')
  const sums = isTurned
    ? { gross: negated(gross), fee: negated(fee), net: negated(net) }
    : { gross, fee, net }
  return checkedSums(sums, isRefund, row, faults)
}

function checkedSums(sums: Sums, isRefund: boolean, row: number, faults: Faults): Sums | undefined {
  const [gross, fee, net] = [decimal(sums.gross), decimal(sums.fee), decimal(sums.net)]
  const faultless = (isRefund ? gross.negated() : gross).greaterThan(0)
  if (!faultless) {
    faults.add(row, 'gross', {
      rule: 'gross-sign',
      message: 'must be above zero, of a refund below',
    })
  } else if ((isRefund ? fee.negated() : fee).lessThan(0)) {
    faults.add(row, 'fee', { rule: 'fee-sign', message: 'has the wrong sign' })
  } else if (!gross.minus(fee).equals(net)) {
    faults.add(row, 'net', { rule: 'net-sum', message: 'must be gross less fee' })
  } else if (net.isZero()) {
    faults.add(row, 'net', { rule: 'net-zero', message: 'must not be zero' })
  } else {
    return sums
  }
  return undefined
}
