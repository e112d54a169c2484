/** What a review rule says: which orders it is for, and who has to approve them. */

import { z } from 'zod'
import {
  Amount,
  DealerId,
  Id,
  Instant,
  Name,
  PositiveAmount,
  Quantity,
  Sku,
} from '../kernel/values.ts'

export const RuleId = Id

/** Who may be asked to approve: a dealer's approver approves for the dealer's own tree. */
export const ApproverRole = z.enum(['brand-admin', 'brand-ops', 'brand-finance', 'dealer-approver'])
export type ApproverRole = z.output<typeof ApproverRole>

/** Most orders that a burst may be made of: as many as are remembered of one address or dealer. */
export const MOST_IN_A_BURST = 200

/** A day: as long as recent orders are remembered. */
export const LONGEST_WINDOW_MINUTES = 24 * 60

const Minutes = z.number().int('must be a whole number').min(1).max(LONGEST_WINDOW_MINUTES)

/** Which orders a rule is for. */
export const ReviewWhen = z.discriminatedUnion('kind', [
  /** Credit was refused; says who has to approve what is past the limit. */
  z.strictObject({ kind: z.literal('over-limit') }),
  /** Stock that was reserved for the order is gone. */
  z.strictObject({ kind: z.literal('stock-lost') }),
  /** The total is over an amount. */
  z.strictObject({ kind: z.literal('amount'), over: Amount }),
  /** Some goods; if none are named, those whose product says that they are special. */
  z.strictObject({
    kind: z.literal('special-goods'),
    skus: z.array(Sku).min(1).max(1000).optional(),
    categories: z.array(Name).min(1).max(100).optional(),
  }),
  /** So many orders, this one included, from one network address or of one dealer within the minutes. */
  z.strictObject({
    kind: z.literal('burst'),
    by: z.enum(['address', 'dealer']),
    orders: Quantity.min(2, 'must be at least 2').max(MOST_IN_A_BURST),
    minutes: Minutes,
  }),
  /** Orders of one dealer within the minutes, none of them over the threshold, all together over it. */
  z.strictObject({
    kind: z.literal('order-cut-up'),
    threshold: PositiveAmount,
    minutes: Minutes,
  }),
  /** Everything that a dealer orders. */
  z.strictObject({ kind: z.literal('dealer'), dealerId: DealerId }),
])
export type ReviewWhen = z.output<typeof ReviewWhen>

/** One approval of several that are needed, one after another. */
export const RuleStep = z.strictObject({
  role: ApproverRole,
  over: Amount.optional(), // only for orders of a total over it
  hours: z.number().int('must be a whole number').min(1).max(720), // until it escalates
})
export type RuleStep = z.output<typeof RuleStep>

export const ruleTerms = {
  ruleId: RuleId,
  name: Name,
  when: ReviewWhen,
  // reject: the order ends at once. It then needs nobody's approval.
  effect: z.enum(['review', 'reject']),
  chain: z.array(RuleStep).max(4), // empty for the effect `reject`
  escalateTo: ApproverRole, // if a step is not decided in time; after that, brand-admin
  from: Instant.optional(), // absent: at once
  to: Instant.optional(), // exclusive; absent: until it is ended
}
const RuleTerms = z.strictObject(ruleTerms)
export type RuleTerms = z.output<typeof RuleTerms>

export type ReviewRule = RuleTerms & Readonly<{ version: number }>

const HOURS_A_STEP = 24

/** The rules that hold while none of their kind is set, unless they are ended under their ids. */
export const BUILT_IN_RULES: readonly ReviewRule[] = [
  {
    ruleId: 'over-limit',
    version: 0,
    name: 'Orders over the credit limit',
    when: { kind: 'over-limit' },
    effect: 'review',
    chain: [
      { role: 'brand-ops', hours: HOURS_A_STEP },
      { role: 'brand-finance', over: '50000.00', hours: HOURS_A_STEP },
    ],
    escalateTo: 'brand-admin',
  },
  {
    ruleId: 'special-goods',
    version: 0,
    name: 'Special goods',
    when: { kind: 'special-goods' },
    effect: 'review',
    chain: [{ role: 'brand-ops', hours: HOURS_A_STEP }],
    escalateTo: 'brand-admin',
  },
  {
    ruleId: 'stock-lost',
    version: 0,
    name: 'Confirmed orders that lost their stock',
    when: { kind: 'stock-lost' },
    effect: 'review',
    chain: [{ role: 'brand-ops', hours: HOURS_A_STEP }],
    escalateTo: 'brand-admin',
  },
]

/** Whether a rule holds at an instant. */
export function isInForce({ from, to }: RuleTerms, now: Instant): boolean {
  return (from === undefined || from <= now) && (to === undefined || now < to)
}
