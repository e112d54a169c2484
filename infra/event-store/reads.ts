/**
 * Reads that end: a silent server is given up after a time-out, a broken read goes on where it was,
 * and a store that stays away is named as unavailable.
 */

import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import {
  AccessDeniedError,
  type AllStreamResolvedEvent,
  InvalidArgumentError,
  type ResolvedEvent,
  StreamDeletedError,
  StreamNotFoundError,
} from '@eventstore/db-client'
import { EventStoreUnavailable } from '../../commands/event-store.ts'
import type { StoredEvent } from './codec.ts'
import type { Connection, Generation } from './connection.ts'
import type { Limits } from './limits.ts'

export type Resolved = AllStreamResolvedEvent | ResolvedEvent

/** What the client's reads and subscriptions have in common. */
export type Source = Readonly<{
  readable: {
    on(event: 'readable' | 'end', listener: () => void): unknown
    on(event: 'error', listener: (error: Error) => void): unknown
    read(): unknown
  }
  cancel: () => Promise<void>
}>

type Chunking = Readonly<{
  /** At most so many events at a time. */
  max: number
  /** How long to wait for the next event; for ever if not given. */
  timeoutMs?: number
  signal?: AbortSignal | undefined
}>

/** A read or subscription said nothing for too long. */
class ReadTimeout extends Error {
  constructor(timeoutMs: number) {
    super(`no event within ${timeoutMs} ms`)
    this.name = 'ReadTimeout'
  }
}

/** What the store gave makes no sense; asking again would not help. */
class UnreadableEvent extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UnreadableEvent'
  }
}

/**
 * What has arrived, in order, as soon as there is something. The source is read no faster than its
 * chunks are taken, and is cancelled when they are not taken any more. Ends quietly on `signal`.
 */
export async function* chunks(
  { retired, heard }: Generation,
  { readable, cancel }: Source,
  { max, timeoutMs, signal }: Chunking,
): AsyncGenerator<readonly StoredEvent[]> {
  let failure: Error | undefined
  let ended = false
  let wake: () => void = () => undefined
  const fail = (error: Error) => {
    failure ??= error
    wake()
  }
  const giveUp = () => fail(retired.reason)
  const stop = () => wake()
  readable.on('error', fail)
  readable.on('readable', () => wake())
  readable.on('end', () => {
    ended = true
    wake()
  })
  retired.addEventListener('abort', giveUp)
  signal?.addEventListener('abort', stop)
  try {
    while (signal?.aborted !== true) {
      if (retired.aborted) throw retired.reason
      const chunk = take(readable, max)
      if (chunk.length > 0) {
        heard()
        yield chunk
      } else if (failure !== undefined) throw failure
      else if (ended) return
      else {
        await woken((resolve) => (wake = resolve), timeoutMs)
        await setImmediate() // what arrived together is taken together
      }
    }
  } finally {
    retired.removeEventListener('abort', giveUp)
    signal?.removeEventListener('abort', stop)
    cancel().catch(() => undefined)
  }
}

/** Waits until the given function is called; throws after the time-out. */
function woken(on: (wake: () => void) => void, timeoutMs: number | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (timeoutMs === undefined) return on(resolve)
    const timer = setTimeout(() => reject(new ReadTimeout(timeoutMs)), timeoutMs)
    on(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function take(readable: Source['readable'], max: number): readonly StoredEvent[] {
  const events: StoredEvent[] = []
  while (events.length < max) {
    const resolved = readable.read()
    if (resolved === null) break
    const stored = toStored(resolved as Resolved)
    if (stored !== undefined) events.push(stored)
  }
  return events
}

/** What the store gives; nothing for a link to what is gone. Throws if positions make no sense. */
export function toStored({ event }: Resolved): StoredEvent | undefined {
  if (event === undefined) return undefined
  const { id, type, streamId: stream, revision, created, data, metadata, position } = event
  if (position === undefined)
    throw new UnreadableEvent(`event ${id} has no position: is the event store older than 22.6?`)
  if (position.commit !== position.prepare && !type.startsWith('$')) {
    throw new UnreadableEvent(
      `event ${id} has two positions, ${position.commit} and ${position.prepare}`,
    )
  }
  return { id, type, stream, revision, position: position.commit, created, data, metadata }
}

/** A read that can be taken up again: `from` says where it stands. */
export type Resumable<From> = Readonly<{
  doing: string
  from: From
  open: (generation: Generation, from: From) => Source
  /** Where the read goes on after an event; undefined where it is complete. */
  next: (event: StoredEvent, from: From) => From | undefined
  max: number
  signal?: AbortSignal | undefined
}>

/**
 * A bounded read that outlives broken connections. Throws `EventStoreUnavailable` when it makes no
 * progress for the patience that the limits allow.
 */
export async function* persistently<From>(
  connection: Connection,
  limits: Limits,
  { doing, from, open, next, max, signal }: Resumable<From>,
): AsyncGenerator<readonly StoredEvent[]> {
  let at = from
  let attempt = 0
  let progressAt = performance.now()
  while (signal?.aborted !== true) {
    const generation = connection.current()
    try {
      const timeoutMs = limits.readTimeoutMs
      for await (const chunk of chunks(generation, open(generation, at), {
        max,
        timeoutMs,
        signal,
      })) {
        const reached = advance(chunk, at, next)
        yield chunk
        if (reached === undefined) return
        at = reached
        attempt = 0
        progressAt = performance.now()
      }
      generation.heard()
      return
    } catch (error) {
      if (error instanceof StreamNotFoundError) return generation.heard()
      if (isFinal(error)) throw error
      if (error instanceof ReadTimeout) connection.silent(generation, limits.readTimeoutMs)
      connection.failed(doing, error)
      const pauseMs = pauseAfter(limits, attempt)
      if (performance.now() - progressAt + pauseMs > limits.readPatienceMs) {
        throw new EventStoreUnavailable(doing, error)
      }
      attempt += 1
      await delay(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
    }
  }
}

function advance<From>(
  chunk: readonly StoredEvent[],
  from: From,
  next: Resumable<From>['next'],
): From | undefined {
  let at: From | undefined = from
  for (const event of chunk) {
    at = next(event, at)
    if (at === undefined) return undefined
  }
  return at
}

/** Whether asking again would not help. */
export function isFinal(error: unknown): boolean {
  return (
    error instanceof AccessDeniedError ||
    error instanceof InvalidArgumentError ||
    error instanceof StreamDeletedError ||
    error instanceof UnreadableEvent
  )
}

/** The pause before the next attempt: doubled each time, within its bound. */
export function pauseAfter({ backoffMs, maxBackoffMs }: Limits, attempt: number): number {
  return Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(attempt, 16))
}
