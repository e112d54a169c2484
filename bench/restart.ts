/**
 * How long a first command takes after a restart, for a facility with a long past: its snapshot is loaded,
 * and the events after it are folded. The past ends just before the next snapshot would be taken.
 *
 * `--events <n>` is how long the past is; `--restarts <n>` how often it is measured.
 */

import { parseArgs } from 'node:util'
import { addDays } from '../domain/kernel/dates.ts'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import { discover, ROOT } from '../infra/discover.ts'
import { type ClientStore, createEventStore } from '../infra/event-store/client-store.ts'
import { round } from './figures.ts'
import { registerDealers } from './load.ts'
import { ORDER_LOG_DEALERS, orderEvents } from './order-log.ts'
import { type BenchSystem, benchSystem, caller } from './system.ts'

const FACILITY_EVENTS_AN_ORDER = 4
const AN_APPEND = 400
const SNAPSHOT_EVERY = 2_000
const FIRST_DAY = '2025-06-01'
const DAYS = 300
const SEEN_WITHIN_MS = 120_000

export async function bench(options: readonly string[]): Promise<Record<string, unknown>> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      events: { type: 'string', default: '100000' },
      restarts: { type: 'string', default: '5' },
    },
  })
  const total = Number(values.events)
  await using system = await benchSystem()
  await system.start('all')
  await registerDealers(system, { prefix: 'D', dealers: ORDER_LOG_DEALERS, root: 'ROOT' })
  const store = await storeOf(system)
  const past = facilityEvents(total)
  const beforeSnapshot = past.length - SNAPSHOT_EVERY + 10
  await append(store, past.slice(0, beforeSnapshot))
  await command(system)
  await append(store, past.slice(beforeSnapshot))
  await seen(system, await store.head())
  await store.close()
  const firstMs: number[] = []
  const secondMs: number[] = []
  for (let restart = 0; restart < Number(values.restarts); restart += 1) {
    await system.stop()
    await system.start('all')
    firstMs.push(await command(system))
    secondMs.push(await command(system))
  }
  const result = { events: past.length, firstMs, secondMs, worstFirstMs: Math.max(...firstMs) }
  console.table({
    'a restarted facility': { ...result, firstMs: String(firstMs), secondMs: String(secondMs) },
  })
  console.log(JSON.stringify({ bench: 'restart', result }))
  return result
}

/** Milliseconds from request to answer, of a command that needs the facility's state. */
async function command(system: BenchSystem): Promise<number> {
  const calls = caller(system.writeUrl, 1)
  const token = await system.tokenFor('brand-finance')
  const startedAt = performance.now()
  const path = '/v1/facilities/D1/temporary-limits'
  const body = { amount: '1.00', from: '2026-01-01', to: '2099-01-01', reason: 'benchmark' }
  const { status, body: answer } = await calls.post(path, token, body)
  const tookMs = round(performance.now() - startedAt)
  if (status !== 201) throw new Error(`the command answered ${status}: ${JSON.stringify(answer)}`)
  await calls.close()
  return tookMs
}

async function storeOf(system: BenchSystem): Promise<ClientStore> {
  const { events } = await discover(ROOT)
  const never = () => Promise.reject(new Error('nothing personal here'))
  return createEventStore({
    connectionString: system.eventStoreUrl,
    registry: events,
    keys: { keyFor: never, known: async () => new Map(), forget: never },
    logger: console,
  })
}

/** Orders of a tree that were held, shipped, paid and completed, over some months. */
function facilityEvents(total: number): readonly RecordedEvent[] {
  const orders = Math.ceil(total / FACILITY_EVENTS_AN_ORDER)
  return orderEvents(orders)
    .filter(({ category }) => category === 'facility')
    .map((event, index) => ({
      ...event,
      stream: 'facility-ROOT',
      streamId: 'ROOT',
      metadata: { ...event.metadata, bookedOn: dayOf(index / total) },
    }))
}

function dayOf(share: number): string {
  return addDays(FIRST_DAY, Math.floor(share * DAYS))
}

async function append(store: ClientStore, events: readonly RecordedEvent[]): Promise<void> {
  for (let at = 0; at < events.length; at += AN_APPEND) {
    await store.append('facility-ROOT', events.slice(at, at + AN_APPEND), 'any')
  }
}

/** Waits until the read models, and with them the index of command ids, have seen a position. */
async function seen(system: BenchSystem, position: bigint): Promise<void> {
  const calls = caller(system.readUrl, 1)
  const token = await system.tokenFor('brand-finance')
  const deadline = performance.now() + SEEN_WITHIN_MS
  for (;;) {
    const { status } = await calls.get(
      `/v1/dealers/D1/credit?after=${position}&waitMs=30000`,
      token,
    )
    if (status === 200) break
    if (performance.now() > deadline) throw new Error(`the read models stay behind: ${status}`)
  }
  await calls.close()
}
