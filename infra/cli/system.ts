/** The whole system of one process, from its first start to its orderly end. */

import type { Logger } from 'pino'
import { type App, startApp } from '../app/app.ts'
import type { Config } from '../config.ts'
import { type Declarations, discover, ROOT } from '../discover.ts'
import { startStack } from '../embedded/stack.ts'
import { createLogger } from '../logger.ts'

export type System = Readonly<{
  app: App
  addresses: readonly string[]
  declarations: Declarations
  logger: Logger
}>

const END_WITHIN_MS = 20_000

/** Starts all, does the work, ends all. A signal ends the work; a second one ends at once. */
export async function runSystem(
  config: Config,
  work: (system: System, ended: Promise<void>) => Promise<void>,
): Promise<void> {
  const signal = untilSignal()
  const logger = createLogger({ level: config.logLevel })
  const declarations = await discover(ROOT)
  const ending: (() => Promise<void>)[] = []
  try {
    const stack = await startStack({
      dataDir: config.dataDir,
      ports: config.ports,
      urls: config.urls,
      logger,
      signal,
    })
    ending.push(stack.stop)
    for (const missing of stack.missing) logger.warn({}, missing)
    const app = await Promise.race([
      startApp(config, stack, declarations, logger),
      aborted(signal).then(() => signal.throwIfAborted()),
    ])
    if (app === undefined) return
    ending.push(app.stop)
    const addresses = addressesOf(config, app)
    await Promise.race([
      work({ app, addresses, declarations, logger }, aborted(signal)),
      aborted(signal),
    ])
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await endAll(ending, logger)
    // A start that was cut short may have left something open that would keep the process alive.
    if (signal.aborted) process.exit()
  }
}

function addressesOf({ host }: Config, { ports }: App): readonly string[] {
  return Object.entries(ports).map(([service, port]) => `${service} http://${host}:${port}`)
}

function untilSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1)
      controller.abort()
    })
  }
  return controller.signal
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** In the opposite order of starting; what fails or hangs holds up nothing else for long. */
async function endAll(ending: (() => Promise<void>)[], logger: Logger): Promise<void> {
  const timer = setTimeout(() => process.exit(1), END_WITHIN_MS)
  for (const end of ending.reverse()) {
    try {
      await end()
    } catch (error) {
      logger.error({ error }, 'a part did not end well')
    }
  }
  clearTimeout(timer)
}
