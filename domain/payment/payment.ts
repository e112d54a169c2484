/** A payment of a dealer, from its announcement to the money. Stream: `payment-<paymentId>`. */

import { z } from 'zod'
import type { DecisionContext } from '../context.ts'
import { PaymentMethod } from '../facility/events.ts'
import { unknownDealer } from '../facility/members.ts'
import { aggregate, fold } from '../kernel/aggregate.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import { type EventOf, event } from '../kernel/event.ts'
import { Journal } from '../kernel/journal.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import {
  Amount,
  DealerId,
  FacilityId,
  Id,
  Instant,
  type LocalDate,
  OrderId,
  PaymentId,
  PositiveAmount,
  ReceivableId,
  RefundId,
  StatementLineId,
  Text,
} from '../kernel/values.ts'
import { valueDateRefusal, valued } from '../value-date.ts'

const MAX_NAMED = 1000

/** What the payer wants settled: these orders' receivables, these receivables. */
export const OrderIds = z.array(OrderId).max(MAX_NAMED)
export const ReceivableIds = z.array(ReceivableId).max(MAX_NAMED)

/** As much as a QR code holds. */
export const PaymentQr = z.string().min(1).max(2_900)

// Events: a storage format. Add fields and versions; never change a meaning.
export const PaymentInitiated = event(
  'PaymentInitiated',
  1,
  {
    paymentId: PaymentId,
    dealerId: DealerId,
    amount: PositiveAmount,
    method: PaymentMethod,
    orderIds: OrderIds,
    receivableIds: ReceivableIds,
    reference: Text, // what the payer writes on the transfer
    qr: PaymentQr.optional(), // text of the QR code, for a bank transfer
    debit: z.strictObject({ debitId: Id, mandateReference: Text }).optional(), // debited, not paid by hand
  },
  { description: 'A dealer is about to pay.' },
)

export const PaymentCaptured = event(
  'PaymentCaptured',
  1,
  {
    paymentId: PaymentId,
    dealerId: DealerId,
    facilityId: FacilityId,
    amount: PositiveAmount,
    method: PaymentMethod,
    orderIds: OrderIds,
    receivableIds: ReceivableIds,
    reference: Text.optional(), // the bank's, or the provider's
    asked: PositiveAmount.optional(), // what was to be paid, where another amount came
    lineId: StatementLineId.optional(), // the statement line that it was seen in
    clearedFrom: z.literal('suspense').optional(), // that line was booked as an unknown payer's before
  },
  { description: 'The money of a payment came in.' },
)

export const PaymentPending = event(
  'PaymentPending',
  1,
  {
    paymentId: PaymentId,
    dealerId: DealerId,
    providerReference: Text.optional(),
    qr: PaymentQr.optional(), // what the payer scans or opens
    asked: z.number().int().min(0).max(7), // how often the provider was asked so far
    askAgainAt: Instant.optional(), // should it not call back; absent: a person has to find out
  },
  { description: 'The provider knows of the payment; the payer has not paid yet.' },
)

export const PaymentUnknown = event(
  'PaymentUnknown',
  1,
  {
    paymentId: PaymentId,
    dealerId: DealerId,
    asked: z.number().int().min(0).max(7), // how often the provider was asked so far
    askAgainAt: Instant.optional(), // absent: a person has to find out
  },
  { description: 'What became of the payment at the provider is not known.' },
)

export const PaymentReconciled = event(
  'PaymentReconciled',
  1,
  { paymentId: PaymentId, dealerId: DealerId, lineId: StatementLineId, amount: PositiveAmount },
  { description: 'A payment that was captured before was found on a statement.' },
)

export const StatementLineDeclined = event(
  'StatementLineDeclined',
  1,
  {
    paymentId: PaymentId,
    lineId: StatementLineId,
    code: z.enum(['duplicate', 'over-paid', 'partial', 'failed']),
    message: Text,
  },
  { description: 'A statement line is not booked on this payment: its account had moved on.' },
)

export const ProviderSettled = event(
  'ProviderSettled',
  1,
  {
    paymentId: PaymentId,
    dealerId: DealerId,
    lineId: StatementLineId,
    method: PaymentMethod,
    gross: PositiveAmount,
    fee: Amount, // kept by the provider
    net: Amount,
    journal: Journal,
  },
  { description: 'The provider paid out what it had collected, less its fee.' },
)

