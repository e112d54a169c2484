import { test } from 'tap'
import { followReference } from '../../../commands/handler/reference-view.ts'
import { BusinessDayOpened } from '../../../domain/businessDay/businessDay.ts'
import { DealerJoined } from '../../../domain/facility/credit-events.ts'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import { createMemoryStore } from '../../../infra/event-store/memory-store.ts'
import { testId } from '../../support/events.ts'
import { testEnvelope } from '../../support/recorded.ts'

const quiet = () => undefined
const logger = { info: quiet, warn: quiet, error: quiet }
const definitions = [BusinessDayOpened, DealerJoined]
const registry = new Map(definitions.map((definition) => [definition.eventType, definition]))

const newEvent = (event: DecidedEvent, id: string) => {
  return { ...event, id: testId(id), metadata: testEnvelope() }
}

test('the view sees the position of an event it makes nothing of, with no event after it', async (t) => {
  const store = createMemoryStore({ registry })
  const opened = newEvent(BusinessDayOpened({ date: '2026-01-05' }), 'day')
  await store.append('businessDay-main', [opened], 'no-stream')
  const view = followReference({ log: store, logger })
  t.teardown(() => view.stop())
  await view.ready
  const joined = newEvent(DealerJoined({ dealerId: 'D1' }), 'joined')
  const { position } = await store.append('facility-D1', [joined], 'no-stream')
  t.equal(await view.seen(position, 1_000), true)
  t.equal(view.current().position, position)
  t.equal(view.current().businessDay?.open, '2026-01-05')
})

test('nothing is decided on a view that is not known to be young enough', async (t) => {
  const store = createMemoryStore({ registry })
  const opened = newEvent(BusinessDayOpened({ date: '2026-01-05' }), 'day')
  await store.append('businessDay-main', [opened], 'no-stream')
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
  const { promise: askedAgain, resolve: askAgain } = Promise.withResolvers<void>()
  let isAway = false
  const head = async () => {
    if (!isAway) return store.head()
    ;(asks++ === 0 ? ask : askAgain)()
    throw new Error('the log is away')
  }
  let asks = 0
  const view = followReference({
    log: { ...store, head },
    logger,
    age: { maxMs: 5, checkEveryMs: 5 },
  })
  t.teardown(() => view.stop())
  await view.ready
  isAway = true
  await asked
  await askedAgain
  t.throws(() => view.current(), { name: 'Overloaded' })
})
