/** The runner's tables, and the one place that writes what a commit changes. */

import type { Pool, PoolClient } from 'pg'
import type { Position } from '../../domain/kernel/position.ts'
import type { Saga } from '../saga.ts'
import type { Changes, InboxRow, RowChange, TimerRow } from './changes.ts'
import { isGone, timersCleared, timersSet } from './changes.ts'
import type { Cursor, InstanceId } from './instances.ts'
import type { Fence } from './ports.ts'
import type { SetTimer, Timers } from './react.ts'

const TABLES = `
  SELECT pg_advisory_xact_lock(hashtext('tradeline.sagas'));
  CREATE SCHEMA IF NOT EXISTS sagas;
  CREATE TABLE IF NOT EXISTS sagas.checkpoints (
    saga text PRIMARY KEY,
    version integer NOT NULL,
    since bigint NOT NULL,
    position bigint NOT NULL,
    broadcast_position bigint,
    broadcast_key text
  );
  CREATE TABLE IF NOT EXISTS sagas.instances (
    saga text NOT NULL,
    key text COLLATE "C" NOT NULL,
    status text NOT NULL,
    state json,
    timers json NOT NULL,
    parked json,
    overflow_after bigint,
    PRIMARY KEY (saga, key)
  ) WITH (fillfactor = 70);
  CREATE INDEX IF NOT EXISTS instances_not_live
    ON sagas.instances (saga, key) WHERE status <> 'live';
  CREATE TABLE IF NOT EXISTS sagas.inbox (
    saga text NOT NULL,
    key text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    read_after bigint NOT NULL,
    PRIMARY KEY (saga, key, position)
  );
  CREATE TABLE IF NOT EXISTS sagas.timers (
    saga text NOT NULL,
    key text COLLATE "C" NOT NULL,
    name text NOT NULL,
    due_at timestamptz NOT NULL,
    try_at timestamptz NOT NULL,
    causation_id text NOT NULL,
    correlation_id text NOT NULL,
    PRIMARY KEY (saga, key, name)
  );
  CREATE INDEX IF NOT EXISTS timers_to_try ON sagas.timers (try_at);`

/** Makes the tables if they are not there. */
export async function prepareTables(pool: Pool): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(TABLES)
  })
}

/** One transaction; a broken connection is not given back to the pool. */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  const ignore = () => undefined // the query under way fails and says so
  client.on('error', ignore)
  let broken = false
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.off('error', ignore)
    client.release(broken)
  }
}

export function fenced<Result>(
  pool: Pool,
  fence: Fence,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, async (client) => {
    await fence(client, 'writes')
    return work(client)
  })
}

/**
 * Reads states as they are while nobody else leads: a leader that was overtaken would react to old events
 * on the states of its successor, and ask for other things under the same command ids.
 */
export function readFenced<Result>(
  pool: Pool,
  fence: Fence,
  read: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, async (client) => {
    await fence(client, 'reads')
    return read(client)
  })
}

export type Checkpoint = Readonly<{
  saga: string
  version: number
  since: Position
  position: Position
  cursor: Cursor | undefined
}>

type CheckpointRow = {
  saga: string
  version: number
  since: string
  position: string
  broadcast_position: string | null
  broadcast_key: string | null
}

/** The checkpoints of the sagas that have run before. */
export async function loadCheckpoints(
  client: Pick<PoolClient, 'query'>,
  sagas: readonly Saga[],
): Promise<readonly Checkpoint[]> {
  const { rows } = await client.query<CheckpointRow>(
    `SELECT saga, version, since::text, position::text, broadcast_position::text, broadcast_key
     FROM sagas.checkpoints WHERE saga = ANY($1::text[])`,
    [sagas.map(({ name }) => name)],
  )
  return rows.map(({ saga, version, since, position, ...row }) => ({
    saga,
    version,
    since: BigInt(since),
    position: BigInt(position),
    cursor:
      row.broadcast_position === null
        ? undefined
        : { saga, position: BigInt(row.broadcast_position), key: row.broadcast_key ?? '' },
  }))
}

export async function insertCheckpoint(
  client: PoolClient,
  { name, version }: Saga,
  since: Position,
): Promise<void> {
  await client.query(
    `INSERT INTO sagas.checkpoints (saga, version, since, position) VALUES ($1, $2, $3, $3)`,
    [name, version, String(since)],
  )
}

/** Writes all of a commit, with a statement for each kind of change, however many there are. */
export async function writeChanges(
  client: PoolClient,
  sagas: readonly string[],
  changes: Changes,
): Promise<void> {
  await writeRows(client, changes.rows)
  await writeTimers(client, timersCleared(changes.rows), timersSet(changes.rows))
  await addToInbox(client, changes.inboxAdded)
  await takeFromInbox(client, changes.inboxTaken)
  await markOverflows(client, changes.overflows)
  for (const cursor of changes.cursors.slice(-1)) await moveCursor(client, cursor)
  if (changes.checkpoint !== undefined) await moveCheckpoint(client, sagas, changes.checkpoint)
}

