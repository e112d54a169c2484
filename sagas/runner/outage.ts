/** Waits out what is away, saying so once when it goes and once when it is back. */

import type { Clock, Logger } from './ports.ts'
import { isUnavailable } from './ports.ts'

/** The runner has been told to stop, or has failed: whatever still runs gives up quietly. */
export class Stopped extends Error {
  constructor() {
    super('the saga runner has stopped')
    this.name = 'Stopped'
  }
}

export type Outage = Readonly<{
  /** Does the work until it does not fail for want of the outside world; throws `Stopped` when told. */
  outlast: <Result>(work: () => Promise<Result>) => Promise<Result>
  /** Why work waits at present. */
  reason: () => string | undefined
}>

type Options = Readonly<{
  /** What is waited for: part of the log line. */
  what: string
  clock: Clock
  logger: Logger
  signal: AbortSignal
}>

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000

export function watchOutage({ what, clock, logger, signal }: Options): Outage {
  let reason: string | undefined
  let waiting = 0

  function went(error: unknown): void {
    waiting += 1
    if (reason !== undefined) return
    reason = error instanceof Error ? error.message : String(error)
    logger.warn({ reason }, `sagas wait: ${what} not available`)
  }

  /** It is back when nobody waits for it any more. */
  function cameBack(): void {
    waiting -= 1
    if (waiting > 0) return
    reason = undefined
    logger.info({}, `sagas go on: ${what} available again`)
  }

  async function outlast<Result>(work: () => Promise<Result>): Promise<Result> {
    let hasFailed = false
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      if (signal.aborted) throw new Stopped()
      try {
        const result = await work()
        if (hasFailed) cameBack()
        return result
      } catch (error) {
        if (signal.aborted) throw new Stopped()
        if (!isUnavailable(error)) {
          if (hasFailed) cameBack()
          throw error
        }
        if (!hasFailed) went(error)
        hasFailed = true
        await clock.sleep(waitMs, signal)
      }
    }
  }

  return { outlast, reason: () => reason }
}
