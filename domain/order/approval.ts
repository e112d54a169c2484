/**
 * Decisions of reviewers: each step of the chain is approved by a person of its role or in that person's
 * stead, by another person each, and by none who placed or amended the order.
 */

import type { DecisionContext } from '../context.ts'
import type { DelegationTerms } from '../delegation/terms.ts'
import { standsIn } from '../delegation/terms.ts'
import type { Decision, Refusal } from '../kernel/decision.ts'
import { accept, refusal, refuse } from '../kernel/decision.ts'
import type { DecidedEvent } from '../kernel/event.ts'
import { dealerPath } from '../reference/reference.ts'
import type { ApproverRole } from '../reviewRule/rule.ts'
import { cancelOrder } from './cancel.ts'
import { AmendmentRefused, OrderRejected } from './events.ts'
import { orderUnknown } from './refusals.ts'
import { dueAt } from './review.ts'
import { OrderApproved, ReviewEscalated, ReviewStepApproved } from './review-events.ts'
import type { Review } from './review-state.ts'
import type { Order, OrderState } from './state.ts'

export type DecideReview = Readonly<{
  orderId: string
  reason?: string | undefined
  code?: string | undefined
}>

/** In whose stead a person decides; absent: in their own right. */
type Authority = Readonly<{ onBehalfOf?: string }>

/**
 * Approves the step that is to be decided; after the last one the order goes on. Refuses `not-in-review`
 * (409), `own-order`, `approver-repeated` and `not-your-step` (403).
 */
export function approveOrder(
  state: OrderState,
  input: DecideReview,
  context: DecisionContext,
): Decision {
  if (!state) return orderUnknown(input.orderId)
  const { review } = state
  if (!review) return notInReview(state)
  const authority = approvalAuthority(state, review, context)
  if ('code' in authority) return { accepted: false, refusal: authority }
  return accept(approval(state, review, { ...noteOf(input), ...authority }, context.now))
}

function noteOf({ reason, code }: DecideReview) {
  return { ...(reason !== undefined && { note: reason }), ...(code !== undefined && { code }) }
}

function approval(
  { orderId, dealerId, facilityId }: Order,
  { review, chain, step, release, amendment, before }: Review,
  said: Readonly<{ note?: string; code?: string; onBehalfOf?: string }>,
  now: string,
): DecidedEvent {
  const next = chain[step + 1]
  if (next) return ReviewStepApproved({ orderId, review, step, ...said, dueAt: dueAt(next, now) })
  return OrderApproved({
    ...{ orderId, dealerId, facilityId, review, resumes: before, ...said },
    ...(release !== undefined && { release }),
    ...(amendment !== undefined && { amendment }),
  })
}

/**
 * Rejects what is in review: the order ends (what was confirmed is cancelled), or its amendment is
 * refused. Whoever may decide the step may, the order's own author too. Refuses `not-in-review` (409) and
 * `not-your-step` (403).
 */
export function rejectReview(
  state: OrderState,
  input: DecideReview,
  context: DecisionContext,
): Decision {
  if (!state) return orderUnknown(input.orderId)
  const { review } = state
  if (!review) return notInReview(state)
  const [authority] = authoritiesOf(state, review, context)
  if (!authority) return { accepted: false, refusal: notYourStep(state, review, context) }
  return rejection(state, review, input, { ...authority }, context)
}

function rejection(
  state: Order,
  review: Review,
  { orderId, reason, code = 'review-rejected' }: DecideReview,
  authority: Authority,
  context: DecisionContext,
): Decision {
  const message = reason ?? `rejected by ${context.actor.role}`
  const decision = decisionOf(review, context)
  if (review.amendment !== undefined) {
    const about = { orderId, amendment: review.amendment, review: review.review }
    return accept(AmendmentRefused({ ...about, code, message, decision }))
  }
  if (review.before === 'confirmed' || review.before === 'shipping') {
    return cancelOrder(
      { ...state, status: review.before },
      { orderId, reason: message, code },
      context,
    )
  }
  return accept(OrderRejected({ orderId, code, message, decision, ...authority }))
}

function decisionOf({ review, step, reasons }: Review, { actor }: DecisionContext) {
  return {
    rule: 'review',
    ruleVersion: 1,
    inputs: {
      review,
      step,
      role: actor.role,
      reasons: reasons.map(({ code, message }) => ({ code, message })),
    },
    ways: [...new Set(reasons.flatMap(({ decision }) => decision.ways))].filter(
      (way) => !way.startsWith('approval by'),
    ),
  }
}

export type EscalateReview = Readonly<{
  orderId: string
  review: number
  step: number
  /** The time that has passed. */
  dueAt: string
}>

/** The last to escalate to. */
const LAST_RESORT: ApproverRole = 'brand-admin'

/**
 * Lets a higher role decide a step whose time has passed: the rule's, and after it brand-admin. Nothing
 * happens once the step is decided, or nobody is left to escalate to: then it stays, and is seen to.
 */
