/** Whether NATS takes what the feed has to say, as the feed's leader reported it last. */

import type pg from 'pg'
import type { Check } from './readiness.ts'

type Row = Readonly<{ connected: boolean; reason: string | null }>

/** Nothing else waits for NATS, so the process can work without it. */
export function natsCheck(pool: pg.Pool, missing: readonly string[]): Check {
  return {
    optional: true,
    async ask() {
      if (missing.length > 0) return missing.join(' ')
      const { rows } = await pool.query<Row>('select connected, reason from feed.publisher')
      const [report] = rows
      if (report?.connected === true) return undefined
      return report?.reason ?? 'not connected yet'
    },
  }
}
