/** How old a view of the log may be at most: it is held against the log's end again and again. */

import type { Position } from '../../domain/kernel/position.ts'
import type { Machine } from './machine.ts'

export type ViewAge = Readonly<{
  /** Milliseconds, in steps of `checkEveryMs`, since the view was last known to hold all there was. */
  ageMs: () => number
  stop: () => void
}>

type Options = Readonly<{
  head: () => Promise<Position>
  /** Resolves true once the view has seen a position, false when the time is over. */
  seen: (position: Position, withinMs: number) => Promise<boolean>
  checkEveryMs: number
  machine: Machine
}>

/** The view is taken to be fresh when the watch begins. A log that is away lets it grow older. */
export function watchAge({ head, seen, checkEveryMs, machine }: Options): ViewAge {
  let steps = 0
  let isLooking = false
  let cancel = machine.later(step, checkEveryMs)

  function step(): void {
    steps += 1
    cancel = machine.later(step, checkEveryMs)
    if (!isLooking) void look(steps)
  }

  async function look(askedAt: number): Promise<void> {
    isLooking = true
    try {
      if (await seen(await head(), checkEveryMs)) steps -= askedAt
    } catch {
      // It is as old as it is.
    } finally {
      isLooking = false
    }
  }

  return { ageMs: () => steps * checkEveryMs, stop: () => cancel() }
}
