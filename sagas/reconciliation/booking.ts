/** Which command books a line of a statement on what it was matched with. */

import { type Counterpart, receiptIdOf } from '../../domain/bankStatement/events.ts'
import { decimal, toAmount } from '../../domain/kernel/money.ts'
import type { LocalDate } from '../../domain/kernel/values.ts'
import type { SagaCommand } from '../saga.ts'

export type LineToBook = Readonly<{
  lineId: string
  lineKey: string
  counterpart: Exclude<Counterpart, { charge: true }>
  /** Signed: below zero it went out. */
  amount: string
  valueOn: LocalDate
  reference?: string | undefined
  dealerId?: string | undefined
  clearedFrom?: 'suspense' | undefined
  attempt: number
  /** Whether another amount than was expected is taken. */
  accept: 'exact' | 'any'
}>

/** The owner of the counterpart answers with an event that names the line. */
export function bookingOf(book: LineToBook): SagaCommand {
  const { lineId, lineKey, counterpart, valueOn: effectiveOn, attempt, accept } = book
  const signed = toAmount(decimal(book.amount))
  const amount = toAmount(decimal(book.amount).abs())
  const line = { lineId, effectiveOn }
  const told = optional({ reference: book.reference, clearedFrom: book.clearedFrom })
  if ('paymentId' in counterpart) {
    const { paymentId } = counterpart
    const input = { paymentId, ...line, amount, ...told, accept, attempt }
    return { command: 'BookStatementLine', input }
  }
  if ('receivableIds' in counterpart) {
    const { receivableIds } = counterpart
    const paymentId = receiptIdOf(lineKey)
    const { dealerId } = book
    const of = { paymentId, dealerId, method: 'bank-transfer', orderIds: [], receivableIds }
    return { command: 'RecordReceipt', input: { ...of, ...line, amount, ...told } }
  }
  if ('refundId' in counterpart) {
    const { refundId } = counterpart
    const input = { refundId, ...line, amount, ...optional({ reference: book.reference }), attempt }
    return { command: 'PayRefundFromLine', input }
  }
  if ('bounce' in counterpart) {
    const paymentId = counterpart.bounce
    return { command: 'BounceFromLine', input: { paymentId, ...line, amount, attempt } }
  }
  if ('settlement' in counterpart) {
    const statementId = counterpart.settlement
    return { command: 'FindSettlement', input: { statementId, lineId, amount: signed, attempt } }
  }
  const { settles: paymentId, gross, fee } = counterpart
  return { command: 'SettleAtProvider', input: { paymentId, ...line, gross, fee, attempt } }
}

/** Without the fields that are undefined. */
function optional(fields: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
