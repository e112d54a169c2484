/**
 * What dealers come to owe, by shipments and late fees, and how it becomes less without money.
 *
 * Events: a storage format. Add fields and versions; never change a meaning.
 */

import { z } from 'zod'
import { event } from '../kernel/event.ts'
import { Journal } from '../kernel/journal.ts'
import {
  Amount,
  DealerId,
  FulfilmentId,
  LocalDate,
  OrderId,
  PositiveAmount,
  Rate,
  ReceivableId,
  ReturnId,
  SignedAmount,
  Text,
} from '../kernel/values.ts'
import { Days } from './terms.ts'
import { Allocation, OfPayment, ReversedAllocation } from './values.ts'

export const ReceivableRecognised = event(
  'ReceivableRecognised',
  1,
  {
    receivableId: ReceivableId,
    dealerId: DealerId,
    orderId: OrderId,
    fulfilmentId: FulfilmentId,
    amount: Amount, // gross
    net: Amount,
    tax: SignedAmount, // of a small part it may be a cent below zero: parts add up, net and gross alike
    holdReduced: Amount,
    dueOn: LocalDate,
    instalment: z
      .strictObject({ number: z.number().int().min(1), of: z.number().int().min(2) })
      .optional(),
    late: z.strictObject({ graceDays: Days, dailyRate: Rate }).optional(), // what paying late costs
    earlyDiscount: z.strictObject({ rate: Rate, until: LocalDate }).optional(), // inclusive
    journal: Journal,
  },
  { description: 'A shipped fulfilment, or one instalment of it, made the dealer owe an amount.' },
)

export const LateFeesCharged = event(
  'LateFeesCharged',
  1,
  {
    date: LocalDate, // through the end of this day
    fees: z
      .array(
        z.strictObject({
          receivableId: ReceivableId, // the fee's own; the same for all fees of one receivable
          ofReceivableId: ReceivableId,
          dealerId: DealerId,
          orderId: OrderId,
          dueOn: LocalDate, // that of the receivable it is for
          amount: PositiveAmount, // gross
          net: Amount,
          tax: Amount,
        }),
      )
      .min(1)
      .max(1000),
    journal: Journal,
  },
  { description: 'Overdue receivables bore fees, for the days up to the one that closes.' },
)

export const LateFeesCorrected = event(
  'LateFeesCorrected',
  1,
  {
    date: LocalDate, // fees up to the end of this day were wrong
    corrections: z
      .array(
        z.strictObject({
          receivableId: ReceivableId, // the fee's
          ofReceivableId: ReceivableId,
          dealerId: DealerId,
          open: Amount, // taken off what is owed of the fee
          paid: Amount, // had been paid: unapplied cash again
          paidBy: z.array(OfPayment).optional(), // the payments that it had come by
          writtenOff: PositiveAmount.optional(), // had been given up: a smaller loss
          net: Amount, // of all
          tax: Amount,
        }),
      )
      .min(1)
      .max(1000),
    journal: Journal,
  },
  { description: 'Fees were taken back: money had come earlier than was known.' },
)

export const FacilityDayClosed = event(
  'FacilityDayClosed',
  1,
  { date: LocalDate, more: z.boolean() }, // more: what belongs to the day did not fit in one write
  { description: 'What belongs to the closing day is posted in this facility.' },
)

export const ReceivableWrittenOff = event(
  'ReceivableWrittenOff',
  1,
  {
    receivableId: ReceivableId,
    dealerId: DealerId,
    orderId: OrderId.optional(),
    amount: PositiveAmount,
    reason: Text,
    journal: Journal,
  },
  { description: 'A receivable, or a part of it, is given up as a credit loss.' },
)

export const ReceivableRecovered = event(
  'ReceivableRecovered',
  1,
  {
    receivableId: ReceivableId,
    dealerId: DealerId,
    orderId: OrderId.optional(),
    amount: PositiveAmount, // never more than was written off and not recovered yet
    reason: Text,
    journal: Journal,
  },
  { description: 'Money came for a receivable that had been written off.' },
)

export const ReturnCredited = event(
  'ReturnCredited',
  1,
  {
    returnId: ReturnId,
    orderId: OrderId,
    dealerId: DealerId,
    amount: Amount, // gross, of the goods taken back
    net: Amount,
    tax: SignedAmount,
    restockingFee: Amount, // kept of it
    allocations: z.array(Allocation), // open receivables of the order that it makes smaller
    losses: z.array(Allocation).min(1).optional(), // what was written off of others: a smaller loss
    discountBack: Amount, // early-payment discount that was given on what is taken back
    discounts: z.array(ReversedAllocation).min(1).optional(), // where it had been given
    refundPayable: Amount, // what had been paid already, and goes back
    refunds: z.array(OfPayment), // by which payments that had come: with none, by bank transfer
    journal: Journal,
  },
  {
    description:
      'A return was credited: to what the order still owes first, the rest is to be refunded.',
  },
)

export const RECEIVABLE_EVENTS = [
  ReceivableRecognised,
  LateFeesCharged,
  LateFeesCorrected,
  FacilityDayClosed,
  ReceivableWrittenOff,
  ReceivableRecovered,
  ReturnCredited,
] as const
