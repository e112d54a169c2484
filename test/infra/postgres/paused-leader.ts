/** A leader that writes when it is told to, whatever it has missed meanwhile. */

import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { lead } from '../../../infra/postgres/leadership.ts'
import { createPool } from '../../../infra/postgres/pool.ts'

const url = process.env.LEADER_URL
if (url === undefined) throw new Error('LEADER_URL says where')
const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
const pool = createPool(url, {
  max: 1,
  statementTimeoutMs: 10_000,
  applicationName: 'paused leader',
  log,
})
const commands = createInterface({ input: process.stdin })

lead({
  url,
  name: 'runner',
  log,
  timing: { heartbeatMs: 50 },
  onLead: async (fence) => {
    console.log('leading')
    await once(commands, 'line')
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      await client.query(`INSERT INTO fact VALUES ('by the paused one')`)
      await fence(client)
      await client.query('COMMIT')
      console.log('written')
    } catch (error) {
      console.log(error instanceof Error ? error.name : error)
      await client.query('ROLLBACK')
    } finally {
      client.release()
    }
  },
})
