/** A saga runner in a test: a log in memory, a sender that can fail, a clock and crashes under control. */

import { setImmediate as turn } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import type { DecidedEvent, RecordedEvent } from '../../../domain/kernel/event.ts'
import type { EventLog, Follow, ReadAll, Subscription } from '../../../domain/kernel/event-log.ts'
import { START } from '../../../domain/kernel/position.ts'
import { createPool } from '../../../infra/postgres/pool.ts'
import type { Clock, CommandToSend, Fence, SendAnswer } from '../../../sagas/runner/ports.ts'
import type { RunnerLimits, RunningSagas } from '../../../sagas/runner/runner.ts'
import { startSagas } from '../../../sagas/runner/runner.ts'
import type { Saga } from '../../../sagas/saga.ts'
import type { Teardown } from '../../support/postgres.ts'
import { testDatabase } from '../../support/postgres.ts'

const PATIENCE_MS = 20_000

/** Waits for a condition by looking at every turn of the event loop. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`it did not happen in time: ${what}`)
    await turn()
  }
}

/** From one position to the next. */
const STEP = 10

/** A log in memory; batches are as large as what is there. */
export class MemoryLog implements EventLog {
  readonly events: RecordedEvent[] = []
  #grown = Promise.withResolvers<void>()

  append(...events: readonly DecidedEvent[]): RecordedEvent[] {
    const recorded = events.map((event, index) => this.#record(event, index))
    this.events.push(...recorded)
    this.#grown.resolve()
    this.#grown = Promise.withResolvers()
    return recorded
  }

  /** Positions have gaps, as a real log's have. */
  #record({ type, data }: DecidedEvent, index: number): RecordedEvent {
    const number = this.events.length + index
    const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
    return {
      ...{ id, type, data, stream: `test-${number}`, category: 'test', streamId: `${number}` },
      ...{ revision: 0n, position: BigInt(number * STEP) },
      metadata: {
        ...{ commandId: id, correlationId: `correlation-${number}`, causationId: id },
        actor: { user: 'tester', role: 'saga' },
        ...{ recordedAt: '2026-01-01T00:00:00.000Z', bookedOn: '2026-01-01' },
        ...{ schema: 1, payloadHash: '', currency: 'EUR' },
      },
    }
  }

  follow({ after, onBatch, maxBatch = 512 }: Follow): Subscription {
    let stopped = false
    const stop = Promise.withResolvers<void>()
    const deliver = async () => {
      let position = after
      while (!stopped) {
        const grown = this.#grown.promise
        const events = this.#after(position, maxBatch)
        position = events.at(-1)?.position ?? position
        if (events.length > 0) await onBatch({ events, position, live: true })
        else await Promise.race([grown, stop.promise])
      }
    }
    const ended = deliver()
    return {
      ended,
      stop: () => {
        stopped = true
        stop.resolve()
        return ended
      },
    }
  }

  async *readAll({ after, upTo }: ReadAll): AsyncIterable<RecordedEvent> {
    for (const event of this.#after(after)) {
      if (upTo !== undefined && event.position > upTo) return
      yield event
    }
  }

  async head(): Promise<bigint> {
    return this.events.at(-1)?.position ?? START
  }

  #after(position: bigint, limit = Number.POSITIVE_INFINITY): RecordedEvent[] {
    const first = Math.floor(Number(position) / STEP) + 1
    return this.events.slice(first, first + limit)
  }
}

/** A clock that stands until it is moved. */
export class ManualClock implements Clock {
  #now = Date.parse('2026-01-01T00:00:00.000Z')
  #sleepers = new Set<{ until: number; wake: () => void }>()

  now(): Date {
    return new Date(this.#now)
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0 || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const sleeper = { until: this.#now + ms, wake: resolve }
      this.#sleepers.add(sleeper)
      signal.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper)
        resolve()
      })
    })
  }

  advance(ms: number): void {
    this.#now += ms
    for (const sleeper of this.#sleepers) {
      if (sleeper.until > this.#now) continue
      this.#sleepers.delete(sleeper)
      sleeper.wake()
    }
  }
}

export type Behaviour = (command: CommandToSend) => Promise<SendAnswer> | SendAnswer

export const ACCEPTED: SendAnswer = { accepted: true }

/** Takes every command unless told otherwise; insists that one id always means one command. */
export class FakeSender {
  readonly sent: CommandToSend[] = []
  /** Those answered as accepted, by id, in the order they first were. */
  readonly accepted = new Map<string, CommandToSend>()
  behaviour: Behaviour = () => ACCEPTED

