/** Reading one's own writes: waits until read models have seen a position of the log. */

import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Position } from '../../domain/kernel/position.ts'

/** More callers wait than this process takes on: ask again later. */
export class TooManyWaiters extends Error {
  constructor(limit: number) {
    super(`${limit} readers are waiting already`)
    this.name = 'TooManyWaiters'
  }
}

/** The read model stands still at an event that it can't take. */
export class ReadModelStopped extends Error {
  readonly readModel: string
  readonly position: Position
  constructor(readModel: string, position: Position, reason: string) {
    super(`read model ${readModel} has stopped at position ${position}: ${reason}`)
    this.name = 'ReadModelStopped'
    this.readModel = readModel
    this.position = position
  }
}

/** The time is over and the read models had not seen the position. */
export class NotSeenInTime extends Error {
  constructor(readModels: readonly string[], position: Position, timeoutMs: number) {
    super(`${readModels.join(', ')} had not seen position ${position} after ${timeoutMs} ms`)
    this.name = 'NotSeenInTime'
  }
}

export type PositionWaiting = Readonly<{
  /**
   * Resolves once all these read models have seen the position. Rejects with `ReadModelStopped` at
   * once, `NotSeenInTime` after `timeoutMs`, or `TooManyWaiters`.
   */
  waitFor: (readModels: readonly string[], position: Position, timeoutMs: number) => Promise<void>
  /** How many wait now. */
  waiting: () => number
}>

type Standing = Readonly<{ position: Position; stopped: string | undefined }>
type Standings = ReadonlyMap<string, Standing>

type Waiter = Readonly<{
  readModels: readonly string[]
  position: Position
  resolve: () => void
  reject: (error: Error) => void
}>

/** One for a process: all its waiters share one poller, which runs only while somebody waits. */
export function createPositionWaiting(
  pool: Pool,
  { pollMs = 15, maxWaiters = 10_000 }: Readonly<{ pollMs?: number; maxWaiters?: number }> = {},
): PositionWaiting {
  const waiters = new Set<Waiter>()
  let isPolling = false

  const poll = async () => {
    isPolling = true
    while (waiters.size > 0) {
      const asked = [...waiters] // those who come during the query ask for a newer answer
      const standings = await readStandings(pool).catch(() => undefined) // away: they time out
      if (standings !== undefined) for (const waiter of asked) settle(waiter, standings)
      if (waiters.size > 0) await delay(pollMs)
    }
    isPolling = false
  }
  return {
    waiting: () => waiters.size,
    waitFor: async (readModels, position, timeoutMs) => {
      if (waiters.size >= maxWaiters) throw new TooManyWaiters(maxWaiters)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const waiter = { readModels, position, resolve, reject }
      const late = () => reject(new NotSeenInTime(readModels, position, timeoutMs))
      const timer = setTimeout(late, timeoutMs)
      waiters.add(waiter)
      if (!isPolling) void poll()
      try {
        await promise
      } finally {
        clearTimeout(timer)
        waiters.delete(waiter)
      }
    },
  }
}

function settle({ readModels, position, resolve, reject }: Waiter, standings: Standings): void {
  let isSeen = true
  for (const name of readModels) {
    const standing = standings.get(name)
    if (standing !== undefined && standing.position >= position) continue
    isSeen = false
    if (standing?.stopped === undefined) continue
    reject(new ReadModelStopped(name, standing.position, standing.stopped))
  }
  if (isSeen) resolve()
}

async function readStandings(pool: Pool): Promise<Standings> {
  const { rows } = await pool.query<{ model: string; position: string; stopped: string | null }>(
    `SELECT model, position::text,
       CASE WHEN status = 'stopped' THEN coalesce(error_message, '') END AS stopped
     FROM projections.build WHERE serving`,
  )
  return new Map(
    rows.map(({ model, position, stopped }) => [
      model,
      { position: BigInt(position), stopped: stopped ?? undefined },
    ]),
  )
}
