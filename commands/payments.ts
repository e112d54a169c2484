/** What may be asked about payments by people. */

import { z } from 'zod'
import { facility } from '../domain/facility/facility.ts'
import { facilityIdOf } from '../domain/facility/receivables.ts'
import { PaymentMethod } from '../domain/facility/values.ts'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import {
  DealerId,
  LocalDate,
  Name,
  PaymentId,
  PositiveAmount,
  Text,
} from '../domain/kernel/values.ts'
import { order } from '../domain/order/order.ts'
import { bouncePayment, capturePayment, failPayment } from '../domain/payment/capture.ts'
import {
  OrderIds,
  PaymentCaptured,
  PaymentFailed,
  PaymentInitiated,
  PaymentPending,
  PaymentQr,
  PaymentUnknown,
  ReceivableIds,
} from '../domain/payment/events.ts'
import { initiatePayment } from '../domain/payment/initiate.ts'
import { NamedDebts } from '../domain/payment/named.ts'
import { payment } from '../domain/payment/payment.ts'
import { firstOf, isOf } from './answers.ts'
import { type Answered, command, type OtherStreams } from './command.ts'

const Initiated = z.object({
  paymentId: PaymentId,
  status: z.enum(['initiated', 'pending', 'captured', 'failed', 'unknown']),
  dealerId: DealerId,
  amount: PositiveAmount,
  method: PaymentMethod,
  reference: Text,
  qr: PaymentQr.optional(),
})

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
  lookup: (input, lookups) => namedDebts(input, lookups),
  decide: (state, input, context) =>
    initiatePayment(state, input, NamedDebts.parse(context.lookup), context),
  route: {
    path: '/payments',
    status: 201,
    summary:
      'Start a payment; a bank transfer answers with its reference and QR text, an online payment, ' +
      'with `Prefer: wait`, with what its provider gives the payer to scan',
    answer: ({ events }) => initiatedAnswer(events),
    answerSchema: Initiated,
    location: ({ streamId }) => `/payments/${streamId}`,
    coordinated: { tell: providerAnswer },
  },
})

type Named = Readonly<{
  orderIds?: readonly string[] | undefined
  receivableIds?: readonly string[] | undefined
}>

/** The dealers of what a payer names, as the orders and facilities say. */
async function namedDebts(
  { orderIds = [], receivableIds = [] }: Named,
  { stateOf }: OtherStreams,
): Promise<NamedDebts> {
  const orders: NamedDebts['orders'] = []
  for (const orderId of orderIds) {
    orders.push({ orderId, dealerId: (await stateOf(order, orderId))?.dealerId })
  }
  const receivables: NamedDebts['receivables'] = []
  for (const receivableId of receivableIds) {
    const { receivables: all } = await stateOf(facility, facilityIdOf(receivableId))
    receivables.push({ receivableId, dealerId: all.get(receivableId)?.dealerId })
  }
  return { orders, receivables }
}

function initiatedAnswer(events: readonly RecordedEvent[]): Readonly<Record<string, unknown>> {
  const initiated = firstOf(PaymentInitiated, events)
  if (initiated === undefined) return {}
  const { paymentId, dealerId, amount, method, reference, qr } = initiated.data
  return { paymentId, status: 'initiated', dealerId, amount, method, reference, qr }
}

/** What the payer waits for: something to scan, or that there is nothing to pay any more. */
function providerAnswer(event: RecordedEvent) {
  if (isOf(PaymentInitiated, event)) return event.data.method === 'bank-transfer' ? {} : undefined
  if (isOf(PaymentUnknown, event)) return { status: 'unknown' }
  if (isOf(PaymentPending, event)) return { status: 'pending', qr: event.data.qr }
  if (isOf(PaymentCaptured, event)) return { status: 'captured' }
  return isOf(PaymentFailed, event) ? { status: 'failed' } : undefined
}

/** What finance says of money that it has seen at the bank, or not. */
const ofFinance = {
  roles: ['brand-finance', 'erp'],
  aggregate: payment,
  stream: ({ paymentId }: Readonly<{ paymentId: string }>) => paymentId,
  expects: 'existing',
} as const

function answering(status: 'captured' | 'failed' | 'bounced') {
  return {
    answer: ({ input }: Answered<Readonly<{ paymentId: string }>>) => ({
      paymentId: input.paymentId,
      status: status === 'bounced' ? 'failed' : status,
    }),
    answerSchema: z.object({ paymentId: PaymentId, status: z.enum(['captured', 'failed']) }),
  }
}

export const CapturePayment = command({
  ...ofFinance,
  name: 'CapturePayment',
  schema: z.strictObject({
    paymentId: PaymentId,
    amount: PositiveAmount.optional(), // if another came than was asked for
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
  ...ofFinance,
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

export const BouncePayment = command({
  ...ofFinance,
  roles: ['brand-finance'],
  name: 'BouncePayment',
  schema: z.strictObject({
    paymentId: PaymentId,
    reason: Text,
    effectiveOn: LocalDate.optional(),
  }),
  decide: bouncePayment,
  route: {
    path: '/payments/:paymentId/bounce',
    summary: 'Say that the bank took the money of a captured payment back',
    ...answering('bounced'),
  },
})
