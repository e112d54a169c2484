/** Connections to Postgres, with values read exactly: no number loses a digit on its way in. */

import pg from 'pg'
import type { Log } from './log.ts'

const CONNECT_TIMEOUT_MS = 5_000
const IDLE_IN_TRANSACTION_MS = 30_000
const IDLE_MS = 30_000
const KEEP_ALIVE_MS = 10_000

export type PoolOptions = Readonly<{
  /** At most so many connections; further callers queue. */
  max: number
  /** Postgres ends a statement that runs longer; 0 for no limit. */
  statementTimeoutMs: number
  /**
   * Gives up on a server that does not answer, and drops the connection: longer than a statement may
   * take. Whoever asks for nobody in particular can wait, and leaves it out.
   */
  answerTimeoutMs?: number
  applicationName: string
  log: Log
}>

/**
 * A pool that survives Postgres going away: broken connections are dropped and made anew when
 * asked for. int8 is read as bigint, numeric and date as text, timestamptz as Date.
 */
export function createPool(url: string, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max,
    application_name: options.applicationName,
    statement_timeout: options.statementTimeoutMs,
    ...(options.answerTimeoutMs === undefined ? {} : { query_timeout: options.answerTimeoutMs }),
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    types: exactTypes,
  })
  let saidBroken = false // of many that break together, once
  pool.on('error', (error) => {
    if (saidBroken) return
    saidBroken = true
    const { applicationName, log } = options
    log.warn({ pool: applicationName, reason: error.message }, 'idle Postgres connections broke')
  })
  pool.on('connect', (client) => {
    saidBroken = false
    // A connection in use that breaks between two queries: its next query fails and says so.
    client.on('error', () => undefined)
  })
  return pool
}

type Parse = (text: string) => unknown

const { builtins } = pg.types
const NUMERIC_ARRAY = 1231
const INT8_ARRAY = 1016
const DATE_ARRAY = 1182
const TEXT_ARRAY = 1009
const typeParser: (id: number, format?: 'text' | 'binary') => Parse = pg.types.getTypeParser

const asText: Parse = (text) => text

const parsers: ReadonlyMap<number, Parse> = new Map([
  [builtins.INT8, BigInt],
  [builtins.NUMERIC, asText],
  [builtins.DATE, asText],
  [INT8_ARRAY, arrayOf(BigInt)],
  [NUMERIC_ARRAY, arrayOf(asText)],
  [DATE_ARRAY, arrayOf(asText)],
])

/** How every connection of ours reads values. */
export const exactTypes: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : parsers.get(id)) ?? typeParser(id, format),
}

function arrayOf(parse: Parse): Parse {
  const split = typeParser(TEXT_ARRAY) as (text: string) => (string | null)[]
  return (text) => split(text).map((entry) => (entry === null ? null : parse(entry)))
}