  async send(command: CommandToSend): Promise<SendAnswer> {
    this.sent.push(command)
    const answer = await this.behaviour(command)
    const known = this.accepted.get(command.commandId)
    if (known !== undefined && JSON.stringify(known.input) !== JSON.stringify(command.input)) {
      throw new Error(`command ${command.commandId} was sent with another input before`)
    }
    if (answer.accepted && known === undefined) this.accepted.set(command.commandId, command)
    return answer
  }
}

export type Line = Readonly<{ level: string; message: string; fields: object }>

export class LeadershipLost extends Error {
  override name = 'LeadershipLost'
}

export type World = Readonly<{
  pool: Pool
  log: MemoryLog
  clock: ManualClock
  sender: FakeSender
  lines: Line[]
  /** What a dead process waits for: never there as long as the test runs. */
  never: Promise<never>
  /** Takes office: earlier leaders cannot commit any more. */
  lead: (sagas: readonly Saga[], limits?: Partial<RunnerLimits>, from?: EventLog) => Promise<Leader>
}>

export type Leader = RunningSagas &
  Readonly<{
    /** Everything in the log has been given out and is committed. */
    caughtUp: () => Promise<void>
    /** Its process dies after so many steps, each a send, an answer or a commit. */
    dieAfter: (steps: number) => void
    isDead: () => boolean
    /** Called before each commit is allowed. */
    beforeCommit: (hook: (client: PoolClient) => Promise<void>) => void
  }>

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

export async function world(t: Teardown): Promise<World> {
  const url = await testDatabase(t)
  const pool = createPool(url, {
    ...{ max: 8, statementTimeoutMs: 0, applicationName: 'saga runner tests', log: silent },
  })
  const leaders: RunningSagas[] = []
  const over = Promise.withResolvers<never>()
  over.promise.catch(() => undefined)
  t.teardown(async () => {
    over.reject(new Error('the test is over'))
    await Promise.all(leaders.map((leader) => leader.stop()))
    await pool.end()
  })
  const log = new MemoryLog()
  const clock = new ManualClock()
  const sender = new FakeSender()
  const lines: Line[] = []
  const line = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message })
  const logger = { info: line('info'), warn: line('warn'), error: line('error') }
  let epoch = 0

  async function lead(
    sagas: readonly Saga[],
    limits: Partial<RunnerLimits> = {},
    from: EventLog = log,
  ): Promise<Leader> {
    const term = ++epoch
    let hook: (client: PoolClient) => Promise<void> = async () => undefined
    let stepsLeft = Number.POSITIVE_INFINITY
    const fence: Fence = async (client, transaction) => {
      if (transaction === 'writes') await hook(client)
      if (stepsLeft <= 0) throw new Error('the process is dead')
      stepsLeft -= 1
      if (term !== epoch) throw new LeadershipLost('another leads')
    }
    const mortal = {
      async send(command: CommandToSend): Promise<SendAnswer> {
        if (--stepsLeft < 0) return over.promise
        const answer = await sender.send(command)
        return --stepsLeft < 0 ? over.promise : answer
      },
    }
    const running = await startSagas({
      ...{ sagas, log: from, pool, sender: mortal, fence, logger, clock },
      limits: { lingerMs: 0, retryAfterMs: [0, 0], stopMs: 0, ...limits },
    })
    leaders.push(running)
    return {
      ...running,
      dieAfter: (steps) => {
        stepsLeft = steps
      },
      isDead: () => stepsLeft <= 0,
      beforeCommit: (next) => {
        hook = next
      },
      caughtUp: () => caughtUp(running, log),
    }
  }

  return { pool, log, clock, sender, lines, never: over.promise, lead }
}

async function caughtUp(running: RunningSagas, log: MemoryLog): Promise<void> {
  const head = await log.head()
  await Promise.race([
    running.ended,
    eventually('the runner has caught up', () => {
      const { position, uncommitted } = running.status()
      return position >= head && uncommitted === 0
    }),
  ])
}

/** The states in the table, by `saga.key`. */
export async function storedStates(pool: Pool): Promise<Readonly<Record<string, unknown>>> {
  const { rows } = await pool.query<{ id: string; state: unknown }>(
    `SELECT saga || '.' || key AS id, state FROM sagas.instances ORDER BY saga, key`,
  )
  return Object.fromEntries(rows.map(({ id, state }) => [id, state]))
}
