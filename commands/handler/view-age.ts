/** How old a view of the log may be at most: it is held against the log's end again and again. */

import { setTimeout as delay } from 'node:timers/promises'
import type { Position } from '../../domain/kernel/position.ts'

export type ViewAge = Readonly<{
  /** Milliseconds since the view was last known to hold everything there was. */
  ageMs: () => number
  stop: () => void
}>

type Options = Readonly<{
  head: () => Promise<Position>
  /** Resolves true once the view has seen a position, false when the time is over. */
  seen: (position: Position, withinMs: number) => Promise<boolean>
  checkEveryMs: number
  /** Monotonic. */
  now?: () => number
}>

/** Looks for the first time after `checkEveryMs`; the view is taken to be fresh until then. */
export function watchAge({ head, seen, checkEveryMs, now = defaultNow }: Options): ViewAge {
  const stopping = new AbortController()
  let freshAt = now()

  async function look(): Promise<void> {
    const askedAt = now()
    if (await seen(await head(), checkEveryMs)) freshAt = askedAt
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await delay(checkEveryMs, undefined, { signal: stopping.signal, ref: false })
      // A log that is away tells nothing new: the view grows older by itself.
      await look().catch(() => undefined)
    }
  }

  watch().catch(() => undefined) // ends by being aborted
  return { ageMs: () => now() - freshAt, stop: () => stopping.abort() }
}

function defaultNow(): number {
  return performance.now()
}
