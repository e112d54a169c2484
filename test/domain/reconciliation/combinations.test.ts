/** The search for combinations, held against trying all of them. */

import fc from 'fast-check'
import { test } from 'tap'
import { createCombiner, type Found } from '../../../domain/reconciliation/combinations.ts'

const BOUND = 4_096
const combiner = createCombiner(BOUND)
const combinerOfFew = createCombiner(4)

/** The search in cents as bigints, asked in small numbers. */
const asking = (made: typeof combiner) => (cents: readonly number[]) => {
  const combinations = made(cents.map(BigInt))
  return { find: (target: number) => combinations.find(BigInt(target)) }
}
const combine = asking(combiner)
const combineFew = asking(combinerOfFew)

/** All places whose amounts come to the target, by trying every set. */
function everyWay(cents: readonly number[], target: number): readonly (readonly number[])[] {
  const ways: number[][] = []
  for (let set = 1; set < 2 ** cents.length; set += 1) {
    const places = [...cents.keys()].filter((place) => (set >> place) & 1)
    if (sumAt(cents, places) === target) ways.push(places)
  }
  return ways
}

function sumAt(cents: readonly number[], places: readonly number[]): number {
  return places.reduce((sum, place) => sum + (cents[place] ?? Number.NaN), 0)
}

function waysOf(found: Found): readonly (readonly number[])[] {
  if (found.kind === 'one') return [found.places]
  return found.kind === 'many' ? found.ways : []
}

const someAmounts = (most: number) =>
  fc.array(fc.integer({ min: 1, max: most }), { minLength: 0, maxLength: 11 })

test('one, many or none: as many as there are, whichever amounts', (t) => {
  const input = fc
    .oneof(someAmounts(6), someAmounts(40), someAmounts(2_000))
    .chain((cents) =>
      fc.tuple(
        fc.constant(cents),
        fc.integer({ min: 0, max: sumAt(cents, [...cents.keys()]) + 1 }),
      ),
    )
  fc.assert(
    fc.property(input, ([cents, target]) => {
      const ways = everyWay(cents, target)
      const found = combine(cents).find(target)
      t.equal(found.kind, ways.length === 0 ? 'none' : ways.length === 1 ? 'one' : 'many')
      const told = waysOf(found)
      t.ok(told.every((places) => sumAt(cents, places) === target))
      t.equal(new Set(told.map(String)).size, told.length, 'two ways are two')
      if (ways.length === 1) t.strictSame(told, ways)
    }),
    { seed: 11, numRuns: 2_000 },
  )
  t.end()
})

test('with too little room it gives up, or says the same', (t) => {
  fc.assert(
    fc.property(someAmounts(50), fc.integer({ min: 1, max: 200 }), (cents, target) => {
      const bounded = combineFew(cents).find(target)
      const free = combine(cents).find(target)
      t.ok(bounded.kind === 'gave-up' || bounded.kind === free.kind)
    }),
    { seed: 12, numRuns: 1_000 },
  )
  t.end()
})

test('five thousand equal amounts are many ways, or all of them, at once', (t) => {
  const cents = Array.from({ length: 5_000 }, () => 10_000)
  const combinations = combine(cents)
  t.equal(combinations.find(20_000).kind, 'many')
  t.equal(combinations.find(5_000 * 10_000).kind, 'one')
  t.equal(combinations.find(5_001 * 10_000).kind, 'none')
  t.equal(combinations.find(15_000).kind, 'gave-up')
  t.end()
})

test('of more amounts than can be combined it gives up, unless it is all of them', (t) => {
  const cents = Array.from({ length: 60 }, (_, place) => 100_003 + 7 * place * place)
  const total = sumAt(cents, [...cents.keys()])
  const combinations = combine(cents)
  t.equal(combinations.find(total - 1).kind, 'gave-up')
  t.strictSame(combinations.find(total), { kind: 'one', places: [...cents.keys()] })
  t.end()
})

test('sums that no binary float holds are told apart to the cent', (t) => {
  const cents = Array.from({ length: 16 }, (_, place) => 10n ** 15n - 2n ** BigInt(place))
  const places = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15]
  const target = places.reduce((sum, place) => sum + (cents[place] ?? 0n), 0n)
  t.strictSame(combiner(cents).find(target), { kind: 'one', places })
  t.equal(combiner(cents).find(target + 1n).kind, 'none')
  t.equal(combiner(cents).find(10n ** 14n).kind, 'none')
  t.end()
})
