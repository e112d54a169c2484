/**
 * Virtual time. Everything that takes time is an entry; the scheduler runs one after another, by time and,
 * at the same time, by lot. One step is an entry with all that follows from it without waiting.
 */

import type { Random } from '../chaos/random.ts'

/** Whoever waits for an entry; what a dead one waits for never happens. */
export type Owner = { alive: boolean }

/** The world outside: it does not crash. */
export const OUTSIDE: Owner = { alive: true }

export type Scheduler = Readonly<{
  /** Milliseconds since 1970, virtual. */
  now: () => number
  /** Runs at an instant, but not before now. */
  at: (time: number, owner: Owner, work: () => void, background?: boolean) => void
  /** Resolves after a time. */
  wait: (ms: number, owner: Owner) => Promise<void>
  /** Runs until nothing is left but background work. `afterEach` is called after each step. */
  run: (afterEach: () => void) => Promise<void>
  steps: () => number
}>

type Entry = Readonly<{
  time: number
  lot: number
  number: number
  owner: Owner
  work: () => void
  background: boolean
}>

const LOTS = 1_000_000_000

export function createScheduler(random: Random, start: number): Scheduler {
  const heap = createHeap()
  let time = start
  let count = 0
  let foreground = 0
  let steps = 0

  function at(when: number, owner: Owner, work: () => void, background = false): void {
    count += 1
    if (!background) foreground += 1
    const lot = random.between(0, LOTS)
    heap.push({ time: Math.max(when, time), lot, number: count, owner, work, background })
  }

  async function run(afterEach: () => void): Promise<void> {
    while (foreground > 0) {
      const next = heap.pop()
      if (next === undefined) return
      if (!next.background) foreground -= 1
      if (!next.owner.alive) continue
      time = next.time
      steps += 1
      next.work()
      await turn()
      afterEach()
    }
  }

  return {
    now: () => time,
    at,
    wait: (ms, owner) => new Promise((resolve) => at(time + ms, owner, resolve)),
    run,
    steps: () => steps,
  }
}

/**
 * Everything that can go on without the scheduler has gone on: there are only promises, no timers, and the
 * next tick comes when all promises have been followed.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

function isBefore(one: Entry, other: Entry): boolean {
  if (one.time !== other.time) return one.time < other.time
  if (one.lot !== other.lot) return one.lot < other.lot
  return one.number < other.number
}

/** A binary heap, the earliest entry first. */
function createHeap() {
  const entries: Entry[] = []

  function swap(one: number, other: number): void {
    const [first, second] = [entries[one], entries[other]]
    if (first === undefined || second === undefined) return
    entries[one] = second
    entries[other] = first
  }

  function precedes(one: number, other: number): boolean {
    const [first, second] = [entries[one], entries[other]]
    return first !== undefined && (second === undefined || isBefore(first, second))
  }

  function push(entry: Entry): void {
    entries.push(entry)
    let at = entries.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!precedes(at, parent)) return
      swap(at, parent)
      at = parent
    }
  }

  function pop(): Entry | undefined {
    const [first] = entries
    const last = entries.pop()
    if (first === undefined || last === undefined || entries.length === 0) return first
    entries[0] = last
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const child = precedes(left + 1, left) ? left + 1 : left
      if (!precedes(child, at)) return first
      swap(at, child)
      at = child
    }
  }

  return { push, pop }
}
