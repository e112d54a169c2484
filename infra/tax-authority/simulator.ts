/**
 * The simulated tax authority as a program of its own:
 *
 *   DATABASE_URL=postgres://… node infra/tax-authority/simulator.ts --port 9090 --lost 0.2
 */

import { Command } from 'commander'
import { createLogger } from '../logger.ts'
import { createPool } from '../postgres/pool.ts'
import { startTaxAuthority } from './server.ts'

type Options = Readonly<Record<'port' | 'seed' | 'away' | 'lost' | 'silent' | 'most', string>>

const MOST_CONNECTIONS = 8
const STATEMENT_MS = 5_000

async function main(): Promise<void> {
  const program = new Command('simulator')
    .description('play a tax authority; its numbers are kept in the Postgres of DATABASE_URL')
    .option('--port <port>', 'on the loopback; 0 takes any free one', '9090')
    .option('--seed <number>', 'the same seed misbehaves the same', '1')
    .option('--away <share>', 'how much of what it is asked it answers with 503', '0')
    .option('--lost <share>', 'how often it gives a number and breaks the connection', '0')
    .option('--silent <share>', 'how often it gives a number and never answers', '0')
    .option('--most <times>', 'how often at most it misbehaves over one document', '3')
    .parse()
  const { port, seed, away, lost, silent, most } = program.opts<Options>()
  const { DATABASE_URL: databaseUrl } = process.env
  if (databaseUrl === undefined) return program.error('DATABASE_URL must name a Postgres.')
  const pool = createPool(databaseUrl, {
    ...{ max: MOST_CONNECTIONS, statementTimeoutMs: STATEMENT_MS },
    ...{ applicationName: 'tax authority', log: createLogger({ level: 'info' }) },
  })
  const misbehaviour = {
    ...{ seed: Number(seed), away: Number(away), lost: Number(lost), silent: Number(silent) },
    most: Number(most),
  }
  const { url, stop } = await startTaxAuthority({ pool, port: Number(port), misbehaviour })
  process.stdout.write(`TAX_AUTHORITY_URL=${url}\n`)
  const end = async () => {
    await stop()
    await pool.end()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end())
}

if (import.meta.main) await main()
