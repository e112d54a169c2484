/** One transaction on a connection of its own. */

import type { Pool, PoolClient } from 'pg'

/** Commits what the work did if it resolves, and nothing if it rejects. */
export async function inTransaction<Result>(
  pool: Pool,
  begin: string,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  let broken = true
  try {
    await client.query(begin)
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

/**
 * Rows and their checkpoint reach the disk in the order of their commits, so a crash of Postgres may
 * only take both back together: no need to wait for the disk. Rows are found by their keys: reading
 * a whole table for a batch looks cheaper to the planner, but makes a build slower the longer it is.
 */
export const BEGIN_DERIVED = `BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL statement_timeout = 60000;
  SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off`

/** What Postgres says of values and shapes that it can't take, whenever it is asked. */
const REFUSALS: ReadonlySet<string> = new Set(['21', '22', '23', '42', '54'])

/** Whether an error is the data's or the declaration's, and not an outage that will pass. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true
  const code = codeOf(error)
  return code !== undefined && code.length === 5 && REFUSALS.has(code.slice(0, 2))
}

export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
