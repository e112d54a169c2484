/**
 * The event store over the official client: one connection a process, every wait bounded, every broken
 * call taken up again. Implements the port of the write side and that of the log's followers.
 */

import { BACKWARDS, END, FORWARDS, START as FROM_START } from '@eventstore/db-client'
import {
  type Appended,
  AppendTooLarge,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type ReadStream,
} from '../../commands/event-store.ts'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { EventLog, ReadAll, Subscription } from '../../domain/kernel/event-log.ts'
import { type Position, START } from '../../domain/kernel/position.ts'
import { appendSurely } from './append.ts'
import { appendMessage } from './append-line.ts'
import { type Codec, createCodec, type Registry, type StoredEvent } from './codec.ts'
import { type Connection, connect, type Log } from './connection.ts'
import { type Sources, startFollower } from './follower.ts'
import { createHub } from './hub.ts'
import { DEFAULT_BATCH, defaultLimits, type Limits } from './limits.ts'
import type { PersonalKeys } from './personal-data.ts'
import { persistently } from './reads.ts'

export type ClientStoreOptions = Readonly<{
  /** `esdb://host:port?tls=false`, or whatever the official client takes. */
  connectionString: string
  registry: Registry
  keys: PersonalKeys
  logger: Log
  limits?: Partial<Limits>
}>

export type ClientStore = EventStore &
  EventLog &
  Readonly<{
    /** Ends all followers and the connection. */
    close: () => Promise<void>
  }>

type Parts = Readonly<{ connection: Connection; codec: Codec; limits: Limits }>

/** One for each process. Does not wait for the server: whoever asks first waits, within bounds. */
export function createEventStore(options: ClientStoreOptions): ClientStore {
  const limits = { ...defaultLimits, ...options.limits }
  const codec = createCodec(options.registry, options.keys)
  const connection = connect(options.connectionString, options.logger)
  const parts = { connection, codec, limits }
  const head = () => readHead(parts)
  const hub = createHub({ ...parts, head })
  const history: Sources['history'] = (after, max, signal) => decodedLog(parts, after, max, signal)
  const followers = new Set<Subscription>()
  return {
    append: (stream, events, expected) => append(parts, stream, events, expected),
    readStream: (stream, range = {}) => readStream(parts, stream, range),
    readAll: (range) => readAll(parts, range),
    head,
    follow: (follow) => {
      const subscription = startFollower({ hub, limits, history }, follow)
      followers.add(subscription)
      const forget = () => followers.delete(subscription)
      subscription.ended.then(forget, forget)
      return subscription
    },
    close: async () => {
      await Promise.all([...followers].map((follower) => follower.stop()))
      await hub.close()
      await connection.close()
    },
  }
}

async function append(
  parts: Parts,
  stream: string,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
): Promise<Appended> {
  if (events.length === 0) throw new RangeError(`nothing to append to ${stream}`)
  const message = appendMessage(stream, expected, await parts.codec.encode(events))
  const { maxAppendBytes } = parts.limits
  if (message.bytes > maxAppendBytes) {
    throw new AppendTooLarge(stream, message.bytes, maxAppendBytes)
  }
  const read = (name: string, range: ReadStream) => storedStream(parts, name, range)
  return appendSurely(
    { ...parts, read },
    message,
    events.map(({ id }) => id),
  )
}

async function* readStream(
  parts: Parts,
  stream: string,
  range: ReadStream,
): AsyncGenerator<RecordedEvent> {
  for await (const chunk of storedStream(parts, stream, range)) {
    yield* await parts.codec.decode(chunk)
  }
}

type At = Readonly<{ revision: bigint | undefined; left: number }>

function storedStream(
  { connection, limits }: Parts,
  stream: string,
  { fromRevision, maxCount = Number.MAX_SAFE_INTEGER, backwards = false }: ReadStream,
): AsyncIterable<readonly StoredEvent[]> {
  const start = backwards ? END : FROM_START
  return persistently<At>(connection, limits, {
    doing: `reading ${stream}`,
    from: { revision: fromRevision, left: maxCount },
    max: DEFAULT_BATCH,
    open: ({ client }, { revision, left }) => {
      const readable = client.readStream(
        stream,
        {
          fromRevision: revision ?? start,
          maxCount: left,
          direction: backwards ? BACKWARDS : FORWARDS,
        },
        { highWaterMark: Math.min(left, DEFAULT_BATCH) },
      )
      return { readable, cancel: () => readable.cancel() }
    },
    next: ({ revision }, { left }) => {
      const next = backwards ? revision - 1n : revision + 1n
      return left <= 1 || next < 0n ? undefined : { revision: next, left: left - 1 }
    },
  })
}

async function* readAll(
  parts: Parts,
  { after, upTo, categories }: ReadAll,
): AsyncGenerator<RecordedEvent> {
  for await (const events of decodedLog(parts, after, DEFAULT_BATCH)) {
    for (const event of events) {
      if (upTo !== undefined && event.position > upTo) return
      if (categories === undefined || categories.includes(event.category)) yield event
    }
  }
}

async function* decodedLog(
  parts: Parts,
  after: Position,
  max: number,
  signal?: AbortSignal,
): AsyncGenerator<readonly RecordedEvent[]> {
  for await (const chunk of storedLog(parts, after, max, signal)) {
    const events = await parts.codec.decode(chunk.filter(({ position }) => position > after))
    if (events.length > 0) yield events
  }
}

/** The log from a position on, the event there included. */
function storedLog(
  { connection, limits }: Parts,
  from: Position,
  max: number,
  signal?: AbortSignal,
): AsyncIterable<readonly StoredEvent[]> {
  return persistently<Position>(connection, limits, {
    doing: 'reading the log',
    from,
    max,
    signal,
    open: ({ client }, position) => {
      const fromPosition = position === START ? FROM_START : { commit: position, prepare: position }
      const readable = client.readAll({ fromPosition }, { highWaterMark: max })
      return { readable, cancel: () => readable.cancel() }
    },
    next: ({ position }) => position,
  })
}

/** Reads backwards until there is an event of ours. */
async function readHead({ connection, limits }: Parts): Promise<Position> {
  const newest = persistently<Position | typeof END>(connection, limits, {
    doing: "reading the log's end",
    from: END,
    max: DEFAULT_BATCH,
    open: ({ client }, at) => {
      const fromPosition = at === END ? END : { commit: at, prepare: at }
      const readable = client.readAll({ fromPosition, direction: BACKWARDS })
      return { readable, cancel: () => readable.cancel() }
    },
    next: ({ position }) => position,
  })
  for await (const chunk of newest) {
    const event = chunk.find(({ type, stream }) => !type.startsWith('$') && !stream.startsWith('$'))
    if (event !== undefined) return event.position
  }
  return START
}
