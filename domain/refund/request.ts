/** How a refund begins: a person asks for unapplied cash, a return for what it made payable. */

import type { DecisionContext } from '../context.ts'
import type { RefundWay } from '../facility/values.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import { notCaptured, unknownPayment } from '../payment/refusals.ts'
import { RefundRequested } from './events.ts'
import { type CashFacts, leftOf, type PaymentFacts } from './facts.ts'
import {
  exceedsCash,
  exceedsPayable,
  exceedsPayment,
  notReceived,
  refundIdReused,
  unknownRefund,
  wrongStatus,
} from './refusals.ts'
import type { Refund, RefundState } from './state.ts'

type Requested = EventOf<typeof RefundRequested>['data']

export type RequestRefund = Readonly<{
  paymentId: string
  refundId: string
  amount: string
  reason: string
  to: RefundWay
}>

type Found = Readonly<{
  payment: PaymentFacts | undefined
  cash: CashFacts | undefined
}>

/**
 * Asks for unapplied cash of a payment's dealer. The same again changes nothing. Refuses
 * `idempotency-key-reused`, `payment-unknown`, `payment-not-captured`, `payment-not-received`,
 * `refund-exceeds-payment`, `refund-exceeds-cash`.
 */
export function requestRefund(
  state: RefundState,
  { paymentId, refundId, amount, reason, to }: RequestRefund,
  { payment, cash }: Found,
  context: DecisionContext,
): Decision {
  const wanted = toAmount(decimal(amount))
  const asked = { refundId, paymentId, amount: wanted, reason, to }
  if (state) return isAgain(state, asked) ? accept() : refundIdReused(state)
  if (payment === undefined) return unknownPayment(paymentId)
  const { facilityId, dealerId, method } = payment
  if (facilityId === undefined || payment.status !== 'captured') {
    return notCaptured(paymentId, payment.status)
  }
  const terms = {
    ...asked,
    ...{ dealerId, facilityId, source: 'unapplied-cash' as const },
    method: to === 'original' ? method : ('bank-transfer' as const),
  }
  return begin(terms, { payment, cash }, context)
}

/** What was asked for by hand, or in place of another refund, is the same. */
function isAgain({ requested }: Refund, asked: Partial<Requested>): boolean {
  return (
    requested.repeats === asked.repeats &&
    requested.paymentId === asked.paymentId &&
    requested.returnId === asked.returnId &&
    requested.amount === asked.amount &&
    requested.reason === asked.reason &&
    requested.to === asked.to
  )
}

/** As far as it can be seen from here; payment and facility decide when it is set aside. */
function begin(
  terms: Omit<Requested, 'needsApproval'>,
  { payment, cash }: Found,
  { policy }: DecisionContext,
): Decision {
  const { paymentId, dealerId, returnId, amount, to } = terms
  if (payment && paymentId !== undefined && to === 'original') {
    const left = leftOf(payment)
    const { captured, givenBack } = payment
    const figures = { captured, givenBack, refundable: toAmount(left), wanted: amount }
    if (left.lessThan(amount)) return exceedsPayment({ paymentId, ...figures })
  }
  if (cash?.received === false && paymentId !== undefined) return notReceived(paymentId)
  const refundable = cash?.refundable ?? '0.00'
  if (decimal(refundable).lessThan(amount)) {
    const figures = { dealerId, refundable, wanted: amount }
    return returnId === undefined ? exceedsCash(figures) : exceedsPayable({ ...figures, returnId })
  }
  const needsApproval = decimal(amount).greaterThan(policy.refundApprovalOver)
  return accept(RefundRequested({ ...terms, needsApproval }))
}

export type RepeatRefund = Readonly<{
  failedRefundId: string
  refundId: string
  reason: string
  to: RefundWay
}>

type Failed = Readonly<{ status: string; requested: Requested }>

/**
 * Asks again for what a refund that was not paid was for, under an id of its own. Refuses as
 * `requestRefund` does, and `refund-unknown`, `refund-<status>`, `refund-without-payment`.
 */
export function repeatRefund(
  state: RefundState,
  { failedRefundId, refundId, reason, to }: RepeatRefund,
  { failed, payment, cash }: Found & Readonly<{ failed: Refund | undefined }>,
  context: DecisionContext,
): Decision {
  if (failed === undefined) return unknownRefund(failedRefundId)
  const { needsApproval: _, ...before } = failed.requested
  const asked = { ...before, refundId, reason, to, repeats: failedRefundId }
  if (state) return isAgain(state, asked) ? accept() : refundIdReused(state)
  if (!isUnpaid(failed)) return wrongStatus(failed, 'only what was not paid is asked for again')
  if (to === 'bank') {
    return begin({ ...asked, method: 'bank-transfer' }, { payment, cash }, context)
  }
  if (payment === undefined) return withoutPayment(failedRefundId)
  return begin({ ...asked, method: payment.method }, { payment, cash }, context)
}

function isUnpaid({ status }: Failed): boolean {
  return status === 'failed' || status === 'rejected'
}

function withoutPayment(refundId: string): Decision {
  return refuse('refund-without-payment', {
    message: `refund ${refundId} is of no payment, so that it can't go back the way one came`,
    inputs: { refundId },
    ways: ['refund it by bank transfer'],
  })
}

export type RequestReturnRefund = Readonly<{
  refundId: string
  paymentId?: string | undefined
  dealerId: string
  facilityId: string
  returnId: string
  amount: string
  reason?: string | undefined
}>

/**
 * Asks for what a return made payable: by the original way as far as its payment can give so much back,
 * else by bank transfer. Refuses `idempotency-key-reused` only.
 */
export function requestReturnRefund(
  state: RefundState,
  { paymentId, amount, reason, ...input }: RequestReturnRefund,
  payment: PaymentFacts | undefined,
  { policy }: DecisionContext,
): Decision {
  const { returnId } = input
  const wanted = toAmount(decimal(amount))
  if (state) {
    const { requested } = state
    const isSame = requested.returnId === returnId && requested.amount === wanted
    return isSame ? accept() : refundIdReused(state)
  }
  const isEnough = payment?.status === 'captured' && !leftOf(payment).lessThan(wanted)
  return accept(
    RefundRequested({
      ...input,
      ...(paymentId !== undefined && { paymentId }),
      amount: wanted,
      reason: reason ?? `return ${returnId}`,
      to: isEnough ? 'original' : 'bank',
      method: payment && isEnough ? payment.method : 'bank-transfer',
      source: 'return',
      needsApproval: decimal(wanted).greaterThan(policy.refundApprovalOver),
    }),
  )
}
