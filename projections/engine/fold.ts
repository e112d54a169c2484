/** Folds events into the changes of a read model. Pure, but for what a handler may throw. */

import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { Change, Handler, ReadModel } from '../read-model.ts'
import { type Changes, collectChanges } from './changes.ts'
import type { Fault } from './registry.ts'
import { codeOf } from './transaction.ts'

export type Folded = Readonly<{
  changes: Changes
  /** The event that the read model can't take: the changes are of those before it. */
  fault: Fault | undefined
  /** How many events are in the changes. */
  taken: number
}>

/** The changes of the first events, up to one that the read model can't take or to `maxRows` rows. */
export function fold(
  readModel: ReadModel,
  events: readonly RecordedEvent[],
  maxRows = Number.POSITIVE_INFINITY,
): Folded {
  const changes = collectChanges(readModel)
  let taken = 0
  for (const event of events) {
    try {
      for (const change of changesOf(readModel, event)) changes.apply(change)
    } catch (error) {
      // Some of its changes may be in: begin again without it.
      const before = fold(readModel, events.slice(0, taken))
      return { ...before, fault: faultAt(event, error) }
    }
    taken += 1
    if (changes.size() >= maxRows) break
  }
  return { changes, fault: undefined, taken }
}

function changesOf(readModel: ReadModel, event: RecordedEvent): readonly Change[] {
  // A handler is bound to its event's type by `on`, which is where its data was typed.
  const handle = readModel.handlers.get(event.type) as Handler | undefined
  const own = handle?.(event) ?? []
  const every = readModel.every?.(event) ?? []
  return every.length === 0 ? own : [...own, ...every]
}

/** Says what went wrong, at which event; bounded, and without the values that Postgres quotes. */
export function faultAt(event: RecordedEvent, error: unknown): Fault {
  const where = `${event.type} in ${event.stream} at revision ${event.revision}`
  return {
    position: event.position,
    eventId: event.id,
    message: `${where}: ${reasonOf(error).slice(0, 500)}`,
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isData = codeOf(error)?.startsWith('22') ?? false
  return isData ? error.message.replace(/ ?"[^"]*"/g, '') : error.message
}
