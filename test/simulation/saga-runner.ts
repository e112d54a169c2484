/**
 * The saga runner over tables in memory: its own feeding, reacting, sending, pipeline and changes, with
 * the database's part (`runner.ts`, `timers.ts`, `tables.ts`) replaced by steps of the scheduler.
 */

import { createGate } from '../../commands/handler/gate.ts'
import { START } from '../../domain/kernel/position.ts'
import { createApply } from '../../sagas/runner/apply.ts'
import { changesOf, timersSet } from '../../sagas/runner/changes.ts'
import { createFeeding } from '../../sagas/runner/feed.ts'
import type { Entry } from '../../sagas/runner/instances.ts'
import { createInstances } from '../../sagas/runner/instances.ts'
import { Stopped, watchOutage } from '../../sagas/runner/outage.ts'
import { createPipeline } from '../../sagas/runner/pipeline.ts'
import type { Clock, CommandSender } from '../../sagas/runner/ports.ts'
import { Unavailable } from '../../sagas/runner/ports.ts'
import { firingIdOf } from '../../sagas/runner/react.ts'
import { commandSending } from '../../sagas/runner/send.ts'
import type { Saga } from '../../sagas/saga.ts'
import type { Node } from './node.ts'
import type { SagaTables, TimerRow } from './saga-tables.ts'
import type { Scheduler } from './scheduler.ts'
import type { Weather } from './weather.ts'

type Options = Readonly<{
  sagas: readonly Saga[]
  node: Node
  tables: SagaTables
  sender: CommandSender
  scheduler: Scheduler
  weather: Weather
  /** A bug, or an instance that is parked: neither may happen. */
  onFault: (error: unknown) => void
}>

const LIMITS = {
  maxBatch: 16,
  maxCommandsInFlight: 32,
  maxUncommitted: 64,
  maxIdleInstances: 200,
  maxInbox: 1_000,
  broadcastPage: 4,
  retryAfterMs: [50, 250, 1_000],
  lingerMs: 20,
}

const TIMER_AGAIN_MS = 60_000

class LeadershipLost extends Error {}

/** Leads until its process crashes or another one takes the lead. */
export async function leadSagas(options: Options): Promise<void> {
  try {
    await startLeading(options)
  } catch (error) {
    if (!(error instanceof LeadershipLost)) options.onFault(error)
  }
}

async function startLeading(options: Options): Promise<void> {
  const { sagas, node, tables, sender, scheduler, weather, onFault } = options
  const term = tables.newTerm()
  await node.reference.ready
  const halt = new AbortController()
  const { signal } = halt
  const clock = clockOf(scheduler, node)
  const logger = {
    info: () => undefined,
    warn: () => undefined,
    error: (fields: object, message: string) =>
      onFault(new Error(`${message}: ${JSON.stringify(fields)}`)),
  }
  const quietly = { ...logger, error: () => undefined }
  const postgres = watchOutage({ what: 'Postgres', clock, logger: quietly, signal })
  const outage = watchOutage({ what: 'commands', clock, logger: quietly, signal })
  const retryAfterMs = LIMITS.retryAfterMs
  const maxInFlight = LIMITS.maxCommandsInFlight
  const send = commandSending({ sender, clock, outage, signal, retryAfterMs, maxInFlight })

  function fail(error: unknown): void {
    halt.abort()
    if (!(error instanceof LeadershipLost)) onFault(error)
  }

  /** A question to the database, or a transaction; its answer may be lost after it was carried out. */
  async function asked<Answer>(work: () => Answer): Promise<Answer> {
    await node.hop()
    // Who was overtaken may notice late, and sends all the while what its successor sends, too.
    if (tables.term() !== term) await scheduler.wait(weather.stallMs(), node.owner)
    const fate = weather.message()
    if (fate === 'request-lost') throw new Unavailable('Postgres')
    const answer = work()
    await node.hop()
    if (fate === 'answer-lost') throw new Unavailable('Postgres')
    return answer
  }

  function fenced<Answer>(work: () => Answer): Promise<Answer> {
    return asked(() => {
      if (tables.term() !== term) throw new LeadershipLost()
      return work()
    })
  }

  const instances = createInstances(
    (ids) => fenced(() => tables.load(ids)),
    LIMITS.maxIdleInstances,
  )

  async function commit(entries: readonly Entry[]): Promise<void> {
    const changes = changesOf(entries)
    await postgres.outlast(() => fenced(() => tables.write(changes)))
    for (const set of timersSet(changes.rows)) arm(set)
    for (const { instance } of entries.flatMap(({ effects }) => effects)) {
      instances.release(instance)
    }
  }

  function arm(timer: TimerRow): void {
    const fireNow = () => void fire(timer).catch(unlessStopped)
    scheduler.at(Date.parse(timer.at), node.owner, fireNow)
  }

  async function fire(timer: TimerRow): Promise<void> {
    const { saga, key, name, at: dueAt, causationId, correlationId } = timer
    if (signal.aborted || !tables.isSet(timer)) return
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
      onFault(new Error(`a timer could not be fired: ${failure.error}`))
      await clock.sleep(TIMER_AGAIN_MS, signal)
    }
    await postgres.outlast(() => fenced(() => tables.fired(timer)))
  }

  function unlessStopped(error: unknown): void {
    if (!(error instanceof Stopped)) fail(error)
  }

  const { lingerMs, maxUncommitted, maxInbox, broadcastPage } = LIMITS
  const pipeline = createPipeline({ commit, fail, clock, signal, lingerMs, maxUncommitted })
  const apply = createApply({ pipeline, instances, send, clock, logger, fail, maxInbox })
  const checkpoints = await postgres.outlast(() => fenced(() => tables.checkpoints()))
  const feed = createFeeding({
    ...{ sagas, checkpoints, pipeline, instances, apply, postgres, broadcastPage },
    pageAfter: (saga, key, most) => fenced(() => tables.pageAfter(saga, key, most)),
  })
  const turns = createGate(1)
  const subscription = node.log.follow({
    after: feed.reached(),
    maxBatch: LIMITS.maxBatch,
    onBatch: async (batch) => {
      try {
        await turns.run(() => feed.give(batch))
        await pipeline.room()
      } catch (error) {
        unlessStopped(error)
      }
    },
  })
  signal.addEventListener('abort', () => void subscription.stop())
  subscription.ended.catch(fail)
  for (const timer of tables.timers()) arm(timer)
}

function clockOf(scheduler: Scheduler, { owner }: Node): Clock {
  return {
    now: () => new Date(scheduler.now()),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve()
        signal.addEventListener('abort', () => resolve(), { once: true })
        scheduler.at(scheduler.now() + ms, owner, resolve)
      }),
  }
}
