/** The feed on a real JetStream server, which stops and starts again. */

import { connect } from 'nats'
import { type Test, test } from 'tap'
import { feedStatus } from '../../infra/feed/status.ts'
import { skipWithoutNats, testNats } from '../support/nats.ts'
import { until } from '../support/until.ts'
import { consume, fromOne, held, keptLog, startFeed, testLog, testPool } from './support.ts'

const skip = await skipWithoutNats()

async function scene(t: Test) {
  const nats = await testNats(t)
  const pool = await testPool(t)
  const log = testLog()
  const base = { log: log.store, pool, url: nats.url }
  const published = (sequence: number) =>
    until(
      `message ${sequence} published`,
      async () => {
        const status = await feedStatus(pool, await log.store.head())
        return status.lastPublishedSequence === sequence && status.connected
      },
      30_000,
    )
  return { nats, pool, log, base, published }
}

test('a consumer hears every message once, in order, and can prove it', { skip }, async (t) => {
  const { nats, log, base, published } = await scene(t)
  startFeed(t, base)
  await log.receive(700)
  await log.receive(300)
  await published(1_000)
  const heard = await consume(nats.url, 1_000)
  t.strictSame(
    heard.map(({ sequence }) => sequence),
    fromOne(1_000),
  )
  t.equal(await held(nats.url), 1_000)
  t.ok(heard.every(({ id, msgId }) => id === msgId))
})

test('a message is a CloudEvent on the subject of its type', { skip }, async (t) => {
  const { nats, log, base, published } = await scene(t)
  startFeed(t, base)
  await log.receive(1)
  await published(1)
  const connection = await connect({ servers: new URL(nats.url).host })
  t.teardown(() => connection.close())
  const consumer = await connection
    .jetstream()
    .consumers.get('TRADELINE', { filterSubjects: 'tradeline.v1.stock.goods-received' })
  const message = await consumer.next()
  t.equal(message?.headers?.get('Content-Type'), 'application/cloudevents+json; charset=utf-8')
  t.match(message?.json(), {
    specversion: '1.0',
    type: 'tradeline.v1.stock.goods-received',
    source: '/tradeline/stock',
    subject: 'SH',
    datacontenttype: 'application/json',
    sequence: '1',
    sequencetype: 'Integer',
    data: { warehouseId: 'SH', cost: '2.50', currency: 'CNY' },
  })
})

test('NATS stopped under load: the feed waits, says so once, and catches up', {
  skip,
}, async (t) => {
  const { nats, pool, log, base, published } = await scene(t)
  const logger = keptLog()
  startFeed(t, { ...base, logger, limits: { inFlight: 16 } })
  await log.receive(400)
  await until('some are published', async () => (await lastPublished(pool)) > 50)
  await nats.stop()
  await log.receive(200)
  const status = await until('the status tells', async () => {
    const said = await feedStatus(pool, await log.store.head())
    return !said.connected && said.lastSequence === 600 && said
  })
  t.match(status.reason, /NATS is not available/)
  await nats.start()
  await published(600)
  t.strictSame(
    (await consume(nats.url, 600)).map(({ sequence }) => sequence),
    fromOne(600),
  )
  t.equal(await held(nats.url), 600)
  t.equal(logger.lines.filter(({ level }) => level === 'warn').length, 1)
  t.equal(logger.lines.filter(({ message }) => /goes on/.test(message)).length, 1)
})

test('NATS not there at the start: messages are numbered, and published later', {
  skip,
}, async (t) => {
  const { nats, pool, log, base, published } = await scene(t)
  await nats.stop()
  startFeed(t, base)
  await log.receive(10)
  await until('they are numbered', async () => (await status(pool)).lastSequence === 10)
  await nats.start()
  await published(10)
  t.equal(await held(nats.url), 10)
})

test('the stream says where to go on, even long after it forgot the ids', { skip }, async (t) => {
  const { nats, pool, log, base, published } = await scene(t)
  const stream = { duplicateWindowMs: 100 }
  const feed = startFeed(t, { ...base, stream })
  await log.receive(20)
  await published(20)
  await feed.stop()
  await pool.query('UPDATE feed.publisher SET published_sequence = 5')
  await idsForgotten(nats.url)
  startFeed(t, { ...base, stream })
  await log.receive(1)
  await published(21)
  t.strictSame(
    (await consume(nats.url, 21)).map(({ sequence }) => sequence),
    fromOne(21),
  )
  t.equal(await held(nats.url), 21)
})

