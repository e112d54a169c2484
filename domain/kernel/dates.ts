/** Calendar days as `YYYY-MM-DD` strings, which compare as text. Pure: nobody here knows today. */

import type { Instant, LocalDate, Period } from './values.ts'

const DAY_MS = 86_400_000

function epochDay(date: LocalDate): number {
  return Date.parse(`${date}T00:00:00Z`) / DAY_MS
}

export function addDays(date: LocalDate, days: number): LocalDate {
  return new Date((epochDay(date) + days) * DAY_MS).toISOString().slice(0, 10)
}

export function later(one: LocalDate, other: LocalDate): LocalDate {
  if (one < other) return other
  return one
}

/** Days from one date to another; negative if `to` is earlier. */
export function daysBetween(from: LocalDate, to: LocalDate): number {
  return epochDay(to) - epochDay(from)
}

export function endOfMonth(date: LocalDate): LocalDate {
  const [year = 0, month = 1] = date.split('-').map(Number)
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10)
}

/** The calendar month of a day, `YYYY-MM`. */
export function periodOf(date: LocalDate): Period {
  return date.slice(0, 7)
}

export function nextPeriod(period: Period): Period {
  return periodOf(addDays(endOfMonth(`${period}-01`), 1))
}

/** An instant some milliseconds later. */
export function addMs(instant: Instant, ms: number): Instant {
  return new Date(Date.parse(instant) + ms).toISOString()
}

/** The instant at which a calendar day starts in a time zone. */
export function startOfDay(timeZone: string, date: LocalDate): Instant {
  const asUtc = Date.parse(`${date}T00:00:00Z`)
  // The offset at the guess may be that of the other side of a change: the second round settles it.
  let start = asUtc - offsetMs(timeZone, asUtc)
  start = asUtc - offsetMs(timeZone, start)
  return new Date(start).toISOString()
}

/** By how much a time zone's clock is ahead of UTC at an instant. */
function offsetMs(timeZone: string, epochMs: number): number {
  const parts = formatsIn(timeZone).clock.formatToParts(new Date(epochMs))
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value)
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  return local - epochMs
}

/** The calendar day an instant falls on in a time zone. */
export function dayIn(timeZone: string, instant: Instant): LocalDate {
  return formatsIn(timeZone).day.format(new Date(instant))
}

type Formats = Readonly<{ day: Intl.DateTimeFormat; clock: Intl.DateTimeFormat }>

/** Making one takes far longer than using it; there are as many as time zones are configured. */
const formats = new Map<string, Formats>()

function formatsIn(timeZone: string): Formats {
  const made = formats.get(timeZone)
  if (made !== undefined) return made
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
  const time = { hour: 'numeric', minute: 'numeric', second: 'numeric' } as const
  const fresh = {
    day: new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }),
    clock: new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...numeric, ...time }),
  }
  formats.set(timeZone, fresh)
  return fresh
}
