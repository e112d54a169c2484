/** Runs a stack in a process of its own, for tests that kill such a process. Argument: options. */

import { startStack } from '../../infra/embedded/stack.ts'
import { createLogger } from '../../infra/logger.ts'

const starting = new AbortController()
let stopAll = async () => starting.abort(new Error('stopped before all was up'))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stopAll())

try {
  const options = JSON.parse(process.argv[2] ?? '{}')
  const logger = createLogger({ level: 'info' })
  const stack = await startStack({ ...options, logger, signal: starting.signal })
  stopAll = async () => {
    await stack.stop()
    process.exit(0)
  }
  const { databaseUrl, natsUrl } = stack
  process.send?.({ databaseUrl, natsUrl, pids: stack.pids() })
} catch (error) {
  process.send?.({ error: error instanceof Error ? `${error.name}: ${error.message}` : '' })
  process.exitCode = 1
  process.disconnect?.()
}
