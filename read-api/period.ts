/** `from` and `to` of a query: each a date (its start, in the business's time zone) or an instant. */

import { z } from 'zod'
import { DayOrInstant } from '../commands/day-or-instant.ts'
import { startOfDay } from '../domain/kernel/dates.ts'

/** `from` is inclusive, `to` exclusive. */
export const Period = z.object({
  from: DayOrInstant.optional(),
  to: DayOrInstant.optional(),
})

export function isDay(given: string): boolean {
  return !given.includes('T')
}

/** The instant that is meant. */
export function instantOf(given: string, timeZone: string): Date {
  return new Date(isDay(given) ? startOfDay(timeZone, given) : given)
}
