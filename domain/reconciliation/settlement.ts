/** A provider's lines: each names the payment that it collected. */

import { centsOf } from './cents.ts'
import { exception, isReconciled, outside, type Reading, type Run } from './run.ts'
import type { MatchResult } from './types.ts'

/** Undefined for a line that is no settlement. */
export function bySettlement(run: Run, reading: Reading): MatchResult | undefined {
  const { settlement } = reading.line
  if (settlement === undefined) return undefined
  const { paymentId, gross, fee } = settlement
  const payment = run.index.payments.get(paymentId)
  if (payment === undefined || payment.item.via !== 'provider') {
    const message = 'There is no payment of this id at the provider.'
    return exception(reading, 'settlement', 'no-counterpart', message)
  }
  const refused = (code: 'duplicate' | 'partial' | 'over-paid', message: string) => ({
    ...exception(reading, 'settlement', code, message, [[payment]]),
    dealerId: payment.item.dealerId,
  })
  if (isReconciled(payment) || run.taken.has(payment.id)) {
    return refused('duplicate', 'The payment is settled already.')
  }
  const collected = centsOf(gross)
  if (collected < payment.cents) return refused('partial', 'The provider collected less.')
  if (collected > payment.cents) return refused('over-paid', 'The provider collected more.')
  run.taken.set(payment.id, reading.line.line)
  const counterpart = { settles: paymentId, gross, fee }
  const message = 'The provider settles this payment.'
  return outside(reading, 'matched', 'settlement', counterpart, message, payment.item.dealerId)
}
