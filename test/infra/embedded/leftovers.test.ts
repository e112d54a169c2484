import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { ended } from '../../../infra/embedded/part.ts'
import { query } from '../../../infra/embedded/postgres.ts'
import { identityOf, isAlive } from '../../../infra/embedded/process-identity.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { skipWithoutNats } from '../../support/nats.ts'
import { allGone, anyPorts, processesOf, spawnStack, stackProcess } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

const skip = await skipWithoutNats()
const urls = { eventStore: 'esdb://other' }

function upOf(said: Awaited<ReturnType<typeof stackProcess>>['said']) {
  if ('error' in said) throw new Error(said.error)
  return said
}

test('what a parent killed hard left over is ended at the next start', { skip }, async (t) => {
  const dataDir = await temporaryFolder(t)
  const first = await stackProcess(t, { dataDir, ports: anyPorts, urls })
  await query(upOf(first.said).databaseUrl, 'CREATE TABLE kept AS SELECT 7 AS seven')
  const orphans = processesOf(t, first)
  first.child.kill('SIGKILL')
  await ended(first.child)
  t.ok([...orphans.values()].some(isAlive), 'the kill left something over')

  const second = await stackProcess(t, { dataDir, ports: anyPorts, urls })
  processesOf(t, second)
  await allGone(orphans)
  const { rows } = await query(upOf(second.said).databaseUrl, 'SELECT seven FROM kept')
  t.same(rows, [{ seven: 7 }])
})

test('a Postgres that was noted nowhere is found by its own pid file', { skip }, async (t) => {
  const dataDir = await temporaryFolder(t)
  const first = await stackProcess(t, { dataDir, ports: anyPorts, urls })
  const orphans = processesOf(t, first)
  first.child.kill('SIGKILL')
  await ended(first.child)
  await writeFile(join(dataDir, 'run', 'postgres.pid'), '{"pid":')
  processesOf(t, await stackProcess(t, { dataDir, ports: anyPorts, urls }))
  await allGone(orphans)
})

test('a stranger that was given an old pid is left alone', { skip }, async (t) => {
  const dataDir = await temporaryFolder(t)
  const first = await stackProcess(t, { dataDir, ports: anyPorts, urls })
  const gone = processesOf(t, first)
  first.child.kill('SIGTERM')
  await ended(first.child)
  await allGone(gone)
  const stranger = spawn('sleep', ['600'])
  t.teardown(() => stranger.kill())
  const pid = stranger.pid ?? 0
  const note = JSON.stringify({ pid, began: 'another-boot/1' })
  await writeFile(join(dataDir, 'run', 'nats.pid'), note)
  const now = Math.floor(Date.now() / 1000)
  const stale = `${pid}\n/elsewhere\n${now}\n5432\n\n127.0.0.1\n  1 1\nready\n`
  await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), stale)

  const second = await stackProcess(t, { dataDir, ports: anyPorts, urls })
  t.equal(processesOf(t, second).size, 2, 'the stale lock is cleaned and all is up')
  const identity = identityOf(pid)
  t.ok(identity !== undefined && isAlive(identity), 'the stranger lives')
})

test('a second tradeline on the same data is refused, and the first goes on', {
  skip,
}, async (t) => {
  const dataDir = await temporaryFolder(t)
  const first = await stackProcess(t, { dataDir, ports: anyPorts, urls })
  const second = await stackProcess(t, { dataDir, ports: anyPorts, urls })
  t.match(second.said, {
    error: `StartError: Another tradeline (process ${first.child.pid}) is running on ${dataDir}; stop it first, or choose another folder with --data.`,
  })
  for (const one of processesOf(t, first).values()) t.ok(isAlive(one))
})

test('Ctrl-C reaches the whole group, and nothing is left of it', { skip }, async (t) => {
  const dataDir = await temporaryFolder(t)
  const stack = await stackProcess(t, { dataDir, ports: anyPorts, urls })
  const processes = processesOf(t, stack)
  process.kill(-(stack.child.pid ?? 0), 'SIGINT')
  await ended(stack.child)
  for (const [name, one] of processes) t.notOk(isAlive(one), name)
  const log = await readFile(join(dataDir, 'logs', 'postgres.log'), 'utf8')
  t.match(log, /database system is shut down/, 'it was shut down in order')
})

test('Ctrl-C before all is up leaves nothing either', { skip }, async (t) => {
  const dataDir = await temporaryFolder(t)
  const child = spawnStack(t, { dataDir, ports: anyPorts, urls })
  const noted = async () => {
    const text = await readFile(join(dataDir, 'run', 'nats.pid'), 'utf8').catch(() => '{}')
    return identityOf(JSON.parse(text === '' ? '{}' : text).pid ?? 0)
  }
  const nats = await until('the first part runs', noted)
  const said = once(child, 'message')
  process.kill(-(child.pid ?? 0), 'SIGINT')
  t.match((await said)[0], { error: 'Error: stopped before all was up' })
  await ended(child)
  t.notOk(isAlive(nats))
  const again = await stackProcess(t, { dataDir, ports: anyPorts, urls })
  t.equal(processesOf(t, again).size, 2, 'and the next start works')
})

test('data that was cut short while being made is made again', { skip }, async (t) => {
  const dataDir = await temporaryFolder(t)
  await mkdir(join(dataDir, 'postgres'))
  await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '18\n')
  await writeFile(join(dataDir, 'postgres.unfinished'), '')
  const stack = await stackProcess(t, { dataDir, ports: anyPorts, urls })
  t.equal(processesOf(t, stack).size, 2)
})
