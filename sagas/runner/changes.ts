/** What a commit writes: the effects of many events, folded to one change for each row. */

import type { Position } from '../../domain/kernel/position.ts'
import type { Cursor, Effect, Entry, Instance, InstanceId, Parked, Status } from './instances.ts'
import type { SetTimer, Snapshot } from './react.ts'

export type RowChange = InstanceId &
  Readonly<{ from: Snapshot; to: Snapshot; status: Status; parked: Parked | undefined }>

export type InboxRow = InstanceId & Readonly<{ position: Position; after: Position }>

export type TimerRow = InstanceId & Readonly<{ name: string }>

export type Changes = Readonly<{
  rows: readonly RowChange[]
  inboxAdded: readonly InboxRow[]
  inboxTaken: readonly InboxRow[]
  overflows: readonly (InstanceId & Readonly<{ after: Position }>)[]
  checkpoint: Position | undefined
  cursors: readonly Cursor[]
}>

export function changesOf(entries: readonly Entry[]): Changes {
  const effects = entries.flatMap((entry) => entry.effects)
  return {
    rows: rowsOf(effects),
    inboxAdded: effects.filter((e) => e.outcome === 'waits' && !e.fromInbox).map(inboxRow),
    inboxTaken: effects.filter((e) => e.outcome === 'applied' && e.fromInbox).map(inboxRow),
    overflows: effects.filter((e) => e.outcome === 'overflows').map(overflowOf),
    checkpoint: entries.findLast(({ progress }) => progress.checkpoint !== undefined)?.progress
      .checkpoint,
    cursors: entries.flatMap(({ progress }) => progress.cursor ?? []),
  }
}

function rowsOf(effects: readonly Effect[]): readonly RowChange[] {
  const rows = new Map<Instance, RowChange>()
  for (const effect of effects) {
    const { instance, before, fromInbox } = effect
    const isApplied = effect.outcome === 'applied'
    const to = isApplied ? effect.result : before
    if (isApplied ? to === before && !fromInbox : effect.parked === undefined) continue
    rows.set(instance, {
      saga: instance.saga,
      key: instance.key,
      from: rows.get(instance)?.from ?? before,
      to,
      status: isApplied ? effect.status : 'parked',
      parked: effect.parked,
    })
  }
  return [...rows.values()]
}

function inboxRow({ instance: { saga, key }, event: { position }, after }: Effect): InboxRow {
  return { saga, key, position, after }
}

function overflowOf({ instance: { saga, key }, after }: Effect) {
  return { saga, key, after }
}

/** An instance that ended, and has nothing more to do, leaves no row. */
export function isGone({ to, status }: RowChange): boolean {
  return to.state === undefined && status === 'live'
}

export function timersCleared(rows: readonly RowChange[]): readonly TimerRow[] {
  return rows.flatMap(({ saga, key, from, to }) =>
    Object.keys(from.timers)
      .filter((name) => to.timers[name] === undefined)
      .map((name) => ({ saga, key, name })),
  )
}

export function timersSet(rows: readonly RowChange[]): readonly (TimerRow & SetTimer)[] {
  return rows.flatMap(({ saga, key, from, to }) =>
    Object.entries(to.timers)
      .filter(([name, timer]) => from.timers[name] !== timer)
      .map(([name, timer]) => ({ saga, key, name, ...timer })),
  )
}
