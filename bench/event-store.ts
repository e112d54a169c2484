/**
 * What the embedded event store does in a second, its client included, beside a real server.
 *
 * `DATABASE_URL` names the Postgres; without it one is started for the run, in a temporary folder.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { EventStoreDBClient, FORWARDS, jsonEvent, START } from '@eventstore/db-client'
import { ended } from '../infra/embedded/part.ts'
import { benchPostgres } from './postgres.ts'

const nodeProgram = fileURLToPath(new URL('../infra/embedded/event-store/main.ts', import.meta.url))
const warmUpAppends = 2_000
const appendSeconds = 5
const readEvents = 100_000
const eventsAnAppend = 500 // when filling the log to read

/** What a real server did with the same client on two cores, durable. */
const realServer = {
  'appends/s, 32 in flight': 4_100,
  'appends/s, 256 in flight': 6_700,
  'read $all, events/s': 40_000,
  'catch-up, events/s': 45_000,
}

type Figure = keyof typeof realServer

export async function bench(): Promise<Record<string, unknown>> {
  await using servers = await startServers()
  const client = EventStoreDBClient.connectionString(servers.connectionString)
  await append(client, 32, (done) => done < warmUpAppends)
  const figures: Record<Figure, number> = {
    'appends/s, 32 in flight': await appendsPerSecond(client, 32),
    'appends/s, 256 in flight': await appendsPerSecond(client, 256),
    ...(await readFigures(client)),
  }
  const result = Object.fromEntries(
    Object.entries(realServer).map(([name, real]) => [name, compared(figures, name, real)]),
  )
  await client.dispose()
  console.table(result)
  console.log(JSON.stringify({ bench: 'event-store', ...result }))
  return result
}

function compared(figures: Readonly<Record<string, number>>, name: string, realServer: number) {
  const embedded = Math.round(figures[name] ?? 0)
  return { embedded, realServer, ratio: Number((embedded / realServer).toFixed(2)) }
}

async function appendsPerSecond(client: EventStoreDBClient, inFlight: number): Promise<number> {
  const until = performance.now() + appendSeconds * 1_000
  const { appends, seconds } = await append(client, inFlight, () => performance.now() < until)
  return appends / seconds
}

/** Each of the writers appends one event at a time to a stream of its own. */
async function append(
  client: EventStoreDBClient,
  inFlight: number,
  goesOn: (done: number) => boolean,
): Promise<{ appends: number; seconds: number }> {
  const start = performance.now()
  let appends = 0
  const writer = async (_: unknown, index: number) => {
    const stream = `bench-${inFlight}-${index}`
    while (goesOn(appends)) {
      appends += 1
      await client.appendToStream(stream, event())
    }
  }
  await Promise.all(Array.from({ length: inFlight }, writer))
  return { appends, seconds: (performance.now() - start) / 1_000 }
}

async function readFigures(client: EventStoreDBClient) {
  for (let filled = 0; filled < readEvents; filled += eventsAnAppend) {
    const events = Array.from({ length: eventsAnAppend }, event)
    await client.appendToStream(`bench-read-${filled % 50}`, events)
  }
  return {
    'read $all, events/s': await readsPerSecond(client),
    'catch-up, events/s': await catchUpPerSecond(client),
  }
}

async function readsPerSecond(client: EventStoreDBClient): Promise<number> {
  const start = performance.now()
  let events = 0
  const reading = client.readAll({
    direction: FORWARDS,
    fromPosition: START,
    maxCount: readEvents,
  })
  for await (const _ of reading) events += 1
  return events / ((performance.now() - start) / 1_000)
}

async function catchUpPerSecond(client: EventStoreDBClient): Promise<number> {
  const start = performance.now()
  const subscription = client.subscribeToAll({ fromPosition: START })
  let events = 0
  await new Promise<void>((resolve, reject) => {
    subscription.on('error', reject)
    subscription.on('data', () => {
      events += 1
      if (events === readEvents) resolve()
    })
  })
  const seconds = (performance.now() - start) / 1_000
  await subscription.unsubscribe()
  return events / seconds
}

/** About as large as tradeline's events are. */
function event() {
  return jsonEvent({
    type: 'StockReserved',
    data: {
      orderId: '0190f6d2-7c1e-7b7a-9d0a-0f3a5a5b1c2d',
      lines: [
        { sku: 'SKU-001234', quantity: 12 },
        { sku: 'SKU-001235', quantity: 4 },
      ],
      expiresAt: '2026-01-31T12:00:00.000Z',
    },
    metadata: {
      commandId: '0190f6d2-7c1e-7b7a-9d0a-0f3a5a5b1c2e',
      correlationId: '0190f6d2-7c1e-7b7a-9d0a-0f3a5a5b1c2f',
      recordedAt: '2026-01-01T12:00:00.000Z',
      schema: 1,
    },
  })
}

type Servers = Readonly<{ connectionString: string }> & AsyncDisposable

/** An event store node, and its Postgres, with nothing in it. */
export async function startServers(): Promise<Servers> {
  const postgres = await benchPostgres()
  const env = { ...process.env, DATABASE_URL: postgres.url, EVENT_STORE_PORT: '0' }
  const node = fork(nodeProgram, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const port = await readyPort(node)
  return {
    connectionString: `esdb://127.0.0.1:${port}?tls=false`,
    [Symbol.asyncDispose]: async () => {
      node.kill('SIGTERM')
      await ended(node)
      await postgres[Symbol.asyncDispose]()
    },
  }
}

async function readyPort(node: ChildProcess): Promise<number> {
  const [message]: unknown[] = await Promise.race([
    once(node, 'message'),
    once(node, 'exit').then(() => []),
  ])
  if (typeof message !== 'object' || message === null || !('port' in message)) {
    throw new Error('the event store node did not start')
  }
  return Number(message.port)
}

if (import.meta.main) await bench()
