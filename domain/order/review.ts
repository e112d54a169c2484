/** Whether people have to look at an order, by the review rules in force (DOMAIN: Orders). */

import type { DecisionContext } from '../context.ts'
import { addMs } from '../kernel/dates.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept } from '../kernel/decision.ts'
import type { DecidedEvent } from '../kernel/event.ts'
import { decimal } from '../kernel/money.ts'
import type { ReviewRule, RuleStep } from '../reviewRule/rule.ts'
import { BUILT_IN_RULES, isInForce } from '../reviewRule/rule.ts'
import { AmendmentRefused, OrderRejected } from './events.ts'
import { orderUnknown } from './refusals.ts'
import { ReviewRequested } from './review-events.ts'
import type { Judged } from './review-signals.ts'
import { reasonOf } from './review-signals.ts'
import type { Order, OrderState } from './state.ts'
import type { ReviewReason, ReviewStep } from './values.ts'

/** A rule that an order falls under, and why. */
export type Finding = Readonly<{ rule: ReviewRule; reason: ReviewReason }>

/** The rules in force that an order falls under, in the order of their ids; pure, and nothing is written. */
export function reviewReasons(order: Judged, context: DecisionContext): readonly Finding[] {
  return rulesInForce(context).flatMap((rule) => {
    const reason = reasonOf(rule, order, context)
    return reason === undefined ? [] : [{ rule, reason }]
  })
}

type About = Readonly<{
  /** Which review of the order it would be, from 1. */
  review: number
  /** Set: the order stands, and only this amendment of it is in question. */
  amendment?: number | undefined
}>

/**
 * What is written besides the order itself: nothing if no rule is for it; else the request for review,
 * or, if one of the rules rejects, the rejection (of an amendment: its refusal).
 */
export function reviewEvents(
  order: Judged,
  { review, amendment }: About,
  context: DecisionContext,
): readonly DecidedEvent[] {
  const findings = reviewReasons(order, context)
  const fatal = findings.find(({ rule }) => rule.effect === 'reject')
  if (fatal) return [rejection(order, fatal, amendment)]
  if (findings.length === 0) return []
  const reasons = findings.map(({ reason }) => reason)
  const rules = findings.map(({ rule }) => rule)
  return [requested(order, rules, { review, reasons, amendment }, context)]
}

function rejection(
  { orderId }: Judged,
  { reason: { message, decision } }: Finding,
  amendment: number | undefined,
): DecidedEvent {
  const refused = { orderId, code: 'review-rejected', message, decision }
  return amendment === undefined
    ? OrderRejected(refused)
    : AmendmentRefused({ ...refused, amendment })
}

type Request = Readonly<{
  review: number
  reasons: readonly ReviewReason[]
  release?: string | undefined
  amendment?: number | undefined
}>

function requested(
  { orderId, dealerId, total }: Pick<Judged, 'orderId' | 'dealerId' | 'total'>,
  rules: readonly ReviewRule[],
  { review, reasons, release, amendment }: Request,
  { now }: DecisionContext,
): DecidedEvent {
  const chain = chainOf(rules, total)
  return ReviewRequested({
    orderId,
    dealerId,
    review,
    reasons: [...reasons],
    total,
    chain: [...chain],
    dueAt: dueAt(chain[0], now),
    ...(release !== undefined && { release }),
    ...(amendment !== undefined && { amendment }),
  })
}

/** When a step escalates if it begins now. */
export function dueAt(step: Pick<ReviewStep, 'hours'> | undefined, now: string): string {
  return addMs(now, (step?.hours ?? 0) * MS_AN_HOUR)
}

const MS_AN_HOUR = 60 * 60_000

/**
 * The steps that all of the rules together ask for, in the order of the rules; a role comes as often as
 * in the one rule that asks for it most often.
 */
