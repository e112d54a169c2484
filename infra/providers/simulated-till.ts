/** What a simulated provider knows and does: orders, who pays them, refunds. It never does a thing twice. */

import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { decimal, sum, toAmount } from '../../domain/kernel/money.ts'
import type { PaymentAnswer, RefundAnswer } from './words.ts'

/** How a simulated provider misbehaves, each as a share in a thousand; what a share hits follows from the seed. */
export type Temper = Readonly<{
  /** Answers 500, and did nothing. */
  fails: number
  /** Did it, and its answer is lost. */
  losesAnswers: number
  /** Answers late. */
  isSlow: number
  /** A payer says no. */
  denies: number
  /** Says nothing of what happened. */
  losesCallbacks: number
  refundsFail: number
  refundsAreSlow: number
}>

export const FAITHFUL: Temper = {
  fails: 0,
  losesAnswers: 0,
  isSlow: 0,
  denies: 0,
  losesCallbacks: 0,
  refundsFail: 0,
  refundsAreSlow: 0,
}

/** Whole numbers from 0 on, below a bound, that follow from a seed and from what is drawn for. */
export type Chance = (below: number, ...what: readonly (string | number)[]) => number

export function chanceOf(seed: number): Chance {
  return (below, ...what) => {
    const digest = createHash('sha256')
      .update(JSON.stringify([seed, ...what]))
      .digest()
    return digest.readUIntBE(0, 6) % below
  }
}

type Kept = {
  readonly amount: string
  readonly providerReference: string
  answer: PaymentAnswer
  readonly refunds: Map<string, RefundAnswer & Readonly<{ amount: string }>>
}

const MOST_PAYMENTS = 50_000
const MOST_REFUNDS = 1_000

/** An account behind a mandate that ends so has nothing in it. */
const NO_COVER = 'empty'

export type Till = Readonly<{
  /** The order as it is; opened if it was not there. */
  order: (asked: Readonly<{ paymentId: string; amount: string }>) => PaymentAnswer
  debit: (
    asked: Readonly<{ paymentId: string; amount: string; mandateReference: string }>,
  ) => PaymentAnswer
  find: (paymentId: string) => PaymentAnswer | undefined
  /** The payer pays: also what was closed; what is paid stays so. Undefined: there is no such order. */
  pay: (paymentId: string) => PaymentAnswer | undefined
  deny: (paymentId: string) => PaymentAnswer | undefined
  /** A text says why not. */
  refund: (
    paymentId: string,
    asked: Readonly<{ refundId: string; amount: string }>,
  ) => RefundAnswer | string
  findRefund: (paymentId: string, refundId: string) => RefundAnswer | undefined
}>

type Options = Readonly<{
  provider: string
  temper: Temper
  chance: Chance
  now: () => Date
  /** What the payer scans. */
  qrOf: (paymentId: string) => string
}>

export function createTill({ provider, temper, chance, now, qrOf }: Options): Till {
  const kept = new LRUCache<string, Kept>({ max: MOST_PAYMENTS })

  function open(paymentId: string, amount: string, withQr: boolean): Kept {
    const known = kept.get(paymentId)
    if (known !== undefined) return known
    const providerReference = `${provider}-${paymentId}`
    const qr = withQr ? { qr: qrOf(paymentId) } : {}
    const answer = { paymentId, status: 'open', providerReference, ...qr } as const
    const payment = {
      amount: toAmount(decimal(amount)),
      providerReference,
      answer,
      refunds: new Map(),
    }
    kept.set(paymentId, payment)
    return payment
  }

  function pay(payment: Kept): PaymentAnswer {
    const { amount, providerReference, answer } = payment
    if (answer.status === 'paid') return answer
    const paidAt = now().toISOString()
    const { paymentId } = answer
    payment.answer = { paymentId, status: 'paid', providerReference, amount, paidAt }
    return payment.answer
  }

  function close(payment: Kept, reason: string): PaymentAnswer {
    const { providerReference, answer } = payment
    if (answer.status !== 'open') return answer
    const { paymentId } = answer
    payment.answer = { paymentId, status: 'closed', providerReference, reason }
    return payment.answer
  }

  function refundOf(refundId: string): RefundAnswer {
    if (chance(1000, 'refund fails', refundId) < temper.refundsFail) {
      return { refundId, status: 'failed', reason: 'the account of the payer is closed' }
    }
    return chance(1000, 'refund is slow', refundId) < temper.refundsAreSlow
      ? { refundId, status: 'open' }
      : { refundId, status: 'refunded', providerReference: `${provider}-${refundId}` }
  }

  return {
    order: ({ paymentId, amount }) => open(paymentId, amount, true).answer,
    debit({ paymentId, amount, mandateReference }) {
      const payment = open(paymentId, amount, false)
      if (payment.answer.status !== 'open') return payment.answer
      return mandateReference.endsWith(NO_COVER) ? close(payment, 'no cover') : pay(payment)
    },
    find: (paymentId) => kept.get(paymentId)?.answer,
    pay(paymentId) {
      const payment = kept.get(paymentId)
      return payment && pay(payment)
    },
    deny(paymentId) {
      const payment = kept.get(paymentId)
      return payment && close(payment, 'the payer said no')
    },
    refund(paymentId, { refundId, amount }) {
      const payment = kept.get(paymentId)
      const known = payment?.refunds.get(refundId)
      if (known !== undefined) return known
      if (payment?.answer.status !== 'paid') return 'nothing was paid'
      const gone = [...payment.refunds.values()]
        .filter(({ status }) => status !== 'failed')
        .map((refund) => decimal(refund.amount))
      const left = decimal(payment.amount).minus(sum(gone))
      if (decimal(amount).greaterThan(left)) return `no more than ${toAmount(left)} is left`
      if (payment.refunds.size >= MOST_REFUNDS) return 'it was refunded too often'
      const refund = { ...refundOf(refundId), amount }
      payment.refunds.set(refundId, refund)
      return refund
    },
    findRefund(paymentId, refundId) {
      const payment = kept.get(paymentId)
      const refund = payment?.refunds.get(refundId)
      if (payment === undefined || refund?.status !== 'open') return refund
      // What was slow is done when it is asked for again.
      const done = {
        refundId,
        status: 'refunded',
        providerReference: `${provider}-${refundId}`,
      } as const
      payment.refunds.set(refundId, { ...done, amount: refund.amount })
      return done
    },
  }
}
