/** Reviewers, rules and earlier orders that tests of reviews are made of. */

import type { DecisionContext } from '../../../domain/context.ts'
import { DelegationGiven } from '../../../domain/delegation/delegation.ts'
import type { DelegationTerms } from '../../../domain/delegation/terms.ts'
import { addMs } from '../../../domain/kernel/dates.ts'
import type { Actor, DecidedEvent } from '../../../domain/kernel/event.ts'
import type { OrderEvent } from '../../../domain/order/events.ts'
import { OrderPlaced } from '../../../domain/order/events.ts'
import { ReviewRequested } from '../../../domain/order/review-events.ts'
import { evolveReference } from '../../../domain/reference/evolve.ts'
import type { Reference } from '../../../domain/reference/reference.ts'
import { ReviewRuleSet } from '../../../domain/reviewRule/reviewRule.ts'
import type { ReviewRule, ReviewWhen } from '../../../domain/reviewRule/rule.ts'
import { recorded } from '../../support/recorded.ts'
import { asking, inShop, placing, shop } from './shop.ts'

export const NOW = '2026-01-05T02:00:00.000Z'

export const OPS: Actor = { user: 'olga', role: 'brand-ops' }
export const OTHER_OPS: Actor = { user: 'otto', role: 'brand-ops' }
export const FINANCE: Actor = { user: 'fei', role: 'brand-finance' }
export const ADMIN: Actor = { user: 'ada', role: 'brand-admin' }

export function ruleOf(when: ReviewWhen, terms: Partial<ReviewRule> = {}): DecidedEvent {
  return ReviewRuleSet({
    ruleId: `rule-${when.kind}`,
    version: 1,
    name: when.kind,
    when,
    effect: 'review',
    chain: [{ role: 'brand-ops', hours: 24 }],
    escalateTo: 'brand-admin',
    ...terms,
  })
}

export function delegationOf(terms: Partial<DelegationTerms>): DecidedEvent {
  const { delegator = 'olga', delegate = 'tom' } = terms
  return DelegationGiven({
    delegationId: `${delegator}-for-${delegate}`,
    delegator,
    delegate,
    role: 'brand-ops',
    from: '2026-01-01T00:00:00.000Z',
    to: '2026-02-01T00:00:00.000Z',
    reason: 'on leave',
    ...terms,
  })
}

/** The shop, with these events seen as well. */
export function shopAfter(...events: readonly DecidedEvent[]): Reference {
  return events.map((event) => recorded('any-1', event)).reduce(evolveReference, shop)
}

type Earlier = Readonly<{
  orderId: string
  total: string
  minutesAgo: number
  dealerId?: string
  actor?: Actor
}>

/** A view that has seen orders of the last day. */
export function withEarlier(reference: Reference, ...earlier: readonly Earlier[]): Reference {
  const [placed] = placing()
  const template = OrderPlaced.schema.parse(placed?.data)
  return earlier.reduce((view, { orderId, total, minutesAgo, dealerId = 'D1', actor }) => {
    const placedAt = addMs(NOW, -minutesAgo * 60_000)
    const event = OrderPlaced({ ...template, orderId, dealerId, total, placedAt })
    const metadata = actor === undefined ? {} : { actor }
    return evolveReference(view, recorded(`order-${orderId}`, event, { metadata }))
  }, reference)
}

/** The events of placing 120 MILK and 3 TEA (1,419.99), under these rules. */
export function placedUnder(
  reference: Reference,
  overrides: Partial<DecisionContext> = {},
): readonly OrderEvent[] {
  return placing(asking(), inShop({ reference, ...overrides }))
}

export function requestIn(events: readonly DecidedEvent[]) {
  const found = events.find(({ type }) => type === 'ReviewRequested')
  return found && ReviewRequested.schema.parse(found.data)
}
