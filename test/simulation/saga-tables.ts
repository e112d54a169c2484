/** The saga runner's tables, in memory: what a commit changes, and what a new leader finds. */

import { isDeepStrictEqual } from 'node:util'
import { type Position, START } from '../../domain/kernel/position.ts'
import type { Changes, RowChange } from '../../sagas/runner/changes.ts'
import { isGone, timersCleared, timersSet } from '../../sagas/runner/changes.ts'
import type { Instance, InstanceId, Parked, Status } from '../../sagas/runner/instances.ts'
import { absentInstance, idOf } from '../../sagas/runner/instances.ts'
import type { SetTimer, Snapshot, Timers } from '../../sagas/runner/react.ts'
import type { Checkpoint } from '../../sagas/runner/tables.ts'
import type { Saga } from '../../sagas/saga.ts'

export type TimerRow = InstanceId & SetTimer & Readonly<{ name: string }>

type Row = InstanceId &
  Readonly<{ status: Status; json: string | undefined; timers: Timers; parked: Parked | undefined }>

export type SagaTables = Readonly<{
  /** A new leader's term; every commit of an older one is refused. */
  newTerm: () => number
  term: () => number
  checkpoints: () => ReadonlyMap<string, Checkpoint>
  load: (ids: readonly InstanceId[]) => readonly Instance[]
  pageAfter: (saga: string, key: string, most: number) => readonly Instance[]
  write: (changes: Changes) => void
  timers: () => readonly TimerRow[]
  /** Whether a timer is still set for the instant. */
  isSet: (timer: TimerRow) => boolean
  fired: (timer: TimerRow) => void
  instances: () => readonly Row[]
  /** The stored states against those that the log gives; undefined if they are the same. */
  difference: (saga: Saga, replayed: ReadonlyMap<string, Snapshot>) => string | undefined
}>

export function createSagaTables(sagas: readonly Saga[]): SagaTables {
  const rows = new Map<string, Row>()
  const timers = new Map<string, TimerRow>()
  const checkpoints = new Map<string, Checkpoint>()
  let term = 0
  for (const { name: saga, version } of sagas) {
    checkpoints.set(saga, { saga, version, since: START, position: START, cursor: undefined })
  }

  function writeRow(row: RowChange): void {
    if (isGone(row)) {
      rows.delete(idOf(row))
      return
    }
    const { saga, key, status, parked, to } = row
    rows.set(idOf(row), { saga, key, status, parked, json: to.json, timers: to.timers })
  }

  function moveCheckpoint(position: Position): void {
    for (const [saga, checkpoint] of checkpoints) {
      if (checkpoint.position >= position) continue
      const { cursor } = checkpoint
      const kept = cursor !== undefined && cursor.position > position ? cursor : undefined
      checkpoints.set(saga, { ...checkpoint, position, cursor: kept })
    }
  }

  function write(changes: Changes): void {
    for (const row of changes.rows) writeRow(row)
    for (const cleared of timersCleared(changes.rows)) timers.delete(timerId(cleared))
    for (const set of timersSet(changes.rows)) timers.set(timerId(set), set)
    const cursor = changes.cursors.at(-1)
    const before = cursor && checkpoints.get(cursor.saga)
    if (before) checkpoints.set(before.saga, { ...before, cursor })
    if (changes.checkpoint !== undefined) moveCheckpoint(changes.checkpoint)
  }

  return {
    newTerm: () => ++term,
    term: () => term,
    checkpoints: () => new Map(checkpoints),
    load: (ids) => ids.flatMap((id) => instanceOf(rows.get(idOf(id))) ?? []),
    pageAfter: (saga, after, most) =>
      [...rows.values()]
        .filter((row) => row.saga === saga && row.key > after)
        .sort((one, other) => (one.key < other.key ? -1 : 1))
        .slice(0, most)
        .flatMap((row) => instanceOf(row) ?? []),
    write,
    timers: () => [...timers.values()],
    isSet: (timer) => timers.get(timerId(timer))?.at === timer.at,
    fired: (timer) => {
      if (timers.get(timerId(timer))?.at === timer.at) timers.delete(timerId(timer))
    },
    instances: () => [...rows.values()],
    difference: (saga, replayed) => differenceOf([...rows.values()], saga, replayed),
  }
}

function timerId({ saga, key, name }: InstanceId & Readonly<{ name: string }>): string {
  return JSON.stringify([saga, key, name])
}

function instanceOf(row: Row | undefined): Instance | undefined {
  if (row === undefined) return undefined
  const { json, timers, status } = row
  const state = json === undefined ? undefined : JSON.parse(json)
  return { ...absentInstance(row), current: { state, json, timers }, status }
}

function differenceOf(
  rows: readonly Row[],
  saga: Saga,
  replayed: ReadonlyMap<string, Snapshot>,
): string | undefined {
  const stored = new Map(
    rows.filter((row) => row.saga === saga.name).map((row) => [row.key, row] as const),
  )
  for (const key of new Set([...stored.keys(), ...replayed.keys()])) {
    const [row, snapshot] = [stored.get(key), replayed.get(key)]
    const [actual, expected] = [row, snapshot].map((one) => ({
      state: JSON.parse(one?.json ?? 'null'),
      timers: one?.timers ?? {},
    }))
    if (!isDeepStrictEqual(actual, expected))
      return `${saga.name}.${key} is ${row?.json}, by the log it is ${snapshot?.json}`
  }
  return undefined
}
