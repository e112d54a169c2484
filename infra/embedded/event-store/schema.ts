/** The tables of the event log: a storage format. */
import type { Client } from 'pg'
import { StartError } from '../start-error.ts'

const FORMAT = 1

const CREATE = `
  CREATE SCHEMA IF NOT EXISTS event_store;
  CREATE TABLE IF NOT EXISTS event_store.log (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    format integer NOT NULL,
    reserved_position bigint NOT NULL DEFAULT 0 -- given to an append of no events
  );
  INSERT INTO event_store.log (format) VALUES (${FORMAT}) ON CONFLICT DO NOTHING;
  CREATE TABLE IF NOT EXISTS event_store.event (
    position bigint PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    id uuid NOT NULL,
    type text COLLATE "C" NOT NULL,
    is_json boolean NOT NULL,
    created_ms bigint NOT NULL,
    metadata bytea NOT NULL,
    data bytea NOT NULL,
    UNIQUE (stream, revision)
  );
  CREATE INDEX IF NOT EXISTS event_id ON event_store.event (id);
`

/** Makes the tables where they are missing; refuses those of another format. */
export async function prepareSchema(client: Client): Promise<void> {
  await client.query(CREATE)
  const { rows } = await client.query<{ format: number }>('SELECT format FROM event_store.log')
  const found = rows[0]?.format
  if (found === FORMAT) return
  throw new StartError(`The event log has format ${found}; this program knows format ${FORMAT}.`)
}

/** The last position that was given away, to an event or to an append of none. */
export async function lastPosition(client: Client): Promise<bigint> {
  const { rows } = await client.query<{ last: string }>(
    `SELECT greatest(reserved_position, (SELECT max(position) FROM event_store.event)) AS last
       FROM event_store.log`,
  )
  return BigInt(rows[0]?.last ?? 0)
}
