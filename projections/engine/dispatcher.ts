/** Follows the whole log for all active read models, so that each one's position moves always. */

import type { Batch, EventLog, Subscription } from '../../domain/kernel/event-log.ts'
import type { Position } from '../../domain/kernel/position.ts'
import { type Context, commit, type Target } from './commit.ts'

export type Dispatcher = Readonly<{
  /** Runs between two batches: nothing is dispatched meanwhile. */
  between: <Result>(work: (position: Position | undefined) => Promise<Result>) => Promise<Result>
  /** Takes a target in, in place of its read model's former one; only inside `between`. */
  admit: (target: Target) => void
  stop: () => Promise<void>
  /** Rejects when dispatching failed; it does not go on then. */
  failed: Promise<never>
}>

export function createDispatcher(
  context: Context,
  eventLog: EventLog,
  maxBatch: number,
): Dispatcher {
  let targets: readonly Target[] = []
  let position: Position | undefined
  let subscription: Subscription | undefined
  let turn: Promise<unknown> = Promise.resolve()
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => undefined)

  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }
  const onBatch = (batch: Batch) =>
    inTurn(async () => {
      if (position !== undefined && batch.position <= position) return
      targets = await commit(context, targets, {
        phase: 'live',
        events: batch.events,
        position: batch.position,
      })
      position = batch.position
    })
  return {
    between: (work) => inTurn(() => work(position)),
    admit: (target) => {
      targets = [...targets.filter(({ readModel }) => readModel !== target.readModel), target]
      if (subscription !== undefined) return
      position = target.position
      subscription = eventLog.follow({ after: position, maxBatch, onBatch })
      subscription.ended.catch(failure.reject)
    },
    stop: async () => {
      await subscription?.stop()
      await turn
    },
    failed: failure.promise,
  }
}
