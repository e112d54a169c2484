import type { Pool } from 'pg'
import { type Test, test } from 'tap'
import { createPersonalKeys } from '../../../infra/postgres/personal-keys.ts'
import { createPool } from '../../../infra/postgres/pool.ts'
import { testDatabase } from '../../support/postgres.ts'

const quiet = () => undefined

async function testPool(t: Test): Promise<Pool> {
  const pool = createPool(await testDatabase(t), {
    max: 4,
    statementTimeoutMs: 5_000,
    applicationName: 'personal keys test',
    log: { info: quiet, warn: quiet, error: quiet },
  })
  t.teardown(() => pool.end())
  return pool
}

test('a person has one key, whoever asks first, and it outlives the process', async (t) => {
  const pool = await testPool(t)
  const [one, two] = await Promise.all([createPersonalKeys({ pool }), createPersonalKeys({ pool })])
  const keys = await Promise.all([one.keyFor('p'), two.keyFor('p'), one.keyFor('p')])
  t.equal(new Set(keys.map((key) => key.toString('hex'))).size, 1)
  t.equal(keys[0].length, 32)
  const later = await createPersonalKeys({ pool })
  t.strictSame((await later.known(['p', 'nobody'])).get('p'), keys[0])
})

test('only known persons are found, cached or not', async (t) => {
  const keys = await createPersonalKeys({ pool: await testPool(t) })
  const key = await keys.keyFor('p')
  for (const _ of [1, 2]) t.strictSame([...(await keys.known(['p', 'q']))], [['p', key]])
})

test('a forgotten person is unknown, and gets another key afterwards', async (t) => {
  const keys = await createPersonalKeys({ pool: await testPool(t) })
  const before = await keys.keyFor('p')
  await keys.forget('p')
  t.equal((await keys.known(['p'])).size, 0)
  t.notSame(await keys.keyFor('p'), before)
})

test('the cache is bounded', async (t) => {
  const keys = await createPersonalKeys({ pool: await testPool(t), maxCached: 2 })
  const subjects = ['a', 'b', 'c', 'd']
  const made = await Promise.all(subjects.map((subject) => keys.keyFor(subject)))
  const known = await keys.known(subjects)
  t.strictSame(
    subjects.map((subject) => known.get(subject)),
    made,
  )
})
