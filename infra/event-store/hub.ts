/**
 * One subscription for all followers of a process that are at the live end: an event is received and
 * decoded once. The newest events are kept, so many at most; a follower that falls further behind has
 * to read them itself, and nobody else waits for it.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { excludeSystemEvents } from '@eventstore/db-client'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import { type Position, START } from '../../domain/kernel/position.ts'
import type { Codec } from './codec.ts'
import type { Connection, Generation } from './connection.ts'
import type { Limits } from './limits.ts'
import { chunks, isFinal, pauseAfter, type Source } from './reads.ts'

export type Hub = Readonly<{
  /**
   * A seat for a follower that has read up to the log's end and stands after a position; nothing if
   * events behind it are not kept any more. The first seat starts the subscription.
   */
  sit: (after: Position) => Promise<Seat | undefined>
  close: () => Promise<void>
}>

export type Seat = Readonly<{
  /** Waits for events after the last ones taken. Throws if an event can't be decoded. */
  take: (max: number) => Promise<Taken | 'behind' | 'left'>
  /** Whether `take` would have to wait. */
  atEnd: () => boolean
  leave: () => void
}>

export type Taken = Readonly<{
  events: readonly RecordedEvent[]
  position: Position
  /** Whether these are the newest events there are. */
  atEnd: boolean
}>

/** The newest events, by the number of their arrival. */
type Ring = {
  events: RecordedEvent[]
  /** The number of the first event kept. */
  base: number
  /** Every event after this position is kept or yet to come. */
  floor: Position
  /** The position of the newest event. */
  top: Position
  failure: unknown
}

type Session = Readonly<{ ring: Ring; stopping: AbortController; ended: Promise<void> }>

type Parts = Readonly<{
  connection: Connection
  codec: Codec
  limits: Limits
  head: () => Promise<Position>
}>

export function createHub(parts: Parts): Hub {
  const waiting = new Set<() => void>()
  const seats = new Set<Seat>()
  let users = 0 // who sits, or is about to
  let session: Session | undefined
  let starting: Promise<Session> | undefined

  const wake = () => {
    const woken = [...waiting]
    waiting.clear()
    for (const look of woken) look()
  }

  const running = async (after: Position): Promise<Session> => {
    if (session !== undefined && session.ring.failure === undefined) return session
    starting ??= startSession(parts, after, wake).finally(() => {
      starting = undefined
    })
    session = await starting
    return session
  }

  const stop = async () => {
    const ending = session
    session = undefined
    ending?.stopping.abort()
    await ending?.ended
  }

  const withdraw = () => {
    users -= 1
    if (users === 0) void stop()
  }

  return {
    sit: async (after) => {
      users += 1
      const { ring } = await running(after).catch((error) => {
        withdraw()
        throw error
      })
      if (after < ring.floor) {
        withdraw()
        return undefined
      }
      const seat = createSeat(ring, after, waiting, () => {
        seats.delete(seat)
        withdraw()
      })
      seats.add(seat)
      return seat
    },
    close: async () => {
      for (const seat of seats) seat.leave()
      await stop()
    },
  }
}

/** Starts where its first follower stands, but never after the newest event. */
async function startSession(parts: Parts, after: Position, wake: () => void): Promise<Session> {
  const head = await parts.head()
  const floor = after < head ? after : head
  const ring: Ring = { events: [], base: 0, floor, top: floor, failure: undefined }
  const stopping = new AbortController()
  const ended = receive(parts, ring, stopping.signal, wake).catch((error) => {
    ring.failure = error
    wake()
  })
  return { ring, stopping, ended }
}

function createSeat(
  ring: Ring,
  after: Position,
  waiting: Set<() => void>,
  onLeave: () => void,
): Seat {
  let next = ring.base + firstAfter(ring.events, after)
  let left = false
  let goOn: () => void = () => undefined
  const atEnd = () => next >= ring.base + ring.events.length
  // One promise a wait: a race against one that lives as long as the seat would keep every wait in memory.
  const grownOrLeft = () =>
    new Promise<void>((resolve) => {
      goOn = resolve
      waiting.add(goOn)
    })
  return {
    atEnd,
    take: async (max) => {
      while (!left) {
        if (next < ring.base) return 'behind'
        const kept = ring.events.slice(next - ring.base, next - ring.base + max)
        next += kept.length
        // The follower may have read further than the subscription had come.
        const events = kept.filter(({ position }) => position > after)
        const last = events.at(-1)
        if (last !== undefined) return { events, position: last.position, atEnd: atEnd() }
        if (kept.length > 0) continue
        if (ring.failure !== undefined) throw ring.failure
        await grownOrLeft()
      }
      return 'left'
    },
    leave: () => {
      if (left) return
      left = true
      waiting.delete(goOn)
      goOn()
      onLeave()
    },
  }
}

/** The index of the first event after a position, by halving. */
function firstAfter(events: readonly RecordedEvent[], position: Position): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((events[middle]?.position ?? START) <= position) low = middle + 1
    else high = middle
  }
  return low
}

/** Subscribes again and again after the newest event received. Throws only if it never can go on. */
async function receive(
  { connection, codec, limits }: Parts,
  ring: Ring,
  stop: AbortSignal,
  wake: () => void,
): Promise<void> {
  let attempt = 0
  while (!stop.aborted) {
    const generation = connection.current()
    let cause: unknown = new Error('the server ended the subscription')
    try {
      const source = subscribe(generation, ring.top, limits.maxHubEvents)
      for await (const chunk of chunks(generation, source, { max: CHUNK, signal: stop })) {
        const events = await decodeOrEnd(codec, chunk)
        keep(ring, events, limits.maxHubEvents)
        attempt = 0
        wake()
      }
    } catch (error) {
      if (error instanceof Undecodable) throw error.cause
      if (isFinal(error)) throw error
      cause = error
    }
    if (stop.aborted) return
    connection.failed('following the log', cause)
    await delay(pauseAfter(limits, attempt++), undefined, { signal: stop }).catch(() => undefined)
  }
}

const CHUNK = 512

function subscribe({ client, heard }: Generation, after: Position, maxBuffered: number): Source {
  const fromPosition = after === START ? 'start' : { commit: after, prepare: after }
  const readable = client.subscribeToAll(
    { fromPosition, filter: excludeSystemEvents({ checkpointInterval: CHECKPOINT_INTERVAL }) },
    { highWaterMark: Math.min(CHUNK, maxBuffered) },
  )
  readable.on('confirmation', () => heard())
  return { readable, cancel: () => readable.unsubscribe() }
}

/** Checkpoints are not used: the last event's own position says where to go on. */
const CHECKPOINT_INTERVAL = 1_000

class Undecodable extends Error {}

async function decodeOrEnd(codec: Codec, chunk: Parameters<Codec['decode']>[0]) {
  try {
    return await codec.decode(chunk)
  } catch (cause) {
    throw new Undecodable('an event cannot be decoded', { cause })
  }
}

/** Adds events that are new, and lets go of the oldest half when there are too many. */
function keep(ring: Ring, events: readonly RecordedEvent[], max: number): void {
  for (const event of events) {
    if (event.position <= ring.top) continue
    ring.events.push(event)
    ring.top = event.position
  }
  if (ring.events.length <= max) return
  const dropped = ring.events.splice(0, ring.events.length - (max >>> 1))
  ring.base += dropped.length
  ring.floor = dropped.at(-1)?.position ?? ring.floor
}
