/** The registry: which builds of the read models there are, where each stands, which one serves. */

import type { ClientBase } from 'pg'
import type { Position } from '../../domain/kernel/position.ts'
import type { ReadModel } from '../read-model.ts'
import { fingerprintOf } from './declarations.ts'

export type Queryable = Pick<ClientBase, 'query'>

export type BuildStatus = 'building' | 'active' | 'stopped' | 'retired'

/** One build of one version of a read model, in a schema of its own. */
export type Build = Readonly<{
  id: string
  model: string
  version: number
  fingerprint: string
  tables: readonly string[]
  status: BuildStatus
  serving: boolean
  schema: string
  indexed: boolean
  position: Position
  events: bigint
}>

/** Why a build stopped. */
export type Fault = Readonly<{ position: Position; eventId: string; message: string }>

type BuildRow = Omit<Build, 'position' | 'events'> & Readonly<{ position: string; events: string }>

const COLUMNS = `id::text, model, version, fingerprint, tables, status, serving, schema, indexed,
  position::text, events::text`

function buildOf(row: BuildRow): Build {
  return { ...row, position: BigInt(row.position), events: BigInt(row.events) }
}

/** All builds that serve or may come to serve. */
export async function currentBuilds(client: Queryable): Promise<readonly Build[]> {
  const { rows } = await client.query<BuildRow>(
    `SELECT ${COLUMNS} FROM projections.build WHERE status <> 'retired' ORDER BY id`,
  )
  return rows.map(buildOf)
}

/** Whether a build is one of exactly this declaration. */
export function isBuildOf(build: Build, readModel: ReadModel): boolean {
  return (
    build.model === readModel.name &&
    build.version === readModel.version &&
    build.fingerprint === fingerprintOf(readModel)
  )
}

/** Registers a build that starts before the first event; undefined if one is on its way already. */
export async function insertBuild(
  client: Queryable,
  readModel: ReadModel,
  serving: boolean,
): Promise<Build | undefined> {
  const { rows } = await client.query<BuildRow>(
    `INSERT INTO projections.build (model, version, fingerprint, tables, status, serving, schema)
     VALUES ($1, $2, $3, $4, 'building', $5,
       'rm_' || $1 || '_' || $2::integer || '_' || nextval('projections.build_schema_seq'))
     ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [
      readModel.name,
      readModel.version,
      fingerprintOf(readModel),
      Object.keys(readModel.tables),
      serving,
    ],
  )
  return rows.map(buildOf)[0]
}

export type Checkpoint = Readonly<{ ids: readonly string[]; position: Position }>

/** Moves builds to a position; none goes back. */
export async function saveCheckpoint(
  client: Queryable,
  { ids, position }: Checkpoint,
): Promise<void> {
  await client.query(
    `UPDATE projections.build SET position = greatest(position, $2), updated_at = now()
     WHERE id = ANY ($1::bigint[])`,
    [ids, String(position)],
  )
}

export type Progress = Readonly<{
  target: Position
  /** Folded in this step. */
  events: number
  eventsPerSecond: number
  secondsLeft: number
}>

export async function saveProgress(
  client: Queryable,
  ids: readonly string[],
  progress: Progress,
): Promise<void> {
  await client.query(
    `UPDATE projections.build SET target = $2, events = events + $3,
       events_per_second = $4, seconds_left = $5
     WHERE id = ANY ($1::bigint[])`,
    [ids, String(progress.target), progress.events, progress.eventsPerSecond, progress.secondsLeft],
  )
}

export async function saveFault(client: Queryable, id: string, fault: Fault): Promise<void> {
  await client.query(
    `UPDATE projections.build SET status = 'stopped', updated_at = now(),
       error_position = $2, error_event = $3, error_message = $4
     WHERE id = $1`,
    [id, String(fault.position), fault.eventId, fault.message],
  )
}

/** Marks a build as done with; its schema is dropped later by `dropRetired`. */
export async function retire(client: Queryable, id: string): Promise<void> {
  await client.query(
    `UPDATE projections.build SET status = 'retired', serving = false, updated_at = now()
     WHERE id = $1`,
    [id],
  )
}

export async function activate(client: Queryable, id: string): Promise<void> {
  await client.query(
    `UPDATE projections.build SET status = 'active', serving = true, updated_at = now(),
       target = NULL, seconds_left = NULL
     WHERE id = $1`,
    [id],
  )
}

export async function markIndexed(client: Queryable, id: string): Promise<void> {
  await client.query('UPDATE projections.build SET indexed = true WHERE id = $1', [id])
}
