/**
 * One session with NATS JetStream. It never reconnects by itself: bytes that a library resends after
 * a break would pass others that were lost in it. A broken session is over, and the next one begins
 * by asking the stream what it holds.
 */

import { setTimeout as delay } from 'node:timers/promises'
import {
  type ConnectionOptions,
  connect,
  DiscardPolicy,
  headers,
  type JetStreamManager,
  type NatsConnection,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats'
import { CLOUD_EVENTS_TYPE, type Message } from '../../feed/message.ts'

export type StreamOptions = Readonly<{
  name: string
  subjects: readonly string[]
  /** How long JetStream knows a message's id again. */
  duplicateWindowMs: number
  /** Older messages leave the stream; the outbox in Postgres keeps them. */
  maxAgeMs: number
  /** -1: as much as the server allows. */
  maxBytes: number
  replicas: number
}>

const DAY_MS = 86_400_000

export const DEFAULT_STREAM: StreamOptions = {
  name: 'TRADELINE',
  subjects: ['tradeline.>'],
  duplicateWindowMs: 600_000,
  maxAgeMs: 90 * DAY_MS,
  maxBytes: -1,
  replicas: 1,
}

/** NATS did not do what was asked of it, within its time; what it did is not known. */
export class NatsUnavailable extends Error {
  constructor(doing: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`NATS is not available (${doing}: ${why})`, { cause })
    this.name = 'NatsUnavailable'
  }
}

/** What the stream holds at its end. */
export type StreamEnd = Readonly<{
  /** JetStream's own number of the last message; 0 in a stream that never held one. */
  streamSequence: number
  /** The last message, if it is there and from a feed. */
  last: Readonly<{ eventId: string; sequence: bigint }> | undefined
}>

export type Publishing = Readonly<{
  /** So many of the messages, from the first on, are stored. */
  stored: number
  /** Of these, so many were stored already. */
  duplicates: number
  /** What became of the next one; the session is not to be used any more. */
  failure: NatsUnavailable | undefined
}>

export type Session = Readonly<{
  end: () => Promise<StreamEnd>
  /** Publishes in order, all under way at once: each is stored only next to the one before it. */
  publish: (messages: readonly Message[], after: number) => Promise<Publishing>
  /** Resolves when the connection is gone. */
  closed: Promise<void>
  close: () => Promise<void>
}>

export type Connect = (signal: AbortSignal) => Promise<Session>

const TIMEOUT_MS = 5_000
const PING_MS = 5_000

/** Sessions with a server, on a stream that each one makes or updates first. */
export function jetStream(url: string, stream: StreamOptions, timeoutMs = TIMEOUT_MS): Connect {
  return async (signal) => {
    const connection = await attempt('connecting', () =>
      connectWithin(connectionOptions(url, timeoutMs), signal),
    )
    try {
      const manager = await attempt('asking for JetStream', () =>
        connection.jetstreamManager({ timeout: timeoutMs }),
      )
      await attempt(`preparing the stream ${stream.name}`, () => prepareStream(manager, stream))
      return sessionOn(connection, manager, stream, timeoutMs)
    } catch (error) {
      await closeQuietly(connection)
      throw error
    }
  }
}

async function attempt<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw new NatsUnavailable(doing, error)
  }
}

