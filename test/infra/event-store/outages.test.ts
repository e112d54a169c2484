/** The client store on a network, and with a server, that fail. */

import { test } from 'tap'
import { EventStoreUnavailable, WrongExpectedRevision } from '../../../commands/event-store.ts'
import type { Limits } from '../../../infra/event-store/limits.ts'
import { testEventStore, testEventStoreNode } from '../../support/event-store.ts'
import { noted } from '../../support/events.ts'
import type { Teardown } from '../../support/postgres.ts'
import { tcpProxy } from '../../support/tcp-proxy.ts'
import { collect, follow, numbers, upTo } from './following.ts'

const impatient: Partial<Limits> = {
  appendTimeoutMs: 300,
  appendPatienceMs: 5_000,
  readTimeoutMs: 300,
  readPatienceMs: 5_000,
  backoffMs: 10,
  maxBackoffMs: 100,
}

/** A node, a proxy before it, and a store that sees the node only through the proxy. */
async function behindProxy(t: Teardown, limits: Partial<Limits> = {}) {
  const node = await testEventStoreNode(t)
  const proxy = await tcpProxy(t, node.port)
  const said: string[] = []
  const store = await testEventStore(t, {
    port: proxy.port,
    limits: { ...impatient, ...limits },
    log: (_, message) => said.push(message),
  })
  return { node, proxy, store, said }
}

test('an append whose answer was lost is stored once, and answered', async (t) => {
  const { node, proxy, store } = await behindProxy(t)
  const witness = follow(await testEventStore(t, { port: node.port }))
  const first = await store.append('note-a', noted('a', 1), 'no-stream')
  proxy.holdAnswers()
  const second = store.append('note-a', noted('a', 2, 1), first.revision)
  const other = store.append('memo-b', noted('b', 1, 50), 'any')
  await witness.reached(4)
  proxy.restore()
  const { revision, position } = await second
  t.equal(revision, 2n)
  t.equal((await other).revision, 0n)
  const events = await collect(store.readStream('note-a'))
  t.strictSame(numbers(events), [0, 1, 2])
  t.equal(events.at(-1)?.position, position)
  t.equal((await collect(store.readStream('memo-b'))).length, 1)
})

test('an append that lost to another writer while cut off says so', async (t) => {
  const { node, proxy, store } = await behindProxy(t)
  const rival = await testEventStore(t, { port: node.port })
  await store.append('note-a', noted('a', 1), 'no-stream')
  proxy.silence()
  const late = store.append('note-a', noted('late', 1), 0n)
  await rival.append('note-a', noted('rival', 2), 0n)
  proxy.restore()
  await t.rejects(late, WrongExpectedRevision)
  t.equal((await collect(store.readStream('note-a'))).length, 3)
})

test('a cut connection under load loses and doubles nothing', async (t) => {
  const { proxy, store } = await behindProxy(t)
  const streams = upTo(100).map((n) => `note-${n}`)
  const appends = streams.map((stream) =>
    [...upTo(10)].reduce(
      (before, n) =>
        before.then(async () => {
          if (n === 5 && stream === 'note-50') proxy.cut()
          await store.append(stream, noted(stream, 1, n), n === 0 ? 'no-stream' : BigInt(n) - 1n)
        }),
      Promise.resolve(),
    ),
  )
  await Promise.all(appends)
  const events = await collect(store.readAll({ after: -1n }))
  t.equal(events.length, 1_000)
  t.equal(new Set(events.map(({ id }) => id)).size, 1_000)
})

