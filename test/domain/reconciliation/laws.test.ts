/** What holds of matching whatever the lines and the books are. */

import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { test } from 'tap'
import { addDays } from '../../../domain/kernel/dates.ts'
import { decimal, sum, toAmount } from '../../../domain/kernel/money.ts'
import type { MatchResult, ReceivableItem } from '../../../domain/reconciliation/types.ts'
import { DAY, line, matched, payment, receivable } from '../../support/statement-lines.ts'
import { naiveMatches } from './naive.ts'

const amounts = fc
  .integer({ min: 1, max: 9 })
  .map((units) => toAmount(decimal(units).times('10.10')))
const dealers = fc.constantFrom('A', 'B')
const days = fc.integer({ min: -5, max: 5 }).map((off) => addDays(DAY, off))
const NAMES: Readonly<Record<string, string>> = { A: 'Ningbo Foods', B: 'Hangzhou Tea Co Ltd' }

const receivables = fc
  .array(fc.record({ amount: amounts, dealerId: dealers, dueOn: days }), { maxLength: 9 })
  .map((all) => all.map(({ amount, ...more }, at) => receivable(`F.${at}`, amount, more)))

const lines = fc.array(
  fc
    .record({
      units: fc.integer({ min: 1, max: 20 }),
      dealerId: dealers,
      date: days,
      named: fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 2 }),
    })
    .map(({ units, dealerId, date, named }) => ({
      ...line(toAmount(decimal(units).times('10.10')), { date, payerName: NAMES[dealerId] ?? '' }),
      text: named.map((at) => `F.${at}`).join(' '),
      dealerId,
    })),
  { minLength: 1, maxLength: 6 },
)

/** Chance is not asked: of so few and small amounts it would make most combinations. */
const CERTAIN = { amountsPerCombination: 0 }

function receivablesOf({ class: of, counterpart }: MatchResult): readonly string[] {
  if (of !== 'matched' || counterpart === undefined) return []
  return 'receivableIds' in counterpart ? counterpart.receivableIds : []
}

test('what is matched is what trying everything gives', (t) => {
  fc.assert(
    fc.property(lines, receivables, (some, items) => {
      const found = matched(some, items, undefined, CERTAIN)
      return isDeepStrictEqual(found.map(receivablesOf), naiveMatches(some, items))
    }),
    { seed: 21, numRuns: 3_000 },
  )
  t.end()
})

test('a match is exact, and no item stands for two lines', (t) => {
  fc.assert(
    fc.property(lines, receivables, (some, items) => {
      const results = matched(some, items, undefined, CERTAIN)
      const used = results.flatMap(receivablesOf)
      const isExact = (result: MatchResult, at: number) =>
        result.class !== 'matched' || totalOf(items, receivablesOf(result)) === some[at]?.amount
      return new Set(used).size === used.length && results.every(isExact)
    }),
    { seed: 22, numRuns: 1_000 },
  )
  t.end()
})

function totalOf(items: readonly ReceivableItem[], ids: readonly string[]): string {
  const named = items.filter(({ receivableId }) => ids.includes(receivableId))
  return toAmount(sum(named.map(({ amount }) => decimal(amount))))
}

test('the order of items and payers means nothing', (t) => {
  const shuffled = receivables.chain((items) => {
    const all = [...items, payment('P.1', '30.30', { orderIds: [] }), payment('P.2', '30.30')]
    return fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))
  })
  fc.assert(
    fc.property(lines, shuffled, (some, [items, others]) => {
      return isDeepStrictEqual(matched(some, others), matched(some, items))
    }),
    { seed: 23, numRuns: 1_000 },
  )
  t.end()
})

test('each line has one result, complete for its class', (t) => {
  fc.assert(
    fc.property(lines, receivables, (some, items) => {
      const results = matched(some, items)
      const isInOrder = results.every((result, at) => result.line === at + 1)
      return results.length === some.length && isInOrder && results.every(isComplete)
    }),
    { seed: 24, numRuns: 1_000 },
  )
  t.end()
})

function isComplete({ class: of, counterpart, candidates, code }: MatchResult): boolean {
  if (of === 'exception') return counterpart === undefined && code !== undefined
  if (of === 'matched') return counterpart !== undefined && code === undefined
  return (counterpart === undefined) !== (candidates === undefined) && code === undefined
}
