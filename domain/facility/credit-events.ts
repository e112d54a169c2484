/**
 * Who is in a dealer tree, how much credit it has, and what holds it.
 *
 * Events: a storage format. Add fields and versions; never change a meaning.
 */

import { z } from 'zod'
import { event } from '../kernel/event.ts'
import { StoredRefusal } from '../kernel/explanation.ts'
import {
  Amount,
  DealerId,
  LocalDate,
  OrderId,
  PositiveAmount,
  Rate,
  ReceivableId,
  Text,
} from '../kernel/values.ts'
import { Days, Terms } from './terms.ts'
import { GuaranteeId, HoldAttempt, ReleaseReason, TemporaryLimitId } from './values.ts'

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
    refusal: StoredRefusal,
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

export const DealerMoved = event(
  'DealerMoved',
  1,
  { dealerId: DealerId, parentDealerId: DealerId, reason: Text },
  { description: 'A dealer has another superior in the same facility; its exposure goes with it.' },
)

export const CREDIT_EVENTS = [
  DealerJoined,
  LimitSet,
  TemporaryLimitSet,
  GuaranteeGiven,
  GuaranteeRevoked,
  HoldPlaced,
  HoldRefused,
  HoldReleased,
  OrderingFrozen,
  OrderingUnfrozen,
  TemporaryLimitEnded,
  GuaranteeEnded,
  DealerMoved,
] as const
