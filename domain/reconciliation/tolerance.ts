/** The third rule: a little more or less than what is open, as when banks keep a fee on the way. */

import { type Entry, isDue, within } from './book-index.ts'
import { absolute, centsOf, lesser, rateOf, shareOf } from './cents.ts'
import { announcedFor } from './named.ts'
import { agrees, type Reading, type Run, suggestion } from './run.ts'
import type { MatchResult } from './types.ts'

/** What a dealer owes, by amount; for finding what is nearly of an amount. */
export type ByNearness = ReadonlyMap<string, readonly Entry[]>

export function byNearness({ index, taken }: Run): ByNearness {
  const due = index.entries.filter((entry) => isDue(entry) && !taken.has(entry.id))
  const sorted = due.sort((one, other) => (one.cents < other.cents ? -1 : 1))
  return Map.groupBy(sorted, ({ item }) => ('dealerId' in item ? item.dealerId : ''))
}

/** `meant`: what the text names, if anything. */
export function byTolerance(
  run: Run,
  reading: Reading,
  meant: readonly Entry[],
  nearness: ByNearness,
): MatchResult | undefined {
  if (reading.isOut) return undefined
  const total = meant.reduce((sum, { cents }) => sum + cents, 0n)
  const message = 'It is nearly the amount: a bank may have kept a fee on the way.'
  if (meant.length > 0) {
    if (!isNearly(run, reading, total)) return undefined
    return suggestion(run, reading, [meant], 'tolerance', message)
  }
  const near = nearlyOf(run, reading, nearness.get(reading.dealerId ?? '') ?? [])
  const each = announcedFor(run, near).map((entry) => [entry])
  return each.length === 0 ? undefined : suggestion(run, reading, each, 'tolerance', message)
}

function isNearly({ limits }: Run, { cents }: Reading, open: bigint): boolean {
  const share = shareOf(open, rateOf(limits.toleranceRate))
  const most = centsOf(limits.toleranceMost)
  return absolute(cents - open) <= lesser(share, most)
}

/** So many are looked at, those nearest to the amount first. */
const MOST_LOOKED_AT = 64

function nearlyOf(run: Run, reading: Reading, byAmount: readonly Entry[]): readonly Entry[] {
  const { cents, day } = reading
  let above = firstFrom(byAmount, cents)
  let below = above - 1
  const nearest: Entry[] = []
  while (nearest.length < MOST_LOOKED_AT) {
    const higher = byAmount[above]
    const lower = byAmount[below]
    const isLower =
      higher === undefined || (lower !== undefined && cents - lower.cents <= higher.cents - cents)
    const next = isLower ? lower : higher
    if (next === undefined || !isNearly(run, reading, next.cents)) break
    if (isLower) below -= 1
    else above += 1
    nearest.push(next)
  }
  const byDay = nearest.filter(({ id }) => !run.taken.has(id)).sort((a, b) => a.day - b.day)
  return within(byDay, day, run.limits.days, MOST_LOOKED_AT).filter((one) => agrees(reading, [one]))
}

function firstFrom(byAmount: readonly Entry[], cents: bigint): number {
  let low = 0
  let high = byAmount.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((byAmount[middle]?.cents ?? cents) < cents) low = middle + 1
    else high = middle
  }
  return low
}
