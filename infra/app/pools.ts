/** The connections of a process to Postgres, by who waits for the answer; made only when asked for. */

import type pg from 'pg'
import type { Log } from '../postgres/log.ts'
import { createPool } from '../postgres/pool.ts'

export type Pools = Readonly<{
  /** For sagas, read models and the feed: they wait a silent server out. */
  work: pg.Pool
  /** For what a command needs before it is decided: its sender is told soon that Postgres is away. */
  writes: pg.Pool
  /** For reads, which may be long. */
  reads: pg.Pool
  end: () => Promise<void>
}>

const MOST_WORKING = 20
const MOST_ANSWERING = 12
const LONG_MS = 30_000
const SHORT_MS = 4_000
/** What a server that lives needs to say that a statement took too long. */
const GRACE_MS = 1_000

/** `name` tells the process's connections from those of others. */
export function createPools(url: string, name: string, log: Log): Pools {
  const pool = (purpose: string, max: number, statementTimeoutMs: number, bounded = true) =>
    createPool(url, {
      max,
      statementTimeoutMs,
      ...(bounded ? { answerTimeoutMs: statementTimeoutMs + GRACE_MS } : {}),
      applicationName: `${name} ${purpose}`,
      log,
    })
  const work = pool('work', MOST_WORKING, LONG_MS, false)
  const writes = pool('writes', MOST_ANSWERING, SHORT_MS)
  const reads = pool('reads', MOST_ANSWERING, LONG_MS)
  return {
    work,
    writes,
    reads,
    end: async () => {
      await Promise.all([work.end(), writes.end(), reads.end()])
    },
  }
}
