import { test } from 'tap'
import { createPositionWaiting } from '../../../projections/engine/waiting.ts'
import { salesModel, sold, workshop } from './support.ts'

test('waiting ends when the position is seen, and the poller with it', async (t) => {
  const { log, start, pool } = await workshop(t)
  const waiting = createPositionWaiting(pool)
  const position = await log.add(sold('A', 1, '1.00'))
  const waits = Array.from({ length: 100 }, () => waiting.waitFor(['sales'], position, 20_000))
  start([salesModel()])
  await Promise.all(waits)
  t.equal(waiting.waiting(), 0)
})

test('waiting for what does not come ends in time', async (t) => {
  const { waiting } = await workshop(t)
  await t.rejects(waiting.waitFor(['sales'], 5n, 30), { name: 'NotSeenInTime' })
  t.equal(waiting.waiting(), 0)
})

test('only so many may wait', async (t) => {
  const { pool } = await workshop(t)
  const waiting = createPositionWaiting(pool, { maxWaiters: 2 })
  const two = [1n, 2n].map((position) => waiting.waitFor(['sales'], position, 50))
  const ends = two.map((wait) => t.rejects(wait, { name: 'NotSeenInTime' }))
  await t.rejects(waiting.waitFor(['sales'], 3n, 50), { name: 'TooManyWaiters' })
  await Promise.all(ends)
})
