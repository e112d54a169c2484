/** The business day that reads stand on. */

import { Problem } from '../http/problem.ts'
import type { ReadDatabase } from './database.ts'

/** The open business day. Throws a 503 problem while the books were never opened. */
export async function today(db: ReadDatabase): Promise<string> {
  const day = await db
    .selectFrom('business_days')
    .select('date')
    .where('status', '=', 'open')
    .orderBy('date', 'desc')
    .executeTakeFirst()
  if (day === undefined) {
    throw new Problem(503, 'unavailable', 'No business day is open yet.', {
      headers: { 'retry-after': '1' },
    })
  }
  return day.date
}
