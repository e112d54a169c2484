/** Puts the parts of one process together, by its roles, and takes them apart again. */

import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Correspondent } from '../../commands/correspondents.ts'
import { thisMachine } from '../../commands/handler/machine.ts'
import { createImporter } from '../../commands/imports/importer.ts'
import { createStatementIntake } from '../../commands/statement-intake.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Server } from '../../http/server.ts'
import { migrateProjections } from '../../projections/engine/migrate.ts'
import { createReadApi } from '../../read-api/server.ts'
import { resumeInstance } from '../../sagas/runner/operators.ts'
import { isUnavailable } from '../../sagas/runner/ports.ts'
import { prepareTables } from '../../sagas/runner/tables.ts'
import { addCallbackRoutes } from '../../write-api/callback-route.ts'
import { addImportRoutes } from '../../write-api/import-route.ts'
import { addQuoteRoutes } from '../../write-api/quote-route.ts'
import { addSagaRoute } from '../../write-api/saga-route.ts'
import { createWriteApi } from '../../write-api/server.ts'
import { addStatementRoute } from '../../write-api/statement-route.ts'
import { carriersOf } from '../carriers/signed-json.ts'
import type { Config } from '../config.ts'
import { type Declarations, ROOT } from '../discover.ts'
import { codeOf, reasonOf, StartError } from '../embedded/start-error.ts'
import { createEventStore } from '../event-store/client-store.ts'
import { prepareFeed } from '../feed/tables.ts'
import { createMetrics } from '../metrics.ts'
import { createPersonalKeys } from '../postgres/personal-keys.ts'
import { createPrinter } from '../print/printer.ts'
import { builtCheck, untilBuilt } from './built.ts'
import type { Books } from './closing-checks.ts'
import { openFirstDay } from './first-day.ts'
import { httpOptions } from './http-options.ts'
import { createLookups } from './lookups.ts'
import { natsCheck } from './nats-check.ts'
import { openExecutors } from './outbound.ts'
import { openProviders } from './payment-providers.ts'
import { createPools } from './pools.ts'
import { createQuoting } from './quotes.ts'
import { readPorts, waitForModels } from './read-side.ts'
import type { Check } from './readiness.ts'
import type { Servers } from './servers.ts'
import { startWorker } from './worker.ts'
import { createWriteSide } from './write-side.ts'

export type App = Readonly<{
  /** The ports that the services listen on, by name. */
  ports: Readonly<{ write?: number; read?: number }>
  stop: () => Promise<void>
}>

const SERVERS_WITHIN_MS = 60_000
const RETRY_MS = 250

/**
 * Resolves when the services answer; `stop` ends what was started, in the opposite order. A server that
 * is away is waited for, within a bound: it may be starting itself, or being started again.
 */
export async function startApp(
  config: Config,
  servers: Servers,
  declarations: Declarations,
  logger: Logger,
): Promise<App> {
  const deadline = performance.now() + SERVERS_WITHIN_MS
  for (let hasSaid = false; ; hasSaid = true) {
    try {
      return await startOnce(config, servers, declarations, logger)
    } catch (error) {
      if (!isUnavailable(error)) throw error
      const reason = reasonOf(error)
      if (performance.now() > deadline) throw new StartError(`A server stays away: ${reason}.`)
      if (!hasSaid) logger.warn({ reason }, 'a server is away; the start waits for it')
      await delay(RETRY_MS)
    }
  }
}

