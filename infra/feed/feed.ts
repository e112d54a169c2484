/** The work of the feed's leader: outbox and publisher, side by side. */

import type pg from 'pg'
import type { EventLog } from '../../domain/kernel/event-log.ts'
import { TranslationFailed, translator } from '../../feed/message.ts'
import type { PublicEvent } from '../../feed/public-event.ts'
import type { Fence } from '../postgres/leadership.ts'
import type { Log } from '../postgres/log.ts'
import { type Bell, createBell } from './bell.ts'
import { type Connect, DEFAULT_STREAM, jetStream, type StreamOptions } from './jetstream.ts'
import { noteFailure, type Outbox, openOutbox } from './outbox.ts'
import {
  type Published,
  type PublisherLimits,
  runPublisher,
  waitWithoutServer,
} from './publisher.ts'
import { prepareFeed } from './tables.ts'

export type FeedOptions = Readonly<{
  log: EventLog
  /** At least two connections: the outbox and the publisher. */
  pool: pg.Pool
  /** Of NATS; undefined: messages are numbered and kept until there is one. */
  url: string | undefined
  publicEvents: Iterable<PublicEvent>
  fence: Fence
  signal: AbortSignal
  logger: Log
  stream?: Partial<StreamOptions>
  limits?: Partial<FeedLimits>
  /** For metrics; must not throw. */
  onPublished?: (published: Published) => void
  /** How sessions with NATS begin; default: with the server at `url`. */
  connect?: Connect
}>

export type FeedLimits = PublisherLimits &
  Readonly<{
    /** Events that the outbox takes in one transaction. */
    maxBatch: number
  }>

export const DEFAULT_LIMITS: FeedLimits = {
  maxBatch: 512,
  inFlight: 256,
  inFlightBytes: 4 * 1024 * 1024,
  firstRetryMs: 200,
  lastRetryMs: 10_000,
  reportMs: 5_000,
}

/**
 * Runs one term: resolves soon after the signal aborts. Rejects if Postgres or the log fails, or the
 * fence throws; the next term goes on where the feed stands. NATS away is no failure.
 */
export async function runFeed(options: FeedOptions): Promise<void> {
  const { pool, fence, log, logger } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const translate = translator(options.publicEvents)
  await prepareFeed(pool)
  const outbox = await openOutbox({ pool, fence, translate })
  const bell = createBell()
  const ending = new AbortController()
  const signal = AbortSignal.any([options.signal, ending.signal])
  const parts = [
    fillOutbox({ pool, fence, log, logger, outbox, bell, signal, maxBatch: limits.maxBatch }),
    publish(options, limits, bell, signal),
  ]
  try {
    await Promise.all(parts)
  } finally {
    ending.abort()
    await Promise.allSettled(parts)
  }
}

async function publish(
  options: FeedOptions,
  limits: FeedLimits,
  bell: Bell,
  signal: AbortSignal,
): Promise<void> {
  const { pool, fence, url, logger } = options
  const stream = { ...DEFAULT_STREAM, ...options.stream }
  const connect = options.connect ?? (url === undefined ? undefined : jetStream(url, stream))
  if (connect === undefined) {
    await waitWithoutServer({ pool, fence, signal, log: logger, limits })
    return
  }
  const onPublished = options.onPublished ?? (() => undefined)
  await runPublisher({ pool, fence, connect, bell, signal, log: logger, limits, onPublished })
}

type Filling = Pick<FeedOptions, 'pool' | 'fence' | 'log' | 'logger' | 'signal'> &
  Readonly<{ outbox: Outbox; bell: Bell; maxBatch: number }>

/** An event that can't be said stops the outbox, loudly; what is numbered is published all the same. */
async function fillOutbox(filling: Filling): Promise<void> {
  const { log, outbox, bell, maxBatch, signal } = filling
  const stopped = untilAborted(signal)
  const subscription = log.follow({
    after: outbox.checkpoint().position,
    maxBatch,
    onBatch: async (batch) => {
      if (signal.aborted) return
      await outbox.take(batch).finally(() => bell.ring())
    },
  })
  try {
    await Promise.race([subscription.ended, stopped])
  } catch (error) {
    if (!(error instanceof TranslationFailed)) throw error
    filling.logger.error({ reason: error.message }, 'the feed stops before an event')
    await noteFailure(filling, error)
    await stopped
  } finally {
    await subscription.stop()
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
