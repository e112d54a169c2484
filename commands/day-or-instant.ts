/** Times of a command, as the contract has them: a date, or an instant. */

import { z } from 'zod'
import { dayIn, startOfDay } from '../domain/kernel/dates.ts'
import { Instant, LocalDate } from '../domain/kernel/values.ts'
import type { Policy } from '../domain/policy.ts'

export const DayOrInstant = z.union([LocalDate, Instant], {
  error: 'must be a day that exists, as YYYY-MM-DD, or an instant in UTC, RFC 3339',
})

type InZone = Readonly<{ policy: Pick<Policy, 'timeZone'> }>

/** The day itself, or the one that an instant falls on. */
export function dayOf(given: string, { policy }: InZone): LocalDate {
  return given.includes('T') ? dayIn(policy.timeZone, given) : given
}

/** The instant itself, or the one at which a day starts. */
export function instantOf(given: string, { policy }: InZone): Instant {
  return given.includes('T') ? given : startOfDay(policy.timeZone, given)
}
