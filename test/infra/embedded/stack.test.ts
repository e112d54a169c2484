import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { connect } from 'nats'
import { test } from 'tap'
import { natsProgram } from '../../../infra/embedded/nats.ts'
import { query } from '../../../infra/embedded/postgres.ts'
import { identityOf, isAlive, signal } from '../../../infra/embedded/process-identity.ts'
import { type Stack, type StackOptions, startStack } from '../../../infra/embedded/stack.ts'
import { createLogger } from '../../../infra/logger.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { skipWithoutNats } from '../../support/nats.ts'
import type { Teardown } from '../../support/postgres.ts'
import { anyPorts } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

const skip = await skipWithoutNats()
const parts = ['event-store', 'nats', 'postgres'] as const
const startLimitMs = 10_000

/** Starts a stack whose log lines are kept. */
async function start(t: Teardown, dataDir: string, urls: StackOptions['urls'] = {}) {
  const lines: string[] = []
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(String(chunk)).msg)
      done()
    },
  })
  const logger = createLogger({ level: 'info' }, sink)
  const stack = await startStack({ dataDir, ports: anyPorts, urls, logger })
  t.teardown(stack.stop)
  return { stack, lines }
}

test('from nothing to ready in 10 seconds, and all of it ends on stop', { skip }, async (t) => {
  const dataDir = join(await temporaryFolder(t), 'data')
  const before = performance.now()
  const { stack } = await start(t, dataDir)
  t.ok(performance.now() - before < startLimitMs, 'quick')
  t.same(Object.keys(stack.pids()).sort(), parts)
  t.match(stack.eventStoreUrl, /^esdb:\/\/127\.0\.0\.1:\d+\?tls=false$/)
  t.same(stack.missing, [])
  await query(stack.databaseUrl, 'CREATE TABLE kept AS SELECT 7 AS seven')
  await (await connect({ servers: `${stack.natsUrl}` })).close()
  const processes = Object.values(stack.pids()).map((pid) => identityOf(pid))
  await stack.stop()
  for (const one of processes) t.notOk(one !== undefined && isAlive(one))
  t.same(stack.pids(), {})
  t.same(await readdir(join(dataDir, 'run')), ['lock'], 'no note of a process stays')
  await t.resolves(stack.stop(), 'stopping again does nothing')

  const again = await start(t, dataDir)
  const kept = await query(again.stack.databaseUrl, 'SELECT seven FROM kept')
  t.same(kept.rows, [{ seven: 7 }], 'the data is there at the next start')
})

test('a part that is killed is started again, and said once', { skip }, async (t) => {
  const { stack, lines } = await start(t, await temporaryFolder(t))
  for (const name of parts) {
    lines.length = 0
    const killed = stack.pids()[name] ?? 0
    signal(killed, 'SIGKILL')
    await until(`${name} is back`, () => lines.includes(`${name} is back`))
    t.not(stack.pids()[name], killed)
    const said = lines.filter((line) => line.startsWith(name))
    t.same(said, [`${name} ended; starting it again`, `${name} is back`])
  }
  t.same((await query(stack.databaseUrl, 'SELECT 1 AS one')).rows, [{ one: 1 }])
  await (await connect({ servers: `${stack.natsUrl}` })).close()
})

test('a stack is stopped while a part is being started again', { skip }, async (t) => {
  const { stack, lines } = await start(t, await temporaryFolder(t), { eventStore: 'esdb://other' })
  const before = { ...stack.pids() }
  signal(before.postgres ?? 0, 'SIGKILL')
  await until('it is noticed', () => lines.includes('postgres ended; starting it again'))
  await stack.stop()
  t.same(stack.pids(), {})
})

test('nothing is started where a URL is given', async (t) => {
  const dataDir = join(await temporaryFolder(t), 'data')
  const urls = { database: 'postgres://db/t', eventStore: 'esdb://es:2113', nats: 'nats://n:4222' }
  const { stack } = await start(t, dataDir, urls)
  t.match(stack, {
    databaseUrl: urls.database,
    eventStoreUrl: urls.eventStore,
    natsUrl: urls.nats,
  } satisfies Partial<Stack>)
  t.same(stack.pids(), {})
  t.notOk(existsSync(dataDir))
})

test('Postgres acknowledges only what is durable, and listens on loopback alone', async (t) => {
  const urls = { eventStore: 'esdb://other', nats: 'nats://other' }
  const dataDir = await temporaryFolder(t)
  const { stack } = await start(t, dataDir, urls)
  const { rows } = await query(
    stack.databaseUrl,
    `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
            current_setting('full_page_writes') AS pages, current_setting('listen_addresses') AS host,
            current_setting('unix_socket_directories') AS sockets`,
  )
  t.same(rows, [{ fsync: 'on', commit: 'on', pages: 'on', host: '127.0.0.1', sockets: '' }])
  const stranger = new URL(stack.databaseUrl)
  stranger.password = 'guessed'
  await t.rejects(query(stranger.href, 'SELECT 1'), /password authentication failed/)
  t.match(await readFile(join(dataDir, 'logs', 'postgres.log'), 'utf8'), /ready to accept/)
})

test('nats-server is looked for along the path', async (t) => {
  t.equal(await natsProgram([t.testdir()]), undefined)
})
