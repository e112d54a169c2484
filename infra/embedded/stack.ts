/** The servers tradeline needs, started by us where no URL of others was given. */
import { join } from 'node:path'
import type { Logger } from 'pino'
import { type DataFolder, openDataFolder } from './data-folder.ts'
import { lock } from './data-lock.ts'
import { eventStorePart, eventStoreStopSteps } from './event-store-process.ts'
import { natsMissing, natsPart, natsStopSteps } from './nats.ts'
import type { Part } from './part.ts'
import { endNoted } from './pid-file.ts'
import { assertPortFree, freePort } from './ports.ts'
import { endLeftOverPostgres, ensureDatabase, postgresPart, postgresStopSteps } from './postgres.ts'
import { forgetServers, notedServers, noteServers } from './running-servers.ts'
import { StartError } from './start-error.ts'
import { type Supervised, supervise } from './supervisor.ts'

const database = 'tradeline'

export type StackOptions = Readonly<{
  dataDir: string
  /** Loopback ports of the parts we start; 0 takes any free one. */
  ports: Readonly<{ postgres: number; eventStore: number; nats: number }>
  /** Servers that run elsewhere; for these nothing is started. */
  urls: Readonly<{ [server in 'database' | 'eventStore' | 'nats']?: string | undefined }>
  logger: Logger
  /** Ends a start under way (a Ctrl-C before all is up); nothing is left running. */
  signal?: AbortSignal
}>

export type Stack = Readonly<{
  databaseUrl: string
  eventStoreUrl: string
  /** Undefined when there is no NATS to be had; `missing` says why. */
  natsUrl: string | undefined
  /** What could not be brought up, each in a sentence that says why and what to do. */
  missing: readonly string[]
  /** The processes that we run, by the part's name. */
  pids: () => Record<string, number>
  /** Ends all that we started: the event store first, then what it rests on. */
  stop: () => Promise<void>
}>

/** Resolves when every part is ready; throws a `StartError` otherwise, with nothing left running. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { urls } = options
  if (urls.database !== undefined && urls.eventStore !== undefined && urls.nats !== undefined) {
    return remoteOnly(urls.database, urls.eventStore, urls.nats)
  }
  const folder = await openDataFolder(options.dataDir)
  const held = lock(folder.run, folder.root)
  const running = new Map<string, Supervised>()
  let stopped: Promise<void> | undefined
  const stopAll = async () => {
    await forgetServers(folder.run)
    await running.get('event-store')?.stop()
    await Promise.all([running.get('postgres')?.stop(), running.get('nats')?.stop()])
    running.clear()
    held.release()
  }
  const stop = () => {
    stopped ??= stopAll()
    return stopped
  }
  try {
    await endLeftOvers(folder)
    const started = await startParts({ ...options, ports: await portsOf(options) }, folder, running)
    await noteServers(folder.run, started)
    return { ...started, pids: () => pidsOf(running), stop }
  } catch (error) {
    await stop()
    throw options.signal?.aborted ? options.signal.reason : error
  }
}

/** Joins the servers of a tradeline that runs on the same data; starts them if none does. */
export async function joinStack(options: StackOptions): Promise<Stack> {
  try {
    return await startStack(options)
  } catch (error) {
    const { run } = await openDataFolder(options.dataDir)
    const noted = error instanceof StartError ? await notedServers(run) : undefined
    if (noted === undefined) throw error
    return remoteOnly(noted.databaseUrl, noted.eventStoreUrl, noted.natsUrl)
  }
}

function remoteOnly(
  databaseUrl: string,
  eventStoreUrl: string,
  natsUrl: string | undefined,
): Stack {
  const stop = async () => undefined
  return { databaseUrl, eventStoreUrl, natsUrl, missing: [], pids: () => ({}), stop }
}

type Started = Pick<Stack, 'databaseUrl' | 'eventStoreUrl' | 'natsUrl' | 'missing'>

/** The event store needs Postgres; NATS needs nobody. A failure waits for the others to settle. */
async function startParts(
  options: StackOptions,
  folder: DataFolder,
  running: Map<string, Supervised>,
): Promise<Started> {
  const up = async (part: Part) => {
    const files = { pid: pidFile(folder, part.name), log: join(folder.logs, `${part.name}.log`) }
    running.set(part.name, await supervise(part, files, options.logger, options.signal))
  }
  const abort = () => options.signal?.throwIfAborted()
  const stores = async () => {
    const databaseUrl = options.urls.database ?? (await startPostgres(options, folder, up))
    abort()
    if (options.urls.eventStore !== undefined) {
      return { databaseUrl, eventStoreUrl: options.urls.eventStore }
    }
    const part = eventStorePart(databaseUrl, options.ports.eventStore)
    await up(part)
    return { databaseUrl, eventStoreUrl: part.url }
  }
  const [storesDone, natsDone] = await Promise.allSettled([
    stores(),
    startNats(options, folder, up),
  ])
  if (storesDone.status === 'rejected') throw storesDone.reason
  if (natsDone.status === 'rejected') throw natsDone.reason
  abort()
  return { ...storesDone.value, ...natsDone.value }
}

type Up = (part: Part) => Promise<void>

async function startPostgres({ ports }: StackOptions, folder: DataFolder, up: Up) {
  const part = await postgresPart({
    folder: folder.postgres,
    port: ports.postgres,
    passwordFile: join(folder.keys, 'postgres-password'),
    runFolder: folder.run,
  })
  await up(part)
  await ensureDatabase(part, database)
  return part.urlOf(database)
}

async function startNats({ urls, ports }: StackOptions, folder: DataFolder, up: Up) {
  if (urls.nats !== undefined) return { natsUrl: urls.nats, missing: [] }
  const part = await natsPart({ folder: folder.nats, port: ports.nats })
  if (part === undefined) return { natsUrl: undefined, missing: [natsMissing] }
  await up(part)
  return { natsUrl: part.url, missing: [] }
}

/** Ends what a parent killed hard left running; in the order in which it would have been stopped. */
async function endLeftOvers(folder: DataFolder): Promise<void> {
  await Promise.all([
    endNoted(pidFile(folder, 'event-store'), eventStoreStopSteps),
    endNoted(pidFile(folder, 'nats'), natsStopSteps),
  ])
  await endNoted(pidFile(folder, 'postgres'), postgresStopSteps)
  await endLeftOverPostgres(folder.postgres, folder.run)
}

/** The ports of the parts we will start, each seen to be free. */
async function portsOf({ ports, urls }: StackOptions): Promise<StackOptions['ports']> {
  const choose = async (port: number, setting: string, given: string | undefined) => {
    if (given !== undefined) return port
    if (port === 0) return freePort()
    await assertPortFree(port, setting)
    return port
  }
  return {
    postgres: await choose(ports.postgres, 'POSTGRES_PORT', urls.database),
    eventStore: await choose(ports.eventStore, 'EVENT_STORE_PORT', urls.eventStore),
    nats: await choose(ports.nats, 'NATS_PORT', urls.nats),
  }
}

function pidsOf(running: ReadonlyMap<string, Supervised>): Record<string, number> {
  const pids: Record<string, number> = {}
  for (const [name, part] of running) {
    const pid = part.pid()
    if (pid !== undefined) pids[name] = pid
  }
  return pids
}

function pidFile(folder: DataFolder, name: string): string {
  return join(folder.run, `${name}.pid`)
}
