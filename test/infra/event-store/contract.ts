/** What every implementation of the event store's ports does, in memory or over the network. */

import { type Test, test } from 'tap'
import type { EventStore } from '../../../commands/event-store.ts'
import { WrongExpectedRevision } from '../../../commands/event-store.ts'
import type { EventLog } from '../../../domain/kernel/event-log.ts'
import { START } from '../../../domain/kernel/position.ts'
import type { Registry } from '../../../infra/event-store/codec.ts'
import type { Foreign } from '../../../infra/event-store/memory-store.ts'
import { memoryKeys, type PersonalKeys } from '../../../infra/event-store/personal-data.ts'
import { Introduced, newEvent, noted, testId, testRegistry } from '../../support/events.ts'
import { testEnvelope } from '../../support/recorded.ts'
import { collect, follow, numbers, upTo } from './following.ts'

export type Subject = Readonly<{
  store: EventStore & EventLog
  /** Writes as it is: what an older version of ours, or another program, would have written. */
  appendForeign: (stream: string, events: readonly Foreign[]) => Promise<void>
}>

export type Open = (t: Test, registry: Registry, keys: PersonalKeys) => Promise<Subject>

type Body = (t: Test, subject: Subject, keys: PersonalKeys) => Promise<unknown>
type Check = (behaviour: string, body: Body) => void

/** Runs the contract; each test gets a store of its own. */
export function contract(name: string, open: Open): void {
  const check: Check = (behaviour, body) => {
    test(`${name}: ${behaviour}`, async (t) => {
      const keys = memoryKeys()
      await body(t, await open(t, testRegistry, keys), keys)
    })
  }
  appending(check)
  appendingAgain(check)
  reading(check)
  following(check)
  translating(check)
  personal(check)
}

function appending(check: Check): void {
  check('an append answers with the last revision and position', async (t, { store }) => {
    const first = await store.append('note-a', noted('a', 3), 'no-stream')
    const second = await store.append('note-a', noted('a', 2, 3), first.revision)
    t.equal(first.revision, 2n)
    t.equal(second.revision, 4n)
    t.ok(second.position > first.position)
    const last = (await collect(store.readStream('note-a'))).at(-1)
    t.equal(last?.position, second.position)
  })

  check('a stream that exists refuses no-stream with its revision', async (t, { store }) => {
    await store.append('note-a', noted('a', 2), 'no-stream')
    const error = await rejection(store.append('note-a', noted('b', 1), 'no-stream'))
    t.match(error, { name: 'WrongExpectedRevision', stream: 'note-a' })
    t.equal(error instanceof WrongExpectedRevision && error.actual, 1n)
  })

  check('a revision that passed is refused with the actual one', async (t, { store }) => {
    await store.append('note-a', noted('a', 3), 'no-stream')
    const error = await rejection(store.append('note-a', noted('b', 1), 1n))
    t.equal(error instanceof WrongExpectedRevision && error.actual, 2n)
    t.strictSame(numbers(await collect(store.readStream('note-a'))), [0, 1, 2])
  })

  check('a revision of a stream that is not there has no actual one', async (t, { store }) => {
    const error = await rejection(store.append('note-a', noted('b', 1), 0n))
    t.ok(error instanceof WrongExpectedRevision)
    t.equal(error instanceof WrongExpectedRevision && error.actual, undefined)
  })

  check('any takes a stream as it is', async (t, { store }) => {
    await store.append('note-a', noted('a', 1), 'any')
    const { revision } = await store.append('note-a', noted('a', 1, 1), 'any')
    t.equal(revision, 1n)
  })

  check('data that does not fit its schema is not written', async (t, { store }) => {
    const wrong = newEvent({ type: 'Noted', data: { n: 'one' } }, 'wrong')
    const [right] = noted('a', 1)
    if (right === undefined) throw new Error('no event')
    await t.rejects(store.append('note-a', [right, wrong], 'no-stream'), /Noted does not fit/)
    t.strictSame(await collect(store.readStream('note-a')), [])
  })

  check('an event that nobody declared is not written', async (t, { store }) => {
    const unknown = newEvent({ type: 'Unheard', data: {} }, 'unknown')
    await t.rejects(store.append('note-a', [unknown], 'any'), /no event is declared.*Unheard/)
  })

  check('no events are no append', async (t, { store }) => {
    await t.rejects(store.append('note-a', [], 'any'), RangeError)
  })
}

function appendingAgain(check: Check): void {
  const expectations = [
    ['no-stream', 'no-stream', 0],
    ['a revision', 1n, 2],
    ['any', 'any', 2],
  ] as const
  for (const [name, expected, before] of expectations) {
    check(`the same events sent again, expecting ${name}, are stored once`, async (t, subject) => {
      const { store } = subject
      if (before > 0) await store.append('note-a', noted('old', before), 'no-stream')
      const first = await store.append('note-a', noted('a', 2), expected)
      await store.append('note-a', noted('later', 2), first.revision)
      const again = await store.append('note-a', noted('a', 2), expected)
      t.strictSame(again, first)
      const events = await collect(store.readStream('note-a'))
      t.equal(events.length, before + 4)
    })
  }
}

