/** The second rule, for several items: one combination of the payer's open receivables is of this amount. */

import { type ByAmount, type Entry, isReceivable, within } from './book-index.ts'
import { greater, lesser } from './cents.ts'
import { type Combinations, createCombiner, type Found, MOST_CENTS } from './combinations.ts'
import type { Choice } from './payer.ts'
import {
  agrees,
  exception,
  MOST_RECEIVABLES,
  type Reading,
  type Run,
  suggestion,
  take,
} from './run.ts'
import type { MatchResult } from './types.ts'

/** What the search found for a line: among what is due about its day, or else among all. */
export type Searched = Readonly<{
  isNear: boolean
  found: Found
  /** The items of each way that was found. */
  ways: readonly (readonly Entry[])[]
  /** All that could be combined. */
  of: Pick<Combinations, 'size' | 'total'>
}>

/**
 * Searches for all lines before any takes anything, so that what is found for one does not hang on the
 * others; lines of one payer and day share the sums of what they choose from.
 */
export function searchCombinations(
  run: Run,
  readings: readonly Reading[],
  { due }: Choice,
): ReadonlyMap<Reading, Searched> {
  const searched = new Map<Reading, Searched>()
  const combine = createCombiner(run.limits.combinationSums)
  const paying = readings.filter(({ dealerId, isOut }) => dealerId !== undefined && !isOut)
  for (const [dealerId, theirs] of Map.groupBy(paying, (reading) => reading.dealerId)) {
    const all = receivablesOf(due.get(dealerId ?? ''))
    if (all.length < 2) continue
    for (const [day, ofDay] of Map.groupBy(theirs, (reading) => reading.day)) {
      const near = within(all, day, run.limits.days, all.length)
      search(combine, ofDay, near, true, searched)
    }
    const others = theirs.filter((reading) => isNothing(searched.get(reading)))
    const beyond = others.filter(({ day }) => !isAllNear(run, all, day))
    if (beyond.length > 0) search(combine, beyond, all, false, searched)
  }
  return searched
}

function isNothing(searched: Searched | undefined): boolean {
  return searched === undefined || searched.found.kind === 'none'
}

/** Then there is nothing more to find on other days. */
function isAllNear({ limits }: Run, all: readonly Entry[], day: number): boolean {
  const first = all[0]?.day ?? day
  const last = all.at(-1)?.day ?? day
  return first >= day - limits.days && last <= day + limits.days
}

function receivablesOf(byAmount: ByAmount | undefined): readonly Entry[] {
  const entries = [...(byAmount?.values() ?? [])].flat().filter(isReceivable)
  return entries.sort((one, other) => one.day - other.day || (one.id < other.id ? -1 : 1))
}

function search(
  combine: ReturnType<typeof createCombiner>,
  readings: readonly Reading[],
  entries: readonly Entry[],
  isNear: boolean,
  searched: Map<Reading, Searched>,
): void {
  const greatest = readings.reduce((most, { cents }) => greater(most, cents), 0n)
  const fitting = entries.filter(({ cents }) => cents <= lesser(greatest, MOST_CENTS))
  const combinations = combine(fitting.map(({ cents }) => cents))
  const of = { size: combinations.size, total: combinations.total }
  for (const reading of readings) {
    const { cents } = reading
    const found: Found = cents > MOST_CENTS ? { kind: 'gave-up' } : combinations.find(cents)
    const ways = waysOf(found).map((places) => places.flatMap((place) => fitting[place] ?? []))
    searched.set(reading, { isNear, found, ways, of })
  }
}

function waysOf(found: Found): readonly (readonly number[])[] {
  if (found.kind === 'one') return [found.places]
  return found.kind === 'many' ? found.ways : []
}

/** Combinations of as many, against the amounts that they may come to. */
function isByChance(
  { size, total }: Searched['of'],
  chosen: number,
  { amountsPerCombination }: Run['limits'],
): boolean {
  const few = Math.min(chosen, size - chosen)
  let combinations = 1n
  for (let at = 1; at <= few; at += 1) {
    // Whole at every step: it is the number of combinations of `at` out of `size`.
    combinations = (combinations * BigInt(size - few + at)) / BigInt(at)
    if (combinations * BigInt(amountsPerCombination) > total) return true
  }
  return false
}

/** Undefined if there is no combination, or none is known. */
export function byCombination(
  run: Run,
  reading: Reading,
  searched: Searched | undefined,
): MatchResult | undefined {
  if (searched?.found.kind === 'many' && searched.ways.length === 0) {
    const message = 'Many combinations come to the amount.'
    return exception(reading, 'combination', 'no-counterpart', message)
  }
  const [only] = searched?.ways ?? []
  if (searched === undefined || only === undefined) return undefined
  const suggest = (message: string) =>
    suggestion(run, reading, searched.ways, 'combination', message)
  if (searched.ways.some(({ length }) => length > MOST_RECEIVABLES)) return undefined
  if (searched.ways.length > 1) return suggest('Several combinations come to the amount.')
  if (!searched.isNear) return suggest('A combination comes to the amount, but of other days.')
  if (isByChance(searched.of, only.length, run.limits))
    return suggest('So many combinations are possible that it may be chance.')
  if (!agrees(reading, only)) return suggest('The text names something else.')
  const message = 'The payer is known, and no other combination comes to the amount.'
  return take(run, reading, only, 'combination', message)
}