export async function writeRows(client: PoolClient, rows: readonly RowChange[]): Promise<void> {
  const gone = rows.filter(isGone)
  const kept = rows.filter((row) => !isGone(row))
  if (gone.length > 0) {
    await client.query({
      name: 'sagas-delete-instances',
      text: `DELETE FROM sagas.instances USING unnest($1::text[], $2::text[]) AS gone (saga, key)
        WHERE instances.saga = gone.saga AND instances.key = gone.key`,
      values: idColumns(gone),
    })
  }
  if (kept.length > 0) {
    await client.query({
      name: 'sagas-write-instances',
      text: `INSERT INTO sagas.instances (saga, key, status, state, timers, parked)
        SELECT saga, key, status, state::json, timers::json, parked::json
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
          AS kept (saga, key, status, state, timers, parked)
        ON CONFLICT (saga, key) DO UPDATE SET status = excluded.status, state = excluded.state,
          timers = excluded.timers, parked = excluded.parked`,
      values: [
        ...idColumns(kept),
        kept.map(({ status }) => status),
        kept.map(({ to }) => to.json ?? null),
        kept.map(({ to }) => timersJson(to.timers)),
        kept.map(({ parked }) => (parked === undefined ? null : JSON.stringify(parked))),
      ],
    })
  }
}

function timersJson(timers: Timers): string {
  return JSON.stringify(timers)
}

function idColumns(rows: readonly InstanceId[]): [string[], string[]] {
  return [rows.map(({ saga }) => saga), rows.map(({ key }) => key)]
}

export async function writeTimers(
  client: PoolClient,
  cleared: readonly TimerRow[],
  set: readonly (TimerRow & SetTimer)[],
): Promise<void> {
  if (cleared.length > 0) {
    await client.query({
      name: 'sagas-clear-timers',
      text: `DELETE FROM sagas.timers
        USING unnest($1::text[], $2::text[], $3::text[]) AS cleared (saga, key, name)
        WHERE timers.saga = cleared.saga AND timers.key = cleared.key
          AND timers.name = cleared.name`,
      values: [...idColumns(cleared), cleared.map(({ name }) => name)],
    })
  }
  if (set.length > 0) {
    await client.query({
      name: 'sagas-set-timers',
      text: `INSERT INTO sagas.timers (saga, key, name, due_at, try_at, causation_id, correlation_id)
        SELECT saga, key, name, at, at, causation_id, correlation_id
        FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[])
          AS set (saga, key, name, at, causation_id, correlation_id)
        ON CONFLICT (saga, key, name) DO UPDATE SET due_at = excluded.due_at,
          try_at = excluded.try_at, causation_id = excluded.causation_id,
          correlation_id = excluded.correlation_id`,
      values: [
        ...idColumns(set),
        set.map(({ name }) => name),
        set.map(({ at }) => at),
        set.map(({ causationId }) => causationId),
        set.map(({ correlationId }) => correlationId),
      ],
    })
  }
}

export async function addToInbox(client: PoolClient, rows: readonly InboxRow[]): Promise<void> {
  if (rows.length === 0) return
  await client.query({
    name: 'sagas-add-to-inbox',
    text: `INSERT INTO sagas.inbox (saga, key, position, read_after)
      SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
      ON CONFLICT DO NOTHING`,
    values: [
      ...idColumns(rows),
      rows.map(({ position }) => String(position)),
      rows.map(({ after }) => String(after)),
    ],
  })
}

async function takeFromInbox(client: PoolClient, rows: readonly InboxRow[]): Promise<void> {
  if (rows.length === 0) return
  await client.query({
    name: 'sagas-take-from-inbox',
    text: `DELETE FROM sagas.inbox
      USING unnest($1::text[], $2::text[], $3::bigint[]) AS taken (saga, key, position)
      WHERE inbox.saga = taken.saga AND inbox.key = taken.key AND inbox.position = taken.position`,
    values: [...idColumns(rows), rows.map(({ position }) => String(position))],
  })
}

/** Only the first event that found the inbox full counts. */
async function markOverflows(client: PoolClient, rows: Changes['overflows']): Promise<void> {
  if (rows.length === 0) return
  await client.query(
    `UPDATE sagas.instances SET overflow_after = first.after
     FROM (SELECT saga, key, min(after) AS after
           FROM unnest($1::text[], $2::text[], $3::bigint[]) AS full_box (saga, key, after)
           GROUP BY saga, key) AS first
     WHERE instances.saga = first.saga AND instances.key = first.key
       AND instances.overflow_after IS NULL`,
    [...idColumns(rows), rows.map(({ after }) => String(after))],
  )
}

async function moveCursor(client: PoolClient, { saga, position, key }: Cursor): Promise<void> {
  await client.query(
    `UPDATE sagas.checkpoints SET broadcast_position = $2, broadcast_key = $3 WHERE saga = $1`,
    [saga, String(position), key],
  )
}

/** A saga that is ahead (another one is catching up) stays where it is. */
async function moveCheckpoint(
  client: PoolClient,
  sagas: readonly string[],
  position: Position,
): Promise<void> {
  await client.query({
    name: 'sagas-move-checkpoint',
    text: `UPDATE sagas.checkpoints SET position = $2,
        broadcast_position = CASE WHEN broadcast_position > $2 THEN broadcast_position END,
        broadcast_key = CASE WHEN broadcast_position > $2 THEN broadcast_key END
      WHERE saga = ANY($1::text[]) AND position < $2`,
    values: [sagas, String(position)],
  })
}