function reading(check: Check): void {
  check('a stream that is not there has no events', async (t, { store }) => {
    t.strictSame(await collect(store.readStream('note-none')), [])
    t.strictSame(await collect(store.readStream('note-none', { backwards: true })), [])
  })

  check('a stream is read in both directions, from a revision, so many', async (t, { store }) => {
    await store.append('note-a', noted('a', 10), 'no-stream')
    const read = async (options: Parameters<EventStore['readStream']>[1]) =>
      numbers(await collect(store.readStream('note-a', options)))
    t.strictSame(await read({}), upTo(10))
    t.strictSame(await read({ fromRevision: 7n }), [7, 8, 9])
    t.strictSame(await read({ fromRevision: 3n, maxCount: 2 }), [3, 4])
    t.strictSame(await read({ fromRevision: 10n }), [])
    t.strictSame(await read({ backwards: true, maxCount: 2 }), [9, 8])
    t.strictSame(await read({ backwards: true, fromRevision: 1n }), [1, 0])
  })

  check('an event comes back as it was written', async (t, { store }) => {
    const [event] = noted('a', 1)
    if (event === undefined) throw new Error('no event')
    const { position } = await store.append('note-a-b', [event], 'no-stream')
    const [read] = await collect(store.readStream('note-a-b'))
    t.strictSame(read, {
      id: event.id,
      type: 'Noted',
      stream: 'note-a-b',
      category: 'note',
      streamId: 'a-b',
      revision: 0n,
      position,
      data: { n: 0 },
      metadata: event.metadata,
    })
  })

  check(
    'the log holds all streams in order, after a position, up to another',
    async (t, { store }) => {
      t.equal(await store.head(), START)
      const one = await store.append('note-a', noted('a', 2), 'no-stream')
      const two = await store.append('memo-b', noted('b', 2, 2), 'no-stream')
      const three = await store.append('note-a', noted('a', 2, 4), 1n)
      const read = async (options: Partial<Parameters<EventLog['readAll']>[0]>) =>
        numbers(await collect(store.readAll({ after: START, ...options })))
      t.strictSame(await read({}), upTo(6))
      t.strictSame(await read({ after: one.position }), [2, 3, 4, 5])
      t.strictSame(await read({ upTo: two.position }), upTo(4))
      t.strictSame(await read({ categories: ['memo'] }), [2, 3])
      t.strictSame(await read({ categories: ['mem'] }), [])
      t.equal(await store.head(), three.position)
    },
  )

  check('leaving a read early ends it', async (t, { store }) => {
    await store.append('note-a', noted('a', 100), 'no-stream')
    for await (const event of store.readStream('note-a')) {
      if (event.revision === 3n) break
    }
    t.equal((await collect(store.readStream('note-a'))).length, 100)
  })
}

