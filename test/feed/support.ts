/** A feed in a test: a log in memory, the public language, a database, and a consumer. */

import { connect, type JsMsg } from 'nats'
import type pg from 'pg'
import type { NewEvent } from '../../commands/event-store.ts'
import { DealerRegistered } from '../../domain/dealer/dealer.ts'
import type { AnyEventDefinition, DecidedEvent } from '../../domain/kernel/event.ts'
import { OrderRejected } from '../../domain/order/events.ts'
import { StockReceived } from '../../domain/stock/events.ts'
import { WarehouseOpened } from '../../domain/warehouse/warehouse.ts'
import { dealerRegistered } from '../../feed/dealers.ts'
import { orderRejected } from '../../feed/orders.ts'
import type { PublicEvent } from '../../feed/public-event.ts'
import { goodsReceived } from '../../feed/stock.ts'
import { createMemoryStore, type MemoryStore } from '../../infra/event-store/memory-store.ts'
import { type FeedOptions, runFeed } from '../../infra/feed/feed.ts'
import { prepareFeed } from '../../infra/feed/tables.ts'
import type { Log } from '../../infra/postgres/log.ts'
import { createPool } from '../../infra/postgres/pool.ts'
import { testId } from '../support/events.ts'
import { type Teardown, testDatabase } from '../support/postgres.ts'
import { testEnvelope } from '../support/recorded.ts'

/** `WarehouseOpened` is in no declaration here: such events leave no gap. */
const DEFINITIONS: readonly AnyEventDefinition[] = [
  DealerRegistered,
  OrderRejected,
  StockReceived,
  WarehouseOpened,
]

export const PUBLIC_EVENTS: readonly PublicEvent[] = [
  dealerRegistered,
  orderRejected,
  goodsReceived,
]

export type TestLog = Readonly<{
  store: MemoryStore
  /** Appends goods received and, after each, an event that is not public. */
  receive: (count: number, bookedOn?: string) => Promise<void>
  append: (decided: DecidedEvent) => Promise<void>
}>

export function testLog(): TestLog {
  const registry = new Map(DEFINITIONS.map((definition) => [definition.eventType, definition]))
  const store = createMemoryStore({ registry })
  let count = 0
  const newEvent = (decided: DecidedEvent, bookedOn: string): NewEvent => {
    count += 1
    return { ...decided, id: testId(`event-${count}`), metadata: testEnvelope({ bookedOn }) }
  }
  const received = () => goods(count)
  return {
    store,
    receive: async (many, bookedOn = '2026-01-05') => {
      const events = Array.from({ length: many }).flatMap(() => [
        newEvent(received(), bookedOn),
        newEvent(opened(), bookedOn),
      ])
      await store.append('stock-SH', events, 'any')
    },
    append: async (decided) => {
      await store.append('stock-SH', [newEvent(decided, '2026-01-05')], 'any')
    },
  }
}

function goods(number: number): DecidedEvent {
  return StockReceived({
    warehouseId: 'SH',
    sku: `SKU-${number}`,
    quantity: 2,
    unitCost: '1.25',
    amount: '2.50',
    journal: [],
  })
}

function opened(): DecidedEvent {
  return WarehouseOpened({ warehouseId: 'W', name: 'W', regions: ['East'], priority: 1 })
}

export async function testPool(t: Teardown): Promise<pg.Pool> {
  const pool = createPool(await testDatabase(t), {
    ...{ max: 6, statementTimeoutMs: 30_000, applicationName: 'feed test' },
    log: silent,
  })
  t.teardown(() => pool.end())
  await prepareFeed(pool)
  return pool
}

const nothing = () => undefined
export const silent: Log = { info: nothing, warn: nothing, error: nothing }

export type Line = Readonly<{ level: string; message: string; reason: unknown }>

export function keptLog(): Log & Readonly<{ lines: readonly Line[] }> {
  const lines: Line[] = []
  const write = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ level, message, reason: fields.reason })
  }
  return { lines, info: write('info'), warn: write('warn'), error: write('error') }
}

export type RunningFeed = Readonly<{ stop: () => Promise<void>; ended: Promise<void> }>

type Options = Partial<FeedOptions> & Pick<FeedOptions, 'log' | 'pool' | 'url'>

/** Retries at once, so that no test waits; stopped when the test is over. */
export function startFeed(t: Teardown, options: Options): RunningFeed {
  const stopping = new AbortController()
  const ended = runFeed({
    publicEvents: PUBLIC_EVENTS,
    fence: async () => undefined,
    signal: stopping.signal,
    logger: silent,
    ...options,
    limits: { firstRetryMs: 5, lastRetryMs: 50, ...options.limits },
  })
  ended.catch(() => undefined)
  const stop = async () => {
    stopping.abort()
    await ended
  }
  t.teardown(() => stop().catch(() => undefined))
  return { stop, ended }
}

export type Heard = Readonly<{ sequence: number; id: string; body: string; msgId: string }>

/** The feed's messages in the stream, in its order, as a new consumer gets them. */
export async function consume(url: string, count: number, stream = 'TRADELINE') {
  const connection = await connect({ servers: new URL(url).host })
  try {
    const consumer = await connection
      .jetstream()
      .consumers.get(stream, { filterSubjects: 'tradeline.v1.>' })
    const heard: Heard[] = []
    if (count === 0) return heard
    while (heard.length < count) {
      const before = heard.length
      const messages = await consumer.fetch({ max_messages: count - before, expires: 5_000 })
      for await (const message of messages) heard.push(heardOf(message))
      if (heard.length === before) break
    }
    return heard
  } finally {
    await connection.close()
  }
}

function heardOf(message: JsMsg): Heard {
  const body = message.string()
  const { id, sequence }: { id: string; sequence: string } = JSON.parse(body)
  return {
    id,
    sequence: Number(sequence),
    body,
    msgId: message.headers?.get('Nats-Msg-Id') ?? '',
  }
}

/** How many messages the stream holds. */
export async function held(url: string, stream = 'TRADELINE'): Promise<number> {
  const connection = await connect({ servers: new URL(url).host })
  try {
    const manager = await connection.jetstreamManager()
    return (await manager.streams.info(stream)).state.messages
  } finally {
    await connection.close()
  }
}

export async function dropStream(url: string, stream: string): Promise<void> {
  const connection = await connect({ servers: new URL(url).host })
  try {
    await (await connection.jetstreamManager()).streams.delete(stream)
  } finally {
    await connection.close()
  }
}

export function fromOne(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
