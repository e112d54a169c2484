/** The engine's own tables in Postgres. */

import type { Pool } from 'pg'
import { READ_SCHEMA } from './sql.ts'

/** Keeps processes that start at once from making the same tables at once. */
const MIGRATION_LOCK = 7_310_034

/**
 * Makes the registry and the schema of the views, unless they are there. Any process may call it at
 * any time; every process that reads read models calls it when it starts.
 */
export async function migrateProjections(pool: Pool): Promise<void> {
  await pool.query(MIGRATION) // one message, so one transaction
}

const MIGRATION = `
SELECT pg_advisory_xact_lock(${MIGRATION_LOCK});
CREATE SCHEMA IF NOT EXISTS ${READ_SCHEMA};
CREATE SCHEMA IF NOT EXISTS projections;
CREATE TABLE IF NOT EXISTS projections.build (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  model text NOT NULL,
  version integer NOT NULL,
  fingerprint text NOT NULL,
  tables text[] NOT NULL,
  status text NOT NULL CHECK (status IN ('building', 'active', 'stopped', 'retired')),
  serving boolean NOT NULL, -- its schema is behind the views
  schema text, -- null once dropped
  indexed boolean NOT NULL DEFAULT false,
  position bigint NOT NULL DEFAULT -1,
  target bigint, -- the head of the log that a build is on its way to
  events bigint NOT NULL DEFAULT 0, -- folded by the build so far
  events_per_second real,
  seconds_left real,
  error_position bigint,
  error_event text,
  error_message text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
CREATE SEQUENCE IF NOT EXISTS projections.build_schema_seq OWNED BY projections.build.schema;
CREATE UNIQUE INDEX IF NOT EXISTS build_serving
  ON projections.build (model) WHERE serving;
CREATE UNIQUE INDEX IF NOT EXISTS build_candidate
  ON projections.build (model) WHERE NOT serving AND status <> 'retired';
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
`
