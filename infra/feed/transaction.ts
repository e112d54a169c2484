/** A transaction of the feed's leader, who may have lost the office without knowing. */

import type pg from 'pg'
import type { Fence } from '../postgres/leadership.ts'

/** Commits what the work did if it resolves and the term still lasts, and nothing otherwise. */
export async function fenced<Result>(
  { pool, fence }: Readonly<{ pool: pg.Pool; fence: Fence }>,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  let broken = true
  try {
    await client.query('BEGIN')
    await fence(client)
    const result = await work(client)
    await client.query('COMMIT')
    broken = false
    return result
  } catch (error) {
    broken = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    )
    throw error
  } finally {
    client.release(broken)
  }
}

/** For what is found again after a crash of Postgres: no need to wait for the disk. */
export const DERIVED = 'SET LOCAL synchronous_commit = off'
