/** The instances in memory: those with work under way, and the last used ones. Valid only while leading. */

import { LRUCache } from 'lru-cache'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { Position } from '../../domain/kernel/position.ts'
import type { SagaCommand } from '../saga.ts'
import type { Snapshot } from './react.ts'
import { ABSENT } from './react.ts'
import type { Failure } from './send.ts'

export type Status = 'live' | 'parked' | 'resuming'

export type InstanceId = Readonly<{ saga: string; key: string }>

/** One instance, as the events given to it so far leave it. */
export type Instance = {
  readonly saga: string
  readonly key: string
  current: Snapshot
  status: Status
  /** Events in its inbox. */
  waiting: number
  /** Its inbox was full: events for it after this position are to be found in the log alone. */
  overflowAfter: Position | undefined
  /** What is not done yet, in the order of the events. */
  readonly queue: Effect[]
  uncommitted: number
}

/** An event, and the position in the log it is read after. */
export type Given = Readonly<{ event: RecordedEvent; after: Position }>

/** What one event does to one instance, from the reaction to the commit. */
export type Effect = Given & {
  readonly instance: Instance
  readonly entry: Entry
  readonly before: Snapshot
  readonly result: Snapshot
  readonly commands: readonly SagaCommand[]
  /** The reaction threw. */
  readonly broken: Failure | undefined
  readonly fromInbox: boolean
  /** What the instance is once this is applied. */
  readonly status: 'live' | 'resuming'
  outcome: 'open' | 'applied' | 'waits' | 'overflows'
  parked: Parked | undefined
}

/** How far a broadcast has come: all instances up to this key have been given the event. */
export type Cursor = Readonly<{ saga: string; position: Position; key: string }>

export type Progress = Readonly<{ checkpoint?: Position; cursor?: Cursor }>

/** One event's place in the pipeline, with what it does. */
export type Entry = { open: number; progress: Progress; readonly effects: Effect[] }

/** Why an instance is parked, and what it was doing. */
export type Parked = Readonly<{
  error: string
  command?: Readonly<{ name: string; id: string }>
  eventId: string
  eventType: string
  position: string
  at: string
}>

/** The id operators know an instance by; a saga's name holds no dot. */
export function idOf({ saga, key }: InstanceId): string {
  return `${saga}.${key}`
}

export function absentInstance({ saga, key }: InstanceId): Instance {
  return {
    saga,
    key,
    current: ABSENT,
    status: 'live',
    waiting: 0,
    overflowAfter: undefined,
    queue: [],
    uncommitted: 0,
  }
}

export type Instances = Readonly<{
  /** The instances by id; those not in memory are loaded with one query. */
  get: (ids: readonly InstanceId[]) => Promise<ReadonlyMap<string, Instance>>
  /** The one in memory if there is one, else this, just loaded. */
  adopt: (loaded: Instance) => Instance
  hold: (instance: Instance) => void
  release: (instance: Instance) => void
  /** Drops one without work under way, so that it is loaded anew. */
  forget: (id: InstanceId) => void
}>

type Load = (ids: readonly InstanceId[]) => Promise<readonly Instance[]>

export function createInstances(load: Load, maxIdle: number): Instances {
  const held = new Map<string, Instance>()
  const idle = new LRUCache<string, Instance>({ max: maxIdle })

  const find = (id: string) => held.get(id) ?? idle.get(id)

  async function get(ids: readonly InstanceId[]): Promise<ReadonlyMap<string, Instance>> {
    const found = new Map<string, Instance>()
    const missing = new Map<string, InstanceId>()
    for (const instanceId of ids) {
      const id = idOf(instanceId)
      const instance = find(id)
      if (instance === undefined) missing.set(id, instanceId)
      else found.set(id, instance)
    }
    if (missing.size === 0) return found
    for (const instance of await load([...missing.values()])) {
      found.set(idOf(instance), adopt(instance))
    }
    for (const [id, instanceId] of missing) {
      if (!found.has(id)) found.set(id, adopt(absentInstance(instanceId)))
    }
    return found
  }

  function adopt(loaded: Instance): Instance {
    const id = idOf(loaded)
    const known = find(id)
    if (known === undefined) idle.set(id, loaded)
    return known ?? loaded
  }

  function hold(instance: Instance): void {
    if (instance.uncommitted === 0) held.set(idOf(instance), instance)
    instance.uncommitted += 1
  }

  function release(instance: Instance): void {
    instance.uncommitted -= 1
    if (instance.uncommitted > 0) return
    const id = idOf(instance)
    held.delete(id)
    idle.set(id, instance)
  }

  function forget(instanceId: InstanceId): void {
    idle.delete(idOf(instanceId))
  }

  return { get, adopt, hold, release, forget }
}