async function startOnce(
  config: Config,
  servers: Servers,
  declarations: Declarations,
  logger: Logger,
): Promise<App> {
  const ending: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const end of ending.splice(0).reverse()) await end()
  }
  try {
    const ports = await startParts(config, servers, declarations, logger, ending)
    return { ports, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startParts(
  config: Config,
  servers: Servers,
  declarations: Declarations,
  logger: Logger,
  ending: (() => Promise<unknown>)[],
): Promise<App['ports']> {
  const { policy } = config
  const metrics = createMetrics()
  const processName = `tradeline ${[...config.roles].join(',')}`
  const { work, writes, reads, end } = createPools(servers.databaseUrl, processName, logger)
  ending.push(end)
  await migrateProjections(work)
  await prepareTables(work)
  await prepareFeed(work)
  const keys = await createPersonalKeys({ pool: writes })
  const store = createEventStore({
    connectionString: servers.eventStoreUrl,
    registry: declarations.events,
    keys,
    logger,
  })
  ending.push(() => store.close())
  const waitFor = waitForModels(reads)
  const checks: Record<string, Check> = {
    database: { ask: async () => void (await writes.query('select 1')) },
    eventStore: { ask: async () => void (await store.head()) },
    nats: natsCheck(writes, servers.missing),
  }
  const built = builtCheck(writes, config.roles, declarations.readModels.keys())
  if (config.roles.has('write') || config.roles.has('read')) checks.readModels = built
  const ports: { write?: number; read?: number } = {}
  if (config.roles.has('write') || config.roles.has('worker')) {
    const lookups = createLookups(writes, store, waitFor, booksOf(policy, declarations), reads)
    const writeSide = await createWriteSide({
      declarations,
      store,
      pool: writes,
      policy,
      lookups,
      logger,
      metrics,
    })
    ending.push(() => writeSide.reference.stop())
    checks.reference = { ask: async () => void writeSide.reference.current() }
    const providers = await openProviders(config, logger, ending)
    if (config.roles.has('worker')) {
      const { databaseUrl, eventStoreUrl, natsUrl, missing } = servers
      const followers = {
        root: ROOT,
        servers: { databaseUrl, eventStoreUrl, natsUrl, missing }, // what can go to a thread
        logLevel: config.logLevel,
        processName,
      }
      const basis = { declarations, followers, store, pool: work, logger, metrics }
      const executors = await openExecutors(
        { config, providers: providers.byName, pool: work, logger },
        ending,
      )
      const worker = startWorker({ ...basis, writeSide, executors })
      ending.push(worker.stop)
    }
    await openFirstDay(declarations, writeSide.handler, writeSide.reference, config)
    if (config.roles.has('write')) {
      const options = await httpOptions(config, logger, metrics, checks)
      const server = await createWriteApi(declarations.commands.values(), writeSide, options)
      const importer = createImporter({
        ...writeSide,
        store,
        machine: thisMachine,
        isTransient: isUnavailable,
      })
      await addImportRoutes(server, declarations.imports.values(), importer)
      await addStatementRoute(server, createStatementIntake(writeSide), policy)
      const quoting = createQuoting(declarations, writeSide.handler, store)
      addQuoteRoutes(server, declarations.commands.values(), quoting)
      addSagaRoute(server, (id) => resumeInstance(writes, id))
      await addCallbackRoutes(server, declarations.commands.values(), {
        handler: writeSide.handler,
        lookups,
        correspondents: new Map<string, ReadonlyMap<string, Correspondent>>([
          ['carrier', carriersOf(config.carrierSecrets)],
          ['provider', providers.byName],
        ]),
        now: () => new Date(),
      })
      ports.write = await listen(server, config, 'write', ending)
      providers.callBackTo(`http://${reachable(config.host)}:${ports.write}`)
    }
  }
  if (config.roles.has('read')) {
    const options = await httpOptions(config, logger, metrics, checks)
    const printer = createPrinter()
    ending.push(printer.stop)
    const readSide = readPorts({ pool: reads, store, declarations, waitFor, policy, printer })
    const server = await createReadApi(readSide, options)
    ports.read = await listen(server, config, 'read', ending)
  }
  if (config.roles.has('worker')) await untilBuilt(built)
  return ports
}

/** What closing the books looks at. */
function booksOf({ chart }: Policy, { sagas }: Declarations): Books {
  const moving = [...sagas.values()].filter(({ movesMoney }) => movesMoney)
  return { chart, moneySagas: moving.map(({ name }) => name) }
}

/** Where a process that listens on all addresses reaches itself. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

async function listen(
  server: Server,
  { host, writePort, readPort }: Config,
  service: 'write' | 'read',
  ending: (() => Promise<unknown>)[],
): Promise<number> {
  const port = service === 'write' ? writePort : readPort
  ending.push(() => server.close())
  try {
    await server.listen({ port, host })
  } catch (error) {
    const variable = service === 'write' ? 'WRITE_PORT' : 'READ_PORT'
    throw codeOf(error) === 'EADDRINUSE'
      ? new StartError(`Port ${port} is in use; end what uses it, or set ${variable}.`)
      : new StartError(`Can't listen on port ${port}: ${reasonOf(error)}.`)
  }
  return (server.server.address() as AddressInfo).port
}