test('a stream that lost its data gets the whole feed again', { skip }, async (t) => {
  const { nats, log, base, published } = await scene(t)
  const feed = startFeed(t, base)
  await log.receive(20)
  await published(20)
  await feed.stop()
  await withManager(nats.url, (manager) => manager.streams.delete('TRADELINE'))
  startFeed(t, base)
  await log.receive(1)
  await published(21)
  t.equal((await consume(nats.url, 21)).length, 21)
})

test('messages that left the stream by age are not published again', { skip }, async (t) => {
  const { nats, log, base, published } = await scene(t)
  const feed = startFeed(t, base)
  await log.receive(5)
  await published(5)
  await feed.stop()
  await withManager(nats.url, (manager) => manager.streams.purge('TRADELINE'))
  startFeed(t, base)
  await log.receive(2)
  await published(7)
  t.strictSame(
    (await consume(nats.url, 2)).map(({ sequence }) => sequence),
    [6, 7],
  )
})

test('what others publish on our subjects drops nothing of ours and doubles nothing', {
  skip,
}, async (t) => {
  const { nats, log, base, published } = await scene(t)
  startFeed(t, base)
  await log.receive(3)
  await published(3)
  const connection = await connect({ servers: new URL(nats.url).host })
  t.teardown(() => connection.close())
  await connection.jetstream().publish('tradeline.stranger', 'hello')
  await log.receive(3)
  await published(6)
  t.strictSame(
    (await consume(nats.url, 6)).map(({ sequence }) => sequence),
    fromOne(6),
  )
  t.equal(await held(nats.url), 7)
})

test("a stream with another feed's messages is left alone", { skip }, async (t) => {
  const { nats, log, base, published } = await scene(t)
  const feed = startFeed(t, base)
  await log.receive(3)
  await published(3)
  await feed.stop()
  const other = testLog()
  const pool = await testPool(t)
  await other.append({
    type: 'WarehouseOpened',
    data: { warehouseId: 'X', name: 'X', regions: ['E'], priority: 1 },
  })
  await other.receive(5)
  startFeed(t, { log: other.store, pool, url: nats.url })
  const said = await until('it says why', async () => (await status(pool)).reason ?? undefined)
  t.match(said, /another feed/)
  t.equal(await held(nats.url), 3)
})

test('the limits of the stream are brought up to date', { skip }, async (t) => {
  const { nats, log, base, published } = await scene(t)
  const feed = startFeed(t, base)
  await log.receive(1)
  await published(1)
  await feed.stop()
  startFeed(t, { ...base, stream: { maxBytes: 1_000_000, duplicateWindowMs: 5_000 } })
  await log.receive(1)
  await published(2)
  const { config } = await withManager(nats.url, (manager) => manager.streams.info('TRADELINE'))
  t.match(config, { max_bytes: 1_000_000, duplicate_window: 5_000_000_000, storage: 'file' })
})

async function status(pool: Parameters<typeof feedStatus>[0]) {
  return feedStatus(pool, -1n).catch(() => ({ lastSequence: 0, reason: undefined }))
}

async function lastPublished(pool: Parameters<typeof feedStatus>[0]): Promise<number> {
  const said = await feedStatus(pool, -1n).catch(() => undefined)
  return said?.lastPublishedSequence ?? 0
}

type Manager = Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['jetstreamManager']>>

async function withManager<Result>(
  url: string,
  work: (manager: Manager) => Promise<Result>,
): Promise<Result> {
  const connection = await connect({ servers: new URL(url).host })
  try {
    return await work(await connection.jetstreamManager())
  } finally {
    await connection.close()
  }
}

/** Once an id is forgotten, it is stored again: in a stream of its own, with the same window. */
async function idsForgotten(url: string): Promise<void> {
  const connection = await connect({ servers: new URL(url).host })
  try {
    const manager = await connection.jetstreamManager()
    await manager.streams.add({
      name: 'PROBE',
      subjects: ['probe'],
      duplicate_window: 100_000_000,
    })
    const publish = () => connection.jetstream().publish('probe', '', { msgID: 'probe' })
    await publish()
    await until('the id is forgotten', async () => !(await publish()).duplicate)
  } finally {
    await connection.close()
  }
}
