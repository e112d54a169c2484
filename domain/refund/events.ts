/** Money that goes back to a dealer. Stream: `refund-<refundId>`. */

import { z } from 'zod'
import { PaymentMethod, RefundSource, RefundWay } from '../facility/values.ts'
import { type EventOf, event } from '../kernel/event.ts'
import {
  DealerId,
  FacilityId,
  Instant,
  PaymentId,
  PositiveAmount,
  RefundId,
  ReturnId,
  StatementLineId,
  Text,
} from '../kernel/values.ts'

/** How often the provider was asked what became of a refund. */
const Asked = z.number().int().min(0).max(7)

/** Why a refund failed. */
export const FailureCode = z.string().regex(/^[a-z][a-z-]{0,63}$/)

// Events: a storage format. Add fields and versions; never change a meaning.
export const RefundRequested = event(
  'RefundRequested',
  1,
  {
    refundId: RefundId,
    paymentId: PaymentId.optional(), // whose money it was
    dealerId: DealerId,
    facilityId: FacilityId,
    amount: PositiveAmount,
    reason: Text,
    to: RefundWay,
    method: PaymentMethod, // by which it goes back
    source: RefundSource,
    returnId: ReturnId.optional(),
    repeats: RefundId.optional(), // the refund that was not paid, and is asked for again
    needsApproval: z.boolean(), // by a second person
  },
  { description: 'Money is to go back to a dealer.' },
)

export const RefundApproved = event(
  'RefundApproved',
  1,
  { refundId: RefundId, dealerId: DealerId, reason: Text.optional() },
  { description: 'A second person agreed to a refund.' },
)

export const RefundRejected = event(
  'RefundRejected',
  1,
  { refundId: RefundId, dealerId: DealerId, reason: Text },
  { description: 'A second person did not agree to a refund: nothing goes back by it.' },
)

export const RefundRerouted = event(
  'RefundRerouted',
  1,
  {
    refundId: RefundId,
    dealerId: DealerId,
    to: z.literal('bank'),
    method: z.literal('bank-transfer'),
    reason: Text,
  },
  { description: 'What is owed for a return can not go back the way it came: it goes by bank.' },
)

export const RefundDue = event(
  'RefundDue',
  1,
  {
    refundId: RefundId,
    paymentId: PaymentId.optional(),
    dealerId: DealerId,
    amount: PositiveAmount,
    to: RefundWay,
    method: PaymentMethod,
  },
  { description: 'All of a refund is set aside: it is to be paid out.' },
)

export const RefundPending = event(
  'RefundPending',
  1,
  {
    refundId: RefundId,
    dealerId: DealerId,
    asked: Asked,
    askAgainAt: Instant.optional(), // absent: a person has to find out
  },
  { description: 'The provider has taken a refund on, and is not done with it.' },
)

export const RefundUnknown = event(
  'RefundUnknown',
  1,
  {
    refundId: RefundId,
    dealerId: DealerId,
    asked: Asked,
    askAgainAt: Instant.optional(), // absent: a person has to find out
  },
  { description: 'What became of a refund at the provider is not known.' },
)

export const RefundPaid = event(
  'RefundPaid',
  1,
  {
    refundId: RefundId,
    paymentId: PaymentId.optional(),
    dealerId: DealerId,
    amount: PositiveAmount,
    method: PaymentMethod,
    reference: Text.optional(), // the bank's, or the provider's
    lineId: StatementLineId.optional(), // the statement line that it was seen in
  },
  { description: 'A refund left.' },
)

export const RefundFailed = event(
  'RefundFailed',
  1,
  {
    refundId: RefundId,
    paymentId: PaymentId.optional(),
    dealerId: DealerId,
    amount: PositiveAmount,
    code: FailureCode,
    reason: Text,
  },
  { description: 'A refund is not paid: what was set aside for it is free again.' },
)

export const RefundReconciled = event(
  'RefundReconciled',
  1,
  { refundId: RefundId, dealerId: DealerId, lineId: StatementLineId, amount: PositiveAmount },
  { description: 'A refund that was paid before was found on a statement.' },
)

export const RefundLineDeclined = event(
  'RefundLineDeclined',
  1,
  {
    refundId: RefundId,
    lineId: StatementLineId,
    attempt: z.number().int().min(0), // of booking the line
    code: z.enum(['duplicate', 'over-paid', 'partial', 'failed']),
    message: Text,
  },
  { description: 'A statement line is not booked on this refund: it had moved on.' },
)

export const REFUND_EVENTS = [
  RefundRequested,
  RefundApproved,
  RefundRejected,
  RefundRerouted,
  RefundDue,
  RefundPending,
  RefundUnknown,
  RefundPaid,
  RefundFailed,
  RefundReconciled,
  RefundLineDeclined,
] as const

export type RefundEvent = EventOf<(typeof REFUND_EVENTS)[number]>
