/**
 * Follows the log for a subscriber: first from Postgres, then from the tail in memory.
 *
 * A subscriber pulls: nothing is queued for it beyond what its connection holds. One that reads
 * slowly, or not at all, stays where it is; when the tail has moved on, it goes on from Postgres.
 */
import { randomUUID } from 'node:crypto'
import type { Sink } from './event-call.ts'
import { type Follower, followAll, followStream } from './follower.ts'
import { caughtUp, confirmation } from './read-messages.ts'
import type { ReadRequest } from './read-request.ts'
import type { Reader } from './reader.ts'
import type { Tail } from './tail.ts'

const LIVE_EVENTS = 500 // taken from the tail at once

export type Log = Readonly<{ reader: Reader; tail: Tail }>

/** Resolves when the subscriber is gone; rejects when Postgres can't be read. */
export async function subscribe(request: ReadRequest, log: Log, sink: Sink): Promise<void> {
  const { reader, tail } = log
  const follower =
    request.stream === undefined
      ? followAll(request, reader, tail.head())
      : followStream(request, request.stream, reader, tail.head())
  let saidCaughtUp = false
  await sink.send([confirmation(randomUUID())])
  while (!sink.isGone()) {
    const events = tail.after(follower.position(), LIVE_EVENTS)
    if (events === undefined) await catchUp(follower, tail.head(), sink)
    else if (events.length > 0) await sink.send(follower.live(events))
    else if (saidCaughtUp || !follower.isCaughtUp()) await moved(tail, follower.position(), sink)
    else {
      saidCaughtUp = true
      await sink.send([caughtUp])
    }
  }
}

async function catchUp(follower: Follower, head: bigint, sink: Sink): Promise<void> {
  for await (const messages of follower.history(head)) {
    await sink.send(messages)
    if (sink.isGone()) return
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
