/**
 * Money that came in, what it settles, and what is undone of it.
 *
 * Events: a storage format. Add fields and versions; never change a meaning.
 */

import { z } from 'zod'
import { event } from '../kernel/event.ts'
import { Journal } from '../kernel/journal.ts'
import {
  Amount,
  DealerId,
  LocalDate,
  OrderId,
  PaymentId,
  PositiveAmount,
  ReceivableId,
  Text,
} from '../kernel/values.ts'
import { Days } from './terms.ts'
import { Allocation, PaymentMethod, ReversedAllocation } from './values.ts'

export const PaymentReceived = event(
  'PaymentReceived',
  1,
  {
    paymentId: PaymentId,
    dealerId: DealerId,
    amount: PositiveAmount,
    method: PaymentMethod,
    allocations: z.array(Allocation),
    unapplied: Amount, // what is earmarked included
    clearedFrom: z.literal('suspense').optional(), // it was in the bank already, of an unknown payer
    orderIds: z.array(OrderId).min(1).optional(), // the orders that the payer named
    earmarked: z
      .array(z.strictObject({ orderId: OrderId, amount: PositiveAmount }))
      .min(1)
      .optional(), // for prepaid orders that it names
    journal: Journal,
  },
  { description: 'Money came in and settled receivables; the rest is unapplied cash.' },
)

export const UnappliedCashAllocated = event(
  'UnappliedCashAllocated',
  1,
  {
    dealerId: DealerId,
    allocations: z.array(Allocation).min(1),
    amount: PositiveAmount,
    orderId: OrderId.optional(), // the prepaid order whose earmarked cash it was
    journal: Journal,
  },
  { description: 'Money received earlier settled receivables.' },
)

export const PrepaymentCovered = event(
  'PrepaymentCovered',
  1,
  { dealerId: DealerId, orderId: OrderId, amount: Amount },
  { description: 'All that was to be paid for a prepaid order has come in.' },
)

export const PaymentRedated = event(
  'PaymentRedated',
  1,
  {
    paymentId: PaymentId,
    dealerId: DealerId,
    was: LocalDate,
    reason: Text, // the new value date is the event's
  },
  { description: 'A receipt has another value date; late fees follow at the close of day.' },
)

export const AllocationsReversed = event(
  'AllocationsReversed',
  1,
  {
    paymentId: PaymentId,
    dealerId: DealerId,
    allocations: z.array(ReversedAllocation), // all that the payment had settled, and its discounts
    amount: Amount, // money: unapplied cash again
    to: z.array(z.strictObject({ receivableId: ReceivableId, amount: PositiveAmount })), // what it is for
    reason: Text,
    journal: Journal,
  },
  {
    description:
      'What a payment had settled is owed again, so that its money can settle other things.',
  },
)

export const ReceiptReversed = event(
  'ReceiptReversed',
  1,
  {
    paymentId: PaymentId,
    dealerId: DealerId,
    amount: PositiveAmount,
    method: PaymentMethod,
    allocations: z.array(ReversedAllocation), // all that it had settled, and its discounts: owed again
    unapplied: Amount, // taken out of the dealer's unapplied cash
    unearmarked: z
      .array(z.strictObject({ orderId: OrderId, amount: PositiveAmount }))
      .min(1)
      .optional(), // of cash that was kept for prepaid orders
    owed: z
      .strictObject({
        receivableId: ReceivableId,
        amount: PositiveAmount,
        dueOn: LocalDate,
        graceDays: Days,
      })
      .optional(), // its money had been refunded: the dealer owes it
    reason: Text,
    journal: Journal,
  },
  { description: 'The money of a receipt was taken back by the bank: the receipt is undone.' },
)

export const CASH_EVENTS = [
  PaymentReceived,
  UnappliedCashAllocated,
  PrepaymentCovered,
  PaymentRedated,
  AllocationsReversed,
  ReceiptReversed,
] as const
