/** What happens to the credit of one dealer tree. Stream: `facility-<root dealer's id>`. */

import { z } from 'zod'
import { type EventOf, event } from '../kernel/event.ts'
import { Journal } from '../kernel/journal.ts'
import {
  Amount,
  DealerId,
  FulfilmentId,
  Id,
  LocalDate,
  OrderId,
  PaymentId,
  PositiveAmount,
  Rate,
  ReceivableId,
  RefundId,
  ReturnId,
  SignedAmount,
  Text,
} from '../kernel/values.ts'
import { Days, Terms } from './terms.ts'

/** `<facilityId>.g<n>` */
export const GuaranteeId = ReceivableId
/** `<facilityId>.t<n>` */
export const TemporaryLimitId = ReceivableId

/** How money came in. */
export const PaymentMethod = z.enum(['bank-transfer', 'wechat', 'alipay'])
export type PaymentMethod = z.output<typeof PaymentMethod>

/** The part of a receivable that money settles; above zero. */
export const Allocation = z.strictObject({
  receivableId: ReceivableId,
  amount: PositiveAmount, // money; the receivable shrinks by it and by the discount
  discount: PositiveAmount.optional(), // for paying early
  paymentId: PaymentId.optional(), // of unapplied cash: the payment it came by
})
export type Allocation = z.output<typeof Allocation>

/** What had settled a part of a receivable, and does not any more. */
export const ReversedAllocation = Allocation.extend({
  amount: Amount, // money; zero where only its discount is taken back
  since: LocalDate.optional(), // it counted from this day, if its payment came before
})
export type ReversedAllocation = z.output<typeof ReversedAllocation>

/** A part of money by the payment it came by; with none, that can't be told. */
const OfPayment = z.strictObject({ paymentId: PaymentId.optional(), amount: PositiveAmount })

export const ReleaseReason = z.enum(['compensation', 'cancelled', 'completed'])
export type ReleaseReason = z.output<typeof ReleaseReason>

/** Which try at a hold for the order, 0 if not given: a hold after a released one has a higher number. */
export const HoldAttempt = z.number().int('must be a whole number').min(0).max(1_000_000)

export const HoldRefusal = z.strictObject({
  code: z.string().min(1).max(64),
  message: z.string(),
  decision: z.strictObject({
    rule: z.string(),
    ruleVersion: z.number().int(),
    inputs: z.record(z.string(), z.json()),
    ways: z.array(z.string()),
  }),
})
export type HoldRefusal = z.output<typeof HoldRefusal>

// Events: a storage format. Add fields and versions; never change a meaning.
export const DealerJoined = event(
  'DealerJoined',
  1,
  { dealerId: DealerId, parentDealerId: DealerId.optional() },
  { description: 'A dealer became part of the facility, under its superior.' },
)

export const LimitSet = event(
  'LimitSet',
  1,
  {
    dealerId: DealerId,
    limit: Amount,
    terms: Terms,
    graceDays: Days,
    lateFeeDailyRate: Rate,
    reason: Text,
  },
  { description: "A dealer's limit and payment terms were set." },
)

export const TemporaryLimitSet = event(
  'TemporaryLimitSet',
  1,
  {
    dealerId: DealerId,
    temporaryLimitId: TemporaryLimitId,
    amount: PositiveAmount, // on top of the limit
    from: LocalDate, // inclusive
    to: LocalDate, // exclusive
    reason: Text,
  },
  { description: "A dealer's limit was raised for a time." },
)

export const GuaranteeGiven = event(
  'GuaranteeGiven',
  1,
  {
    guaranteeId: GuaranteeId,
    guarantorDealerId: DealerId,
    dealerId: DealerId,
    amount: PositiveAmount,
    until: LocalDate, // exclusive
    orderId: OrderId.optional(), // only for what this order takes
  },
  { description: 'A superior lets a dealer go past its own limit.' },
)

export const GuaranteeRevoked = event(
  'GuaranteeRevoked',
  1,
  {
    guaranteeId: GuaranteeId,
    guarantorDealerId: DealerId,
    dealerId: DealerId,
    used: Amount, // stays guaranteed until the guarantee's end
    reason: Text.optional(),
  },
  { description: 'A superior took back what was not used of a guarantee.' },
)

export const HoldPlaced = event(
  'HoldPlaced',
  1,
  {
    dealerId: DealerId,
    orderId: OrderId,
    amount: Amount,
    attempt: HoldAttempt.optional(),
    release: PositiveAmount.optional(), // how far past the limits reviewers let it go: as much as was needed
    releasedFor: z
      .array(z.strictObject({ dealerId: DealerId, amount: PositiveAmount }))
      .min(1)
      .optional(), // past whose limits how far; `release` is the largest
    prepayment: Amount.optional(), // what is to be paid for the order before it is confirmed
    earmarked: PositiveAmount.optional(), // money that had come for it earlier, now kept for it
  },
  { description: 'Credit was set aside for an order, or its prepayment is awaited.' },
)

