/** When a provider is asked what became of a payment (DOMAIN: Payments). */

import { addMs } from '../kernel/dates.ts'
import type { Instant } from '../kernel/values.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** After 5 minutes, an hour, and then on five days. */
const PAUSES_MS = [5 * MINUTE_MS, HOUR_MS, DAY_MS, DAY_MS, DAY_MS, DAY_MS, DAY_MS] as const

export const MOST_ASKED = PAUSES_MS.length

/** When to ask again after so many times; undefined: never, a person has to find out. */
export function askAgainAt(asked: number, now: Instant): Instant | undefined {
  const pauseMs = PAUSES_MS[asked]
  return pauseMs === undefined ? undefined : addMs(now, pauseMs)
}
