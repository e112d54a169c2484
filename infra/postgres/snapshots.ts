/** Snapshots of streams in Postgres: a cache that may be emptied at any time. */

import type pg from 'pg'
import type { Snapshot, SnapshotStore } from '../../commands/handler/ports.ts'
import { decodeState, STATE_CODEC_VERSION, stateEncoder } from './state-codec.ts'

const MOST_BYTES = 64 * 1024 * 1024

const SCHEMA = `
  create schema if not exists write_side;
  create table if not exists write_side.snapshots (
    stream text primary key,
    state_version integer not null,
    codec_version integer not null,
    revision bigint not null,
    position bigint not null,
    event_id text not null,
    state text not null
  );
  alter table write_side.snapshots add column if not exists codec_version integer not null default 1`

type Row = Readonly<{
  revision: bigint
  position: bigint
  event_id: string
  state: string
}>

export type KeptSnapshots = SnapshotStore &
  Readonly<{
    /** The streams whose snapshots stand at the highest revisions, those first; at most so many. */
    longest: (most: number) => Promise<readonly string[]>
  }>

/** Makes the table if it is not there. */
export async function createSnapshotStore(pool: pg.Pool): Promise<KeptSnapshots> {
  await onlyOnce(pool, SCHEMA)
  const kept = await streamsKept(pool)
  const encodeState = stateEncoder()
  return {
    async load(stream, stateVersion) {
      if (!kept.has(stream)) return undefined
      const { rows } = await pool.query<Row>(
        `select revision, position, event_id, state from write_side.snapshots
         where stream = $1 and state_version = $2 and codec_version = $3`,
        [stream, stateVersion, STATE_CODEC_VERSION],
      )
      const [row] = rows
      return row === undefined ? undefined : snapshotOf(row)
    },
    async save(stream, stateVersion, { revision, position, eventId, state }) {
      const text = encodeState(state)
      if (text.length > MOST_BYTES) throw new Error(`the state of ${stream} is too large to keep`)
      await pool.query(
        `insert into write_side.snapshots
           (stream, state_version, codec_version, revision, position, event_id, state)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (stream) do update set
           (state_version, codec_version, revision, position, event_id, state) =
           (excluded.state_version, excluded.codec_version, excluded.revision, excluded.position,
            excluded.event_id, excluded.state)`,
        [
          stream,
          stateVersion,
          STATE_CODEC_VERSION,
          String(revision),
          String(position),
          eventId,
          text,
        ],
      )
      kept.add(stream)
    },
    async longest(most) {
      const { rows } = await pool.query<{ stream: string }>(
        `select stream from write_side.snapshots
         where codec_version = $1 order by revision desc limit $2`,
        [STATE_CODEC_VERSION, most],
      )
      return rows.map(({ stream }) => stream)
    },
  }
}

const MOST_STREAMS = 100_000

/**
 * The streams with a snapshot when the process starts. Only long streams have one: that most have none
 * is then known without asking. A snapshot that another process makes later is not missed for good.
 */
async function streamsKept(pool: pg.Pool): Promise<Set<string>> {
  const { rows } = await pool.query<{ stream: string }>(
    'select stream from write_side.snapshots limit $1',
    [MOST_STREAMS],
  )
  return new Set(rows.map(({ stream }) => stream))
}

function snapshotOf({ revision, position, event_id, state }: Row): Snapshot {
  return {
    revision: BigInt(revision),
    position: BigInt(position),
    eventId: event_id,
    state: decodeState(state),
  }
}

/** Several processes may start at once: `if not exists` alone does not keep them apart. */
async function onlyOnce(pool: pg.Pool, statements: string): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtext('tradeline.write_side'))`)
    await client.query(statements)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}
