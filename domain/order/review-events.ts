/**
 * An order that people have to look at.
 *
 * Events: a storage format. Add fields and versions; never change a meaning.
 */

import { z } from 'zod'
import { event } from '../kernel/event.ts'
import { Code } from '../kernel/explanation.ts'
import {
  Amount,
  DealerId,
  FacilityId,
  Instant,
  Name,
  OrderId,
  PositiveAmount,
  Text,
} from '../kernel/values.ts'
import { ApproverRole } from '../reviewRule/rule.ts'
import { Ordinal, ReviewReason, ReviewStep } from './values.ts'

export const ReviewRequested = event(
  'ReviewRequested',
  1,
  {
    orderId: OrderId,
    dealerId: DealerId,
    review: Ordinal,
    reasons: z.array(ReviewReason).min(1).max(50),
    total: Amount, // what is to be approved
    chain: z.array(ReviewStep).min(1).max(50), // one after another, each by another person
    dueAt: Instant, // when the first step escalates
    release: PositiveAmount.optional(), // how far past the limits an approval would let it go
    amendment: Ordinal.optional(), // of an amendment: the order as it stands is not in question
  },
  { description: 'People have to approve the order before it goes on.' },
)

export const ReviewStepApproved = event(
  'ReviewStepApproved',
  1,
  {
    orderId: OrderId,
    review: Ordinal,
    step: z.number().int().min(0), // its place in the chain
    onBehalfOf: Name.optional(), // the user who delegated it
    note: Text.optional(),
    code: Code.optional(),
    dueAt: Instant, // when the next step escalates
  },
  { description: 'One of several approvers approved; the next has to.' },
)

export const ReviewEscalated = event(
  'ReviewEscalated',
  1,
  {
    orderId: OrderId,
    review: Ordinal,
    step: z.number().int().min(0),
    to: ApproverRole,
    dueAt: Instant.optional(), // when it escalates again; absent: to nobody any more
  },
  { description: 'Nobody decided in time: a higher role may and has to.' },
)

export const OrderApproved = event(
  'OrderApproved',
  1,
  {
    orderId: OrderId,
    dealerId: DealerId,
    facilityId: FacilityId,
    review: Ordinal,
    resumes: z.enum(['placed', 'backordered', 'confirmed', 'shipping']), // what the order is again
    release: PositiveAmount.optional(),
    amendment: Ordinal.optional(),
    onBehalfOf: Name.optional(),
    note: Text.optional(),
    code: Code.optional(),
  },
  { description: 'The last approver approved: the order goes on.' },
)

export const REVIEW_EVENTS = [
  ReviewRequested,
  ReviewStepApproved,
  ReviewEscalated,
  OrderApproved,
] as const
