/**
 * In whose books an event is, by the log alone: what lands after `BusinessDayClosing` is booked on the
 * next day (DOMAIN: Closing a day), even if it was decided by someone who had not yet seen the closing.
 * Only what is part of the closing itself, as its envelope says, stays with the day until it is closed.
 */

import type { EventDefinition, RecordedEvent } from '../kernel/event.ts'
import type { Position } from '../kernel/position.ts'
import type { LocalDate } from '../kernel/values.ts'
import { BusinessDayClosed, BusinessDayClosing } from './businessDay.ts'

type Closing = Readonly<{
  position: Position
  date: LocalDate
  next: LocalDate
  /** Where the day was closed; undefined while it is closing. */
  closedAt: Position | undefined
}>

/** The closings seen so far, in the order of the log. */
export type BookingCalendar = readonly Closing[]

/** The calendar once an event has been seen; only closings change it, each once. */
export function withClosing(calendar: BookingCalendar, event: RecordedEvent): BookingCalendar {
  const { position } = event
  const last = calendar.at(-1)
  if (isOf(BusinessDayClosing, event) && (last === undefined || last.position < position)) {
    return [...calendar, { ...event.data, position, closedAt: undefined }]
  }
  if (isOf(BusinessDayClosed, event) && last?.date === event.data.date) {
    return [...calendar.slice(0, -1), { ...last, closedAt: last.closedAt ?? position }]
  }
  return calendar
}

function isOf<Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
  event: RecordedEvent,
): event is RecordedEvent<Type, Data> {
  return event.type === definition.eventType
}

/**
 * The event with its booking day corrected, where it landed after that day had begun to close. Its value
 * date stays: due dates were counted from it.
 */
export function booked(calendar: BookingCalendar, event: RecordedEvent): RecordedEvent {
  if (event.metadata.closing === true && isClosing(calendar, event)) return event
  const bookedOn = openDayAt(calendar, event.position)
  if (bookedOn === undefined || event.metadata.bookedOn >= bookedOn) return event
  const { effectiveOn = event.metadata.bookedOn } = event.metadata
  return { ...event, metadata: { ...event.metadata, bookedOn, effectiveOn } }
}

/** Whether the day that an event is booked on was still closing where it landed. */
function isClosing(calendar: BookingCalendar, { position, metadata }: RecordedEvent): boolean {
  const closing = calendar.findLast(({ date }) => date === metadata.bookedOn)
  return closing?.closedAt === undefined || position <= closing.closedAt
}

/** The day that was open at a place in the log, as far as closings say; the newest are asked first. */
function openDayAt(calendar: BookingCalendar, position: Position): LocalDate | undefined {
  for (let at = calendar.length - 1; at >= 0; at--) {
    const closing = calendar[at]
    if (closing !== undefined && closing.position < position) return closing.next
  }
  return undefined
}
