/** Lets a sender wait for what others decide after its command: the first telling event of a stream. */

import { LRUCache } from 'lru-cache'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { EventStore } from '../event-store.ts'
import { Overloaded } from './errors.ts'

export type Outcomes = Readonly<{
  /** Called with every event of the followed categories. */
  observe: (events: readonly RecordedEvent[]) => void
  /** The first thing that `tell` makes of an event of the stream, or undefined when the time is over. */
  wait: <Told>(options: Wait<Told>) => Promise<Told | undefined>
}>

export type Wait<Told> = Readonly<{
  stream: string
  tell: (event: RecordedEvent) => Told | undefined
  withinMs: number
  /** The command is an old one: its outcome may long be in the stream. */
  lookBack: boolean
}>

type Waiter = (event: RecordedEvent) => void

const REMEMBERED_STREAMS = 20_000
const REMEMBERED_EVENTS = 16
const MOST_WAITERS = 10_000

/** Streams whose events may tell an outcome: those of coordinated commands. */
export function createOutcomes(
  categories: readonly string[],
  store: Pick<EventStore, 'readStream'>,
): Outcomes {
  const recent = new LRUCache<string, RecordedEvent[]>({ max: REMEMBERED_STREAMS })
  const waiters = new Map<string, Set<Waiter>>()
  let waiting = 0

  function observe(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      if (!categories.includes(event.category)) continue
      const kept = recent.get(event.stream) ?? []
      recent.set(event.stream, [...kept.slice(1 - REMEMBERED_EVENTS), event])
      for (const waiter of waiters.get(event.stream) ?? []) waiter(event)
    }
  }

  async function wait<Told>({ stream, tell, withinMs, lookBack }: Wait<Told>) {
    if (lookBack) {
      for await (const event of store.readStream(stream)) {
        const told = tell(event)
        if (told !== undefined) return told
      }
    }
    for (const event of recent.get(stream) ?? []) {
      const told = tell(event)
      if (told !== undefined) return told
    }
    return await next(stream, tell, withinMs)
  }

  function next<Told>(
    stream: string,
    tell: (event: RecordedEvent) => Told | undefined,
    withinMs: number,
  ): Promise<Told | undefined> {
    if (waiting >= MOST_WAITERS) throw new Overloaded('too many wait for an outcome')
    return new Promise((resolve) => {
      const done = (told: Told | undefined) => {
        clearTimeout(timer)
        waiting -= 1
        leave(stream, waiter)
        resolve(told)
      }
      const waiter: Waiter = (event) => {
        const told = tell(event)
        if (told !== undefined) done(told)
      }
      const timer = setTimeout(() => done(undefined), withinMs)
      waiting += 1
      waiters.set(stream, (waiters.get(stream) ?? new Set()).add(waiter))
    })
  }

  function leave(stream: string, waiter: Waiter): void {
    const others = waiters.get(stream)
    others?.delete(waiter)
    if (others?.size === 0) waiters.delete(stream)
  }

  return { observe, wait }
}
