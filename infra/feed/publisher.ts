/**
 * The publisher: brings what the outbox numbered to JetStream, in order. The stream itself says where
 * it has come to, so that no crash and no outage, however long, doubles or drops a message there; the
 * mark in Postgres serves the status, and where the stream can't say.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Message } from '../../feed/message.ts'
import type { Fence } from '../postgres/leadership.ts'
import type { Log } from '../postgres/log.ts'
import type { Bell } from './bell.ts'
import { type Connect, NatsUnavailable, type Session } from './jetstream.ts'
import { DERIVED, fenced } from './transaction.ts'

export type PublisherLimits = Readonly<{
  /** Messages under way at a time. */
  inFlight: number
  /** Bytes under way at a time, a single message aside. */
  inFlightBytes: number
  firstRetryMs: number
  lastRetryMs: number
  /** How often an idle publisher says that it is there. */
  reportMs: number
}>

export type Published = Readonly<{ messages: number; duplicates: number; sequence: bigint }>

type Options = Readonly<{
  pool: pg.Pool
  fence: Fence
  connect: Connect
  /** Rung when there is more to publish. */
  bell: Bell
  signal: AbortSignal
  log: Log
  limits: PublisherLimits
  onPublished: (published: Published) => void
}>

/** Publishes until the signal aborts. NATS away is waited out; Postgres away, or another leader, throws. */
export async function runPublisher(options: Options): Promise<void> {
  const { signal, limits, log } = options
  let retryMs = limits.firstRetryMs
  let waiting = false
  const up = async () => {
    await report(options, undefined)
    if (waiting) log.info({}, 'the feed goes on: NATS is available again')
    waiting = false
  }
  const progressed = () => {
    retryMs = limits.firstRetryMs
  }
  while (!signal.aborted) {
    try {
      await runSession(options, up, progressed)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof NatsUnavailable)) throw error
      if (!waiting) log.warn({ reason: error.message }, 'the feed waits, and keeps its place')
      waiting = true
      await report(options, error.message)
      await delay(retryMs, undefined, { signal }).catch(() => undefined)
      retryMs = Math.min(retryMs * 2, limits.lastRetryMs)
    }
  }
}

