/** Refunds that a provider is to be asked for, or about. */

import {
  RefundDue,
  RefundFailed,
  RefundPaid,
  RefundPending,
  RefundRerouted,
  RefundUnknown,
} from '../../domain/refund/events.ts'
import { on } from '../read-model.ts'
import { answered, askAgain, request } from './request.ts'

const idOf = (refundId: string) => `refund/${refundId}`

export const refundRequests = [
  on(RefundDue, (event) => {
    const { refundId, paymentId, amount, method } = event.data
    if (method === 'bank-transfer') return []
    const of = { kind: 'refund', subjectId: refundId, counterparty: method }
    return [request(event, { requestId: idOf(refundId), ...of, data: { paymentId, amount } })]
  }),
  on(RefundPending, (event) => {
    const { refundId, asked, askAgainAt } = event.data
    return [askAgain(event, idOf(refundId), { attempt: asked + 1, at: askAgainAt })]
  }),
  on(RefundUnknown, (event) => {
    const { refundId, asked, askAgainAt } = event.data
    return [askAgain(event, idOf(refundId), { attempt: asked + 1, at: askAgainAt })]
  }),
  on(RefundRerouted, ({ data }) => [answered(idOf(data.refundId))]),
  on(RefundPaid, ({ data }) => [answered(idOf(data.refundId))]),
  on(RefundFailed, ({ data }) => [answered(idOf(data.refundId))]),
]
