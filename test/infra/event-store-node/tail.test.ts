/** The last events in memory: bounded, and never with a gap. */
import { test } from 'tap'
import type { LogEvent } from '../../../infra/embedded/event-store/log-event.ts'
import { createTail } from '../../../infra/embedded/event-store/tail.ts'

function events(from: bigint, count: number, messageBytes = 0): LogEvent[] {
  const message = Buffer.alloc(messageBytes)
  return Array.from({ length: count }, (_, index) => {
    const position = from + BigInt(index)
    return { position, stream: 's', revision: position, type: 't', message }
  })
}

const positions = (events: readonly LogEvent[] | undefined) =>
  events?.map((event) => event.position)

test('events after a position are there, as many as asked for', async (t) => {
  const tail = createTail(10n)
  tail.publish(events(11n, 3))
  t.same(positions(tail.after(10n, 2)), [11n, 12n])
  t.same(positions(tail.after(12n, 2)), [13n])
  t.same(positions(tail.after(13n, 2)), [])
  t.same(positions(tail.after(99n, 2)), [])
})

test('what came before the tail is not taken for nothing', async (t) => {
  const tail = createTail(10n)
  t.equal(tail.after(9n, 1), undefined)
  t.same(tail.after(10n, 1), [])
})

test('the oldest events leave when there are too many', async (t) => {
  const tail = createTail(0n)
  tail.publish(events(1n, 20_001))
  t.equal(tail.after(0n, 1), undefined)
  t.same(positions(tail.after(1n, 1)), [2n])
})

test('the oldest events leave when their bytes are too many', async (t) => {
  const tail = createTail(0n)
  tail.publish(events(1n, 40, 1024 * 1024))
  t.equal(tail.after(7n, 1), undefined)
  t.same(positions(tail.after(8n, 1)), [9n])
})

test('after a reset nothing before the new head is believed', async (t) => {
  const tail = createTail(0n)
  tail.publish(events(1n, 5))
  tail.reset(7n)
  t.equal(tail.head(), 7n)
  t.equal(tail.after(5n, 1), undefined)
  t.same(tail.after(7n, 1), [])
})

test('watchers hear of every move until they stop', async (t) => {
  const tail = createTail(0n)
  let moves = 0
  const stop = tail.watch(() => {
    moves += 1
  })
  tail.publish(events(1n, 1))
  tail.reset(5n)
  stop()
  tail.publish(events(6n, 1))
  t.equal(moves, 2)
})
