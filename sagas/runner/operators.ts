/** What operators see of instances, and how they let a parked one go on. */

import type { Pool } from 'pg'
import type { InstanceId, Parked, Status } from './instances.ts'
import { idOf } from './instances.ts'

export type ListedInstance = InstanceId &
  Readonly<{
    id: string
    status: Status
    state: unknown
    /** Why it is parked; undefined unless it is. */
    parked: Parked | undefined
    /** Events in its inbox. */
    waiting: number
  }>

export type InstancePage = Readonly<{
  instances: readonly ListedInstance[]
  /** Give it as `after` for the next page; undefined on the last. */
  next: InstanceId | undefined
}>

export type ListOptions = Readonly<{
  status?: Status
  saga?: string
  after?: InstanceId
  /** At most so many; default 100, at most 1,000. */
  limit?: number
}>

const MAX_LIMIT = 1_000

type Row = {
  saga: string
  key: string
  status: Status
  state: unknown
  parked: Parked | null
  waiting: number
}

/** Instances by saga and key, a page at a time. */
export async function listInstances(pool: Pool, options: ListOptions = {}): Promise<InstancePage> {
  const { status, saga, after, limit = 100 } = options
  const bounded = Math.max(1, Math.min(limit, MAX_LIMIT))
  const { rows } = await pool.query<Row>(
    `SELECT saga, key, status, state, parked, CASE WHEN status = 'live' THEN 0 ELSE (
       SELECT count(*)::integer FROM sagas.inbox AS box
       WHERE box.saga = i.saga AND box.key = i.key
     ) END AS waiting
     FROM sagas.instances AS i
     WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR saga = $2)
       AND ($1::text IS NULL OR $1 = 'live' OR status <> 'live')
       AND ($3::text IS NULL OR (saga, key) > ($3, $4 COLLATE "C"))
     ORDER BY saga, key LIMIT $5`,
    [status, saga, after?.saga, after?.key, bounded + 1],
  )
  const instances = rows.slice(0, bounded).map((row) => ({
    ...row,
    id: idOf(row),
    state: row.state ?? undefined,
    parked: row.parked ?? undefined,
  }))
  const last = instances.at(-1)
  const next = rows.length > bounded && last !== undefined ? last : undefined
  return { instances, next: next && { saga: next.saga, key: next.key } }
}

/** The saga and key of an id `<saga>.<key>`; undefined if it is none. */
export function parseInstanceId(id: string): InstanceId | undefined {
  const dot = id.indexOf('.')
  return dot < 1 ? undefined : { saga: id.slice(0, dot), key: id.slice(dot + 1) }
}

/**
 * Lets a parked instance go on: whoever leads sends the failed command again, with the same id, and
 * gives the instance its inbox. Any process may ask for it; it takes effect within the leader's poll.
 */
export async function resumeInstance(
  pool: Pool,
  id: string,
): Promise<'resuming' | 'not-parked' | 'unknown'> {
  const instance = parseInstanceId(id)
  if (instance === undefined) return 'unknown'
  const key = [instance.saga, instance.key]
  const { rowCount } = await pool.query(
    `UPDATE sagas.instances SET status = 'resuming'
     WHERE saga = $1 AND key = $2 AND status = 'parked'`,
    key,
  )
  if (rowCount === 1) return 'resuming'
  const known = await pool.query('SELECT FROM sagas.instances WHERE saga = $1 AND key = $2', key)
  return known.rowCount === 1 ? 'not-parked' : 'unknown'
}
