/** The statement of a day, and the feed's own places in Postgres. */

import { createHash } from 'node:crypto'
import { type Test, test } from 'tap'
import { OrderRejected } from '../../domain/order/events.ts'
import { orderRejected } from '../../feed/orders.ts'
import { publicEvent } from '../../feed/public-event.ts'
import { feedStatement, feedStatus } from '../../infra/feed/status.ts'
import { LeadershipLost } from '../../infra/postgres/leadership.ts'
import { until } from '../support/until.ts'
import { keptLog, PUBLIC_EVENTS, startFeed, testLog, testPool } from './support.ts'

async function scene(t: Test) {
  const pool = await testPool(t)
  const log = testLog()
  const numbered = (lastSequence: number) =>
    until(`message ${lastSequence}`, async () => {
      const status = await feedStatus(pool, await log.store.head())
      return status.lastSequence === lastSequence && status
    })
  return { pool, log, numbered, base: { log: log.store, pool, url: undefined } }
}

test('a consumer finds the same hash and sums from what it received', async (t) => {
  const { pool, log, numbered, base } = await scene(t)
  startFeed(t, base)
  await log.receive(3, '2026-01-05')
  await log.receive(2, '2026-01-06')
  await log.receive(1, '2026-01-05')
  await numbered(6)
  const { rows } = await pool.query<{ cloud_event: string }>(
    "SELECT cloud_event FROM feed.messages WHERE booked_on = '2026-01-05' ORDER BY sequence",
  )
  let hash = '0'.repeat(64)
  for (const { cloud_event } of rows) {
    hash = createHash('sha256').update(`${hash}\n${cloud_event}`).digest('hex')
  }
  const goods = { count: 4, amounts: { cost: '10.00' } }
  t.strictSame(await feedStatement(pool, '2026-01-05'), {
    ...{ date: '2026-01-05', count: 4, firstSequence: 1, lastSequence: 6 },
    ...{ sums: { 'tradeline.v1.stock.goods-received': goods }, hash, closed: false },
  })
  t.match(await feedStatement(pool, '2026-01-06'), { count: 2, firstSequence: 4, lastSequence: 5 })
})

test('a day of which nothing was said has a statement, too', async (t) => {
  const { pool } = await scene(t)
  t.strictSame(await feedStatement(pool, '2026-02-01'), {
    ...{ date: '2026-02-01', count: 0, firstSequence: null, lastSequence: null },
    ...{ sums: {}, hash: '0'.repeat(64), closed: false },
  })
})

test('without a NATS server messages are numbered, and the status says why they wait', async (t) => {
  const { log, numbered, base } = await scene(t)
  const logger = keptLog()
  startFeed(t, { ...base, logger })
  await log.receive(5)
  const status = await numbered(5)
  t.match(status, { unpublished: 5, lastPublishedSequence: 0, connected: false })
  t.match(status.reason, /no NATS server/)
  t.equal(logger.lines.length, 1)
})

test('an event that can not be said stops the outbox before it, and a mended one goes on', async (t) => {
  const { log, numbered, base, pool } = await scene(t)
  const broken = publicEvent({
    ...{ area: 'orders', name: 'order-rejected', version: 1, description: '' },
    from: OrderRejected,
    schema: orderRejected.schema,
    translate: () => ({}),
  })
  const logger = keptLog()
  const publicEvents = PUBLIC_EVENTS.map((each) => (each === orderRejected ? broken : each))
  const feed = startFeed(t, { ...base, logger, publicEvents })
  await log.receive(2)
  await log.append(OrderRejected({ orderId: 'O1', code: 'late', message: 'm' }))
  await log.receive(2)
  const reason = await until('it says why', async () => {
    const status = await feedStatus(pool, -1n)
    return /can't be said/.test(status.reason ?? '') && status
  })
  t.equal(reason.lastSequence, 2)
  t.equal(logger.lines.filter(({ level }) => level === 'error').length, 1)
  await feed.stop()
  startFeed(t, base)
  t.notMatch((await numbered(5)).reason, /can't be said/)
})

test('a leader whose term is over numbers nothing', async (t) => {
  const { log, base, pool } = await scene(t)
  const fence = async () => {
    throw new LeadershipLost('feed')
  }
  const feed = startFeed(t, { ...base, fence })
  await log.receive(1)
  await t.rejects(feed.ended, LeadershipLost)
  t.equal((await feedStatus(pool, -1n)).lastSequence, 0)
})
