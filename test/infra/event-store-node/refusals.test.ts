/** The node says in a sentence why it can't start. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { startEventStoreNode } from '../../../infra/embedded/event-store/node.ts'
import { openSession } from '../../../infra/embedded/event-store/writer-session.ts'
import { freePort } from '../../../infra/embedded/ports.ts'
import { testDatabase } from '../../support/postgres.ts'

const program = fileURLToPath(
  new URL('../../../infra/embedded/event-store/main.ts', import.meta.url),
)

/** Runs the node's program to its end. */
async function run(environment: Readonly<Record<string, string>>) {
  const env = { PATH: process.env.PATH, ...environment }
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  await once(child, 'close')
  return { code: child.exitCode, said: said.trim() }
}

test('a taken port is one clear sentence and exit code 1', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const address = other.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const databaseUrl = await testDatabase(t)
  const { code, said } = await run({ DATABASE_URL: databaseUrl, EVENT_STORE_PORT: String(port) })
  t.equal(code, 1)
  t.equal(said, `The event store can't listen on 127.0.0.1:${port}: the port is taken.`)
})

test('a missing setting is named', async (t) => {
  const { code, said } = await run({ EVENT_STORE_PORT: '0' })
  t.equal(code, 1)
  t.match(said, /DATABASE_URL/)
})

test('a Postgres that is away is one clear sentence', async (t) => {
  const databaseUrl = `postgres://nobody@127.0.0.1:${await freePort()}/nowhere`
  await t.rejects(startEventStoreNode({ databaseUrl, port: 0 }), {
    message: /^The event store can't reach its Postgres: .*\.$/,
  })
})

test('a database has one writer at a time', async (t) => {
  const databaseUrl = await testDatabase(t)
  const first = await openSession(databaseUrl)
  t.ok(first)
  t.equal(await openSession(databaseUrl), undefined)
  await first?.end()
  const second = await openSession(databaseUrl)
  t.ok(second)
  await second?.end()
})
