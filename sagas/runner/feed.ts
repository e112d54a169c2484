/** Gives the events of the log to the instances they are for, in order. */

import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { Batch } from '../../domain/kernel/event-log.ts'
import type { Position } from '../../domain/kernel/position.ts'
import { START } from '../../domain/kernel/position.ts'
import type { Saga } from '../saga.ts'
import { BROADCAST } from '../saga.ts'
import type { Apply } from './apply.ts'
import type { Given, Instance, InstanceId, Instances } from './instances.ts'
import { idOf } from './instances.ts'
import type { Outage } from './outage.ts'
import type { Pipeline } from './pipeline.ts'
import type { Target } from './react.ts'
import { listenersOf, targetsOf } from './react.ts'
import type { Checkpoint } from './tables.ts'

type Options = Readonly<{
  sagas: readonly Saga[]
  checkpoints: ReadonlyMap<string, Checkpoint>
  pipeline: Pipeline
  instances: Instances
  apply: Apply
  postgres: Outage
  /** A saga's instances in key order, from after a key on. */
  pageAfter: (saga: string, key: string, most: number) => Promise<readonly Instance[]>
  broadcastPage: number
}>

export type Feeding = Readonly<{
  /** Resolves once all events of the batch are given out: reacted to, not yet sent or committed. */
  give: (batch: Batch) => Promise<void>
  /** Everything in the log up to here has been given out. */
  reached: () => Position
}>

type Addressed = Given & Readonly<{ targets: readonly Target[] }>

export function createFeeding(options: Options): Feeding {
  const { checkpoints, pipeline, instances, apply, postgres, pageAfter, broadcastPage } = options
  const listeners = listenersOf(options.sagas)
  let reached = leastOf([...checkpoints.values()].map(({ position }) => position))

  async function give(batch: Batch): Promise<void> {
    let keyed: Addressed[] = []
    for (const addressed of addressedOf(batch)) {
      if (addressed.targets.some(({ to }) => to === BROADCAST)) {
        await giveKeyed(keyed)
        keyed = []
        await giveToAll(addressed)
      }
      keyed.push(addressed)
    }
    await giveKeyed(keyed)
    reached = batch.position
    pipeline.seal(pipeline.open(), { checkpoint: reached })
  }

  /** The events that anybody listens to; a saga that is ahead has had the older ones. */
  function addressedOf({ events }: Batch): readonly Addressed[] {
    let after = reached
    return events.flatMap((event) => {
      const given = { event, after, targets: targetsOf(listeners, event).filter(isNew(event)) }
      after = event.position
      return given.targets.length > 0 ? given : []
    })
  }

  function isNew({ position }: RecordedEvent) {
    return ({ saga }: Target) => position > (checkpoints.get(saga.name)?.position ?? position)
  }

  async function giveKeyed(events: readonly Addressed[]): Promise<void> {
    const ids = events.flatMap(({ targets }) =>
      targets.flatMap((target) => instanceIdOf(target) ?? []),
    )
    if (events.length === 0) return
    const found = await postgres.outlast(() => instances.get(ids))
    for (const { event, after, targets } of events) {
      const entry = pipeline.open()
      for (const target of targets) {
        const instance = instanceOf(found, target)
        if (instance !== undefined) apply.give(entry, instance, target.listening, { event, after })
      }
      pipeline.seal(entry, { checkpoint: event.position })
      reached = event.position
    }
  }

  /** Page by page, each committed before the next, and nothing else under way meanwhile. */
  async function giveToAll({ event, after, targets }: Addressed): Promise<void> {
    for (const { saga, listening, to } of targets) {
      if (to !== BROADCAST) continue
      let key = brokeOffAt(saga, event) ?? ''
      for (;;) {
        await pipeline.settled()
        const from = key
        const page = await postgres.outlast(() => pageAfter(saga.name, from, broadcastPage))
        const last = page.at(-1)
        if (last === undefined) break
        key = last.key
        const entry = pipeline.open()
        for (const row of page) {
          apply.give(entry, instances.adopt(row), listening, { event, after })
        }
        pipeline.seal(entry, { cursor: { saga: saga.name, position: event.position, key } })
      }
    }
  }

  function brokeOffAt(saga: Saga, event: RecordedEvent): string | undefined {
    const cursor = checkpoints.get(saga.name)?.cursor
    return cursor?.position === event.position ? cursor.key : undefined
  }

  return { give, reached: () => reached }
}

function leastOf(positions: readonly Position[]): Position {
  const [least = START] = positions.toSorted((one, other) => Number(one - other))
  return least
}

function instanceIdOf({ saga, to }: Target): InstanceId | undefined {
  return to === BROADCAST ? undefined : { saga: saga.name, key: to }
}

function instanceOf(found: ReadonlyMap<string, Instance>, target: Target): Instance | undefined {
  const id = instanceIdOf(target)
  return id && found.get(idOf(id))
}
