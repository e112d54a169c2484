/**
 * Follows the log for a subscriber: first from Postgres, then from the tail in memory.
 *
 * A subscriber pulls: nothing is queued for it beyond what its connection holds. One that reads
 * slowly, or not at all, stays where it is; when the tail has moved on, it goes on from Postgres.
 */
import { randomUUID } from 'node:crypto'
import { messageOf, type Sink } from './event-call.ts'
import { matcher } from './event-filter.ts'
import type { LogEvent, RecordedEvent } from './log-event.ts'
import { caughtUp, checkpoint, confirmation } from './read-messages.ts'
import type { ReadRequest } from './read-request.ts'
import type { Reader } from './reader.ts'
import type { Tail } from './tail.ts'

const LIVE_EVENTS = 500 // taken from the tail at once
const BEYOND_ALL = 2n ** 63n - 1n

export type Log = Readonly<{ reader: Reader; tail: Tail }>

/** Resolves when the subscriber is gone; rejects when Postgres can't be read. */
export async function subscribe(request: ReadRequest, log: Log, sink: Sink): Promise<void> {
  await sink.send(confirmation(randomUUID()))
  const { tail } = log
  const follower =
    request.stream === undefined
      ? followAll(request, log, sink)
      : followStream(request, request.stream, log, sink)
  let saidCaughtUp = false
  while (!sink.isGone()) {
    const events = tail.after(follower.position(), LIVE_EVENTS)
    if (events === undefined) await follower.catchUp(tail.head())
    else if (events.length > 0) await deliverAll(events, follower, sink)
    else if (saidCaughtUp || !follower.isCaughtUp()) await moved(tail, follower.position(), sink)
    else {
      saidCaughtUp = true
      await sink.send(caughtUp)
    }
  }
}

type Follower = Readonly<{
  /** Everything up to it has been delivered, or was not to be. */
  position: () => bigint
  deliver: (event: LogEvent | RecordedEvent) => Promise<void> | undefined
  /** Delivers from Postgres what is between the follower's position and the head. */
  catchUp: (head: bigint) => Promise<void>
  /** Whether it counts as caught up, once there is nothing left to deliver. */
  isCaughtUp: () => boolean
}>

function followAll(request: ReadRequest, { reader, tail }: Log, sink: Sink): Follower {
  const matches = matcher(request.filter)
  const checkpointEvery = request.filter?.checkpointEvery ?? Number.POSITIVE_INFINITY
  let position = request.from === 'start' ? 0n : request.from === 'end' ? tail.head() : request.from
  let unreported = 0

  const deliver = (event: LogEvent | RecordedEvent): Promise<void> | undefined => {
    position = event.position
    const drained = matches(event) ? sink.send(messageOf(event)) : undefined
    unreported += 1
    if (unreported < checkpointEvery) return drained
    unreported = 0
    return sink.send(checkpoint(position)) ?? drained
  }
  const follower: Follower = {
    position: () => position,
    deliver,
    catchUp: async (head) => {
      const range = { from: position, backwards: false, limit: BEYOND_ALL, head }
      for await (const page of reader.all(range)) {
        await deliverAll(page, follower, sink)
        if (sink.isGone()) return
      }
      position = head
    },
    isCaughtUp: () => true,
  }
  return follower
}

function followStream(
  request: ReadRequest,
  stream: string,
  { reader, tail }: Log,
  sink: Sink,
): Follower {
  let position = request.from === 'end' ? tail.head() : 0n
  let revision = typeof request.from === 'bigint' ? request.from : -1n
  // The real server, too, says nothing to who waits for the start of a stream that is not there.
  let isCaughtUp = request.from !== 'start'

  const deliver = (event: LogEvent | RecordedEvent): Promise<void> | undefined => {
    position = event.position
    if (event.stream !== stream || event.revision <= revision) return undefined
    revision = event.revision
    isCaughtUp = true
    return sink.send(messageOf(event))
  }
  const follower: Follower = {
    position: () => position,
    deliver,
    catchUp: async (head) => {
      const range = { from: revision, backwards: false, limit: BEYOND_ALL, head }
      for await (const page of reader.stream(stream, range)) {
        await deliverAll(page, follower, sink)
        if (sink.isGone()) return
      }
      position = head
    },
    isCaughtUp: () => isCaughtUp,
  }
  return follower
}

async function deliverAll(
  events: readonly (LogEvent | RecordedEvent)[],
  follower: Follower,
  sink: Sink,
): Promise<void> {
  for (const event of events) {
    if (sink.isGone()) return
    const drained = follower.deliver(event)
    if (drained !== undefined) await drained
  }
}

/** Resolves when the log has moved beyond a position, or the subscriber is gone. */
function moved(tail: Tail, position: bigint, sink: Sink): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      unwatch()
      forget()
      resolve()
    }
    const unwatch = tail.watch(() => {
      if (tail.head() > position) done()
    })
    const forget = sink.onGone(done)
    if (sink.isGone()) done()
  })
}