export function escalateReview(
  state: OrderState,
  input: EscalateReview,
  { now }: DecisionContext,
): Decision {
  if (!state) return orderUnknown(input.orderId)
  const { orderId, review: open } = state
  if (open?.review !== input.review || open.step !== input.step || open.dueAt !== input.dueAt) {
    return accept()
  }
  const { review, step } = open
  const current = open.chain[step]
  const [to, next] = higherRoles(open)
  if (to === undefined || current === undefined) return accept()
  const again = next === undefined ? {} : { dueAt: dueAt(current, now) }
  return accept(ReviewEscalated({ orderId, review, step, to, ...again }))
}

/** Whom a step can still be escalated to, the next first. */
function higherRoles(review: Review): readonly ApproverRole[] {
  const ladder = [review.chain[review.step]?.escalateTo ?? LAST_RESORT, LAST_RESORT]
  const known = rolesOf(review)
  return [...new Set(ladder)].filter((role) => !known.includes(role))
}

/** The roles that may decide the step as it is now. */
export function rolesOf({ chain, step, escalatedTo }: Review): readonly ApproverRole[] {
  const role = chain[step]?.role
  return [...(role === undefined ? [] : [role]), ...escalatedTo]
}

function approvalAuthority(
  state: Order,
  review: Review,
  context: DecisionContext,
): Authority | Refusal {
  const { user } = context.actor
  if (state.authors.includes(user)) return ownOrder(state, user)
  if (review.approvers.includes(user)) return approverRepeated(state, user)
  const authorities = authoritiesOf(state, review, context)
  if (authorities.length === 0) return notYourStep(state, review, context)
  const barred = ({ onBehalfOf = '' }: Authority) =>
    state.authors.includes(onBehalfOf) || review.approvers.includes(onBehalfOf)
  const free = authorities.find((authority) => !barred(authority))
  if (free) return free
  const { onBehalfOf = '' } = authorities[0] ?? {}
  return state.authors.includes(onBehalfOf)
    ? ownOrder(state, onBehalfOf)
    : approverRepeated(state, onBehalfOf)
}

/** All rights by which the sender may decide the step: their own first, then those delegated to them. */
function authoritiesOf(
  state: Order,
  review: Review,
  context: DecisionContext,
): readonly Authority[] {
  const { actor } = context
  const roles: readonly string[] = rolesOf(review)
  const own = roles.includes(actor.role) ? [{}] : []
  const lent = delegationsOf(context)
    .filter((terms) => roles.includes(terms.role) && isOfHouse(terms, state, context))
    .map(({ delegator }) => ({ onBehalfOf: delegator }))
  return [...own, ...lent]
}

function delegationsOf({ reference, actor, now }: DecisionContext): readonly DelegationTerms[] {
  const given = reference.delegations.get(actor.user) ?? []
  return given.filter((terms) => standsIn(terms, now))
}

/** A dealer's people stand in for those of the order's dealer or its superiors, the brand's for the brand's. */
function isOfHouse(
  { dealerId }: DelegationTerms,
  state: Order,
  { actor, reference }: DecisionContext,
): boolean {
  if (actor.role.startsWith('dealer-') !== (dealerId !== undefined)) return false
  return (
    dealerId === undefined ||
    dealerPath(reference, state.dealerId).some((dealer) => dealer.dealerId === dealerId)
  )
}

function notInReview({ orderId, status }: Order): Decision {
  return refuse('not-in-review', {
    kind: 'state',
    message: `order ${orderId} is ${status}; nobody is asked to approve it`,
    inputs: { orderId, status },
  })
}

function ownOrder({ orderId, authors }: Order, user: string): Refusal {
  return refusal('own-order', {
    kind: 'forbidden',
    message: `${user} placed or amended order ${orderId}: nobody approves their own order`,
    inputs: { orderId, user, authors },
    ways: ['let another person approve it'],
  })
}

function approverRepeated({ orderId, review }: Order, user: string): Refusal {
  return refusal('approver-repeated', {
    kind: 'forbidden',
    message: `${user} approved a step of order ${orderId} already: each step needs another person`,
    inputs: { orderId, user, step: review?.step ?? 0, approvers: review?.approvers ?? [] },
    ways: ['let another person approve this step'],
  })
}

function notYourStep(state: Order, review: Review, context: DecisionContext): Refusal {
  const roles = rolesOf(review)
  return refusal('not-your-step', {
    kind: 'forbidden',
    message: `this step of order ${state.orderId} is decided by ${roles.join(' or ')}`,
    inputs: {
      orderId: state.orderId,
      step: review.step,
      steps: review.chain.length,
      roles,
      yours: context.actor.role,
      standingInFor: delegationsOf(context).map(({ delegator, role }) => ({ delegator, role })),
    },
    ways: [
      `ask someone of the role ${roles.join(' or ')}`,
      'have their approvals delegated to you',
    ],
  })
}
