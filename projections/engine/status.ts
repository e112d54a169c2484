/** Where each read model stands, for operators. */

import type { Pool } from 'pg'
import { type Position, START } from '../../domain/kernel/position.ts'
import type { ReadModel } from '../read-model.ts'
import type { BuildStatus, Fault } from './registry.ts'

export type ReadModelStatus = Readonly<{
  name: string
  /** The version that serves reads; undefined before the first build has begun. */
  version: number | undefined
  declaredVersion: number
  /** `missing`: no build has begun. */
  status: BuildStatus | 'missing'
  /** Everything up to here has been seen. */
  position: Position
  /** How far behind the head of the log, in positions; zero: nothing is missing. */
  lag: bigint
  error: Fault | undefined
  updatedAt: Date | undefined
  /** The build on its way: beside the serving one, or the first one itself. */
  rebuild: RebuildStatus | undefined
}>

export type RebuildStatus = Readonly<{
  version: number
  status: BuildStatus
  position: Position
  target: Position | undefined
  events: bigint
  eventsPerSecond: number | undefined
  secondsLeft: number | undefined
  error: Fault | undefined
}>

type StatusRow = Readonly<{
  model: string
  version: number
  status: BuildStatus
  serving: boolean
  position: string
  target: string | null
  events: string
  events_per_second: number | null
  seconds_left: number | null
  error_position: string | null
  error_event: string | null
  error_message: string | null
  updated_at: Date
}>

/** One entry for each declared read model, in their order; `head` is the log's. */
export async function projectionStatus(
  pool: Pool,
  readModels: readonly ReadModel[],
  head: Position,
): Promise<readonly ReadModelStatus[]> {
  const { rows } = await pool.query<StatusRow>(
    `SELECT model, version, status, serving, position::text, target::text, events::text,
       events_per_second, seconds_left, error_position::text, error_event, error_message,
       updated_at
     FROM projections.build WHERE status <> 'retired'`,
  )
  return readModels.map(({ name, version }) => {
    const own = rows.filter(({ model }) => model === name)
    const serving = own.find((row) => row.serving)
    const candidate = own.find((row) => !row.serving)
    const rebuilt = candidate ?? (serving?.status === 'building' ? serving : undefined)
    const position = serving === undefined ? START : BigInt(serving.position)
    return {
      name,
      version: serving?.version,
      declaredVersion: version,
      status: serving?.status ?? 'missing',
      position,
      lag: head > position ? head - position : 0n,
      error: serving === undefined ? undefined : errorOf(serving),
      updatedAt: serving?.updated_at,
      rebuild: rebuilt === undefined ? undefined : rebuildOf(rebuilt),
    }
  })
}

function rebuildOf(row: StatusRow): RebuildStatus {
  return {
    version: row.version,
    status: row.status,
    position: BigInt(row.position),
    target: row.target === null ? undefined : BigInt(row.target),
    events: BigInt(row.events),
    eventsPerSecond: row.events_per_second ?? undefined,
    secondsLeft: row.seconds_left ?? undefined,
    error: errorOf(row),
  }
}

function errorOf({ error_position, error_event, error_message }: StatusRow): Fault | undefined {
  if (error_position === null) return undefined
  return {
    position: BigInt(error_position),
    eventId: error_event ?? '',
    message: error_message ?? '',
  }
}
