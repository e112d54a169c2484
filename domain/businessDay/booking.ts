/**
 * In whose books an event is, by the log alone: what lands after `BusinessDayClosing` is booked on the
 * next day (DOMAIN: Closing a day), even if it was decided by someone who had not yet seen the closing.
 */

import type { RecordedEvent } from '../kernel/event.ts'
import type { Position } from '../kernel/position.ts'
import type { LocalDate } from '../kernel/values.ts'
import { BusinessDayClosed, BusinessDayClosing } from './businessDay.ts'

/** The closings seen so far, in the order of the log. */
export type BookingCalendar = readonly Readonly<{ position: Position; next: LocalDate }>[]

/** The calendar once an event has been seen; only closings change it, each once. */
export function withClosing(calendar: BookingCalendar, event: RecordedEvent): BookingCalendar {
  if (event.type !== BusinessDayClosing.eventType) return calendar
  const last = calendar.at(-1)
  if (last !== undefined && last.position >= event.position) return calendar
  const { next } = event.data as Readonly<{ next: LocalDate }>
  return [...calendar, { position: event.position, next }]
}

/**
 * The event with its booking day corrected, where it landed after that day had begun to close. Its value
 * date stays: due dates were counted from it.
 */
export function booked(calendar: BookingCalendar, event: RecordedEvent): RecordedEvent {
  if (event.type === BusinessDayClosed.eventType) return event // belongs to the day it closes
  const bookedOn = openDayAt(calendar, event.position)
  if (bookedOn === undefined || event.metadata.bookedOn >= bookedOn) return event
  const { effectiveOn = event.metadata.bookedOn } = event.metadata
  return { ...event, metadata: { ...event.metadata, bookedOn, effectiveOn } }
}

/** The day that was open at a place in the log, as far as closings say; the newest are asked first. */
function openDayAt(calendar: BookingCalendar, position: Position): LocalDate | undefined {
  for (let at = calendar.length - 1; at >= 0; at--) {
    const closing = calendar[at]
    if (closing !== undefined && closing.position < position) return closing.next
  }
  return undefined
}
