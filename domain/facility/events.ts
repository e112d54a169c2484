/** What happens to the credit of one dealer tree. Stream: `facility-<root dealer's id>`. */

import { z } from 'zod'
import { type EventOf, event } from '../kernel/event.ts'
import { Journal } from '../kernel/journal.ts'
import {
  Amount,
  DealerId,
  FulfilmentId,
  LocalDate,
  OrderId,
  PaymentId,
  PositiveAmount,
  Rate,
  ReceivableId,
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
export const Allocation = z.strictObject({ receivableId: ReceivableId, amount: PositiveAmount })
export type Allocation = z.output<typeof Allocation>

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
  { dealerId: DealerId, orderId: OrderId, amount: Amount, attempt: HoldAttempt.optional() },
  { description: 'Credit was set aside for an order.' },
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
    unapplied: Amount,
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
    journal: Journal,
  },
  { description: 'Money received earlier settled receivables.' },
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
] as const

export type FacilityEvent = EventOf<(typeof FACILITY_EVENTS)[number]>
