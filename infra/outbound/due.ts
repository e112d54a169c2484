/** Which outbound requests are due, from their read model. */

import type pg from 'pg'
import { codeOf } from '../embedded/start-error.ts'
import type { OutboundRequest } from './executors.ts'

export type Due = OutboundRequest &
  Readonly<{
    /** Of this asking: another when it is asked again. */
    key: string
    causedBy: string
    correlationId: string
    position: bigint
  }>

/** Requests of one kind for one counterparty. */
export type Lane = Readonly<{ kind: string; counterparty: string }>

type Wanted = Lane & Readonly<{ now: Date; without: readonly string[]; most: number }>

const DUE = `
  select request_id as "requestId", kind, subject_id as "subjectId", counterparty, data, attempt,
    request_id || '@' || position as key, caused_by as "causedBy", correlation_id as "correlationId", position
  from read.outbound_requests
  where kind = $1 and counterparty = $2 and due_at <= $3 and request_id || '@' || position <> all($4)
  order by due_at limit $5`

const NOT_BUILT_YET = '42P01'

/** The oldest first. None while the read model is not built yet. */
export async function dueRequests(
  pool: pg.Pool,
  { kind, counterparty, now, without, most }: Wanted,
): Promise<readonly Due[]> {
  try {
    const { rows } = await pool.query(DUE, [kind, counterparty, now, without, most])
    return rows.map((row) => ({ ...row, position: BigInt(row.position) }))
  } catch (error) {
    if (codeOf(error) === NOT_BUILT_YET) return []
    throw error
  }
}
