/** Fires the timers that are due: each becomes an event, which comes back through the log. */

import type { Pool } from 'pg'
import { START } from '../../domain/kernel/position.ts'
import type { Saga } from '../saga.ts'
import type { Outage } from './outage.ts'
import type { Clock, Fence, Logger } from './ports.ts'
import type { WaitingTimer } from './queries.ts'
import { nextTimers } from './queries.ts'
import { firingIdOf } from './react.ts'
import type { Failure, Send } from './send.ts'
import { fenced } from './tables.ts'

type Options = Readonly<{
  pool: Pool
  fence: Fence
  sagas: readonly Saga[]
  send: Send
  postgres: Outage
  clock: Clock
  logger: Logger
  signal: AbortSignal
  /** The longest sleep. */
  pollMs: number
}>

const AT_ONCE = 256
/** After a firing failed for good, which is a bug, it is tried again only now and then. */
const FAILED_AGAIN_MS = 60_000

export type TimerWatch = Readonly<{
  /** Fires until stopped; throws what the runner cannot go on with. */
  run: () => Promise<void>
  /** A timer was set for this instant: sleep no longer than that. */
  noteSet: (at: string) => void
}>

export function watchTimers(options: Options): TimerWatch {
  const { pool, fence, sagas, send, postgres, clock, logger, signal, pollMs } = options
  const names = sagas.map(({ name }) => name)
  let sleepingUntil = 0
  let sleep = new AbortController()

  async function run(): Promise<void> {
    while (!signal.aborted) {
      // What is set from here on is either read below, or cuts the sleep short.
      sleep = new AbortController()
      sleepingUntil = Number.POSITIVE_INFINITY
      const next = await postgres.outlast(() => nextTimers(pool, names, AT_ONCE))
      const now = clock.now().getTime()
      const due = next.filter(({ tryAt }) => tryAt.getTime() <= now)
      if (due.length > 0) await fireAll(due)
      else await sleepUntil(Math.min(next[0]?.tryAt.getTime() ?? now + pollMs, now + pollMs), now)
    }
  }

  async function sleepUntil(time: number, now: number): Promise<void> {
    sleepingUntil = time
    await clock.sleep(time - now, AbortSignal.any([signal, sleep.signal]))
  }

  async function fireAll(due: readonly WaitingTimer[]): Promise<void> {
    const failures = await Promise.all(due.map(fire))
    const failed = due.filter((_, index) => failures[index] !== undefined)
    const fired = due.filter((_, index) => failures[index] === undefined)
    await postgres.outlast(() =>
      fenced(pool, fence, async (client) => {
        await client.query(DELETE_FIRED, columnsOf(fired))
        await client.query(POSTPONE_FAILED, [...columnsOf(failed), postponed(clock.now())])
      }),
    )
  }

  async function fire(timer: WaitingTimer): Promise<Failure | undefined> {
    const { saga, key, name, dueAt, causationId, correlationId } = timer
    const failure = await send([
      {
        name: 'FireTimer',
        input: { saga, key, name, dueAt },
        commandId: firingIdOf(saga, key, name, dueAt),
        causationId,
        correlationId,
        after: START,
      },
    ])
    if (failure !== undefined) {
      logger.error({ saga, key, timer: name, error: failure.error }, 'a timer could not be fired')
    }
    return failure
  }

  return {
    run,
    noteSet(at) {
      if (Date.parse(at) < sleepingUntil) sleep.abort()
    },
  }
}

function postponed(now: Date): Date {
  return new Date(now.getTime() + FAILED_AGAIN_MS)
}

function columnsOf(timers: readonly WaitingTimer[]): string[][] {
  return [
    timers.map(({ saga }) => saga),
    timers.map(({ key }) => key),
    timers.map(({ name }) => name),
    timers.map(({ dueAt }) => dueAt),
  ]
}

const SAME_TIMER = `timers.saga = t.saga AND timers.key = t.key AND timers.name = t.name
  AND timers.due_at = t.due_at`
const THOSE = `unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
  AS t (saga, key, name, due_at)`

/** Unless it was set anew meanwhile. */
const DELETE_FIRED = `DELETE FROM sagas.timers USING ${THOSE} WHERE ${SAME_TIMER}`
const POSTPONE_FAILED = `UPDATE sagas.timers SET try_at = $5 FROM ${THOSE} WHERE ${SAME_TIMER}`