export function chainOf(rules: readonly ReviewRule[], total: string): readonly ReviewStep[] {
  const chain: ReviewStep[] = []
  for (const rule of rules) {
    const taken = new Set<ReviewStep>()
    for (const step of stepsOf(rule, total)) {
      const same = chain.find((other) => other.role === step.role && !taken.has(other))
      if (same === undefined) chain.push(step)
      taken.add(same ?? step)
    }
  }
  return chain
}

function stepsOf({ ruleId, version, chain, escalateTo }: ReviewRule, total: string): ReviewStep[] {
  return chain
    .filter((step) => isFor(step, total))
    .map(({ role, hours }) => ({ role, hours, escalateTo, ruleId, ruleVersion: version }))
}

function isFor({ over }: RuleStep, total: string): boolean {
  return over === undefined || decimal(total).greaterThan(over)
}

/** Those that were set; and of each kind of which none is in force, the built-in one if it was not ended. */
function rulesInForce({ reference, now }: DecisionContext): readonly ReviewRule[] {
  const rules = [...reference.reviewRules.values()].filter((rule) => isInForce(rule, now))
  const isSet = (kind: string) =>
    rules.some(({ when, version }) => version > 0 && when.kind === kind)
  return rules
    .filter(({ when, version }) => version > 0 || !isSet(when.kind))
    .sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1))
}

export type RequestReview = Readonly<{
  orderId: string
  reasons: readonly ReviewReason[]
  /** How far past the limits an approval would let the order go. */
  release?: string | undefined
  amendment?: number | undefined
}>

const REVIEWABLE: readonly string[] = ['placed', 'review', 'backordered', 'confirmed', 'shipping']

/**
 * Has people look at an order that credit or stock stopped. The chain is that of the rules for these
 * reasons. Nothing happens to an order that is decided, or is in review for all of these reasons; in
 * review for others, it begins anew, for all of them.
 */
export function requestReview(
  state: OrderState,
  input: RequestReview,
  context: DecisionContext,
): Decision {
  if (!state) return orderUnknown(input.orderId)
  const { review: open, reviews } = state
  if (!REVIEWABLE.includes(state.status) || isKnown(state, input)) return accept()
  const overtaken = input.amendment === undefined ? overtakenAmendment(state) : []
  const before = overtaken.length > 0 ? undefined : open
  const reasons = [...(before?.reasons ?? []), ...input.reasons]
  const rules = rulesFor(reasons, before, context)
  const release = input.release ?? before?.release
  const request = { review: reviews + 1, reasons, release, amendment: input.amendment }
  return accept(...overtaken, requested(state, rules, request, context))
}

function isKnown({ review }: Order, { reasons, amendment }: RequestReview): boolean {
  if (review === undefined || review.amendment !== amendment) return false
  return reasons.every(({ code, message }) =>
    review.reasons.some((known) => known.code === code && known.message === message),
  )
}

/** An amendment in review of an order that is itself in question now: it is refused. */
function overtakenAmendment({ orderId, review }: Order): readonly DecidedEvent[] {
  if (review?.amendment === undefined) return []
  const about = { orderId, amendment: review.amendment, review: review.review }
  const message = 'the order itself has to be looked at first'
  return [AmendmentRefused({ ...about, code: 'order-in-review', message })]
}

/** The rules in force for these reasons; where there is none, the built-in one still says who decides. */
function rulesFor(
  reasons: readonly ReviewReason[],
  before: Order['review'],
  context: DecisionContext,
): readonly ReviewRule[] {
  const inForce = rulesInForce(context).filter(({ effect }) => effect === 'review')
  const found = [...new Set(reasons.map(({ code }) => code))].flatMap((code) => {
    const rules = inForce.filter(({ when }) => when.kind === code)
    return rules.length > 0 ? rules : BUILT_IN_RULES.filter(({ when }) => when.kind === code)
  })
  const earlier = (before?.chain ?? []).map(({ ruleId }) => ruleId)
  const again = inForce.filter((rule) => earlier.includes(rule.ruleId) && !found.includes(rule))
  const rules = [...found, ...again]
  return rules.length > 0 ? rules : BUILT_IN_RULES.filter(({ when }) => when.kind === 'stock-lost')
}
