/** Those who wait until a view has seen a position. */

import type { Position } from '../../domain/kernel/position.ts'
import { Overloaded } from './errors.ts'
import type { Machine } from './machine.ts'

type Waiter = Readonly<{ position: Position; done: (seen: boolean) => void }>

export type Waiters = Readonly<{
  /** Resolves true once `position` is seen, false when the time is over. */
  wait: (position: Position, withinMs: number) => Promise<boolean>
  advance: (position: Position) => void
  end: () => void
}>

export function createWaiters(most: number, { later }: Machine): Waiters {
  const waiting = new Set<Waiter>()

  function wait(position: Position, withinMs: number): Promise<boolean> {
    if (waiting.size >= most) return Promise.reject(new Overloaded('too many wait for the view'))
    return new Promise((resolve) => {
      const waiter: Waiter = {
        position,
        done: (seen) => {
          cancel()
          waiting.delete(waiter)
          resolve(seen)
        },
      }
      const cancel = later(() => waiter.done(false), withinMs)
      waiting.add(waiter)
    })
  }

  function advance(position: Position): void {
    for (const waiter of waiting) if (waiter.position <= position) waiter.done(true)
  }

  function end(): void {
    for (const waiter of waiting) waiter.done(false)
  }

  return { wait, advance, end }
}
