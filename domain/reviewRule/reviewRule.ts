/** A rule that says which orders people have to look at, and who. Stream: `reviewRule-<ruleId>`. */

import { z } from 'zod'
import { aggregate, fold } from '../kernel/aggregate.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { event } from '../kernel/event.ts'
import { Text } from '../kernel/values.ts'
import type { RuleTerms } from './rule.ts'
import { BUILT_IN_RULES, RuleId, ruleTerms } from './rule.ts'

const Version = z.number().int().min(0) // counts up; 0: the built-in rule of that id

// Events: a storage format. Add fields and versions; never change a meaning.
export const ReviewRuleSet = event(
  'ReviewRuleSet',
  1,
  { ...ruleTerms, version: Version },
  { description: 'From now on, or from an instant on, these orders go to review or are rejected.' },
)

export const ReviewRuleEnded = event(
  'ReviewRuleEnded',
  1,
  { ruleId: RuleId, version: Version, reason: Text.optional() },
  { description: 'A review rule holds no more; orders in review stay there.' },
)

export type ReviewRuleEvent = EventOf<typeof ReviewRuleSet | typeof ReviewRuleEnded>

export type ReviewRuleState = Readonly<{ version: number; ended: boolean }> | undefined

const initial: ReviewRuleState = undefined

export const reviewRule = aggregate<ReviewRuleState>({
  category: 'reviewRule',
  version: 1,
  events: [ReviewRuleSet, ReviewRuleEnded],
  initial,
  evolve: fold<ReviewRuleState, ReviewRuleEvent>({
    ReviewRuleSet: (_, { version }) => ({ version, ended: false }),
    ReviewRuleEnded: (_, { version }) => ({ version, ended: true }),
  }),
})

/**
 * Sets a rule, or its next version, which replaces the one before. Refuses `review-rule-empty-time`,
 * `review-chain-open` (orders that no step is for) and `review-chain-unused` (a rule that rejects).
 */
export function setReviewRule(state: ReviewRuleState, terms: RuleTerms): Decision {
  return (
    emptyTime(terms) ??
    chainOpen(terms) ??
    chainUnused(terms) ??
    rejectsTooMuch(terms) ??
    accept(ReviewRuleSet({ ...terms, version: (state?.version ?? 0) + 1 }))
  )
}

export type EndReviewRule = Readonly<{ ruleId: string; reason?: string | undefined }>

/** Ends a rule, a built-in one too; nothing happens if it has ended. Refuses `review-rule-unknown`. */
export function endReviewRule(state: ReviewRuleState, input: EndReviewRule): Decision {
  const current = state ?? builtIn(input.ruleId)
  if (!current) return ruleUnknown(input.ruleId)
  return current.ended ? accept() : accept(ReviewRuleEnded({ ...input, version: current.version }))
}

function builtIn(id: string): ReviewRuleState {
  return BUILT_IN_RULES.some(({ ruleId }) => ruleId === id)
    ? { version: 0, ended: false }
    : undefined
}

function ruleUnknown(ruleId: string): Decision {
  return refuse('review-rule-unknown', {
    kind: 'unknown',
    message: `there is no review rule ${ruleId}`,
    inputs: { ruleId },
  })
}

function emptyTime({ from, to }: RuleTerms): Decision | undefined {
  if (from === undefined || to === undefined || from < to) return undefined
  return refuse('review-rule-empty-time', {
    message: `a rule from ${from} to ${to} never holds`,
    inputs: { from, to },
    ways: ['give a `to` after `from`', 'leave one of them out'],
  })
}

function chainOpen({ effect, chain }: RuleTerms): Decision | undefined {
  if (effect === 'reject' || chain.some(({ over }) => over === undefined)) return undefined
  return refuse('review-chain-open', {
    message:
      'nobody would approve orders of small totals: each step of the chain is for larger ones',
    inputs: { chain },
    ways: ['leave out `over` of one step'],
  })
}

function chainUnused({ effect, chain }: RuleTerms): Decision | undefined {
  if (effect === 'review' || chain.length === 0) return undefined
  return refuse('review-chain-unused', {
    message: 'a rule that rejects needs nobody to approve',
    inputs: { chain },
    ways: ['leave out the chain', 'let the rule ask for review'],
  })
}

/** Whether orders over the limit are rejected is the policy's to say; what lost its stock is confirmed. */
function rejectsTooMuch({ effect, when: { kind } }: RuleTerms): Decision | undefined {
  if (effect === 'review' || (kind !== 'over-limit' && kind !== 'stock-lost')) return undefined
  return refuse('review-rule-only-reviews', {
    message: `a rule for ${kind} says who approves; it can't reject`,
    inputs: { kind, effect },
    ways: ['let the rule ask for review'],
  })
}