export const PaymentRefundReserved = event(
  'PaymentRefundReserved',
  1,
  { paymentId: PaymentId, refundId: RefundId, amount: PositiveAmount },
  { description: 'A part of what was captured is set aside to go back the way it came.' },
)

export const PaymentRefundRefused = event(
  'PaymentRefundRefused',
  1,
  {
    paymentId: PaymentId,
    refundId: RefundId,
    amount: PositiveAmount,
    captured: Amount,
    givenBack: Amount, // refunded, or set aside for refunds
    message: Text,
  },
  { description: "More than the payment captured, less what went back, can't go back its way." },
)

export const PaymentRefundReleased = event(
  'PaymentRefundReleased',
  1,
  { paymentId: PaymentId, refundId: RefundId, amount: Amount, reason: Text },
  { description: 'A refund did not go back the way of its payment.' },
)

export const PaymentRefunded = event(
  'PaymentRefunded',
  1,
  { paymentId: PaymentId, refundId: RefundId, amount: PositiveAmount },
  { description: 'A part of what was captured went back the way it came.' },
)

export const PaymentBounced = event(
  'PaymentBounced',
  1,
  {
    paymentId: PaymentId,
    dealerId: DealerId,
    facilityId: FacilityId,
    amount: PositiveAmount,
    reason: Text,
    lineId: StatementLineId.optional(),
  },
  { description: 'The bank took the money of a captured payment back.' },
)

export const PaymentFailed = event(
  'PaymentFailed',
  1,
  {
    paymentId: PaymentId,
    dealerId: DealerId,
    reason: Text,
    reference: Text.optional(), // the bank's
  },
  { description: 'The money of a payment will not come.' },
)

type Initiated = EventOf<typeof PaymentInitiated>['data']

/** `undefined` before its first event. */
export type PaymentState =
  | Readonly<{
      status: 'initiated' | 'captured' | 'failed'
      initiated: Initiated
      /** The value date named at the start, if one was. */
      effectiveOn: LocalDate | undefined
    }>
  | undefined

export const PAYMENT_EVENTS = [
  PaymentInitiated,
  PaymentPending,
  PaymentUnknown,
  PaymentCaptured,
  PaymentFailed,
  PaymentReconciled,
  StatementLineDeclined,
  ProviderSettled,
  PaymentRefundReserved,
  PaymentRefundRefused,
  PaymentRefundReleased,
  PaymentRefunded,
  PaymentBounced,
] as const

type PaymentEvent = EventOf<(typeof PAYMENT_EVENTS)[number]>

const initial: PaymentState = undefined

export const payment = aggregate<PaymentState>({
  category: 'payment',
  version: 1,
  events: PAYMENT_EVENTS,
  initial,
  evolve: fold<PaymentState, PaymentEvent>({
    PaymentInitiated: (_, initiated, { metadata }) => ({
      status: 'initiated',
      initiated,
      effectiveOn: metadata.effectiveOn,
    }),
    PaymentCaptured: (state) => state && { ...state, status: 'captured' },
    PaymentFailed: (state) => state && { ...state, status: 'failed' },
    PaymentPending: (state) => state,
    PaymentUnknown: (state) => state,
    PaymentReconciled: (state) => state,
    StatementLineDeclined: (state) => state,
    ProviderSettled: (state) => state,
    PaymentRefundReserved: (state) => state,
    PaymentRefundRefused: (state) => state,
    PaymentRefundReleased: (state) => state,
    PaymentRefunded: (state) => state,
    PaymentBounced: (state) => state,
  }),
})

export type InitiatePayment = Readonly<{
  dealerId: string
  amount: string
  method: PaymentMethod
  orderIds?: readonly string[] | undefined
  receivableIds?: readonly string[] | undefined
  effectiveOn?: LocalDate | undefined
  reference?: string | undefined
}>

/**
 * Starts a payment by bank transfer, with the reference and the QR text for it. Refuses
 * `payment-method-unavailable`, `dealer-unknown`, `value-date-future`, `backdating-limit`.
 */
