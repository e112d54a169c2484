/** What is read of the runner's tables while it runs. */

import type { Pool, PoolClient } from 'pg'
import type { Position } from '../../domain/kernel/position.ts'
import type { Instant } from '../../domain/kernel/values.ts'
import type { InboxRow } from './changes.ts'
import type { Instance, InstanceId, Status } from './instances.ts'
import { absentInstance } from './instances.ts'
import type { Timers } from './react.ts'

type Reader = Pick<PoolClient, 'query'> | Pool

type Row = {
  saga: string
  key: string
  status: Status
  state: unknown
  timers: Timers
  waiting: number
  overflow_after: string | null
}

const COLUMNS = `i.saga, i.key, i.status, i.state, i.timers, i.overflow_after::text,
  CASE WHEN i.status = 'live' THEN 0 ELSE (
    SELECT count(*)::integer FROM sagas.inbox AS box WHERE box.saga = i.saga AND box.key = i.key
  ) END AS waiting`

/** Those of the instances that have a row. */
export async function loadInstances(
  reader: Reader,
  ids: readonly InstanceId[],
): Promise<readonly Instance[]> {
  const { rows } = await reader.query<Row>({
    name: 'sagas-load-instances',
    text: `SELECT ${COLUMNS} FROM unnest($1::text[], $2::text[]) AS wanted (saga, key)
      JOIN sagas.instances AS i ON i.saga = wanted.saga AND i.key = wanted.key`,
    values: [ids.map(({ saga }) => saga), ids.map(({ key }) => key)],
  })
  return rows.map(instanceOf)
}

/** A saga's instances in key order, from after a key on. */
export async function pageOfInstances(
  reader: Reader,
  saga: string,
  afterKey: string,
  limit: number,
): Promise<readonly Instance[]> {
  const { rows } = await reader.query<Row>(
    `SELECT ${COLUMNS} FROM sagas.instances AS i
     WHERE saga = $1 AND key > $2 ORDER BY key LIMIT $3`,
    [saga, afterKey, limit],
  )
  return rows.map(instanceOf)
}

function instanceOf(row: Row): Instance {
  const state = row.state ?? undefined
  return {
    ...absentInstance(row),
    current: {
      state,
      json: state === undefined ? undefined : JSON.stringify(state),
      timers: row.timers,
    },
    status: row.status,
    waiting: row.waiting,
    overflowAfter: row.overflow_after === null ? undefined : BigInt(row.overflow_after),
  }
}

/** The instances that an operator wants to go on. */
export async function resumingInstances(
  reader: Reader,
  sagas: readonly string[],
  limit: number,
): Promise<readonly InstanceId[]> {
  const { rows } = await reader.query<{ saga: string; key: string }>(
    `SELECT saga, key FROM sagas.instances
     WHERE status <> 'live' AND status = 'resuming' AND saga = ANY($1::text[])
     ORDER BY saga, key LIMIT $2`,
    [sagas, limit],
  )
  return rows
}

/** The oldest events in an instance's inbox, in order. */
export async function inboxOf(
  reader: Reader,
  { saga, key }: InstanceId,
  limit: number,
): Promise<readonly InboxRow[]> {
  const { rows } = await reader.query<{ position: string; read_after: string }>(
    `SELECT position::text, read_after::text FROM sagas.inbox
     WHERE saga = $1 AND key = $2 ORDER BY inbox.position LIMIT $3`,
    [saga, key, limit],
  )
  return rows.map(({ position, read_after }) => ({
    saga,
    key,
    position: BigInt(position),
    after: BigInt(read_after),
  }))
}

export type WaitingTimer = InstanceId &
  Readonly<{
    name: string
    dueAt: Instant
    tryAt: Date
    causationId: string
    correlationId: string
  }>

/** The timers to be tried first. */
export async function nextTimers(
  reader: Reader,
  sagas: readonly string[],
  limit: number,
): Promise<readonly WaitingTimer[]> {
  const { rows } = await reader.query<{
    saga: string
    key: string
    name: string
    due_at: Date
    try_at: Date
    causation_id: string
    correlation_id: string
  }>({
    name: 'sagas-next-timers',
    text: `SELECT saga, key, name, due_at, try_at, causation_id, correlation_id
      FROM sagas.timers WHERE saga = ANY($1::text[]) ORDER BY try_at LIMIT $2`,
    values: [sagas, limit],
  })
  return rows.map((row) => ({
    saga: row.saga,
    key: row.key,
    name: row.name,
    dueAt: row.due_at.toISOString(),
    tryAt: row.try_at,
    causationId: row.causation_id,
    correlationId: row.correlation_id,
  }))
}

/** From where on the events of instances that are not live have not been applied yet, by key. */
export async function firstWaiting(
  reader: Reader,
  saga: string,
): Promise<ReadonlyMap<string, Position>> {
  const { rows } = await reader.query<{ key: string; position: string | null }>(
    `SELECT key, coalesce(
       (SELECT min(box.position) FROM sagas.inbox AS box
        WHERE box.saga = i.saga AND box.key = i.key),
       overflow_after + 1
     )::text AS position
     FROM sagas.instances AS i WHERE status <> 'live' AND saga = $1`,
    [saga],
  )
  return new Map(
    rows.flatMap(({ key, position }) => (position === null ? [] : [[key, BigInt(position)]])),
  )
}
