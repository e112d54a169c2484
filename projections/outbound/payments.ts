/** Payments that a provider is to be asked for, or about. */

import {
  PaymentCaptured,
  PaymentFailed,
  PaymentInitiated,
  PaymentPending,
  PaymentUnknown,
} from '../../domain/payment/events.ts'
import { on } from '../read-model.ts'
import { answered, askAgain, request } from './request.ts'

const idOf = (paymentId: string) => `payment/${paymentId}`

export const paymentRequests = [
  on(PaymentInitiated, (event) => {
    const { paymentId, dealerId, amount, method, debit } = event.data
    if (method === 'bank-transfer') return []
    const data = { dealerId, amount, mandateReference: debit?.mandateReference ?? null }
    return [
      request(event, {
        requestId: idOf(paymentId),
        kind: 'payment',
        subjectId: paymentId,
        counterparty: method,
        data,
      }),
    ]
  }),
  on(PaymentPending, (event) => {
    const { paymentId, asked, askAgainAt } = event.data
    return [askAgain(event, idOf(paymentId), { attempt: asked + 1, at: askAgainAt })]
  }),
  on(PaymentUnknown, (event) => {
    const { paymentId, asked, askAgainAt } = event.data
    return [askAgain(event, idOf(paymentId), { attempt: asked + 1, at: askAgainAt })]
  }),
  on(PaymentCaptured, ({ data }) => [answered(idOf(data.paymentId))]),
  on(PaymentFailed, ({ data }) => [answered(idOf(data.paymentId))]),
]
