/** What goes back the way a payment came: never more than it captured. */

import { accept, type Decision } from '../kernel/decision.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import {
  PaymentRefunded,
  PaymentRefundRefused,
  PaymentRefundReleased,
  PaymentRefundReserved,
} from './events.ts'
import { unknownPayment } from './refusals.ts'
import type { PaymentState } from './state.ts'

export type ReservePaymentRefund = Readonly<{
  paymentId: string
  refundId: string
  amount: string
}>

/** Sets money aside for a refund, or says by an event that there is not so much. A refund's id counts once. */
export function reservePaymentRefund(
  state: PaymentState,
  { paymentId, refundId, amount }: ReservePaymentRefund,
): Decision {
  if (state === undefined) return unknownPayment(paymentId)
  if (state.refunds.has(refundId)) return accept()
  const { status, givenBack } = state
  const wanted = { paymentId, refundId, amount: toAmount(decimal(amount)) }
  const captured = status === 'captured' ? (state.captured?.amount ?? '0.00') : '0.00'
  const left = decimal(captured).minus(givenBack)
  if (!decimal(amount).greaterThan(left)) return accept(PaymentRefundReserved(wanted))
  const message = `the payment captured ${captured}, of which ${givenBack} goes back already`
  return accept(PaymentRefundRefused({ ...wanted, captured, givenBack, message }))
}

export type ReleasePaymentRefund = Readonly<{ paymentId: string; refundId: string; reason: string }>

/** What was set aside is free again; released before it was set aside, it never will be. */
export function releasePaymentRefund(
  state: PaymentState,
  { paymentId, refundId, reason }: ReleasePaymentRefund,
): Decision {
  if (state === undefined) return unknownPayment(paymentId)
  const refund = state.refunds.get(refundId)
  if (refund !== undefined && refund.status !== 'reserved') return accept()
  const amount = refund?.amount ?? '0.00'
  return accept(PaymentRefundReleased({ paymentId, refundId, amount, reason }))
}

/** What was set aside has gone back. */
export function completePaymentRefund(
  state: PaymentState,
  { paymentId, refundId }: Readonly<{ paymentId: string; refundId: string }>,
): Decision {
  if (state === undefined) return unknownPayment(paymentId)
  const refund = state.refunds.get(refundId)
  if (refund?.status !== 'reserved') return accept()
  return accept(PaymentRefunded({ paymentId, refundId, amount: refund.amount }))
}
