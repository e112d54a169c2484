/**
 * The feed's tables. Unlike a read model they are never built again: the numbers in them are a
 * promise to whoever has heard them.
 */

import type pg from 'pg'

const TABLES = `
  SELECT pg_advisory_xact_lock(hashtext('tradeline.feed'));
  CREATE SCHEMA IF NOT EXISTS feed;
  CREATE TABLE IF NOT EXISTS feed.messages (
    sequence bigint PRIMARY KEY CHECK (sequence > 0),
    event_id text NOT NULL UNIQUE,
    position bigint NOT NULL,
    subject text NOT NULL,
    about text NOT NULL, -- the CloudEvents subject
    booked_on date NOT NULL,
    cloud_event text NOT NULL -- as it is sent, to the byte
  );
  CREATE INDEX IF NOT EXISTS messages_closing_a_day ON feed.messages (about)
    WHERE subject = 'tradeline.v1.books.business-day-closed';
  CREATE TABLE IF NOT EXISTS feed.outbox (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    position bigint NOT NULL DEFAULT -1, -- everything up to here is translated
    last_sequence bigint NOT NULL DEFAULT 0,
    error_position bigint,
    error_message text
  );
  CREATE TABLE IF NOT EXISTS feed.publisher (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    published_sequence bigint NOT NULL DEFAULT 0, -- may lag behind what the stream holds
    connected boolean NOT NULL DEFAULT false,
    reason text, -- why it waits
    reported_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE IF NOT EXISTS feed.days (
    date date PRIMARY KEY,
    count integer NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence bigint NOT NULL,
    sums jsonb NOT NULL,
    hash text NOT NULL
  );
  INSERT INTO feed.outbox DEFAULT VALUES ON CONFLICT DO NOTHING;
  INSERT INTO feed.publisher DEFAULT VALUES ON CONFLICT DO NOTHING;`

/** Makes the tables unless they are there; any process may, at any time. */
export async function prepareFeed(pool: Pick<pg.Pool, 'query'>): Promise<void> {
  await pool.query(TABLES) // one message, so one transaction
}
