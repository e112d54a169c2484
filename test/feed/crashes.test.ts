/** The feed's process ends at any step: between any two statements, before and after any message. */

import type pg from 'pg'
import { type Test, test } from 'tap'
import type { Connect } from '../../infra/feed/jetstream.ts'
import { DEFAULT_STREAM, jetStream } from '../../infra/feed/jetstream.ts'
import { feedStatus } from '../../infra/feed/status.ts'
import { prepareFeed } from '../../infra/feed/tables.ts'
import { skipWithoutNats, testNats } from '../support/nats.ts'
import { until } from '../support/until.ts'
import { consume, dropStream, fromOne, held, startFeed, testLog, testPool } from './support.ts'

const skip = await skipWithoutNats()

/** What is done in steps, until one of them is the last. */
type Steps = Readonly<{
  /** Does the work as the next step, unless the process has ended; ends it before or after. */
  step: <Result>(work: () => Promise<Result>) => Promise<Result>
  crashed: Promise<void>
}>

class Crash extends Error {}

/** Step `n` is the last one: with `done`, it still takes effect, but nobody hears of it. */
function stepsUntil(n: number, done: boolean): Steps {
  const crash = Promise.withResolvers<void>()
  let taken = 0
  return {
    crashed: crash.promise,
    step: async (work) => {
      taken += 1
      if (taken < n) return work()
      if (taken === n && done) await work()
      crash.resolve()
      throw new Crash('the process has ended')
    },
  }
}

/** Each statement is a step. */
function steppingPool(pool: pg.Pool, { step }: Steps): pg.Pool {
  const stepping = <Target extends object>(target: Target, release?: () => void): Target =>
    new Proxy(target, {
      get: (_, key) => {
        const value: unknown = Reflect.get(target, key, target)
        if (typeof value !== 'function') return value
        if (key === 'release') return release
        if (key === 'query') return (...given: unknown[]) => step(() => value.apply(target, given))
        if (key === 'connect') {
          return async () => {
            const client = await pool.connect()
            return stepping(client, () => client.release(true))
          }
        }
        return value.bind(target)
      },
    })
  return stepping(pool)
}

/** Each message is a step: a crash leaves the first ones of those under way in the stream. */
function steppingConnect(connect: Connect, { step }: Steps): Connect {
  return async (signal) => {
    const session = await connect(signal)
    return {
      ...session,
      end: () => step(() => session.end()),
      publish: async (messages, after) => {
        for (const [index, message] of messages.entries()) {
          await step(() => session.publish([message], after + index))
        }
        return { stored: messages.length, duplicates: 0, failure: undefined }
      },
    }
  }
}

type Servers = Readonly<{ url: string; pool: pg.Pool }>

/** Runs feeds that end at step `n`, and then one that does not. Tells whether `n` was reached. */
async function crashAt(
  t: Test,
  { url, pool }: Servers,
  n: number,
  done: boolean,
): Promise<boolean> {
  const stream = { ...DEFAULT_STREAM, name: `CRASH-${n}` }
  const connect = jetStream(url, stream)
  await pool.query('DROP SCHEMA feed CASCADE')
  await prepareFeed(pool)
  const log = testLog()
  await log.receive(3)
  const base = { log: log.store, url, limits: { maxBatch: 3, inFlight: 2 } }
  const steps = stepsUntil(n, done)
  const stepping = { pool: steppingPool(pool, steps), connect: steppingConnect(connect, steps) }
  const first = startFeed(t, { ...base, ...stepping })
  const finished = published(pool, log.store, 3)
  const ended = await Promise.race([finished.then(() => false), steps.crashed.then(() => true)])
  await first.stop().catch(() => undefined)
  finished.catch(() => undefined)
  await log.receive(1)
  const second = startFeed(t, { ...base, pool, connect })
  await published(pool, log.store, 4)
  await second.stop()
  const heard = await consume(url, 4, stream.name)
  t.strictSame(
    heard.map(({ sequence }) => sequence),
    fromOne(4),
    `ended ${done ? 'after' : 'before'} step ${n}`,
  )
  t.equal(await held(url, stream.name), 4)
  t.equal(new Set(heard.map(({ id }) => id)).size, 4)
  await dropStream(url, stream.name)
  return ended
}

async function published(
  pool: pg.Pool,
  log: Readonly<{ head: () => Promise<bigint> }>,
  sequence: number,
): Promise<void> {
  await until(`message ${sequence} published`, async () => {
    const { lastPublishedSequence, lag } = await feedStatus(pool, await log.head())
    return lastPublishedSequence === sequence && lag === '0'
  })
}

test('whatever step is the last, each event is in the stream once, in order', {
  skip,
}, async (t) => {
  const { url } = await testNats(t)
  const pool = await testPool(t)
  for (const done of [false, true]) {
    let step = 1
    while (await crashAt(t, { url, pool }, step, done)) step += 1
    t.ok(step > 20, `${step - 1} steps`)
  }
})
