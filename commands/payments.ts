/** What may be asked about payments. */

import { z } from 'zod'
import { PaymentMethod } from '../domain/facility/events.ts'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import {
  DealerId,
  LocalDate,
  Name,
  PaymentId,
  PositiveAmount,
  Text,
} from '../domain/kernel/values.ts'
import {
  capturePayment,
  failPayment,
  initiatePayment,
  OrderIds,
  PaymentInitiated,
  PaymentQr,
  payment,
  ReceivableIds,
} from '../domain/payment/payment.ts'
import { command } from './command.ts'

export const InitiatePayment = command({
  name: 'InitiatePayment',
  schema: z.strictObject({
    dealerId: DealerId,
    amount: PositiveAmount,
    method: PaymentMethod,
    orderIds: OrderIds.optional(),
    receivableIds: ReceivableIds.optional(),
    effectiveOn: LocalDate.optional(),
    reference: Name.optional(), // in a QR code it may take 9 characters for each
  }),
  roles: ['brand-finance', 'dealer-buyer', 'dealer-approver', 'erp'],
  dealer: ({ dealerId }) => dealerId,
  aggregate: payment,
  stream: (_, { newId }) => newId('payment'),
  expects: 'new',
  generatesStream: true,
  decide: initiatePayment,
  route: {
    path: '/payments',
    status: 201,
    summary: 'Start a payment; a bank transfer answers with its reference and QR text',
    answer: ({ events }) => initiatedAnswer(events),
    answerSchema: z.object({
      paymentId: PaymentId,
      status: z.literal('initiated'),
      dealerId: DealerId,
      amount: PositiveAmount,
      method: PaymentMethod,
      reference: Text,
      qr: PaymentQr.optional(),
    }),
    location: ({ streamId }) => `/payments/${streamId}`,
  },
})

function initiatedAnswer(events: readonly RecordedEvent[]): Readonly<Record<string, unknown>> {
  const [initiated] = events
  const { paymentId, dealerId, amount, method, reference, qr } = PaymentInitiated.schema.parse(
    initiated?.data,
  )
  return { paymentId, status: 'initiated', dealerId, amount, method, reference, qr }
}

export const CapturePayment = command({
  name: 'CapturePayment',
  schema: z.strictObject({
    paymentId: PaymentId,
    reference: Text.optional(),
    effectiveOn: LocalDate.optional(),
  }),
  roles: ['brand-finance', 'erp'],
  aggregate: payment,
  stream: ({ paymentId }) => paymentId,
  expects: 'existing',
  decide: capturePayment,
  route: {
    path: '/payments/:paymentId/capture',
    summary: 'Say that the money of a bank transfer was seen',
    answer: ({ input }) => ({ paymentId: input.paymentId, status: 'captured' }),
    answerSchema: z.object({ paymentId: PaymentId, status: z.literal('captured') }),
  },
})

export const FailPayment = command({
  name: 'FailPayment',
  schema: z.strictObject({
    paymentId: PaymentId,
    reason: Text.optional(),
    reference: Text.optional(),
    effectiveOn: LocalDate.optional(),
  }),
  roles: ['brand-finance', 'erp'],
  aggregate: payment,
  stream: ({ paymentId }) => paymentId,
  expects: 'existing',
  decide: failPayment,
  route: {
    path: '/payments/:paymentId/fail',
    summary: 'Say that the money of a bank transfer will not come',
    answer: ({ input }) => ({ paymentId: input.paymentId, status: 'failed' }),
    answerSchema: z.object({ paymentId: PaymentId, status: z.literal('failed') }),
  },
})
