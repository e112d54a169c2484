/** `from` and `to` of a query: each a date (its start, in the business's time zone) or an instant. */

import { z } from 'zod'
import { startOfDay } from '../domain/kernel/dates.ts'
import { Instant, LocalDate } from '../domain/kernel/values.ts'

export const DateOrInstant = z.union([LocalDate, Instant], {
  error: 'must be a day that exists, as YYYY-MM-DD, or an instant in UTC, RFC 3339',
})

/** `from` is inclusive, `to` exclusive. */
export const Period = z.object({
  from: DateOrInstant.optional(),
  to: DateOrInstant.optional(),
})

export function isDate(given: string): boolean {
  return !given.includes('T')
}

/** The instant that is meant. */
export function instantOf(given: string, timeZone: string): Date {
  return new Date(isDate(given) ? startOfDay(timeZone, given) : given)
}
