import { test } from 'tap'
import {
  endReviewRule,
  ReviewRuleEnded,
  ReviewRuleSet,
  reviewRule,
  setReviewRule,
} from '../../../domain/reviewRule/reviewRule.ts'
import type { RuleTerms } from '../../../domain/reviewRule/rule.ts'
import { scenarios } from '../../support/given.ts'

const rules = scenarios(reviewRule)

const terms: RuleTerms = {
  ruleId: 'large',
  name: 'Large orders',
  when: { kind: 'amount', over: '50000.00' },
  effect: 'review',
  chain: [{ role: 'brand-ops', hours: 24 }],
  escalateTo: 'brand-admin',
}

const set =
  (more: Partial<RuleTerms> = {}) =>
  (state: Parameters<typeof setReviewRule>[0]) =>
    setReviewRule(state, { ...terms, ...more })

const end =
  (ruleId = 'large') =>
  (state: Parameters<typeof endReviewRule>[0]) =>
    endReviewRule(state, { ruleId })

test('each time a rule is set it has the next version, after its end as well', async (t) => {
  rules(t)
    .when(set())
    .then(ReviewRuleSet({ ...terms, version: 1 }))
    .when(set({ name: 'Very large' }))
    .then(ReviewRuleSet({ ...terms, name: 'Very large', version: 2 }))
    .when(end())
    .then(ReviewRuleEnded({ ruleId: 'large', version: 2 }))
    .when(end())
    .changesNothing()
    .when(set())
    .then(ReviewRuleSet({ ...terms, version: 3 }))
})

test('a built-in rule can be ended and replaced; an unknown one is not there', async (t) => {
  rules(t)
    .when(end('special-goods'))
    .then(ReviewRuleEnded({ ruleId: 'special-goods', version: 0 }))
    .when(end('special-goods'))
    .changesNothing()
  rules(t).when(end('nothing')).refused('review-rule-unknown', { ruleId: 'nothing' })
})

test('a rule that could never hold, or that nobody would approve by, is refused', async (t) => {
  const at = '2026-02-01T00:00:00.000Z'
  rules(t)
    .when(set({ from: at, to: at }))
    .refused('review-rule-empty-time', { from: at, to: at })
  rules(t)
    .when(set({ chain: [{ role: 'brand-ops', over: '10.00', hours: 1 }] }))
    .refused('review-chain-open')
  rules(t)
    .when(set({ effect: 'reject' }))
    .refused('review-chain-unused')
  rules(t)
    .when(set({ effect: 'reject', chain: [] }))
    .accepted()
  rules(t)
    .when(set({ effect: 'reject', chain: [], when: { kind: 'over-limit' } }))
    .refused('review-rule-only-reviews', { kind: 'over-limit' })
})
