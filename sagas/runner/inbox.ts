/** Lets a parked instance go on: its inbox is given to it again, in order, from the event that failed. */

import type { Pool } from 'pg'
import type { EventLog } from '../../domain/kernel/event-log.ts'
import type { Position } from '../../domain/kernel/position.ts'
import type { Saga } from '../saga.ts'
import { BROADCAST } from '../saga.ts'
import type { Apply } from './apply.ts'
import type { InboxRow } from './changes.ts'
import type { Given, Instance, InstanceId, Instances } from './instances.ts'
import { idOf } from './instances.ts'
import type { Outage } from './outage.ts'
import type { Pipeline } from './pipeline.ts'
import type { Fence } from './ports.ts'
import { inboxOf, resumingInstances } from './queries.ts'
import { listenersOf, targetsOf } from './react.ts'
import { addToInbox, fenced, readFenced } from './tables.ts'

type Options = Readonly<{
  pool: Pool
  log: EventLog
  fence: Fence
  sagas: readonly Saga[]
  pipeline: Pipeline
  instances: Instances
  apply: Apply
  postgres: Outage
  maxInbox: number
  /** Everything in the log up to here has been given out. */
  reached: () => Position
}>

const INSTANCES_AT_ONCE = 20
const EVENTS_AT_ONCE = 200

export type Inboxes = Readonly<{
  /** Instances that an operator resumed. */
  resuming: () => Promise<readonly InstanceId[]>
  /**
   * Gives one of them the next part of its inbox, and makes it live with the last. Nothing else may be
   * given out meanwhile.
   */
  drain: (id: InstanceId) => Promise<void>
}>

export function createInboxes(options: Options): Inboxes {
  const { pool, fence, sagas, pipeline, instances, apply, postgres } = options
  const names = sagas.map(({ name }) => name)

  async function drain(id: InstanceId): Promise<void> {
    await pipeline.settled()
    instances.forget(id)
    const found = await postgres.outlast(() => instances.get([id]))
    const instance = found.get(idOf(id))
    if (instance?.status !== 'resuming') return
    const waiting = await postgres.outlast(() =>
      readFenced(pool, fence, (client) => inboxOf(client, id, EVENTS_AT_ONCE + 1)),
    )
    if (waiting.length > 0) await giveAgain(instance, waiting)
    else if (instance.overflowAfter === undefined) await goLive(instance)
    else await refill(instance, instance.overflowAfter)
  }

  async function giveAgain(instance: Instance, waiting: readonly InboxRow[]): Promise<void> {
    const events = await postgres.outlast(() => readAll(options.log, waiting))
    const isAll = waiting.length <= EVENTS_AT_ONCE && instance.overflowAfter === undefined
    const entry = pipeline.open()
    for (const [index, given] of events.entries()) {
      if (instance.status === 'parked') break
      const isLast = isAll && index === events.length - 1
      const listening = listeningTo(instance, given)
      apply.giveAgain(entry, instance, listening, given, isLast ? 'live' : 'resuming')
    }
    if (isAll && instance.status === 'resuming') instance.status = 'live'
    pipeline.seal(entry, {})
  }

  /** Undefined if it is not for the instance any more: a broadcast is for the live ones only. */
  function listeningTo({ saga, current }: Instance, { event }: Given) {
    const [target] = targetsOf(listeners(saga), event)
    return target?.to === BROADCAST && current.state === undefined ? undefined : target?.listening
  }

  function listeners(saga: string) {
    return listenersOf(sagas.filter(({ name }) => name === saga))
  }

  async function goLive({ saga, key }: Instance): Promise<void> {
    await postgres.outlast(() =>
      fenced(pool, fence, async (client) => {
        await client.query(
          `DELETE FROM sagas.instances WHERE saga = $1 AND key = $2 AND state IS NULL`,
          [saga, key],
        )
        await client.query(
          `UPDATE sagas.instances SET status = 'live', parked = NULL WHERE saga = $1 AND key = $2`,
          [saga, key],
        )
      }),
    )
    instances.forget({ saga, key })
  }

  /** What did not fit into the inbox is found in the log. */
  async function refill({ saga, key }: Instance, after: Position): Promise<void> {
    const missed = await postgres.outlast(() => missedEvents({ saga, key }, after))
    await postgres.outlast(() =>
      fenced(pool, fence, async (client) => {
        await addToInbox(client, missed.rows)
        await client.query(
          `UPDATE sagas.instances SET overflow_after = $3 WHERE saga = $1 AND key = $2`,
          [saga, key, missed.goOnAfter === undefined ? null : String(missed.goOnAfter)],
        )
      }),
    )
    instances.forget({ saga, key })
  }

  async function missedEvents({ saga: name, key }: InstanceId, after: Position) {
    const rows: InboxRow[] = []
    const listening = listeners(name)
    let before = after
    for await (const event of options.log.readAll({ after, upTo: options.reached() })) {
      if (rows.length >= options.maxInbox) return { rows, goOnAfter: before }
      if (targetsOf(listening, event).some(({ to }) => to === key || to === BROADCAST)) {
        rows.push({ saga: name, key, position: event.position, after: before })
      }
      before = event.position
    }
    return { rows, goOnAfter: undefined }
  }

  return {
    drain,
    resuming: () => postgres.outlast(() => resumingInstances(pool, names, INSTANCES_AT_ONCE)),
  }
}

async function readAll(log: EventLog, rows: readonly InboxRow[]): Promise<readonly Given[]> {
  const given: Given[] = []
  for (const row of rows.slice(0, EVENTS_AT_ONCE)) given.push(await readOne(log, row))
  return given
}

/** An inbox holds places in the log, not events: personal data in them stays where it can be forgotten. */
async function readOne(log: EventLog, { position, after }: InboxRow): Promise<Given> {
  for await (const event of log.readAll({ after, upTo: position })) {
    if (event.position === position) return { event, after }
  }
  throw new Error(`the log holds no event at position ${position}`)
}
