/** Payments for tests: one by bank transfer, one online, and what may happen to them. */

import {
  PaymentCaptured,
  PaymentInitiated,
  PaymentPending,
  PaymentUnknown,
} from '../../../domain/payment/events.ts'
import { payment } from '../../../domain/payment/payment.ts'
import { scenarios } from '../../support/given.ts'

export const payments = scenarios(payment)

const named = { orderIds: ['O1'], receivableIds: ['ROOT.1'] }

export const asked = { dealerId: 'A1', amount: '12.50', ...named }

/** What was started by bank transfer, as its event says it. */
export const transfer = {
  ...asked,
  paymentId: 'P1',
  method: 'bank-transfer' as const,
  reference: 'INV 7/1',
}
export const online = { ...transfer, method: 'wechat' as const }

export const transferStarted = PaymentInitiated(transfer)
export const onlineStarted = PaymentInitiated(online)

/** A capture of the whole amount. */
export function captured(method: 'bank-transfer' | 'wechat' = 'bank-transfer') {
  return { paymentId: 'P1', facilityId: 'ROOT', ...asked, method }
}

export const transferCaptured = PaymentCaptured(captured())
export const onlineCaptured = PaymentCaptured({ ...captured('wechat'), reference: 'WX-1' })

const of = { paymentId: 'P1', dealerId: 'A1' }

export function pending(times: number, askAgainAt?: string, more: object = {}) {
  return PaymentPending({ ...of, asked: times, ...(askAgainAt && { askAgainAt }), ...more })
}

export function unknown(times: number, askAgainAt?: string) {
  return PaymentUnknown({ ...of, asked: times, ...(askAgainAt && { askAgainAt }) })
}
