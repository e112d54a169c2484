/**
 * The last events of the log, in memory, for those who follow it live.
 *
 * Bounded in events and bytes: who falls further behind reads from Postgres.
 */
import type { LogEvent } from './log-event.ts'

const MAX_EVENTS = 20_000
const MAX_BYTES = 32 * 1024 * 1024

export type Tail = Readonly<{
  /** The last position that is committed; everything up to it may be read. */
  head: () => bigint
  /** The events after a position, at most `limit`; undefined when some of them are held no more. */
  after: (position: bigint, limit: number) => readonly LogEvent[] | undefined
  /** Adds what was committed just now. */
  publish: (events: readonly LogEvent[]) => void
  /** Begins anew at a head, after events may have been committed unseen. */
  reset: (head: bigint) => void
  /** Calls back whenever the head moves, until the returned function is called. */
  watch: (moved: () => void) => () => void
}>

export function createTail(head: bigint): Tail {
  let last = head
  let floor = head // every event after it is held
  let events: LogEvent[] = []
  let first = 0 // where the held events begin
  let bytes = 0
  const watchers = new Set<() => void>()

  const shrink = () => {
    while (events.length - first > MAX_EVENTS || bytes > MAX_BYTES) {
      const event = events[first]
      if (event === undefined) break
      floor = event.position
      bytes -= event.message.length
      first += 1
    }
    if (first * 2 < events.length) return
    events = events.slice(first)
    first = 0
  }
  const moveTo = (position: bigint) => {
    last = position
    for (const moved of watchers) moved()
  }

  return {
    head: () => last,
    after: (position, limit) => {
      if (position < floor) return undefined
      const start = firstAfter(events, first, position)
      return events.slice(start, start + limit)
    },
    publish: (added) => {
      for (const event of added) {
        events.push(event)
        bytes += event.message.length
      }
      shrink()
      moveTo(added.at(-1)?.position ?? last)
    },
    reset: (head) => {
      events = []
      first = 0
      bytes = 0
      floor = head
      moveTo(head)
    },
    watch: (moved) => {
      watchers.add(moved)
      return () => watchers.delete(moved)
    },
  }
}

/** The index of the first event after a position; events are in the order of their positions. */
function firstAfter(events: readonly LogEvent[], from: number, position: bigint): number {
  let low = from
  let high = events.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const event = events[middle]
    if (event !== undefined && event.position <= position) low = middle + 1
    else high = middle
  }
  return low
}