/** The library takes no credentials from a URL: they are handed over apart. */
function connectionOptions(url: string, timeout: number): ConnectionOptions {
  const { protocol, host, username, password } = new URL(url)
  const credentials =
    password === ''
      ? { token: decodeURIComponent(username) }
      : { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
  return {
    servers: host,
    name: 'tradeline feed',
    reconnect: false,
    timeout,
    pingInterval: PING_MS,
    maxPingOut: 2,
    ...(username === '' ? {} : credentials),
    ...(protocol === 'tls:' ? { tls: {} } : {}),
  }
}

/** A connection that comes after the signal is closed again. */
async function connectWithin(
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<NatsConnection> {
  const connecting = connect(options)
  const given = new AbortController()
  const stopped = delay(2 * TIMEOUT_MS, undefined, {
    signal: AbortSignal.any([signal, given.signal]),
    ref: false,
  }).catch(() => undefined)
  const first = await Promise.race([connecting, stopped]).finally(() => given.abort())
  if (first !== undefined) return first
  connecting.then(closeQuietly, () => undefined)
  throw signal.reason ?? new Error('no answer')
}

async function closeQuietly(connection: NatsConnection): Promise<void> {
  await connection.close().catch(() => undefined)
}

type Wanted = Pick<
  StreamConfig,
  'subjects' | 'max_age' | 'max_bytes' | 'duplicate_window' | 'num_replicas'
>

function wantedOf(stream: StreamOptions): Wanted {
  return {
    subjects: [...stream.subjects],
    max_age: nanos(stream.maxAgeMs),
    max_bytes: stream.maxBytes,
    duplicate_window: nanos(stream.duplicateWindowMs),
    num_replicas: stream.replicas,
  }
}

async function prepareStream(manager: JetStreamManager, stream: StreamOptions): Promise<void> {
  const wanted = wantedOf(stream)
  const config = await configOf(manager, stream.name)
  if (config === undefined) {
    await manager.streams.add({
      name: stream.name,
      description: 'The feed of tradeline: what happened, in order, without gaps.',
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      ...wanted,
    })
    return
  }
  const asWanted = Object.entries(wanted).every(
    ([key, value]) => JSON.stringify(config[key as keyof Wanted]) === JSON.stringify(value),
  )
  if (!asWanted) await manager.streams.update(stream.name, { ...config, ...wanted })
}

const STREAM_NOT_FOUND = 10_059
const MESSAGE_NOT_FOUND = 10_037

async function configOf(manager: JetStreamManager, name: string) {
  return foundOr(STREAM_NOT_FOUND, async () => (await manager.streams.info(name)).config)
}

/** Undefined for the one answer that says: there is none. */
async function foundOr<Result>(
  code: number,
  ask: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (apiCodeOf(error) === code) return undefined
    throw error
  }
}

function apiCodeOf(error: unknown): unknown {
  if (!(error instanceof Error) || !('api_error' in error)) return undefined
  const { api_error } = error
  return typeof api_error === 'object' && api_error !== null && 'err_code' in api_error
    ? api_error.err_code
    : undefined
}

function sessionOn(
  connection: NatsConnection,
  manager: JetStreamManager,
  { name }: StreamOptions,
  timeout: number,
): Session {
  const stream = connection.jetstream({ timeout })
  return {
    end: () => attempt(`reading the end of ${name}`, () => endOf(manager, name)),
    publish: async (messages, after) => {
      const settled = await Promise.allSettled(
        messages.map(({ subject, eventId, body }, index) => {
          const own = headers()
          own.set('Content-Type', CLOUD_EVENTS_TYPE)
          return stream.publish(subject, body, {
            timeout,
            headers: own,
            msgID: eventId,
            expect: { streamName: name, ...placeAfter(messages[index - 1], after + index) },
          })
        }),
      )
      return outcomeOf(settled)
    },
    closed: connection.closed().then(() => undefined),
    close: () => closeQuietly(connection),
  }
}

/**
 * The stream takes a message only at its place, and next to the one before it. The place alone would
 * not do: a stranger's message may take the place of one of ours.
 */
function placeAfter(before: Message | undefined, lastSequence: number) {
  return before === undefined ? { lastSequence } : { lastSequence, lastMsgID: before.eventId }
}

function outcomeOf(
  settled: readonly PromiseSettledResult<Readonly<{ duplicate: boolean }>>[],
): Publishing {
  let duplicates = 0
  for (const [index, answer] of settled.entries()) {
    if (answer.status === 'rejected') {
      const failure = new NatsUnavailable('publishing', answer.reason)
      return { stored: index, duplicates, failure }
    }
    if (answer.value.duplicate) duplicates += 1
  }
  return { stored: settled.length, duplicates, failure: undefined }
}

async function endOf(manager: JetStreamManager, name: string): Promise<StreamEnd> {
  const { state } = await manager.streams.info(name)
  const streamSequence = state.last_seq
  if (state.messages === 0) return { streamSequence, last: undefined }
  const message = await foundOr(MESSAGE_NOT_FOUND, () =>
    manager.streams.getMessage(name, { seq: streamSequence }),
  )
  return { streamSequence, last: message && identityOf(message.string()) }
}

/** Of a message of a feed: its id and its number. */
function identityOf(body: string): StreamEnd['last'] {
  try {
    const { id, sequence }: { id?: unknown; sequence?: unknown } = JSON.parse(body)
    if (typeof id !== 'string' || typeof sequence !== 'string') return undefined
    return /^[0-9]{1,18}$/.test(sequence) ? { eventId: id, sequence: BigInt(sequence) } : undefined
  } catch {
    return undefined
  }
}
