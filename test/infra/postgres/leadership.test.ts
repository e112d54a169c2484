import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { test } from 'tap'
import { type Fence, LeadershipLost, lead } from '../../../infra/postgres/leadership.ts'
import { createPool } from '../../../infra/postgres/pool.ts'
import { type Teardown, testDatabase } from '../../support/postgres.ts'

const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
const timing = { heartbeatMs: 50, firstRetryMs: 10, lastRetryMs: 100, lockWaitMs: 100 }

type Term = Readonly<{ who: string; fence: Fence; signal: AbortSignal; finish: () => void }>

/** Candidates whose terms the test awaits one by one; a term's work lasts until `finish`. */
function race(t: Teardown, url: string) {
  const begun: Term[] = []
  const waiting: ((term: Term) => void)[] = []
  return {
    nextTerm: () =>
      new Promise<Term>((resolve) => {
        const term = begun.shift()
        if (term === undefined) waiting.push(resolve)
        else resolve(term)
      }),
    begun,
    enter(who: string, endsOnAbort = true) {
      const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
      const leadership = lead({
        url,
        name: 'runner',
        log,
        timing,
        onLead: async (fence, signal) => {
          const term = { who, fence, signal, finish }
          const taker = waiting.shift()
          if (taker === undefined) begun.push(term)
          else taker(term)
          await Promise.race(endsOnAbort ? [finished, aborted(signal)] : [finished])
        },
      })
      t.teardown(async () => {
        finish()
        await leadership.stop()
      })
      return leadership
    },
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

function poolFor(t: Teardown, url: string): pg.Pool {
  const pool = createPool(url, {
    max: 4,
    statementTimeoutMs: 10_000,
    applicationName: 'test',
    log,
  })
  t.teardown(() => pool.end())
  return pool
}

async function inTransaction(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<unknown>) {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await work(client)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

async function terminateLeader(pool: pg.Pool): Promise<void> {
  await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
     WHERE locktype = 'advisory' AND granted AND objsubid = 2
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  )
}

test('when the leader loses its connection the other candidate takes office', async (t) => {
  const url = await testDatabase(t)
  const pool = poolFor(t, url)
  const { enter, nextTerm, begun } = race(t, url)
  enter('first')
  const first = await nextTerm()
  enter('second')
  await inTransaction(pool, (client) => first.fence(client))
  t.equal(begun.length, 0, 'one leader at a time')

  await terminateLeader(pool)
  await aborted(first.signal)
  const successor = await nextTerm()
  await inTransaction(pool, (client) => successor.fence(client))
  t.not(successor.fence, first.fence)
  await t.rejects(
    inTransaction(pool, (client) => first.fence(client)),
    LeadershipLost,
  )
})

test('a candidate that lost its term runs again only when its work has ended', async (t) => {
  const url = await testDatabase(t)
  const pool = poolFor(t, url)
  const { enter, nextTerm, begun } = race(t, url)
  enter('only', false)
  const term = await nextTerm()
  await terminateLeader(pool)
  await aborted(term.signal)
  t.equal(begun.length, 0)
  term.finish()
  t.equal((await nextTerm()).who, 'only')
})

test('the next leader waits for a commit that the old one has begun', async (t) => {
  const url = await testDatabase(t)
  const pool = poolFor(t, url)
  await pool.query('CREATE TABLE fact (said text)')
  const { enter, nextTerm, begun } = race(t, url)
  enter('first', false)
  const first = await nextTerm()
  enter('second')
  await inTransaction(pool, async (client) => {
    await first.fence(client)
    await terminateLeader(pool)
    await aborted(first.signal)
    t.equal(begun.length, 0)
    await client.query(`INSERT INTO fact VALUES ('by the first')`)
  })
  t.equal((await nextTerm()).who, 'second')
  t.equal((await pool.query('SELECT FROM fact')).rowCount, 1)
})

test('stopping gives the office to the next candidate at once', async (t) => {
  const url = await testDatabase(t)
  const { enter, nextTerm } = race(t, url)
  const first = enter('first')
  const term = await nextTerm()
  enter('second')
  await first.stop()
  t.equal(term.signal.aborted, true)
  t.equal((await nextTerm()).who, 'second')
})

test('a candidate can be stopped while it waits', async (t) => {
  const url = await testDatabase(t)
  const { enter, nextTerm, begun } = race(t, url)
  enter('first')
  await nextTerm()
  await enter('second').stop()
  t.equal(begun.length, 0)
})

test('a candidate takes office when Postgres can be reached at last', async (t) => {
  const url = new URL(await testDatabase(t))
  const name = url.pathname.slice(1)
  const pool = poolFor(t, url.href.replace(name, 'postgres'))
  const later = `${name}_later`
  t.teardown(async () => {
    await pool.query(`DROP DATABASE IF EXISTS ${later} WITH (FORCE)`)
  })
  const failed = Promise.withResolvers<void>()
  const term = Promise.withResolvers<void>()
  const leadership = lead({
    url: url.href.replace(name, later),
    name: 'runner',
    log: { ...log, warn: () => failed.resolve() },
    timing,
    onLead: async (_fence, signal) => {
      term.resolve()
      await aborted(signal)
    },
  })
  t.teardown(() => leadership.stop())
  await failed.promise
  await pool.query(`CREATE DATABASE ${later}`)
  await t.resolves(term.promise)
})

test('work that fails gives the office up, and gets another term', async (t) => {
  const url = await testDatabase(t)
  const said: string[] = []
  const again = Promise.withResolvers<void>()
  let terms = 0
  const leadership = lead({
    url,
    name: 'runner',
    log: { ...log, warn: (fields) => said.push(String(fields.reason)) },
    timing,
    onLead: async (_fence, signal) => {
      terms += 1
      if (terms === 1) throw new Error('the work broke')
      again.resolve()
      await aborted(signal)
    },
  })
  t.teardown(() => leadership.stop())
  await again.promise
  t.same(said, ['the work broke'])
})

test('a paused leader is put out of office, and can write nothing when it wakes up', async (t) => {
  const url = await testDatabase(t)
  const pool = poolFor(t, url)
  await pool.query('CREATE TABLE fact (said text)')
  const child = pausedLeader(t, url)
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]()
  t.equal((await lines.next()).value, 'leading')
  child.kill('SIGSTOP')

  const office = Promise.withResolvers<void>()
  const successor = lead({
    url,
    name: 'runner',
    log,
    timing: { ...timing, silentMs: 500 },
    onLead: async (_fence, signal) => {
      office.resolve()
      await aborted(signal)
    },
  })
  t.teardown(() => successor.stop())
  await office.promise
  child.stdin?.write('write\n')
  child.kill('SIGCONT')
  t.equal((await lines.next()).value, 'LeadershipLost')
  t.equal((await pool.query('SELECT FROM fact')).rowCount, 0)
})

function pausedLeader(t: Teardown, url: string): ChildProcess {
  const program = fileURLToPath(new URL('paused-leader.ts', import.meta.url))
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, LEADER_URL: url },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(async () => {
    const exited = child.exitCode === null ? once(child, 'exit') : undefined
    child.kill('SIGKILL')
    await exited
  })
  return child
}