/** Without a server to publish to, it says so and waits for the end of the term. */
export async function waitWithoutServer(
  options: Pick<Options, 'pool' | 'fence' | 'signal' | 'log' | 'limits'>,
): Promise<void> {
  const { signal, log, limits } = options
  const reason = 'there is no NATS server to publish to'
  log.warn({ reason }, 'the feed waits, and keeps its place')
  while (!signal.aborted) {
    await report(options, reason)
    await delay(limits.reportMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Where the publisher is, in the feed's numbers and in the stream's. */
type Place = Readonly<{ sequence: bigint; streamSequence: number }>

async function runSession(
  options: Options,
  up: () => Promise<void>,
  progressed: () => void,
): Promise<void> {
  const { connect, signal, bell, limits } = options
  const session = await connect(signal)
  let isGone = false
  // By the bell: a race against the end of the session would keep every wait of it in memory.
  void session.closed.then(() => {
    isGone = true
    bell.ring()
  })
  try {
    let place = await findPlace(options, session)
    await up()
    while (!signal.aborted) {
      const rung = bell.next()
      const messages = await readAfter(options, place.sequence)
      if (messages.length > 0) {
        place = await publishAll(options, session, place, messages)
        progressed()
        continue
      }
      const woken = isGone ? 'rung' : await Promise.race([rung, pause(limits.reportMs, signal)])
      if (isGone) throw new NatsUnavailable('waiting', 'the connection broke')
      if (woken === 'paused') await report(options, undefined)
    }
  } finally {
    await session.close()
  }
}

/**
 * After the last message that the stream holds. A stream that never held one gets the whole feed; one
 * whose last message is gone by age, or not of a feed, goes on at the mark.
 */
async function findPlace(options: Options, session: Session): Promise<Place> {
  const { streamSequence, last } = await session.end()
  const marked = await readMark(options.pool)
  if (streamSequence > 0 && last === undefined) return { sequence: marked, streamSequence }
  if (last !== undefined) await makeSureItIsOurs(options.pool, last)
  const sequence = last?.sequence ?? 0n
  if (sequence < marked) {
    options.log.warn({ sequence: String(sequence), marked: String(marked) }, LOST)
  }
  if (sequence !== marked) await mark(options, sequence)
  return { sequence, streamSequence }
}

const LOST = 'the stream holds less than was published: the feed publishes it again'

async function makeSureItIsOurs(
  pool: pg.Pool,
  { eventId, sequence }: Readonly<{ eventId: string; sequence: bigint }>,
): Promise<void> {
  const { rows } = await pool.query<{ event_id: string }>(
    'SELECT event_id FROM feed.messages WHERE sequence = $1',
    [sequence],
  )
  if (rows[0]?.event_id === eventId) return
  throw new NatsUnavailable(
    'finding the place',
    `the stream ends with message ${sequence} of another feed, or of a later state of this one`,
  )
}

async function publishAll(
  options: Options,
  session: Session,
  place: Place,
  messages: readonly Message[],
): Promise<Place> {
  const { stored, duplicates, failure } = await session.publish(messages, place.streamSequence)
  const last = messages[stored - 1]
  if (last !== undefined) {
    await mark(options, last.sequence)
    options.onPublished({ messages: stored, duplicates, sequence: last.sequence })
  }
  if (failure !== undefined) throw failure
  return {
    sequence: last?.sequence ?? place.sequence,
    streamSequence: place.streamSequence + stored,
  }
}

type MessageRow = Readonly<{
  sequence: bigint
  event_id: string
  position: bigint
  subject: string
  about: string
  booked_on: string
  cloud_event: string
}>

async function readAfter(
  { pool, limits }: Pick<Options, 'pool' | 'limits'>,
  sequence: bigint,
): Promise<readonly Message[]> {
  const { rows } = await pool.query<MessageRow>({
    name: 'feed-messages',
    text: `SELECT sequence, event_id, position, subject, about, booked_on, cloud_event
      FROM (
        SELECT *, sum(octet_length(cloud_event)) OVER (ORDER BY sequence) AS bytes
        FROM (SELECT * FROM feed.messages WHERE sequence > $1 ORDER BY sequence LIMIT $2) AS next
      ) AS counted
      WHERE bytes <= $3 OR sequence = $1 + 1
      ORDER BY sequence`,
    values: [sequence, limits.inFlight, limits.inFlightBytes],
  })
  return rows.map((row) => ({
    sequence: row.sequence,
    eventId: row.event_id,
    position: row.position,
    subject: row.subject,
    about: row.about,
    bookedOn: row.booked_on,
    body: row.cloud_event,
  }))
}

async function readMark(pool: pg.Pool): Promise<bigint> {
  const { rows } = await pool.query<{ published_sequence: bigint }>(
    'SELECT published_sequence FROM feed.publisher',
  )
  return rows[0]?.published_sequence ?? 0n
}

async function mark(options: Pick<Options, 'pool' | 'fence'>, sequence: bigint): Promise<void> {
  await fenced(options, async (client) => {
    await client.query(DERIVED)
    await client.query('UPDATE feed.publisher SET published_sequence = $1, reported_at = now()', [
      sequence,
    ])
  })
}

/** Connected, or why not. */
async function report(
  options: Pick<Options, 'pool' | 'fence'>,
  reason: string | undefined,
): Promise<void> {
  await fenced(options, async (client) => {
    await client.query(DERIVED)
    await client.query(
      'UPDATE feed.publisher SET connected = $1, reason = $2, reported_at = now()',
      [reason === undefined, reason],
    )
  })
}

async function pause(ms: number, signal: AbortSignal): Promise<'paused' | 'stopped'> {
  return delay(ms, 'paused' as const, { signal }).catch(() => 'stopped' as const)
}
