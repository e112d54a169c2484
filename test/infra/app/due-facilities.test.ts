import fc from 'fast-check'
import tap, { test } from 'tap'
import { TemporaryLimitSet } from '../../../domain/facility/credit-events.ts'
import { facility } from '../../../domain/facility/facility.ts'
import { addDays } from '../../../domain/kernel/dates.ts'
import { facilitiesDue, facilityOfReceipt } from '../../../infra/app/due-facilities.ts'
import { createMemoryStore } from '../../../infra/event-store/memory-store.ts'
import { credit } from '../../../projections/credit.ts'
import { receivables } from '../../../projections/receivables.ts'
import {
  agreement,
  type Booked,
  begun,
  closed,
  days,
  type History,
  lived,
} from '../../domain/facility/overdue-history.ts'
import { workshop } from '../../projections/engine/support.ts'
import { testId } from '../../support/events.ts'
import { testEnvelope } from '../../support/recorded.ts'

/** The same histories each time: how many facilities are due among them is asserted, too. */
const histories = { numRuns: 25, seed: 11 }

/** The log of many facilities, as followers read it: each event on its booking day. */
const store = createMemoryStore({
  registry: new Map(facility.events.map((definition) => [definition.eventType, definition])),
})
const desk = await workshop(tap, Object.assign(store, { add: async () => 0n }))
desk.start([receivables, credit])

let written = 0

async function write(facilityId: string, log: readonly Booked[]): Promise<void> {
  if (log.length === 0) return
  const events = log.map(({ event, bookedOn, closing }) => {
    written += 1
    const { effectiveOn } = event
    const metadata = testEnvelope({
      bookedOn,
      ...(effectiveOn === undefined ? {} : { effectiveOn }),
      ...(closing ? { closing } : {}),
    })
    return { ...event, id: testId(`due ${written}`), metadata }
  })
  const { position } = await store.append(`facility-${facilityId}`, events, 'any')
  await desk.seen(position, 'receivables', 'credit')
}

const due = (date: string, after?: string, most = 10_000) =>
  facilitiesDue(desk.pool, { date, after, most })

/** Whether closing posts anything but that the day is closed. */
function posts(before: History, after: History): boolean {
  return after.log.length > before.log.length + 1
}

/** All receivables of a history, as if of a facility of its own. */
function named(log: readonly Booked[], facilityId: string): readonly Booked[] {
  const text = JSON.stringify(log).replaceAll('ROOT.', `${facilityId}.`)
  return JSON.parse(text.replaceAll(/"P(\d)"/g, `"${facilityId}P$1"`)) as readonly Booked[]
}

test('no facility in which a closing day has something to post is left out', async (t) => {
  let missed = 0
  let found = 0
  let idle = 0
  const sampled = fc.sample(fc.tuple(agreement, days), histories)
  for (const [number, [set, lives]] of sampled.entries()) {
    const facilityId = `F${number}`
    let history = begun(set)
    await write(facilityId, named(history.log, facilityId))
    for (const day of lives) {
      const before = lived(history, day)
      await write(facilityId, named(before.log.slice(history.log.length), facilityId))
      const after = closed(before)
      const { facilityIds } = await due(addDays(before.today, -1))
      const isFound = facilityIds.includes(facilityId)
      if (posts(before, after)) isFound ? found++ : missed++
      else if (isFound) idle++
      // As in the books: a facility that is not found posts nothing, not even that it closed.
      history = isFound ? after : before
      await write(facilityId, named(history.log.slice(before.log.length), facilityId))
    }
  }
  t.equal(missed, 0)
  t.ok(found > 20, `${found} found`)
  t.ok(idle <= found, `${idle} found in vain`)
})

test('facilities are found a page at a time', async (t) => {
  const today = '2027-01-01'
  const raise = (facilityId: string) => {
    const limit = { dealerId: facilityId, temporaryLimitId: `${facilityId}.t1`, amount: '1' }
    const event = TemporaryLimitSet({ ...limit, from: today, to: '2027-01-03', reason: 'x' })
    const joined = { type: 'DealerJoined' as const, data: { dealerId: facilityId } }
    return [joined, event].map((one) => ({ event: one, bookedOn: today, closing: false }))
  }
  for (const id of ['Z-1', 'z-2', 'Z-3']) await write(id, raise(id))
  const page = async (after?: string) => await due('2027-01-02', after, 2)
  const all = await due('2027-01-02')
  t.ok(all.last)
  t.same(
    ['Z-1', 'Z-3', 'z-2'].filter((id) => all.facilityIds.includes(id)),
    ['Z-1', 'Z-3', 'z-2'],
  )
  const ids: string[] = []
  for (let after: string | undefined, last = false; !last; after = ids.at(-1)) {
    const found = await page(after)
    ids.push(...found.facilityIds)
    last = found.last
  }
  t.same(ids, all.facilityIds)
  t.notOk((await due('2027-01-01')).facilityIds.includes('Z-1'))
})

test('the facility that received a payment is known', async (t) => {
  t.equal(await facilityOfReceipt(desk.pool, 'nobody'), undefined)
})
