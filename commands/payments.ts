/** What may be asked about payments. */

import { z } from 'zod'
import { PaymentMethod } from '../domain/facility/events.ts'
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
import { firstOf } from './answers.ts'
import { type Answered, command } from './command.ts'

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
    answer: initiatedAnswer,
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

function initiatedAnswer({ events }: Answered<unknown>): Readonly<Record<string, unknown>> {
  const initiated = firstOf(PaymentInitiated, events)
  if (initiated === undefined) return {}
  const { paymentId, dealerId, amount, method, reference, qr } = initiated.data
  return { paymentId, status: 'initiated', dealerId, amount, method, reference, qr }
}

/** What finance says of a transfer that it has seen at the bank, or not. */
const ofTransfer = {
  roles: ['brand-finance', 'erp'],
  aggregate: payment,
  stream: ({ paymentId }: Readonly<{ paymentId: string }>) => paymentId,
  expects: 'existing',
} as const

function answering(status: 'captured' | 'failed') {
  return {
    answer: ({ input }: Answered<Readonly<{ paymentId: string }>>) => ({
      paymentId: input.paymentId,
      status,
    }),
    answerSchema: z.object({ paymentId: PaymentId, status: z.literal(status) }),
  }
}

export const CapturePayment = command({
  ...ofTransfer,
  name: 'CapturePayment',
  schema: z.strictObject({
    paymentId: PaymentId,
    reference: Text.optional(),
    effectiveOn: LocalDate.optional(),
  }),
  decide: capturePayment,
  route: {
    path: '/payments/:paymentId/capture',
    summary: 'Say that the money of a bank transfer was seen',
    ...answering('captured'),
  },
})

export const FailPayment = command({
  ...ofTransfer,
  name: 'FailPayment',
  schema: z.strictObject({
    paymentId: PaymentId,
    reason: Text.optional(),
    reference: Text.optional(),
    effectiveOn: LocalDate.optional(),
  }),
  decide: failPayment,
  route: {
    path: '/payments/:paymentId/fail',
    summary: 'Say that the money of a bank transfer will not come',
    ...answering('failed'),
  },
})