export const HoldRefused = event(
  'HoldRefused',
  1,
  {
    dealerId: DealerId,
    orderId: OrderId,
    amount: Amount,
    refusal: HoldRefusal,
    attempt: HoldAttempt.optional(),
  },
  { description: 'Credit was not set aside for an order, for the reason given.' },
)

export const HoldReleased = event(
  'HoldReleased',
  1,
  {
    dealerId: DealerId,
    orderId: OrderId,
    amount: Amount, // what was still held; zero if the hold was not there or all used
    reason: ReleaseReason,
    attempt: HoldAttempt.optional(), // holds up to this attempt are released
    prepaymentFreed: PositiveAmount.optional(), // cash earmarked for the order, unapplied again
  },
  { description: "What was left of an order's hold was given back." },
)

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

export const OrderingFrozen = event(
  'OrderingFrozen',
  1,
  {
    dealerId: DealerId,
    cause: z.enum(['overdue', 'manual']),
    receivableIds: z.array(ReceivableId).max(1000), // what is overdue, the oldest first
    reason: Text.optional(),
  },
  { description: 'The dealer may not order any more.' },
)

export const OrderingUnfrozen = event(
  'OrderingUnfrozen',
  1,
  {
    dealerId: DealerId,
    cause: z.enum(['settled', 'lifted']), // nothing is overdue any more, or finance let it
    reason: Text.optional(),
  },
  { description: 'The dealer may order again.' },
)

export const TemporaryLimitEnded = event(
  'TemporaryLimitEnded',
  1,
  { dealerId: DealerId, temporaryLimitId: TemporaryLimitId },
  { description: 'The last day of a temporary limit closed.' },
)

export const GuaranteeEnded = event(
  'GuaranteeEnded',
  1,
  { guaranteeId: GuaranteeId, guarantorDealerId: DealerId, dealerId: DealerId },
  { description: 'The last day of a guarantee closed, or its guarantor is no superior any more.' },
)

export const FacilityDayClosed = event(
  'FacilityDayClosed',
  1,
  { date: LocalDate, more: z.boolean() }, // more: what belongs to the day did not fit in one write
  { description: 'What belongs to the closing day is posted in this facility.' },
)

export const DealerMoved = event(
  'DealerMoved',
  1,
  { dealerId: DealerId, parentDealerId: DealerId, reason: Text },
  { description: 'A dealer has another superior in the same facility; its exposure goes with it.' },
)

/** Where a refund's money comes from: unapplied cash, or what a return made payable. */
export const RefundSource = z.enum(['unapplied-cash', 'return'])
export type RefundSource = z.output<typeof RefundSource>

/** How money goes back: the way it came, or by bank transfer. */
export const RefundWay = z.enum(['original', 'bank'])
export type RefundWay = z.output<typeof RefundWay>

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
  { refundId: RefundId, dealerId: DealerId, amount: PositiveAmount, refusal: HoldRefusal },
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

export const DebitMandateGiven = event(
  'DebitMandateGiven',
  1,
  {
    dealerId: DealerId,
    method: z.enum(['wechat', 'alipay']),
    mandateReference: Text, // the provider's
    reason: Text.optional(),
  },
  { description: 'What a dealer owes may be debited on its due date.' },
)

export const DebitMandateRevoked = event(
  'DebitMandateRevoked',
  1,
  { dealerId: DealerId, reason: Text.optional() },
  { description: 'Nothing of what a dealer owes is debited any more.' },
)

export const DebitsDue = event(
  'DebitsDue',
  1,
  {
    date: LocalDate, // the due date: the day that opens as the one before it closes
    debits: z
      .array(
        z.strictObject({
          debitId: Id, // `<facilityId>.d<n>`
          dealerId: DealerId,
          method: z.enum(['wechat', 'alipay']),
          mandateReference: Text,
          amount: PositiveAmount,
          receivableIds: z.array(ReceivableId).min(1).max(1000),
        }),
      )
      .min(1)
      .max(500),
  },
  { description: 'Receivables fall due whose dealers let them be debited.' },
)

export const FACILITY_EVENTS = [
  DealerJoined,
  LimitSet,
  TemporaryLimitSet,
  GuaranteeGiven,
  GuaranteeRevoked,
  HoldPlaced,
  HoldRefused,
  HoldReleased,
  ReceivableRecognised,
  PaymentReceived,
  UnappliedCashAllocated,
  PrepaymentCovered,
  PaymentRedated,
  LateFeesCharged,
  LateFeesCorrected,
  OrderingFrozen,
  OrderingUnfrozen,
  TemporaryLimitEnded,
  GuaranteeEnded,
  FacilityDayClosed,
  DealerMoved,
  AllocationsReversed,
  ReceiptReversed,
  ReceivableWrittenOff,
  ReceivableRecovered,
  ReturnCredited,
  RefundCashReserved,
  RefundCashRefused,
  RefundCashReleased,
  RefundPaidOut,
  DebitMandateGiven,
  DebitMandateRevoked,
  DebitsDue,
] as const

export type FacilityEvent = EventOf<(typeof FACILITY_EVENTS)[number]>
