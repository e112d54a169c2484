/** What the read service stands on: views in Postgres, the streams, and the machinery's own state. */

import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { Tables } from '../../read-api/database.ts'
import type { ReadPorts } from '../../read-api/ports.ts'
import type { WaitForModels } from '../../read-api/route.ts'
import { listInstances, parseInstanceId } from '../../sagas/runner/operators.ts'
import type { Declarations } from '../discover.ts'
import type { ClientStore } from '../event-store/client-store.ts'

export function waitForModels(pool: pg.Pool): WaitForModels {
  return async (models, position, timeoutMs) => {
    const end = Date.now() + timeoutMs
    for (;;) {
      const { rows } = await pool.query<{ seen: bigint | null }>(
        'select min(position) as seen from projections.build where serving and model = any($1)',
        [models],
      )
      if (models.length === 0 || (rows[0]?.seen ?? -1n) >= position) return true
      if (Date.now() > end) return false
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

type Parts = Readonly<{
  pool: pg.Pool
  store: ClientStore
  declarations: Declarations
  waitFor: WaitForModels
}>

export function readPorts({ pool, store, declarations, waitFor }: Parts): ReadPorts {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }).withSchema('read')
  return {
    db,
    waitFor,
    store,
    aggregates: declarations.aggregates,
    describe: (event) => describe(declarations, event),
    projections: async () => ({ items: [] }),
    sagas: (asked) => sagas(pool, asked),
    feed: async () => ({}),
  }
}

function describe({ events }: Declarations, { type }: RecordedEvent): string {
  return events.get(type)?.description || type
}

async function sagas(
  pool: pg.Pool,
  { status, limit, cursor }: Parameters<ReadPorts['sagas']>[0],
): Promise<unknown> {
  const after = cursor === undefined ? undefined : parseInstanceId(cursor)
  const { instances, next } = await listInstances(pool, {
    limit,
    ...(status === 'parked' || status === 'live' ? { status } : {}),
    ...(after === undefined ? {} : { after }),
  })
  return { items: instances, nextCursor: next === undefined ? null : `${next.saga}.${next.key}` }
}
