/** What happens to a payment. Stream: `payment-<paymentId>`. */

import { z } from 'zod'
import { PaymentMethod } from '../facility/values.ts'
import { type EventOf, event } from '../kernel/event.ts'
import { Journal } from '../kernel/journal.ts'
import {
  Amount,
  DealerId,
  FacilityId,
  Id,
  Instant,
  OrderId,
  PaymentId,
  PositiveAmount,
  ReceivableId,
  RefundId,
  StatementLineId,
  Text,
} from '../kernel/values.ts'
import { MOST_ASKED } from './schedule.ts'

const MAX_NAMED = 1000

/** What the payer wants settled: these orders' receivables, these receivables. */
export const OrderIds = z.array(OrderId).max(MAX_NAMED)
export const ReceivableIds = z.array(ReceivableId).max(MAX_NAMED)

/** As much as a QR code holds. */
export const PaymentQr = z.string().min(1).max(2_900)

/** How often the provider was asked what became of it. */
const Asked = z.number().int().min(0).max(MOST_ASKED)

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
    asked: Asked,
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
    asked: Asked,
    askAgainAt: Instant.optional(), // absent: a person has to find out
  },
  { description: 'What became of the payment at the provider is not known.' },
)

export const PaymentReconciled = event(
  'PaymentReconciled',
  1,
  {
    paymentId: PaymentId,
    dealerId: DealerId,
    lineId: StatementLineId,
    amount: PositiveAmount,
    clearedFrom: z.literal('suspense').optional(),
    journal: Journal, // not empty if the line was booked as an unknown payer's before
  },
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
    attempt: z.number().int().min(0), // a line may be matched again by hand
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

export const BounceReconciled = event(
  'BounceReconciled',
  1,
  { paymentId: PaymentId, dealerId: DealerId, lineId: StatementLineId, amount: PositiveAmount },
  { description: 'A payment that was said to have bounced before was found so on a statement.' },
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
  BounceReconciled,
] as const

export type PaymentEvent = EventOf<(typeof PAYMENT_EVENTS)[number]>
