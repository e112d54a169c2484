import { test } from 'tap'
import { query } from '../../../infra/embedded/postgres.ts'
import { createPool } from '../../../infra/postgres/pool.ts'
import { isUnavailable } from '../../../sagas/runner/ports.ts'
import { type Teardown, testDatabase } from '../../support/postgres.ts'
import { tcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'

const log = { info: () => undefined, warn: () => undefined, error: () => undefined }

function poolFor(t: Teardown, url: string, max = 2) {
  const pool = createPool(url, { max, statementTimeoutMs: 200, applicationName: 'test', log })
  t.teardown(() => pool.end())
  return pool
}

test('values are read without losing a digit', async (t) => {
  const pool = poolFor(t, await testDatabase(t))
  const { rows } = await pool.query(`SELECT
    9007199254740993::bigint AS whole, 12345678901234567890.10::numeric AS amount,
    '2026-02-28'::date AS day, ARRAY[9007199254740993, NULL]::bigint[] AS wholes,
    ARRAY[0.10]::numeric[] AS amounts, '2026-01-01T00:00:00.5Z'::timestamptz AS instant`)
  t.same(rows, [
    {
      whole: 9007199254740993n,
      amount: '12345678901234567890.10',
      day: '2026-02-28',
      wholes: [9007199254740993n, null],
      amounts: ['0.10'],
      instant: new Date('2026-01-01T00:00:00.500Z'),
    },
  ])
})

test('a statement that runs too long is ended', async (t) => {
  const pool = poolFor(t, await testDatabase(t))
  await t.rejects(pool.query('SELECT pg_sleep(60)'), { code: '57014' })
})

test('a pool outlives its connections, idle and in use', async (t) => {
  const url = await testDatabase(t)
  const pool = poolFor(t, url)
  const other = poolFor(t, url)
  const used = await pool.connect()
  const idle = await pool.connect()
  const broken = Promise.all([
    new Promise((resolve) => used.once('error', resolve)),
    new Promise((resolve) => pool.once('error', resolve)),
  ])
  idle.release()
  await other.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  )
  await broken
  await t.rejects(used.query('SELECT 1'))
  used.release(true)
  t.equal((await pool.query('SELECT 1 AS one')).rows[0].one, 1)
})

test('a server that does not answer is given up in time, and asked anew when it does', async (t) => {
  const url = new URL(await testDatabase(t))
  const proxy = await tcpProxy(t, Number(url.port))
  url.port = String(proxy.port)
  const pool = createPool(url.href, {
    max: 2,
    statementTimeoutMs: 200,
    answerTimeoutMs: 300,
    applicationName: 'test',
    log,
  })
  t.teardown(() => pool.end())
  await pool.query('SELECT 1')
  proxy.silence()
  const error = await pool.query('SELECT 1').catch((error: unknown) => error)
  t.ok(isUnavailable(error), 'it counts as away')
  proxy.restore()
  t.equal((await pool.query('SELECT 1')).rowCount, 1)
})

test('connections that break together are named once', async (t) => {
  const url = await testDatabase(t)
  const said: object[] = []
  const warn = (fields: object) => void said.push(fields)
  const pool = createPool(url, {
    max: 4,
    statementTimeoutMs: 200,
    applicationName: 'breaking',
    log: { ...log, warn },
  })
  t.teardown(() => pool.end())
  await Promise.all(Array.from({ length: 4 }, () => pool.query('SELECT pg_sleep(0.05)')))
  await query(
    url,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'breaking'",
  )
  await until('all have broken', () => pool.totalCount === 0)
  t.match(said, [{ pool: 'breaking' }])
  t.equal(said.length, 1)
})
