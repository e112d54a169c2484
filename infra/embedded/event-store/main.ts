/**
 * The event store node as a process of its own.
 *
 * Environment: `DATABASE_URL`, `EVENT_STORE_PORT`, `EVENT_STORE_HOST` (127.0.0.1). Stops on SIGTERM,
 * and when the parent that started it with IPC is gone; that parent hears when it is ready.
 */
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js'
import { pino } from 'pino'
import { z } from 'zod'
import { StartError } from '../start-error.ts'
import { startEventStoreNode } from './node.ts'

const Environment = z.object({
  DATABASE_URL: z.string().min(1),
  EVENT_STORE_PORT: z.coerce.number().int().min(0).max(65_535),
  EVENT_STORE_HOST: z.string().min(1).default('127.0.0.1'),
})

const stopSignals = ['SIGTERM', 'SIGINT', 'disconnect'] as const

setLogVerbosity(logVerbosity.NONE) // what there is to say we say ourselves

try {
  await run()
} catch (error) {
  console.error(error instanceof StartError ? error.message : error)
  process.exit(1)
}

async function run(): Promise<void> {
  const environment = Environment.safeParse(process.env)
  if (!environment.success) throw new StartError(z.prettifyError(environment.error))
  const { DATABASE_URL: databaseUrl, EVENT_STORE_PORT, EVENT_STORE_HOST: host } = environment.data
  const logger = pino({ name: 'event-store' })
  const node = await startEventStoreNode({ databaseUrl, port: EVENT_STORE_PORT, host, logger })
  logger.info({ host, port: node.port }, 'event store: ready')
  process.send?.({ ready: true, port: node.port })

  const stop = async () => {
    for (const signal of stopSignals) process.removeAllListeners(signal)
    await node.stop()
    process.exit(0)
  }
  for (const signal of stopSignals) process.once(signal, stop)
}
