/** The log with every event's booking day as its place in the log decides it. */

import type { EventStore } from '../../commands/event-store.ts'
import { type BookingCalendar, booked, withClosing } from '../../domain/businessDay/booking.ts'
import { BUSINESS_DAY_ID, businessDay } from '../../domain/businessDay/businessDay.ts'
import { streamName } from '../../domain/kernel/aggregate.ts'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { EventLog } from '../../domain/kernel/event-log.ts'

type Store = EventLog & Pick<EventStore, 'readStream'>

/** Followers and readers of chosen categories get the events as they were written. */
export function bookedLog(store: Store): EventLog {
  return {
    head: () => store.head(),
    follow(options) {
      if (options.categories !== undefined) return store.follow(options)
      const book = booker(store)
      return store.follow({
        ...options,
        onBatch: async (batch) => options.onBatch({ ...batch, events: await book(batch.events) }),
      })
    },
    async *readAll(options) {
      if (options.categories !== undefined) return yield* store.readAll(options)
      const book = booker(store)
      for await (const event of store.readAll(options)) yield* await book([event])
    },
  }
}

/** Books events given in the order of the log; the closings before the first one are read once. */
function booker(store: Store) {
  let calendar: BookingCalendar | undefined
  return async (events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> => {
    calendar ??= await closingsOf(store)
    const result: RecordedEvent[] = []
    for (const event of events) {
      calendar = withClosing(calendar, event)
      result.push(booked(calendar, event))
    }
    return result
  }
}

async function closingsOf(store: Store): Promise<BookingCalendar> {
  let calendar: BookingCalendar = []
  const stream = streamName(businessDay.category, BUSINESS_DAY_ID)
  for await (const event of store.readStream(stream)) calendar = withClosing(calendar, event)
  return calendar
}
