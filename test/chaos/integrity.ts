/** Whether a system that was disturbed is whole again: waits until it has settled, and proves it. */

import { join } from 'node:path'
import type { Pool } from 'pg'
import type { Test } from 'tap'
import { commandIdOf } from '../../commands/handler/identity.ts'
import { decimal, sum } from '../../domain/kernel/money.ts'
import { type Declarations, discover } from '../../infra/discover.ts'
import { type ClientStore, createEventStore } from '../../infra/event-store/client-store.ts'
import { createPersonalKeys } from '../../infra/postgres/personal-keys.ts'
import { createPool } from '../../infra/postgres/pool.ts'
import { verify } from '../../projections/engine/verify.ts'
import { verifySagas } from '../../sagas/runner/verify.ts'
import { until } from '../support/until.ts'
import { DEALERS } from './business.ts'
import { type Body, read } from './client.ts'
import { foldAll, type Truth } from './fold.ts'
import type { Load } from './load.ts'
import { orphansIn } from './orphans.ts'
import type { ChaosSystem } from './system.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const SETTLED_WITHIN_MS = 60_000
const SHOWN = 10

/** Connections of the test's own to a system's servers. */
export type Inside = Readonly<{
  store: ClientStore
  pool: Pool
  declarations: Declarations
  close: () => Promise<void>
}>

export async function lookInside(system: ChaosSystem): Promise<Inside> {
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const declarations = await discover(ROOT)
  const pool = createPool(await system.databaseUrl(), {
    max: 4,
    statementTimeoutMs: 60_000,
    applicationName: 'chaos test',
    log: quiet,
  })
  const keys = await createPersonalKeys({ pool })
  const connectionString = system.eventStoreUrl
  const registry = declarations.events
  const store = createEventStore({ connectionString, registry, keys, logger: quiet })
  return {
    store,
    pool,
    declarations,
    close: async () => {
      await store.close()
      await pool.end()
    },
  }
}

/** Resolves once nothing moves: sagas and read models have seen all, and wrote nothing meanwhile. */
export async function settled({ store, pool }: Inside): Promise<void> {
  await until(
    'sagas and read models have seen everything',
    async () => {
      const head = await store.head()
      const { rows } = await pool.query<{ least: bigint | null }>(LEAST_SEEN)
      const least = rows[0]?.least ?? -1n
      return least >= head && (await store.head()) === head
    },
    SETTLED_WITHIN_MS,
  )
}

const LEAST_SEEN = `
  SELECT least(
    (SELECT min(position) FROM sagas.checkpoints),
    (SELECT min(position) FROM projections.build WHERE serving AND status = 'active')
  ) AS least`

/** Everything that must hold after whatever happened. */
export async function proveWhole(t: Test, system: ChaosSystem, load: Load): Promise<void> {
  const inside = await lookInside(system)
  try {
    await settled(inside)
    const truth = await foldAll(inside.store)
    t.comment(`${load.acknowledged.length} orders acknowledged, ${truth.events} events`)
    t.strictSame(load.faults().slice(0, SHOWN), [], 'no client saw what it should not')
    t.strictSame(
      misplaced(truth, load).slice(0, SHOWN),
      [],
      'each acknowledged order is there once',
    )
    t.strictSame(orphansIn(truth).slice(0, SHOWN), [], 'nothing is orphaned, all is decided')
    t.ok(truth.balance.isZero(), 'the journals of all streams balance')
    await proveReadModels(t, inside)
    await proveSagas(t, inside)
    await proveReads(t, system, truth)
  } finally {
    await inside.close()
  }
}

/** Orders that were acknowledged and are not there, or not once, or that nobody knows of. */
function misplaced({ placings }: Truth, { acknowledged }: Load): readonly string[] {
  const known = new Map(acknowledged.map((order) => [order.orderId, order]))
  const missing = [...known].flatMap(([orderId, { dealerId, key }]) => {
    const wanted = [commandIdOf(callerOf(dealerId), key)]
    const found = placings.get(orderId) ?? []
    return found.join() === wanted.join() ? [] : `order ${orderId} was placed by [${found}]`
  })
  const strange = [...placings.keys()].filter((orderId) => !known.has(orderId))
  const twice = acknowledged.length - known.size
  return [
    ...missing,
    ...strange.map((orderId) => `order ${orderId} was never acknowledged`),
    ...(twice > 0 ? [`${twice} keys share an order`] : []),
  ]
}

/** A buyer of the dealer, as the handler tells callers apart. */
function callerOf(dealerId: string): string {
  return ['dealer-buyer', dealerId, 'dealer-buyer'].join('\n')
}

async function proveReadModels(t: Test, { pool, store, declarations }: Inside): Promise<void> {
  for (const readModel of declarations.readModels.values()) {
    const { differing, first, failure } = await verify(pool, store, readModel)
    const found = { differing, first, failure }
    const whole = { differing: 0, first: [], failure: undefined }
    t.strictSame(found, whole, `the read model ${readModel.name} is what the log says`)
  }
}

async function proveSagas(t: Test, { pool, store: log, declarations }: Inside): Promise<void> {
  const sagas = [...declarations.sagas.values()]
  for (const { saga, differences, examples } of await verifySagas({ sagas, log, pool })) {
    const found = { differences, examples: examples.slice(0, SHOWN) }
    t.strictSame(found, { differences: 0, examples: [] }, `${saga} is what the log says`)
  }
  const parked = await pool.query("SELECT saga, key FROM sagas.instances WHERE status <> 'live'")
  t.strictSame(parked.rows, [], 'no saga instance is parked')
}

/** What users are told agrees with the streams. */
async function proveReads(t: Test, system: ChaosSystem, truth: Truth): Promise<void> {
  const token = await system.tokenFor('brand-admin')
  const get = (path: string) => read(system.readUrl, `/v1${path}`, token)
  const { totalDebit, totalCredit } = await get('/ledger/trial-balance')
  t.equal(totalDebit, totalCredit, 'the trial balance is zero')
  t.not(totalDebit, '0.00', 'and not empty')
  for (const dealerId of DEALERS) {
    const { holds } = await get(`/dealers/${dealerId}/credit`)
    t.equal(holds, heldBy(truth, dealerId), `the holds of ${dealerId}`)
  }
  const { items } = await get('/stock?limit=100')
  for (const { warehouseId, sku, reserved } of items as readonly Body[]) {
    const level = truth.stocks.get(String(warehouseId))?.levels.get(String(sku))
    t.equal(reserved, level?.reserved, `what is reserved of ${sku} in ${warehouseId}`)
  }
}

/** Of the dealer and its descendants. */
function heldBy({ facilities }: Truth, dealerId: string): string | undefined {
  for (const { members } of facilities.values()) {
    const member = members.get(dealerId)
    if (member !== undefined) return sum([decimal(member.tree.held)]).toFixed(2)
  }
  return undefined
}
