/** What may be asked about the review of orders: rules, who stands in for whom, and decisions. */

import { z } from 'zod'
import type { DecisionContext } from '../domain/context.ts'
import { delegation, endDelegation, giveDelegation } from '../domain/delegation/delegation.ts'
import { DelegationId } from '../domain/delegation/terms.ts'
import { Code } from '../domain/kernel/explanation.ts'
import { DealerId, Instant, Name, OrderId, PositiveAmount, Text } from '../domain/kernel/values.ts'
import { approveOrder, escalateReview, rejectReview } from '../domain/order/approval.ts'
import {
  AmendmentRefused,
  OrderCancelled,
  OrderRejected,
  RemainderCancelled,
} from '../domain/order/events.ts'
import { requestReview } from '../domain/order/review.ts'
import { OrderApproved, ReviewStepApproved } from '../domain/order/review-events.ts'
import { ReviewReason } from '../domain/order/values.ts'
import {
  endReviewRule,
  ReviewRuleSet,
  reviewRule,
  setReviewRule,
} from '../domain/reviewRule/reviewRule.ts'
import { ApproverRole, ReviewWhen, RuleId, RuleStep } from '../domain/reviewRule/rule.ts'
import { firstOf } from './answers.ts'
import { type Answered, command } from './command.ts'
import { DayOrInstant, instantOf } from './day-or-instant.ts'
import { ofOrder } from './of-order.ts'

const RULE_ROLES = ['brand-admin', 'brand-ops'] as const

const Step = RuleStep.extend({ hours: RuleStep.shape.hours.default(24) })

const RuleInput = z.strictObject({
  ruleId: RuleId.optional(),
  name: Name,
  when: ReviewWhen,
  effect: z.enum(['review', 'reject']).default('review'),
  chain: z.array(Step).min(1, 'must have at least one step').max(4).optional(),
  escalateTo: ApproverRole.default('brand-admin'),
  from: DayOrInstant.optional(),
  to: DayOrInstant.optional(),
})
type RuleInput = z.output<typeof RuleInput>

/** The one step of a rule that names none. */
const USUAL_CHAIN = [{ role: 'brand-ops' as const, hours: 24 }]

function termsOf({ ruleId, from, to, ...rest }: RuleInput, context: DecisionContext) {
  return {
    ...rest,
    ruleId: ruleId ?? context.newId('reviewRule'),
    chain: rest.chain ?? (rest.effect === 'review' ? USUAL_CHAIN : []),
    ...(from !== undefined && { from: instantOf(from, context) }),
    ...(to !== undefined && { to: instantOf(to, context) }),
  }
}

export const SetReviewRule = command({
  name: 'SetReviewRule',
  schema: RuleInput,
  roles: RULE_ROLES,
  aggregate: reviewRule,
  stream: ({ ruleId }, { newId }) => ruleId ?? newId('reviewRule'),
  expects: 'any',
  decide: (state, input, context) => setReviewRule(state, termsOf(input, context)),
  route: {
    path: '/review-rules',
    status: 201,
    summary: 'Set a review rule, or the next version of one',
    answer: ({ streamId, events }) => ({
      ruleId: streamId,
      version: firstOf(ReviewRuleSet, events)?.data.version,
    }),
    answerSchema: z.object({ ruleId: RuleId, version: z.number().int() }),
    location: ({ streamId }) => `/review-rules/${streamId}`,
  },
})

export const EndReviewRule = command({
  name: 'EndReviewRule',
  schema: z.strictObject({ ruleId: RuleId, reason: Text.optional() }),
  roles: RULE_ROLES,
  aggregate: reviewRule,
  stream: ({ ruleId }) => ruleId,
  expects: 'any', // a built-in rule has no stream until it is changed
  decide: endReviewRule,
  route: {
    path: '/review-rules/:ruleId/end',
    summary: 'End a review rule; orders in review stay there',
  },
})

/** Everybody who may approve, or stand in for one who may. */
const REVIEWING_ROLES = [
  'brand-admin',
  'brand-ops',
  'brand-finance',
  'brand-warehouse',
  'dealer-approver',
  'dealer-buyer',
  'dealer-warehouse',
  'platform-support',
  'platform-service',
] as const

