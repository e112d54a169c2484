/**
 * The one connection of a process to its event store. A client that has gone silent is given up and
 * replaced as a whole; its calls are told by the generation's signal, since the client itself ends
 * cancelled reads and subscriptions without a word.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { EventStoreDBClient } from '@eventstore/db-client'
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js'
import { type AppendLine, createAppendLine } from './append-line.ts'

type Line = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** What the event store's client needs of a logger; pino's fits. */
export type Log = Readonly<{ info: Line; warn: Line }>

/** One client and what hangs on it. */
export type Generation = Readonly<{
  client: EventStoreDBClient
  line: AppendLine
  /** Aborts when this client is given up. */
  retired: AbortSignal
  /** To be called whenever the server has said something, if only that it can't work. */
  heard: (works?: boolean) => void
}>

export type Connection = Readonly<{
  current: () => Generation
  /** Something failed on it; said once until it works again. */
  failed: (doing: string, cause: unknown) => void
  /** The server did not answer: replaces the client if it has said nothing at all meanwhile. */
  silent: (generation: Generation, forMs: number) => void
  close: () => Promise<void>
}>

type Live = Generation & { lastHeard: number; retire: (why: string) => Promise<void> }

export function connect(connectionString: string, log: Log): Connection {
  let down = false
  let closed = false
  const heard = () => {
    if (!down) return
    down = false
    log.info({}, 'the event store answers again')
  }
  let live = createGeneration(connectionString, heard)
  return {
    current: () => {
      if (closed) throw new Error('the event store client is closed')
      return live
    },
    failed: (doing, cause) => {
      if (down || closed) return
      down = true
      log.warn({ doing, reason: reasonOf(cause) }, 'the event store is not available')
    },
    silent: (generation, forMs) => {
      if (closed || generation !== live || performance.now() - live.lastHeard < forMs) return
      const old = live
      live = createGeneration(connectionString, heard)
      if (!down) log.warn({ forMs }, 'the event store has gone silent; connecting anew')
      void old.retire('the server has gone silent')
    },
    close: async () => {
      closed = true
      await live.retire('closed')
    },
  }
}

function createGeneration(connectionString: string, heard: () => void): Live {
  const client = EventStoreDBClient.connectionString(connectionString)
  const retirement = new AbortController()
  const line = createAppendLine(
    () => openBatchAppend(client),
    (works) => generation.heard(works),
  )
  const generation: Live = {
    client,
    line,
    retired: retirement.signal,
    lastHeard: performance.now(),
    heard: (works = true) => {
      generation.lastHeard = performance.now()
      if (works) heard()
    },
    retire: async (why) => {
      retirement.abort(new Error(why))
      line.close()
      await dispose(client)
    },
  }
  return generation
}

/** Opens the call as the client's own `appendToStream` does, with its reconnecting and discovery. */
function openBatchAppend(client: EventStoreDBClient) {
  // biome-ignore lint/complexity/useLiteralKeys: the typed way to a protected member
  const [metadata, options] = client['callArguments']({}, { deadline: Number.POSITIVE_INFINITY })
  // biome-ignore lint/complexity/useLiteralKeys: the typed way to a protected member
  const open = client['GRPCStreamCreator'](StreamsClient, 'batchAppend', (grpc) =>
    grpc.batchAppend(metadata, options),
  )
  return open()
}

const DISPOSE_LIMIT_MS = 2_000

/** Cancels the client's calls, bounded in time, and closes its channel, which `dispose` leaves open. */
async function dispose(client: EventStoreDBClient): Promise<void> {
  const limit = delay(DISPOSE_LIMIT_MS, undefined, { ref: false })
  await Promise.race([client.dispose(), limit]).catch(() => undefined)
  // biome-ignore lint/complexity/useLiteralKeys: the typed way to a protected member
  client['getChannel']().then(
    (channel) => channel.close(),
    () => undefined,
  )
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
