/** All instances of a saga, as the tables have them, a part at a time: the memory it takes is bounded. */

import { createHash } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import type { Position } from '../../domain/kernel/position.ts'
import type { Saga } from '../saga.ts'
import type { Parked, Status } from './instances.ts'
import { firstWaiting } from './queries.ts'
import type { Timers } from './react.ts'
import type { Checkpoint } from './tables.ts'
import { inTransaction, loadCheckpoints } from './tables.ts'

export type StoredInstance = Readonly<{
  status: Status
  state: unknown
  timers: Timers
  parked: Parked | undefined
}>

/** A part of a saga's instances and how far they have come, all at one moment. */
export type Part = Readonly<{
  checkpoint: Checkpoint
  rows: ReadonlyMap<string, StoredInstance>
  /** The last position that any of them has seen. */
  upTo: Position
  /** Whether an instance of this part has had the event at a position. */
  counts: (key: string, position: Position) => boolean
}>

/** Into how many parts a saga's instances fall, so that each has at most about so many. */
export async function partsOf(pool: Pool, saga: Saga, maxInstances: number): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'SELECT count(*)::integer AS count FROM sagas.instances WHERE saga = $1',
    [saga.name],
  )
  return Math.max(1, Math.ceil((rows[0]?.count ?? 0) / maxInstances))
}

/** Undefined for a saga that never ran. */
export function loadPart(
  pool: Pool,
  saga: Saga,
  part: number,
  parts: number,
): Promise<Part | undefined> {
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
    const [checkpoint] = await loadCheckpoints(client, [saga])
    if (checkpoint === undefined) return undefined
    const rows = await rowsOf(client, saga, part, parts)
    const firstMissing = await firstWaiting(client, saga.name)
    const { position, cursor } = checkpoint
    const upTo = cursor !== undefined && cursor.position > position ? cursor.position : position
    const seen = (key: string, at: Position) =>
      at <= position || (cursor !== undefined && at === cursor.position && key <= cursor.key)
    const counts = (key: string, at: Position) =>
      partOf(key, parts) === part && seen(key, at) && at < (firstMissing.get(key) ?? at + 1n)
    return { checkpoint, rows, upTo, counts }
  })
}

type Row = {
  key: string
  status: Status
  state: unknown
  timers: Timers
  parked: Parked | null
}

async function rowsOf(client: PoolClient, saga: Saga, part: number, parts: number) {
  const { rows } = await client.query<Row>(
    `SELECT key, status, state, timers, parked FROM sagas.instances
     WHERE saga = $1 AND ${PART_OF} = $3`,
    [saga.name, parts, part],
  )
  return new Map(
    rows.map(({ key, status, state, timers, parked }) => [
      key,
      { status, state: state ?? undefined, timers, parked: parked ?? undefined },
    ]),
  )
}

/** The same in SQL as `partOf`: the first 8 hex digits of the key's MD5, modulo the parts. */
const PART_OF = `('x' || substr(md5(key), 1, 8))::bit(32)::bigint % $2`

function partOf(key: string, parts: number): number {
  if (parts === 1) return 0
  return createHash('md5').update(key).digest().readUInt32BE(0) % parts
}
