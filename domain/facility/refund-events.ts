/**
 * Money that goes back to dealers.
 *
 * Events: a storage format. Add fields and versions; never change a meaning.
 */

import { event } from '../kernel/event.ts'
import { StoredRefusal } from '../kernel/explanation.ts'
import { Journal } from '../kernel/journal.ts'
import {
  Amount,
  DealerId,
  PaymentId,
  PositiveAmount,
  RefundId,
  ReturnId,
  Text,
} from '../kernel/values.ts'
import { PaymentMethod, RefundSource } from './values.ts'

export const RefundCashReserved = event(
  'RefundCashReserved',
  1,
  {
    refundId: RefundId,
    dealerId: DealerId,
    paymentId: PaymentId.optional(),
    amount: PositiveAmount,
    source: RefundSource,
    returnId: ReturnId.optional(),
  },
  { description: 'Money is set aside for a refund: it settles nothing else.' },
)

export const RefundCashRefused = event(
  'RefundCashRefused',
  1,
  { refundId: RefundId, dealerId: DealerId, amount: PositiveAmount, refusal: StoredRefusal },
  { description: 'There is not so much to be refunded.' },
)

export const RefundCashReleased = event(
  'RefundCashReleased',
  1,
  {
    refundId: RefundId,
    dealerId: DealerId,
    amount: Amount, // zero: nothing was set aside
    source: RefundSource.optional(), // where it is free again
    reason: Text,
  },
  { description: 'A refund was not paid: what was set aside for it is free again.' },
)

export const RefundPaidOut = event(
  'RefundPaidOut',
  1,
  {
    refundId: RefundId,
    dealerId: DealerId,
    paymentId: PaymentId.optional(),
    amount: PositiveAmount,
    source: RefundSource,
    returnId: ReturnId.optional(),
    method: PaymentMethod, // by which it went back
    journal: Journal,
  },
  {
    description: 'A refund left: unapplied cash, or what was payable for a return, is less by it.',
  },
)

export const REFUND_CASH_EVENTS = [
  RefundCashReserved,
  RefundCashRefused,
  RefundCashReleased,
  RefundPaidOut,
] as const