export function initiatePayment(
  state: PaymentState,
  input: InitiatePayment,
  context: DecisionContext,
): Decision {
  if (state) return accept()
  if (input.method !== 'bank-transfer') return methodUnavailable(input.method)
  if (!context.reference.dealers.has(input.dealerId)) return unknownDealer(input.dealerId)
  const refused = valueDateRefusal(input.effectiveOn, context)
  if (refused) return { accepted: false, refusal: refused }
  const paymentId = context.newId('payment')
  const amount = toAmount(decimal(input.amount))
  const reference = input.reference ?? paymentReference(paymentId)
  const initiated = {
    paymentId,
    dealerId: input.dealerId,
    amount,
    method: input.method,
    orderIds: [...new Set(input.orderIds)],
    receivableIds: [...new Set(input.receivableIds)],
    reference,
    qr: transferQr({ reference, amount, currency: context.policy.currency }),
  }
  return accept(PaymentInitiated(initiated, valued(input.effectiveOn, context.today)))
}

const REFERENCE_LENGTH = 16

/** A reference short enough to be typed: `P` and 16 hexadecimal digits of the payment's id. */
export function paymentReference(paymentId: string): string {
  return `P${paymentId.replaceAll('-', '').slice(0, REFERENCE_LENGTH).toUpperCase()}`
}

type Transfer = Readonly<{ reference: string; amount: string; currency: string }>

/** The text of a payment QR code: `tradeline:pay?reference=…&amount=…&currency=…`, URL-encoded. */
export function transferQr({ reference, amount, currency }: Transfer): string {
  return `tradeline:pay?reference=${encodeURIComponent(reference)}&amount=${amount}&currency=${currency}`
}

function methodUnavailable(method: PaymentMethod): Decision {
  return refuse('payment-method-unavailable', {
    message: `payments by ${method} are not available`,
    inputs: { method, available: ['bank-transfer'] },
    ways: ['pay by bank-transfer'],
  })
}

export type CapturePayment = Readonly<{
  paymentId: string
  reference?: string | undefined
  effectiveOn?: LocalDate | undefined
}>

/**
 * Says that the money came, on the day given, else the one named at the start, else today. Capturing
 * again changes nothing. Refuses `payment-unknown`, `payment-failed`, `value-date-future`,
 * `backdating-limit`.
 */
export function capturePayment(
  state: PaymentState,
  input: CapturePayment,
  context: DecisionContext,
): Decision {
  if (state === undefined) return unknownPayment(input.paymentId)
  if (state.status === 'captured') return accept()
  if (state.status === 'failed') return ended(input.paymentId, state.status)
  const effectiveOn = input.effectiveOn ?? state.effectiveOn
  const refused = valueDateRefusal(effectiveOn, context)
  if (refused) return { accepted: false, refusal: refused }
  const facilityId = context.reference.dealers.get(state.initiated.dealerId)?.facilityId
  if (facilityId === undefined) return unknownDealer(state.initiated.dealerId)
  const { paymentId, dealerId, amount, method, orderIds, receivableIds } = state.initiated
  const captured = { paymentId, dealerId, facilityId, amount, method, orderIds, receivableIds }
  const reference = input.reference === undefined ? {} : { reference: input.reference }
  return accept(PaymentCaptured({ ...captured, ...reference }, valued(effectiveOn, context.today)))
}

export type FailPayment = Readonly<{
  paymentId: string
  reason?: string | undefined
  reference?: string | undefined
  effectiveOn?: LocalDate | undefined
}>

const NO_REASON = 'the money did not come'

/**
 * Says that the money will not come. Failing again changes nothing. Refuses `payment-unknown`,
 * `payment-captured`, `value-date-future`, `backdating-limit`.
 */
export function failPayment(
  state: PaymentState,
  { paymentId, reason = NO_REASON, reference, effectiveOn }: FailPayment,
  context: DecisionContext,
): Decision {
  if (state === undefined) return unknownPayment(paymentId)
  if (state.status === 'failed') return accept()
  if (state.status === 'captured') return ended(paymentId, state.status)
  const refused = valueDateRefusal(effectiveOn, context)
  if (refused) return { accepted: false, refusal: refused }
  const { dealerId } = state.initiated
  const failed = { paymentId, dealerId, reason, ...(reference === undefined ? {} : { reference }) }
  return accept(PaymentFailed(failed, valued(effectiveOn, context.today)))
}

function unknownPayment(paymentId: string): Decision {
  return refuse('payment-unknown', {
    kind: 'unknown',
    message: `there is no payment ${paymentId}`,
    inputs: { paymentId },
  })
}

function ended(paymentId: string, status: 'captured' | 'failed'): Decision {
  return refuse(`payment-${status}`, {
    kind: 'state',
    message: `payment ${paymentId} is ${status} already`,
    inputs: { paymentId, status },
    ways: status === 'failed' ? ['start another payment'] : [],
  })
}
