/** Which lines of statements stand for what in the books. Pure: the same input gives the same answer. */

import { indexOf } from './book-index.ts'
import { byCombination, searchCombinations } from './combination-rule.ts'
import { exceptionOf, meantBy, owedBy } from './exceptions.ts'
import { byName } from './named.ts'
import { byBounce, byCode, byWording, cameIn } from './outgoing.ts'
import { byPayer, byShown, choiceOf, onOtherDays } from './payer.ts'
import { type Reading, type Run, readingOf } from './run.ts'
import { bySettlement } from './settlement.ts'
import { byNearness, byTolerance } from './tolerance.ts'
import type { Books, Limits, MatchResult, StatementLine } from './types.ts'

/**
 * One result for each line, in their order. No item stands for two lines: of lines that would stand for
 * the same the first gets it. Each rule is tried on all lines that stronger rules left, and judges them
 * by what these left open, not by what it gave to other lines itself. Time and memory grow with the
 * number of lines and items (times its logarithm); a search for combinations beyond its bounds gives up.
 */
export function match(
  lines: readonly StatementLine[],
  books: Books,
  limits: Limits,
): readonly MatchResult[] {
  const run: Run = { index: indexOf(books), limits, taken: new Map(), settled: new Set() }
  const readings = lines.map((line) => readingOf(run, line))
  const results = new Map<number, MatchResult>()
  const apply = (rule: (reading: Reading, place: number) => MatchResult | undefined) => {
    for (const [place, reading] of readings.entries()) {
      const result = results.has(place) ? undefined : rule(reading, place)
      if (result !== undefined) results.set(place, result)
    }
  }

  apply((reading) => bySettlement(run, reading) ?? byCode(reading) ?? byName(run, reading))
  const came = cameIn(run)
  apply((reading) => (reading.isOut ? byBounce(reading, came) : undefined))
  const choice = choiceOf(run)
  apply((reading) => byPayer(run, reading, choice))
  const left = readings.filter((_, place) => !results.has(place))
  const searched = searchCombinations(run, left, choice)
  const ofSearch = (reading: Reading) => searched.get(reading)
  apply((reading) => {
    const found = ofSearch(reading)
    return found?.isNear === true ? byCombination(run, reading, found) : undefined
  })
  apply((reading) => byShown(run, reading, choice))
  apply((reading) => onOtherDays(run, reading, choice))
  apply((reading) => byCombination(run, reading, ofSearch(reading)))
  const nearness = byNearness(run)
  apply((reading) => byTolerance(run, reading, meantBy(run, reading), nearness))
  apply(byWording)
  const owed = owedBy(run)
  apply((reading) => exceptionOf(run, reading, meantBy(run, reading), owed))
  return readings.map((reading, place) => {
    const result = results.get(place)
    if (result === undefined) throw new Error('a line was left without a result')
    const hasGivenUp = ofSearch(reading)?.found.kind === 'gave-up'
    return hasGivenUp && result.class !== 'matched' ? { ...result, gaveUp: true } : result
  })
}