test('a silent server is given up in time, and used again when it speaks', async (t) => {
  const { proxy, store, said } = await behindProxy(t, {
    appendPatienceMs: 1_000,
    readPatienceMs: 1_000,
  })
  const followed = follow(store)
  await store.append('note-a', noted('a', 1), 'no-stream')
  await followed.reached(1, true)
  proxy.silence()
  const startedAt = performance.now()
  await t.rejects(store.append('note-a', noted('a', 1, 1), 0n), EventStoreUnavailable)
  await t.rejects(collect(store.readStream('note-a')), EventStoreUnavailable)
  t.ok(performance.now() - startedAt < 10_000)
  proxy.restore()
  await store.append('note-a', noted('a', 1, 1), 0n)
  await followed.reached(2)
  t.strictSame(numbers(followed.events()), [0, 1])
  t.equal(said.filter((message) => message.includes('not available')).length, 1)
  t.equal(said.filter((message) => message.includes('gone silent')).length, 1)
  t.equal(said.filter((message) => message.includes('answers again')).length, 1)
})

test('a follower whose connection is cut again and again misses and doubles nothing', async (t) => {
  const { node, proxy, store } = await behindProxy(t)
  const writer = await testEventStore(t, { port: node.port })
  const followed = follow(store)
  await followed.reached(0, true)
  for (const round of upTo(10)) {
    await writer.append(`note-${round}`, noted('a', 100, round * 100), 'no-stream')
    if (round % 2 === 0) await followed.reached(round * 100 + 1)
    proxy.cut()
  }
  await followed.reached(1_000)
  await followed.subscription.stop()
  t.strictSame(numbers(followed.events()), upTo(1_000))
})

test('a server that is restarted drops its followers, and they go on', async (t) => {
  const { node, store } = await behindProxy(t)
  const all = follow(store)
  const some = follow(store, { categories: ['note'] })
  await store.append('note-a', noted('a', 10), 'no-stream')
  await Promise.all([all.reached(10, true), some.reached(10, true)])
  await node.stop()
  const during = store.append('note-a', noted('a', 10, 10), 9n)
  await node.start()
  await during
  await store.append('memo-b', noted('b', 1, 20), 'no-stream')
  await Promise.all([all.reached(21), some.reached(20)])
  t.strictSame(numbers(all.events()), upTo(21))
  t.strictSame(numbers(some.events()), upTo(20))
})

test('a follower that falls behind reads by itself, and returns', async (t) => {
  const { store } = await behindProxy(t, { maxHubEvents: 64 })
  const slow = follow(store, { maxBatch: 10 })
  const quick = follow(store)
  await Promise.all([slow.reached(0, true), quick.reached(0, true)])
  const release = slow.hold()
  for (const n of upTo(10)) await store.append(`note-${n}`, noted('a', 100, n * 100), 'no-stream')
  await quick.reached(1_000)
  release()
  await slow.reached(1_000)
  await store.append('note-last', noted('a', 1, 1_000), 'no-stream')
  await Promise.all([slow.reached(1_001), quick.reached(1_001)])
  t.strictSame(numbers(slow.events()), upTo(1_001))
  t.strictSame(numbers(quick.events()), upTo(1_001))
})

test('a read that is cut goes on where it was', async (t) => {
  const { proxy, store } = await behindProxy(t)
  for (const n of upTo(20)) await store.append('note-a', noted('a', 100, n * 100), 'any')
  const read: unknown[] = []
  for await (const event of store.readStream('note-a')) {
    if (event.revision % 500n === 250n) proxy.cut()
    read.push(...numbers([event]))
  }
  t.strictSame(read, upTo(2_000))
})

test('a follower can be stopped while the server is away', async (t) => {
  const { node, store } = await behindProxy(t)
  await node.stop()
  const followed = follow(store)
  await followed.subscription.stop()
  t.strictSame(followed.batches, [])
})

test('more appends at once than allowed are turned away', async (t) => {
  const { store } = await behindProxy(t, { maxInFlight: 4 })
  const outcomes = await Promise.allSettled(
    upTo(8).map((n) => store.append(`note-${n}`, noted('a', 1, n), 'no-stream')),
  )
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 4)
  t.ok(
    outcomes.every(
      (outcome) =>
        outcome.status === 'fulfilled' || outcome.reason instanceof EventStoreUnavailable,
    ),
  )
})
