import { test } from 'tap'
import { unavailable } from '../../../infra/app/unavailable.ts'

test('a read model that is not built yet is no failure, but asked for too early', async (t) => {
  const missing = Object.assign(new Error('relation "read.orders" does not exist'), {
    code: '42P01',
  })
  t.match(unavailable(missing), { retryAfterSeconds: 1 })
})

test('an error that says nothing of being away is a failure', async (t) => {
  t.equal(unavailable(new Error('a bug')), undefined)
  t.equal(unavailable('a text'), undefined)
})

test('a database that does not answer, or too slowly, is away', async (t) => {
  const cancelled = Object.assign(new Error('canceling statement'), { code: '57014' })
  for (const error of [new Error('Query read timeout'), cancelled]) {
    t.match(unavailable(error), { detail: 'The database is away.', retryAfterSeconds: 2 })
  }
})
