/**
 * One follower of the log: it reads what is there, then sits down at the hub for what comes; fallen
 * too far behind, or cut off, it reads again. It ends only when told to, or when it can't go on.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { EventStoreUnavailable } from '../../commands/event-store.ts'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { Follow, Subscription } from '../../domain/kernel/event-log.ts'
import type { Position } from '../../domain/kernel/position.ts'
import type { Hub, Seat } from './hub.ts'
import { DEFAULT_BATCH, type Limits } from './limits.ts'

export type Sources = Readonly<{
  hub: Hub
  limits: Limits
  /** Decoded events of all categories after a position, in chunks, up to the log's end. */
  history: (
    after: Position,
    max: number,
    signal: AbortSignal,
  ) => AsyncIterable<readonly RecordedEvent[]>
}>

export function startFollower(sources: Sources, options: Follow): Subscription {
  const stopping = new AbortController()
  const ended = run(sources, options, stopping.signal)
  ended.catch(() => undefined) // who wants to know looks at `ended`
  return {
    ended,
    stop: async () => {
      stopping.abort()
      await ended.catch(() => undefined)
    },
  }
}

async function run(sources: Sources, options: Follow, signal: AbortSignal): Promise<void> {
  const delivery = createDelivery(options)
  while (!signal.aborted) {
    try {
      await catchUp(sources, options, delivery, signal)
      if (signal.aborted) return
      const seat = await sitDown(sources.hub, delivery.position(), signal)
      if (seat !== undefined) await live(seat, options, delivery, signal)
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error
      await delay(sources.limits.maxBackoffMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

async function catchUp(
  { history }: Sources,
  { maxBatch = DEFAULT_BATCH }: Follow,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<void> {
  for await (const events of history(delivery.position(), maxBatch, signal)) {
    if (signal.aborted) return
    await delivery.give(events, false)
  }
}

/** Does not wait for a seat once told to stop. */
function sitDown(hub: Hub, after: Position, signal: AbortSignal): Promise<Seat | undefined> {
  const sitting = hub.sit(after)
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      resolve(undefined)
      sitting.then(
        (seat) => seat?.leave(),
        () => undefined,
      )
    }
    signal.addEventListener('abort', giveUp, { once: true })
    sitting.finally(() => signal.removeEventListener('abort', giveUp)).then(resolve, reject)
  })
}

async function live(
  seat: Seat,
  { maxBatch = DEFAULT_BATCH }: Follow,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<void> {
  signal.addEventListener('abort', seat.leave)
  try {
    if (seat.atEnd()) await delivery.give([], true)
    while (!signal.aborted) {
      const taken = await seat.take(maxBatch)
      if (taken === 'behind' || taken === 'left') return
      await delivery.give(taken.events, taken.atEnd)
    }
  } finally {
    signal.removeEventListener('abort', seat.leave)
    seat.leave()
  }
}

type Delivery = Readonly<{
  /** Up to here everything has been given out, or is not for this follower. */
  position: () => Position
  give: (events: readonly RecordedEvent[], atEnd: boolean) => Promise<void>
}>

/** After so many events that are not for it, a follower is told the position all the same. */
const SKIPPED_BEFORE_TELLING = 1_024

function createDelivery({ after, categories, onBatch }: Follow): Delivery {
  let position = after
  let saidLive = false
  let skipped = 0
  return {
    position: () => position,
    give: async (all, live) => {
      const events =
        categories === undefined ? all : all.filter((event) => categories.includes(event.category))
      position = all.at(-1)?.position ?? position
      skipped += all.length
      const worthTelling =
        events.length > 0 || (live && !saidLive) || skipped > SKIPPED_BEFORE_TELLING
      if (!worthTelling) return
      saidLive = live
      skipped = 0
      await onBatch({ events, position, live })
    },
  }
}