function following(check: Check): void {
  check('a follower gets history and what comes after, in order', async (t, { store }) => {
    await store.append('note-a', noted('a', 700), 'no-stream')
    const followed = follow(store)
    await followed.reached(700, true)
    await store.append('memo-b', noted('b', 5, 700), 'no-stream')
    await followed.reached(705)
    await followed.subscription.stop()
    t.strictSame(numbers(followed.events()), upTo(705))
    t.equal(followed.batches.at(-1)?.position, followed.events().at(-1)?.position)
  })

  check('a follower of an empty log is told that it is live', async (t, { store }) => {
    const followed = follow(store)
    await followed.reached(0, true)
    t.equal(followed.batches[0]?.position, START)
    await followed.subscription.stop()
  })

  check('a follower goes on after a position', async (t, { store }) => {
    const { position } = await store.append('note-a', noted('a', 5), 'no-stream')
    await store.append('note-a', noted('a', 5, 5), 4n)
    const followed = follow(store, { after: position })
    await followed.reached(5)
    await followed.subscription.stop()
    t.strictSame(numbers(followed.events()), upTo(5, 5))
  })

  check('a follower of categories gets only theirs', async (t, { store }) => {
    await store.append('note-a', noted('a', 2), 'no-stream')
    await store.append('notebook-a', noted('c', 1, 90), 'no-stream')
    const followed = follow(store, { categories: ['note'] })
    await followed.reached(2, true)
    await store.append('memo-b', noted('b', 2, 80), 'no-stream')
    await store.append('note-a', noted('a', 1, 2), 1n)
    await followed.reached(3)
    await followed.subscription.stop()
    t.strictSame(numbers(followed.events()), [0, 1, 2])
  })

  check('batches are bounded, and wait for the one before', async (t, { store }) => {
    await store.append('note-a', noted('a', 50), 'no-stream')
    const followed = follow(store, { maxBatch: 7 })
    const release = followed.hold()
    await store.append('note-a', noted('a', 50, 50), 49n)
    t.equal(followed.batches.length, 0)
    release()
    await followed.reached(100)
    await followed.subscription.stop()
    t.ok(followed.batches.every(({ events }) => events.length <= 7))
    t.strictSame(numbers(followed.events()), upTo(100))
  })

  check('followers at the same place do not disturb each other', async (t, { store }) => {
    const slow = follow(store)
    const quick = follow(store)
    await Promise.all([slow.reached(0, true), quick.reached(0, true)])
    const release = slow.hold()
    await store.append('note-a', noted('a', 300), 'no-stream')
    await quick.reached(300)
    await quick.subscription.stop()
    release()
    await slow.reached(300)
    await slow.subscription.stop()
    t.strictSame(numbers(slow.events()), upTo(300))
    t.strictSame(numbers(quick.events()), upTo(300))
  })

  check('a handler that fails ends its subscription with its error', async (t, { store }) => {
    await store.append('note-a', noted('a', 3), 'no-stream')
    const failing = store.follow({
      after: START,
      onBatch: async () => {
        throw new Error('can not take it')
      },
    })
    await t.rejects(failing.ended, /can not take it/)
    await failing.stop()
  })

  check('a stopped follower gets nothing more', async (t, { store }) => {
    const followed = follow(store)
    await followed.reached(0, true)
    await followed.subscription.stop()
    await followed.subscription.ended
    await store.append('note-a', noted('a', 3), 'no-stream')
    t.strictSame(followed.events(), [])
  })
}

function translating(check: Check): void {
  const old = (seed: string, schema: number, data: unknown): Foreign => ({
    id: testId(seed),
    type: 'Priced',
    data,
    metadata: testEnvelope({ schema }),
  })

  check('older versions are lifted step by step', async (t, { store, appendForeign }) => {
    await appendForeign('price-a', [
      old('one', 1, { amount: 12 }),
      old('two', 2, { amount: '13' }),
      old('three', 3, { amount: '14', currency: 'EUR' }),
    ])
    const data = (await collect(store.readStream('price-a'))).map((event) => event.data)
    t.strictSame(data, [
      { amount: '12', currency: 'CNY' },
      { amount: '13', currency: 'CNY' },
      { amount: '14', currency: 'EUR' },
    ])
  })

  check('a version not known yet is not read', async (t, { store, appendForeign }) => {
    await appendForeign('price-a', [old('four', 4, {})])
    await t.rejects(collect(store.readStream('price-a')), /Priced is stored at version 4/)
  })

  check(
    'what others wrote comes as it is; system events do not',
    async (t, { store, ...others }) => {
      await others.appendForeign('foreign-a', [
        { id: testId('x'), type: 'SomethingElse', data: { a: [1] } },
        { id: testId('y'), type: '$system', data: { b: 1 } },
      ])
      const followed = follow(store)
      await followed.reached(1, true)
      await followed.subscription.stop()
      const [event] = followed.events()
      t.match(event, { type: 'SomethingElse', data: { a: [1] }, metadata: { schema: 1 } })
      t.equal(followed.events().length, 1)
      t.equal(await store.head(), event?.position)
    },
  )
}

function personal(check: Check): void {
  const contact = { email: 'ana@example.com', phone: '1' }
  const introduced = (person: string, seed: string) =>
    newEvent(Introduced({ person, name: 'Ana', contact, city: 'Ulm' }), seed)

  check('personal data comes back until the person is forgotten', async (t, { store }, keys) => {
    await store.append('person-p', [introduced('p', '1')], 'no-stream')
    await store.append('person-q', [introduced('q', '2')], 'no-stream')
    const read = async (stream: string) => (await collect(store.readStream(stream)))[0]?.data
    t.strictSame(await read('person-p'), { person: 'p', name: 'Ana', contact, city: 'Ulm' })
    await keys.forget('p')
    t.strictSame(await read('person-p'), { person: 'p', name: null, city: 'Ulm' })
    t.match(await read('person-q'), { name: 'Ana', contact })
  })

  check(
    'a forgotten person who returns gets a new key; the old data stays away',
    async (t, subject, keys) => {
      const { store } = subject
      await store.append('person-p', [introduced('p', '1')], 'no-stream')
      await keys.forget('p')
      await store.append('person-p', [introduced('p', '2')], 0n)
      const events = await collect(store.readStream('person-p'))
      t.match(
        events.map(({ data }) => data),
        [{ name: null }, { name: 'Ana' }],
      )
    },
  )
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}
