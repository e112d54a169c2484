/** What the read service stands on: views in Postgres, the streams, and the machinery's own state. */

import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Fault } from '../../projections/engine/registry.ts'
import { projectionStatus, type RebuildStatus } from '../../projections/engine/status.ts'
import { createPositionWaiting, NotSeenInTime } from '../../projections/engine/waiting.ts'
import type { Tables } from '../../read-api/database.ts'
import type { Printer, ReadPorts } from '../../read-api/ports.ts'
import type { WaitForModels } from '../../read-api/route.ts'
import { listInstances, parseInstanceId } from '../../sagas/runner/operators.ts'
import type { Declarations } from '../discover.ts'
import type { ClientStore } from '../event-store/client-store.ts'
import { feedStatement, feedStatus } from '../feed/status.ts'

/** One for each process: its waiters share one poller. */
export function waitForModels(pool: pg.Pool): WaitForModels {
  const waiting = createPositionWaiting(pool)
  return async (models, position, timeoutMs) => {
    if (models.length === 0) return true
    try {
      await waiting.waitFor(models, position, timeoutMs)
      return true
    } catch (error) {
      if (error instanceof NotSeenInTime) return false
      throw error
    }
  }
}

type Parts = Readonly<{
  pool: pg.Pool
  store: ClientStore
  declarations: Declarations
  waitFor: WaitForModels
  policy: Policy
  printer: Printer
}>

export function readPorts(parts: Parts): ReadPorts {
  const { pool, store, declarations, waitFor, policy, printer } = parts
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }).withSchema('read')
  return {
    db,
    waitFor,
    store,
    timeZone: policy.timeZone,
    chart: policy.chart,
    printer,
    aggregates: declarations.aggregates,
    imports: declarations.imports,
    describe: (event) => describe(declarations, event),
    projections: async () => ({ items: await projections(pool, store, declarations) }),
    sagas: (asked) => sagas(pool, asked),
    feed: async () => feedStatus(pool, await store.head()),
    feedStatement: (date) => feedStatement(pool, date),
  }
}

function describe({ events }: Declarations, { type }: RecordedEvent): string {
  return events.get(type)?.description || type
}

async function projections(pool: pg.Pool, store: ClientStore, { readModels }: Declarations) {
  const statuses = await projectionStatus(pool, [...readModels.values()], await store.head())
  return statuses.map(({ position, lag, error, rebuild, updatedAt, ...status }) => ({
    ...status,
    position: String(position),
    lag: String(lag),
    updatedAt: updatedAt?.toISOString() ?? null,
    error: shownFault(error),
    rebuild: rebuild === undefined ? null : shownRebuild(rebuild),
  }))
}

function shownFault(fault: Fault | undefined) {
  return fault === undefined ? null : { ...fault, position: String(fault.position) }
}

function shownRebuild({ position, target, events, error, ...rebuild }: RebuildStatus) {
  return {
    ...rebuild,
    position: String(position),
    target: target === undefined ? null : String(target),
    events: String(events),
    error: shownFault(error),
  }
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
