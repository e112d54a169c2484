/** What the commands that look into a system stand on: its servers, joined or started, and no services. */

import type pg from 'pg'
import type { Logger } from 'pino'
import { migrateProjections } from '../../projections/engine/migrate.ts'
import { type Config, readConfig } from '../config.ts'
import { type Declarations, discover, ROOT } from '../discover.ts'
import { joinStack } from '../embedded/stack.ts'
import { type ClientStore, createEventStore } from '../event-store/client-store.ts'
import { createLogger } from '../logger.ts'
import { createPersonalKeys } from '../postgres/personal-keys.ts'
import { createPool } from '../postgres/pool.ts'

export type Tools = Readonly<{
  config: Config
  declarations: Declarations
  databaseUrl: string
  pool: pg.Pool
  store: ClientStore
  logger: Logger
}>

const POOL_SIZE = 6

/** Joins the tradeline that runs on the data folder, or starts its servers for the time of the work. */
export async function withTools(
  data: string,
  work: (tools: Tools) => Promise<void>,
): Promise<void> {
  const config = readConfig({ LOG_LEVEL: 'warn', ...process.env }, { data })
  const logger = createLogger({ level: config.logLevel })
  const declarations = await discover(ROOT)
  const { dataDir, ports, urls } = config
  const stack = await joinStack({ dataDir, ports, urls, logger })
  const pool = createPool(stack.databaseUrl, {
    max: POOL_SIZE,
    statementTimeoutMs: 0,
    applicationName: 'tradeline tools',
    log: logger,
  })
  try {
    await migrateProjections(pool)
    const keys = await createPersonalKeys({ pool })
    const store = createEventStore({
      connectionString: stack.eventStoreUrl,
      registry: declarations.events,
      keys,
      logger,
    })
    try {
      const { databaseUrl } = stack
      await work({ config, declarations, databaseUrl, pool, store, logger })
    } finally {
      await store.close()
    }
  } finally {
    await pool.end()
    await stack.stop()
  }
}
