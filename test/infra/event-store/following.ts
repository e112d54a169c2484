/** A follower that a test can look at, wait for and hold back. */

import type { RecordedEvent } from '../../../domain/kernel/event.ts'
import type { Batch, EventLog, Follow, Subscription } from '../../../domain/kernel/event-log.ts'
import { START } from '../../../domain/kernel/position.ts'

export type Followed = Readonly<{
  subscription: Subscription
  batches: readonly Batch[]
  events: () => readonly RecordedEvent[]
  /** Resolves when so many events came and, if asked, a live batch; rejects if it ends before. */
  reached: (count: number, live?: boolean) => Promise<void>
  /** The next batch's handler waits until the result is called. */
  hold: () => () => void
}>

type Options = Partial<Omit<Follow, 'onBatch'>>

export function follow(log: EventLog, options: Options = {}): Followed {
  const batches: Batch[] = []
  const waiting = new Set<() => void>()
  let gate: Promise<void> = Promise.resolve()
  const subscription = log.follow({
    after: START,
    ...options,
    onBatch: async (batch) => {
      await gate
      batches.push(batch)
      for (const look of waiting) look()
    },
  })
  const events = () => batches.flatMap((batch) => batch.events)
  const reached = (count: number, live = false) => {
    const met = () => events().length >= count && (!live || batches.some((batch) => batch.live))
    const looked = new Promise<void>((resolve) => {
      const look = () => {
        if (!met()) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
    const early = subscription.ended.then(() => {
      if (!met()) throw new Error(`ended after ${events().length} events of ${count}`)
    })
    return Promise.race([looked, early])
  }
  const hold = () => {
    let release: () => void = () => undefined
    gate = new Promise((resolve) => {
      release = resolve
    })
    return () => release()
  }
  return { subscription, batches, events, reached, hold }
}

export async function collect(
  events: AsyncIterable<RecordedEvent>,
): Promise<readonly RecordedEvent[]> {
  return Array.fromAsync(events)
}

/** The `n` of each `Noted` event. */
export function numbers(events: readonly RecordedEvent[]): readonly unknown[] {
  return events.map(({ data }) =>
    typeof data === 'object' && data !== null && 'n' in data ? data.n : undefined,
  )
}

export function upTo(count: number, from = 0): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index)
}
