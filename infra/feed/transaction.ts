/** A transaction of the feed's leader, who may have lost the office without knowing. */

import type pg from 'pg'
import { inTransaction } from '../../projections/engine/transaction.ts'
import type { Fence } from '../postgres/leadership.ts'

/** Commits what the work did if it resolves and the term still lasts, and nothing otherwise. */
export function fenced<Result>(
  { pool, fence }: Readonly<{ pool: pg.Pool; fence: Fence }>,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, 'BEGIN', async (client) => {
    await fence(client)
    return await work(client)
  })
}

/** For what is found again after a crash of Postgres: no need to wait for the disk. */
export const DERIVED = 'SET LOCAL synchronous_commit = off'
