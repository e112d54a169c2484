/** The keys of the persons whose data is stored, in a schema of their own, with a bounded cache. */

import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import { PERSONAL_KEY_BYTES, type PersonalKeys } from '../event-store/personal-data.ts'

export type PersonalKeysOptions = Readonly<{
  pool: Pick<Pool, 'query'>
  maxCached?: number
  /** How long another process may still read a person that was forgotten. */
  maxAgeMs?: number
}>

type Entry = Readonly<{ subject: string; key: Buffer }>

/** Creates its schema if it is not there; safe for several processes at once. */
export async function createPersonalKeys({
  pool,
  maxCached = 10_000,
  maxAgeMs = 60_000,
}: PersonalKeysOptions): Promise<PersonalKeys> {
  await pool.query(SCHEMA)
  const cache = new LRUCache<string, Buffer>({ max: maxCached, ttl: maxAgeMs })

  const find = async (subjects: readonly string[]): Promise<readonly Entry[]> => {
    const { rows } = await pool.query<Entry>(FIND, [subjects])
    for (const { subject, key } of rows) cache.set(subject, key)
    return rows
  }

  const make = async (subject: string): Promise<Buffer> => {
    await pool.query(MAKE, [subject, randomBytes(PERSONAL_KEY_BYTES)])
    const [entry] = await find([subject])
    if (entry === undefined) throw new Error('a personal key was forgotten as it was made')
    return entry.key
  }

  return {
    keyFor: async (subject) =>
      cache.get(subject) ?? (await find([subject])).at(0)?.key ?? (await make(subject)),
    known: async (subjects) => {
      const known = new Map<string, Buffer>()
      const missing: string[] = []
      for (const subject of subjects) {
        const key = cache.get(subject)
        if (key === undefined) missing.push(subject)
        else known.set(subject, key)
      }
      if (missing.length === 0) return known
      for (const { subject, key } of await find(missing)) known.set(subject, key)
      return known
    },
    forget: async (subject) => {
      await pool.query('DELETE FROM vault.personal_key WHERE subject = $1', [subject])
      cache.delete(subject)
    },
  }
}

/** The lock lets several processes start at once: `IF NOT EXISTS` alone can collide. */
const SCHEMA = `
  BEGIN;
  SELECT pg_advisory_xact_lock(hashtext('tradeline.vault'));
  CREATE SCHEMA IF NOT EXISTS vault;
  CREATE TABLE IF NOT EXISTS vault.personal_key (
    subject text PRIMARY KEY,
    key bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  COMMIT`

const FIND = 'SELECT subject, key FROM vault.personal_key WHERE subject = ANY($1)'

/** Of two processes that make a key for the same person, the first one's stays. */
const MAKE = `INSERT INTO vault.personal_key (subject, key) VALUES ($1, $2)
  ON CONFLICT (subject) DO NOTHING`
