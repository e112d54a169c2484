/** When a provider is asked what became of a payment (DOMAIN: Payments). */

import { addMs } from '../kernel/dates.ts'
import type { Instant } from '../kernel/values.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** After 5 minutes, an hour, and then on five days. */
const PAUSES_MS = [5 * MINUTE_MS, HOUR_MS, DAY_MS, DAY_MS, DAY_MS, DAY_MS, DAY_MS] as const

export const MOST_ASKED = PAUSES_MS.length

/** How far the asking of a provider is; undefined `askAgainAt`: a person has to find out. */
export type Asking = Readonly<{ asked: number; askAgainAt?: Instant }>

/** How often a provider was asked for or about something; `undefined`: it was not asked for it yet. */
export function attemptsAt(asking: Pick<Asking, 'asked'> | undefined): number {
  return asking === undefined ? 0 : asking.asked + 1
}

/** The asking after one more that told nothing final. */
export function nextAsking(before: Pick<Asking, 'asked'> | undefined, now: Instant): Asking {
  const asked = Math.min(attemptsAt(before), MOST_ASKED)
  const at = askAgainAt(asked, now)
  return { asked, ...(at !== undefined && { askAgainAt: at }) }
}

/** When to ask again after so many times. */
function askAgainAt(asked: number, now: Instant): Instant | undefined {
  const pauseMs = PAUSES_MS[asked]
  return pauseMs === undefined ? undefined : addMs(now, pauseMs)
}
