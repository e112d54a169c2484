/**
 * What is under way, in the order of the log: an entry for each event with its effects. Whatever is done
 * from the front on is committed together, so that the checkpoint never passes work that is not done.
 */

import type { Effect, Entry, Progress } from './instances.ts'
import { Stopped } from './outage.ts'
import type { Clock } from './ports.ts'

export type Pipeline = Readonly<{
  /** A new entry at the end; it is not done before it is sealed. */
  open: () => Entry
  add: (effect: Effect) => void
  /** An effect of the entry is applied, or waits in an inbox. */
  done: (entry: Entry) => void
  /** Nothing more is added; once the entry is committed, so is this progress. */
  seal: (entry: Entry, progress: Progress) => void
  /** Resolves once all that is under way is committed. Throws `Stopped`. */
  settled: () => Promise<void>
  /** Resolves once there is room for more. Throws `Stopped`. */
  room: () => Promise<void>
  /** After a stop: commits what is done, with one try. */
  finish: () => Promise<void>
  uncommitted: () => number
}>

type Options = Readonly<{
  /** Commits entries; throws if that can never succeed. */
  commit: (entries: readonly Entry[], attempts: 'once' | 'until-stopped') => Promise<void>
  fail: (error: unknown) => void
  clock: Clock
  signal: AbortSignal
  /** Done work may wait so long for more, to be committed together. */
  lingerMs: number
  maxUncommitted: number
}>

type Waiter = Readonly<{ ready: () => boolean; resolve: () => void; reject: (e: Error) => void }>

export function createPipeline(options: Options): Pipeline {
  const { commit, fail, clock, signal, lingerMs, maxUncommitted } = options
  const entries: Entry[] = []
  const waiters = new Set<Waiter>()
  let effects = 0
  let committing = false
  let commits = Promise.resolve()
  let lingering: AbortController | undefined

  signal.addEventListener('abort', () => {
    for (const waiter of waiters) waiter.reject(new Stopped())
    waiters.clear()
    lingering?.abort()
  })

  function until(ready: () => boolean): Promise<void> {
    if (signal.aborted) return Promise.reject(new Stopped())
    if (ready()) return Promise.resolve()
    lingering?.abort()
    return new Promise((resolve, reject) => waiters.add({ ready, resolve, reject }))
  }

  function wakeWaiters(): void {
    for (const waiter of waiters) {
      if (!waiter.ready()) continue
      waiters.delete(waiter)
      waiter.resolve()
    }
  }

  function done(entry: Entry): void {
    entry.open -= 1
    if (entry.open === 0 && entry === entries[0] && !committing) commits = commitAll()
  }

  async function commitAll(): Promise<void> {
    committing = true
    try {
      while (entries[0]?.open === 0 && !signal.aborted) {
        await linger()
        await commitDone('until-stopped')
      }
    } catch (error) {
      if (!(error instanceof Stopped)) fail(error)
    } finally {
      committing = false
      wakeWaiters()
    }
  }

  async function linger(): Promise<void> {
    if (lingerMs === 0 || waiters.size > 0) return
    lingering = new AbortController()
    await clock.sleep(lingerMs, lingering.signal)
    lingering = undefined
  }

  async function commitDone(attempts: 'once' | 'until-stopped'): Promise<void> {
    const firstOpen = entries.findIndex((entry) => entry.open > 0)
    const ready = entries.slice(0, firstOpen < 0 ? entries.length : firstOpen)
    if (ready.length === 0) return
    await commit(ready, attempts)
    entries.splice(0, ready.length)
    for (const entry of ready) effects -= entry.effects.length
    wakeWaiters()
  }

  return {
    open() {
      const entry: Entry = { open: 1, progress: {}, effects: [] }
      entries.push(entry)
      return entry
    },
    add(effect) {
      effect.entry.open += 1
      effect.entry.effects.push(effect)
      effects += 1
    },
    done,
    seal(entry, progress) {
      entry.progress = progress
      done(entry)
    },
    settled: () => until(() => entries.length === 0 && !committing),
    room: () => until(() => effects < maxUncommitted && entries.length < maxUncommitted),
    async finish() {
      await commits
      await commitDone('once')
    },
    uncommitted: () => effects,
  }
}
