/** The states of a saga's instances as the log alone gives them: reactions without sending. */

import type { EventLog } from '../../domain/kernel/event-log.ts'
import type { Position } from '../../domain/kernel/position.ts'
import type { Saga } from '../saga.ts'
import { BROADCAST } from '../saga.ts'
import type { Snapshot } from './react.ts'
import { ABSENT, listenersOf, step, targetsOf } from './react.ts'

type Options = Readonly<{
  log: EventLog
  saga: Saga
  after: Position
  upTo: Position
  /** Whether the event at a position counts for an instance. */
  counts: (key: string, position: Position) => boolean
}>

/** By key; instances that ended are not there. Throws what a reaction throws, with its place. */
export async function replay(options: Options): Promise<ReadonlyMap<string, Snapshot>> {
  const { log, saga, after, upTo, counts } = options
  const listeners = listenersOf([saga])
  const snapshots = new Map<string, Snapshot>()
  if (upTo <= after) return snapshots
  for await (const event of log.readAll({ after, upTo })) {
    for (const { listening, to } of targetsOf(listeners, event)) {
      for (const key of to === BROADCAST ? [...snapshots.keys()] : [to]) {
        if (!counts(key, event.position)) continue
        const result = stepAt(saga, listening, snapshots.get(key) ?? ABSENT, event, key)
        if (result === undefined) continue
        if (result.after.state === undefined) snapshots.delete(key)
        else snapshots.set(key, result.after)
      }
    }
  }
  return snapshots
}

function stepAt(saga: Saga, ...[listening, before, event, key]: Parameters<typeof step>) {
  try {
    return step(listening, before, event, key)
  } catch (error) {
    const where = `${event.type} at position ${event.position}`
    throw new Error(`${saga.name} cannot take ${where}`, { cause: error })
  }
}
