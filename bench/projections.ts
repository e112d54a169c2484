/**
 * How many events a second reach Postgres: all declared read models, built from the log's start and
 * then live, beside one single table. The log is in memory, so that only the engine and Postgres count.
 *
 * `DATABASE_URL` names an empty database; without it a Postgres is started for the run.
 */

import { join } from 'node:path'
import type { Pool } from 'pg'
import { discover } from '../infra/discover.ts'
import { createPool } from '../infra/postgres/pool.ts'
import { projectionsWork } from '../projections/engine/engine.ts'
import { migrateProjections } from '../projections/engine/migrate.ts'
import { verify } from '../projections/engine/verify.ts'
import { createPositionWaiting } from '../projections/engine/waiting.ts'
import type { ReadModel } from '../projections/read-model.ts'
import { round } from './figures.ts'
import { type HeldLog, heldLog, orderEvents } from './order-log.ts'
import { benchPostgres } from './postgres.ts'

const ORDERS = 10_000
const WITHIN_MS = 600_000
const quiet = { info: () => undefined, warn: () => undefined, error: console.error }

export async function bench([count]: readonly string[] = []): Promise<unknown> {
  await using postgres = await benchPostgres()
  const pool = createPool(postgres.url, {
    max: 6,
    statementTimeoutMs: 0,
    applicationName: 'bench projections',
    log: quiet,
  })
  const events = orderEvents(Number(count ?? ORDERS))
  const { readModels } = await discover(join(import.meta.dirname, '..'))
  try {
    await migrateProjections(pool)
    const built = Math.floor(events.length * 0.8)
    const log = heldLog(events, built)
    const rates = await ratesOf(pool, log, [...readModels.values()], built, events.length - built)
    const result = { bench: 'projections', readModels: readModels.size, ...rates }
    console.table(result)
    console.log(JSON.stringify(result))
    return result
  } finally {
    await pool.end()
  }
}

/** Builds on what the log holds, follows the rest, then holds the rows against the log. */
async function ratesOf(
  pool: Pool,
  log: HeldLog,
  readModels: readonly ReadModel[],
  built: number,
  live: number,
) {
  const stopping = new AbortController()
  const work = projectionsWork({ readModels, eventLog: log, pool, log: quiet })
  const start = performance.now()
  const ended = work(async () => undefined, stopping.signal)
  const buildSeconds = await secondsSince(start, () => active(pool, readModels.length))
  log.release()
  const liveStart = performance.now()
  const waiting = createPositionWaiting(pool)
  const names = readModels.map(({ name }) => name)
  const head = await log.head()
  const liveSeconds = await secondsSince(liveStart, () => waiting.waitFor(names, head, WITHIN_MS))
  const differing = await differingRows(pool, log, readModels)
  stopping.abort()
  await ended
  return {
    'rebuild events/s': round(built / buildSeconds),
    'live events/s': round(live / liveSeconds),
    'rows that differ from the log': differing,
  }
}

async function secondsSince(start: number, wait: () => Promise<void>): Promise<number> {
  await wait()
  return (performance.now() - start) / 1_000
}

async function active(pool: Pool, count: number): Promise<void> {
  const deadline = performance.now() + WITHIN_MS
  while (performance.now() < deadline) {
    const { rows } = await pool.query<{ count: bigint }>(
      `SELECT count(*) FROM projections.build WHERE status = 'active'`,
    )
    if (rows[0]?.count === BigInt(count)) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('the read models were not built in time')
}

async function differingRows(pool: Pool, log: HeldLog, readModels: readonly ReadModel[]) {
  let differing = 0
  for (const readModel of readModels) {
    const verdict = await verify(pool, log, readModel)
    differing += verdict.differing + (verdict.failure === undefined ? 0 : 1)
  }
  return differing
}

if (import.meta.main) await bench(process.argv.slice(2))
