import { test } from 'tap'
import type { NewEvent } from '../../../commands/event-store.ts'
import { booked, withClosing } from '../../../domain/businessDay/booking.ts'
import {
  BusinessDayClosed,
  BusinessDayClosing,
  BusinessDayOpened,
} from '../../../domain/businessDay/businessDay.ts'
import type { DecidedEvent, Envelope, RecordedEvent } from '../../../domain/kernel/event.ts'
import { START } from '../../../domain/kernel/position.ts'
import { bookedLog } from '../../../infra/event-store/booked-log.ts'
import { createMemoryStore } from '../../../infra/event-store/memory-store.ts'
import { Noted, testRegistry } from '../../support/events.ts'
import { recorded, testEnvelope } from '../../support/recorded.ts'

let made = 0

function on(bookedOn: string, event: DecidedEvent): NewEvent {
  made += 1
  const id = `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`
  return { ...event, id, metadata: testEnvelope({ bookedOn }) }
}

async function daysIn(events: AsyncIterable<RecordedEvent>): Promise<string[]> {
  const days: string[] = []
  for await (const { stream, metadata } of events) {
    if (stream === 'noted-1') days.push(metadata.bookedOn)
  }
  return days
}

test('what is booked on another day keeps its value date', async (t) => {
  const closing = BusinessDayClosing({ date: '2026-01-05', next: '2026-01-06' })
  const calendar = withClosing([], recorded('businessDay-main', closing, { position: 7n }))
  const dates = (metadata: Partial<Envelope>) => {
    const event = recorded('noted-1', Noted({ n: 1 }), { position: 8n, metadata })
    const { bookedOn, effectiveOn } = booked(calendar, event).metadata
    return { bookedOn, effectiveOn }
  }
  t.same(dates({ bookedOn: '2026-01-05' }), { bookedOn: '2026-01-06', effectiveOn: '2026-01-05' })
  t.same(dates({ bookedOn: '2026-01-05', effectiveOn: '2026-01-02' }), {
    bookedOn: '2026-01-06',
    effectiveOn: '2026-01-02',
  })
})

test('what belongs to the closing stays with its day until that is closed, and no longer', async (t) => {
  const closing = BusinessDayClosing({ date: '2026-01-05', next: '2026-01-06' })
  const totals = { debit: '0.00', credit: '0.00', accounts: [] }
  const closed = BusinessDayClosed({ date: '2026-01-05', totals })
  const metadata: Partial<Envelope> = { bookedOn: '2026-01-05', closing: true }
  const calendar = [
    recorded('businessDay-main', closing, { position: 7n }),
    recorded('businessDay-main', closed, { position: 10n, metadata }),
  ].reduce(withClosing, [])
  const day = (position: bigint) =>
    booked(calendar, recorded('noted-1', Noted({ n: 1 }), { position, metadata })).metadata.bookedOn
  t.equal(day(8n), '2026-01-05')
  t.equal(day(11n), '2026-01-06')
  const itself = booked(calendar, recorded('businessDay-main', closed, { position: 10n, metadata }))
  t.equal(itself.metadata.bookedOn, '2026-01-05')
})

test('what lands after a day began to close is in the books of the next, however it was decided', async (t) => {
  const definitions = [BusinessDayOpened, BusinessDayClosing]
  const registry = new Map([
    ...testRegistry,
    ...definitions.map((definition) => [definition.eventType, definition] as const),
  ])
  const store = createMemoryStore({ registry })
  const write = (stream: string, event: NewEvent) => store.append(stream, [event], 'any')
  await write('businessDay-main', on('2026-01-05', BusinessDayOpened({ date: '2026-01-05' })))
  await write('noted-1', on('2026-01-05', Noted({ n: 1 })))
  const closing = BusinessDayClosing({ date: '2026-01-05', next: '2026-01-06' })
  const { position } = await write('businessDay-main', on('2026-01-05', closing))
  await write('noted-1', on('2026-01-05', Noted({ n: 2 })))
  await write('noted-1', on('2026-01-06', Noted({ n: 3 })))
  const log = bookedLog(store)

  t.same(await daysIn(log.readAll({ after: START })), ['2026-01-05', '2026-01-06', '2026-01-06'])
  t.same(await daysIn(log.readAll({ after: position })), ['2026-01-06', '2026-01-06'])

  const followed: string[] = []
  const { promise: all, resolve } = Promise.withResolvers<void>()
  const subscription = log.follow({
    after: START,
    onBatch: async ({ events }) => {
      for (const { stream, metadata } of events) {
        if (stream === 'noted-1') followed.push(metadata.bookedOn)
      }
      if (followed.length === 3) resolve()
    },
  })
  await all
  await subscription.stop()
  t.same(followed, ['2026-01-05', '2026-01-06', '2026-01-06'])
})