export const GiveDelegation = command({
  name: 'GiveDelegation',
  schema: z.strictObject({
    delegationId: DelegationId.optional(),
    delegate: Name,
    delegator: Name.optional(),
    role: ApproverRole.optional(),
    dealerId: DealerId.optional(),
    from: DayOrInstant,
    to: DayOrInstant,
    reason: Text,
  }),
  roles: ApproverRole.options,
  dealer: ({ dealerId }, _, actor) => dealerId ?? actor.dealerId,
  aggregate: delegation,
  stream: ({ delegationId }, { newId }) => delegationId ?? newId('delegation'),
  expects: 'new',
  decide: (state, input, context) =>
    giveDelegation(
      state,
      {
        ...input,
        delegationId: input.delegationId ?? context.newId('delegation'),
        from: instantOf(input.from, context),
        to: instantOf(input.to, context),
      },
      context,
    ),
  route: {
    path: '/delegations',
    status: 201,
    summary: 'Let another person approve orders in your stead, for a time',
    answer: ({ streamId }) => ({ delegationId: streamId }),
    answerSchema: z.object({ delegationId: DelegationId }),
    location: ({ streamId }) => `/delegations/${streamId}`,
  },
})

export const EndDelegation = command({
  name: 'EndDelegation',
  schema: z.strictObject({ delegationId: DelegationId, reason: Text.optional() }),
  roles: REVIEWING_ROLES,
  dealer: (_, __, { dealerId }) => dealerId, // whose it is, the decision looks at
  aggregate: delegation,
  stream: ({ delegationId }) => delegationId,
  expects: 'existing',
  decide: endDelegation,
  route: { path: '/delegations/:delegationId/end', summary: 'End a delegation' },
})

const Decided = z.strictObject({ orderId: OrderId, reason: Text.optional(), code: Code.optional() })

export const ApproveOrder = command({
  ...ofOrder,
  name: 'ApproveOrder',
  schema: Decided,
  roles: REVIEWING_ROLES,
  decide: approveOrder,
  route: {
    path: '/orders/:orderId/approve',
    summary: 'Approve the step of a review that is yours; after the last one the order goes on',
    requiresIfMatch: true,
    answer: approvedAnswer,
    answerSchema: z.object({
      orderId: OrderId,
      review: z.number().int(),
      approved: z.enum(['step', 'order', 'amendment']),
      onBehalfOf: Name.optional(),
    }),
  },
})

function approvedAnswer({ streamId, events }: Answered<unknown>) {
  const step = firstOf(ReviewStepApproved, events)
  const last = firstOf(OrderApproved, events)
  const { review, onBehalfOf } = { ...step?.data, ...last?.data }
  const whole = last?.data.amendment === undefined ? 'order' : 'amendment'
  return {
    orderId: streamId,
    review,
    approved: last ? whole : 'step',
    ...(onBehalfOf !== undefined && { onBehalfOf }),
  }
}

const ENDINGS = new Map<string, string>([
  [OrderRejected.eventType, 'rejected'],
  [OrderCancelled.eventType, 'cancelled'],
  [RemainderCancelled.eventType, 'remainder-cancelled'],
  [AmendmentRefused.eventType, 'amendment-refused'],
])

export const RejectReview = command({
  ...ofOrder,
  name: 'RejectReview',
  schema: Decided,
  roles: REVIEWING_ROLES,
  decide: rejectReview,
  route: {
    path: '/orders/:orderId/reject',
    summary: 'Reject an order in review (confirmed: cancel it), or refuse its amendment',
    requiresIfMatch: true,
    answer: ({ streamId, events }) => ({
      orderId: streamId,
      outcome: ENDINGS.get(events[0]?.type ?? ''),
    }),
    answerSchema: z.object({ orderId: OrderId, outcome: z.enum([...ENDINGS.values()]) }),
  },
})

export const RequestReview = command({
  ...ofOrder,
  name: 'RequestReview',
  schema: z.strictObject({
    orderId: OrderId,
    reasons: z.array(ReviewReason).min(1).max(50),
    release: PositiveAmount.optional(),
    amendment: z.number().int().min(1).optional(),
  }),
  roles: [],
  decide: requestReview,
})

export const EscalateReview = command({
  ...ofOrder,
  name: 'EscalateReview',
  schema: z.strictObject({
    orderId: OrderId,
    review: z.number().int().min(1),
    step: z.number().int().min(0),
    dueAt: Instant,
  }),
  roles: [],
  decide: escalateReview,
})
