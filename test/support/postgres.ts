/**
 * Fresh databases for tests, on one embedded Postgres that all test processes share.
 *
 * The first process that needs it starts `postgres-keeper.ts`, a process that runs the server and
 * ends by itself soon after the last test process is gone; so it works the same for a whole run,
 * for one file under `tap` and for one file under plain `node`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, lstat, mkdir, readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { hasEnded } from '../../infra/embedded/part.ts'
import { query } from '../../infra/embedded/postgres.ts'

const startLimitMs = 60_000
const retryMs = 50
const keeperProgram = fileURLToPath(new URL('postgres-keeper.ts', import.meta.url))

/** What is asked of a test: that it runs this when it is over. */
export type Teardown = { teardown: (fn: () => Promise<void>) => void }

/** The URL of a new, empty database; dropped when the test is over. */
export async function testDatabase(t: Teardown): Promise<string> {
  const server = await sharedServer()
  const name = `test_${randomBytes(8).toString('hex')}`
  await query(server, `CREATE DATABASE ${name}`)
  t.teardown(async () => {
    await query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  })
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

let server: Promise<string> | undefined

/** The URL of the shared server's maintenance database; the server stays while this process runs. */
export function sharedServer(): Promise<string> {
  server ??= attach()
  return server
}

/** The keeper's own folder: one for each user and clone, closed to others. */
export function keeperFolder(): string {
  const clone = createHash('sha256').update(keeperProgram).digest('hex').slice(0, 8)
  return join(tmpdir(), `tradeline-test-${userInfo().uid}-${clone}`)
}

async function attach(): Promise<string> {
  const folder = keeperFolder()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await lstat(folder)).uid !== userInfo().uid) throw new Error(`${folder} is not ours`)
  await chmod(folder, 0o700)
  const deadline = performance.now() + startLimitMs
  let keeper: ChildProcess | undefined
  while (performance.now() < deadline) {
    const url = await greetingOf(join(folder, 'keeper.sock'))
    if (url !== undefined) return url
    if (keeper === undefined || hasEnded(keeper)) keeper = await startKeeper(folder, keeper)
    await delay(retryMs)
  }
  throw new Error(`the test Postgres did not start within ${startLimitMs} ms; see ${folder}`)
}

/** A keeper that ends well has found another one at work; one that fails has written down why. */
async function startKeeper(folder: string, before: ChildProcess | undefined) {
  if (before !== undefined && before.exitCode !== 0) {
    throw new Error(await readFile(join(folder, 'failure'), 'utf8'))
  }
  const keeper = spawn(process.execPath, [keeperProgram, folder], {
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, TMPDIR: tmpdir() },
  })
  keeper.unref()
  await once(keeper, 'spawn')
  return keeper
}

/** The keeper says the server's URL to whoever connects, and counts who stays connected. */
function greetingOf(socketFile: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket: Socket = connect(socketFile)
    let text = ''
    socket.setEncoding('utf8')
    socket.on('error', () => resolve(undefined))
    socket.on('close', () => resolve(undefined))
    socket.on('data', (chunk) => {
      text += chunk
      if (!text.endsWith('\n')) return
      socket.unref() // stays open until this process ends
      resolve(text.trim())
    })
  })
}
