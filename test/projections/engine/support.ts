/** A log of small sales, read models over it, and the engine at work on them. */

import type { Pool } from 'pg'
import { z } from 'zod'
import { event } from '../../../domain/kernel/event.ts'
import type { MemoryStore } from '../../../infra/event-store/memory-store.ts'
import { createMemoryStore } from '../../../infra/event-store/memory-store.ts'
import { createPool } from '../../../infra/postgres/pool.ts'
import { type Bounds, projectionsWork } from '../../../projections/engine/engine.ts'
import { migrateProjections } from '../../../projections/engine/migrate.ts'
import type { Fence, Observer } from '../../../projections/engine/ports.ts'
import { projectionStatus } from '../../../projections/engine/status.ts'
import { createPositionWaiting } from '../../../projections/engine/waiting.ts'
import { on, type ReadModel, readModel } from '../../../projections/read-model.ts'
import { testId } from '../../support/events.ts'
import { type Teardown, testDatabase } from '../../support/postgres.ts'
import { testEnvelope } from '../../support/recorded.ts'

export const Sold = event('Sold', 1, { sku: z.string(), quantity: z.number(), amount: z.string() })
export const Renamed = event('Renamed', 1, { sku: z.string(), name: z.string() })
export const Dropped = event('Dropped', 1, { sku: z.string() })
export const Nothing = event('Nothing', 1, {})

/** Sums per SKU, and one row per sale. */
export function salesModel(version = 1, column: 'revenue' | 'turnover' = 'revenue'): ReadModel {
  return readModel({
    name: 'sales',
    version,
    tables: {
      sales: {
        columns: {
          sku: { type: 'text' },
          name: { type: 'text', nullable: true },
          sold: { type: 'integer' },
          [column]: { type: 'numeric' },
        },
        key: ['sku'],
        searched: ['name'],
      },
      sale: {
        columns: { position: { type: 'bigint' }, sku: { type: 'text' } },
        key: ['position'],
        indexes: [['sku', 'position desc']],
      },
    },
    handlers: [
      on(Sold, ({ data, position }) => [
        {
          op: 'add',
          table: 'sales',
          key: { sku: data.sku },
          add: { sold: data.quantity, [column]: data.amount },
        },
        { op: 'put', table: 'sale', row: { position, sku: data.sku } },
      ]),
      on(Renamed, ({ data }) => [
        { op: 'patch', table: 'sales', key: { sku: data.sku }, set: { name: data.name } },
      ]),
      on(Dropped, ({ data }) => [{ op: 'remove', table: 'sales', key: { sku: data.sku } }]),
    ],
  })
}

/** Counts events by type; throws on the names of `bad`. */
export function countsModel(bad: ReadonlySet<string> = new Set(), version = 1): ReadModel {
  return readModel({
    name: 'counts',
    version,
    tables: {
      counts: { columns: { type: { type: 'text' }, n: { type: 'integer' } }, key: ['type'] },
    },
    handlers: [
      on(Renamed, ({ data }) => {
        if (bad.has(data.name)) throw new Error('this name means trouble')
        return []
      }),
    ],
    every: ({ type }) => [{ op: 'add', table: 'counts', key: { type }, add: { n: 1 } }],
  })
}

type Decided = Readonly<{ type: string; data: unknown }>

export function salesLog(): MemoryStore & { add: (...events: Decided[]) => Promise<bigint> } {
  const definitions = [Sold, Renamed, Dropped, Nothing]
  const store = createMemoryStore({
    registry: new Map(definitions.map((definition) => [definition.eventType, definition])),
  })
  let count = 0
  const add = async (...events: Decided[]) => {
    const ready = events.map((decided) => {
      count += 1
      const id = testId(`sale ${count}`)
      return { ...decided, id, metadata: testEnvelope({ commandId: id, schema: 1 }) }
    })
    const { position } = await store.append('shop-1', ready, 'any')
    return position
  }
  return Object.assign(store, { add })
}

export function sold(sku: string, quantity: number, amount: string): Decided {
  return Sold({ sku, quantity, amount })
}

export type Line = Readonly<{ message: string; fields: Readonly<Record<string, unknown>> }>

/** A database, and the engine started on it as often as the test likes. */
export async function workshop(t: Teardown, log = salesLog()) {
  const said: Line[] = []
  const write = (fields: Readonly<Record<string, unknown>>, message: string) => {
    said.push({ fields, message })
  }
  const logger = { info: write, warn: write, error: write }
  const url = await testDatabase(t)
  const pool = createPool(url, {
    max: 6,
    statementTimeoutMs: 10_000,
    applicationName: 'test',
    log: logger,
  })
  t.teardown(() => pool.end())
  await migrateProjections(pool)
  const waiting = createPositionWaiting(pool)
  const work = (readModels: readonly ReadModel[], more: Partial<StartOptions> = {}) =>
    projectionsWork({
      readModels,
      eventLog: log,
      pool,
      log: logger,
      observer: more.observer ?? {},
      bounds: { pollMs: 10, ...more.bounds },
    })
  return {
    url,
    pool,
    log,
    said,
    waiting,
    work,
    start(readModels: readonly ReadModel[], more: Partial<StartOptions> = {}) {
      const stopping = new AbortController()
      const ended = work(readModels, more)(more.fence ?? (async () => undefined), stopping.signal)
      ended.catch(() => undefined)
      const stop = async () => {
        stopping.abort()
        await ended
      }
      t.teardown(() => stop().catch(() => undefined))
      return { ended, stop }
    },
    rows: async (table: string, order = '1') =>
      (await pool.query(`SELECT * FROM read.${table} ORDER BY ${order}`)).rows,
    seen: (position: bigint, ...names: string[]) => waiting.waitFor(names, position, 20_000),
    status: async (readModels: readonly ReadModel[]) =>
      projectionStatus(pool, readModels, await log.head()),
  }
}

type StartOptions = Readonly<{ fence: Fence; observer: Observer; bounds: Partial<Bounds> }>

export async function schemas(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'rm\\_%' ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}
