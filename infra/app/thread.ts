/**
 * Keeps the followers' thread running. Deciding and following share no state but what is in the event
 * store and Postgres, so that on two cores neither waits for the other's turn of an event loop.
 */

import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import type { Servers } from './servers.ts'

export type FollowersData = Readonly<{
  /** The folder that holds `domain` and its neighbours. */
  root: string
  servers: Servers
  logLevel: string
  processName: string
}>

export type ThreadMessage = Readonly<{ model: string; events: number; position: bigint }>

const PROGRAM = new URL('./followers-thread.ts', import.meta.url)
const FIRST_RETRY_MS = 200
const LAST_RETRY_MS = 10_000
const END_WITHIN_MS = 10_000

/** A thread that dies is started again, with growing pauses; `stop` lets it end in good order. */
export function startThread(
  data: FollowersData,
  logger: Logger,
  onMessage: (message: ThreadMessage) => void,
): Readonly<{ stop: () => Promise<void> }> {
  const stopping = new AbortController()
  const kept = keep(data, logger, onMessage, stopping.signal)
  return {
    stop: async () => {
      stopping.abort()
      await kept
    },
  }
}

async function keep(
  data: FollowersData,
  logger: Logger,
  onMessage: (message: ThreadMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = FIRST_RETRY_MS
  while (!signal.aborted) {
    const started = performance.now()
    const error = await runOnce(data, onMessage, signal)
    if (signal.aborted) return
    logger.error({ error }, 'the thread of the read models and the feed ended; it is started again')
    if (performance.now() - started > LAST_RETRY_MS) pauseMs = FIRST_RETRY_MS
    await delay(pauseMs, undefined, { signal }).catch(() => undefined)
    pauseMs = Math.min(pauseMs * 2, LAST_RETRY_MS)
  }
}

/** Resolves when the thread has ended, with what it failed of. */
async function runOnce(
  workerData: FollowersData,
  onMessage: (message: ThreadMessage) => void,
  signal: AbortSignal,
): Promise<unknown> {
  const worker = new Worker(PROGRAM, { workerData, name: 'followers' })
  worker.on('message', onMessage)
  let failure: unknown
  worker.on('error', (error) => {
    failure = error
  })
  const ended = once(worker, 'exit').catch(() => undefined)
  const end = () => {
    worker.postMessage('stop')
    const timer = setTimeout(() => void worker.terminate(), END_WITHIN_MS)
    void ended.then(() => clearTimeout(timer))
  }
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  await ended
  signal.removeEventListener('abort', end)
  return failure
}
