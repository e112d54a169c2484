/** Months whose right answer is known: what is matched is right, and little is left to people. */

import { isDeepStrictEqual } from 'node:util'
import { test } from 'tap'
import { match } from '../../../domain/reconciliation/match.ts'
import {
  DEFAULT_LIMITS,
  type ExceptionCode,
  type LineClass,
  type MatchResult,
} from '../../../domain/reconciliation/types.ts'
import { type MonthLine, type Story, statementMonth } from '../../support/statement-month.ts'

type Judged = MonthLine & Readonly<{ result: MatchResult }>

function judged(seed: number, dealers: number): readonly Judged[] {
  const month = statementMonth({ seed, lines: 3_000, dealers, odd: 0.08 })
  const results = match(
    month.lines.map(({ line }) => line),
    month.books,
    DEFAULT_LIMITS,
  )
  return month.lines.flatMap((line, at) => {
    const result = results[at]
    return result === undefined ? [] : { ...line, result }
  })
}

function isWrong({ result, truth }: Judged): boolean {
  return result.class === 'matched' && !isDeepStrictEqual(result.counterpart, truth)
}

/** Of few dealers each has much that is open at once: the more combinations, the fewer are certain. */
const MONTHS = [
  { seed: 1, dealers: 200, recall: 0.99 },
  { seed: 2, dealers: 200, recall: 0.99 },
  { seed: 3, dealers: 40, recall: 0.9 },
  { seed: 4, dealers: 10, recall: 0.8 },
]

for (const { seed, dealers, recall } of MONTHS) {
  test(`in a month of ${dealers} dealers (${seed}) no match is wrong, and most are found`, async (t) => {
    const all = judged(seed, dealers)
    t.equal(all.length, 3_000)
    t.strictSame(all.filter(isWrong), [])
    const answerable = all.filter(({ truth }) => truth !== undefined)
    const found = answerable.filter(({ result }) => result.class === 'matched')
    t.comment(`recall ${found.length} of ${answerable.length}; ${told(all)}`)
    t.ok(found.length / answerable.length >= recall)
  })
}

const TOLD: Readonly<Partial<Record<Story, ExceptionCode | LineClass>>> = {
  partial: 'partial',
  'over-paid': 'over-paid',
  duplicate: 'duplicate',
  'unknown-payer': 'unknown-payer',
  misspelt: 'unknown-payer',
  'fee-taken': 'suggested',
  late: 'suggested',
  twins: 'suggested',
  bounce: 'suggested',
  'came-before-it-bounced': 'suggested',
  'charge-by-words': 'suggested',
}

test('what is odd is told for what it is, or something that is like it is suggested', async (t) => {
  const all = [1, 2, 3].flatMap((seed) => judged(seed, 200))
  for (const [story, as] of Object.entries(TOLD)) {
    const theirs = all.filter((one) => one.story === story)
    const classes = new Set(theirs.map(({ result }) => result.code ?? result.class))
    t.ok(classes.has(as) && classes.isSubsetOf(new Set([as, 'suggested'])), story)
  }
})

/** How each story was judged, how often. */
function told(all: readonly Judged[]): string {
  const counted = Map.groupBy(all, ({ story, result }) => `${story} ${result.code ?? result.class}`)
  return [...counted]
    .map(([story, { length }]) => `${story}: ${length}`)
    .sort()
    .join(', ')
}
