/** Lines that say themselves what they are: what the bank keeps, and what it takes back. */

import { type ByAmount, byDealerAndAmount, type Entry, isPayment } from './book-index.ts'
import { paymentsNamed } from './named.ts'
import { dealerOf, exception, outside, type Reading, type Run } from './run.ts'
import type { MatchResult, PaymentItem } from './types.ts'
import { soundsLikeCharge } from './wording.ts'

/** The bank's code says that it is a charge (or interest), or that it sends money back that it had sent. */
export function byCode(reading: Reading): MatchResult | undefined {
  const { line, isOut } = reading
  if (line.kind === 'charge') {
    const message = `The bank's code says that it is ${isOut ? 'a charge' : 'interest or a charge given back'}.`
    return outside(reading, 'matched', 'bank-code', { charge: true }, message)
  }
  if (line.kind === 'bounce' && !isOut) {
    const message = 'The bank gave back money that had gone out.'
    return exception(reading, 'bank-code', 'no-counterpart', message)
  }
  return undefined
}

export function byWording(reading: Reading): MatchResult | undefined {
  const { line, payers } = reading
  if (payers.length > 0 || !soundsLikeCharge(line.text)) return undefined
  const message = 'The text speaks of a charge or of interest.'
  return outside(reading, 'suggested', 'wording', { charge: true }, message)
}

/** Payments whose money came, by who paid and how much. */
export function cameIn({ index }: Run): ReadonlyMap<string, ByAmount> {
  return byDealerAndAmount([...index.payments.values()].filter(hasCome))
}

function hasCome({ item }: Entry): boolean {
  return item.kind === 'payment' && item.state !== 'open' && item.via === 'bank'
}

/** Money goes out that names a payment which came in, or that is called returned and is as much as one. */
export function byBounce(
  reading: Reading,
  came: ReadonlyMap<string, ByAmount>,
): MatchResult | undefined {
  const { cents, dealerId = '', line, isDoubtful } = reading
  const named = paymentsNamed(reading).filter((entry) => hasCome(entry) && entry.cents === cents)
  const isCalledSo = isDoubtful || line.kind === 'bounce'
  const theirs = (isCalledSo ? came.get(dealerId)?.get(cents) : undefined) ?? []
  const [payment, ...others] = named.length > 0 ? named : theirs
  if (payment === undefined || others.length > 0 || !isPayment(payment)) return undefined
  return bounced(reading, payment, named.length > 0)
}

function bounced(reading: Reading, payment: Entry<PaymentItem>, isNamed: boolean): MatchResult {
  const counterpart = { bounce: payment.item.paymentId }
  const message = 'The bank seems to take the money of this payment back.'
  const rule = isNamed ? 'named' : 'payer-amount'
  return outside(reading, 'suggested', rule, counterpart, message, dealerOf(payment))
}
