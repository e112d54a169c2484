/** Runs all sagas on one subscription to the log: reacts, sends, and commits what was accepted. */

import type { Pool } from 'pg'
import { createGate } from '../../commands/handler/gate.ts'
import type { Batch, EventLog, Subscription } from '../../domain/kernel/event-log.ts'
import type { Position } from '../../domain/kernel/position.ts'
import { START } from '../../domain/kernel/position.ts'
import type { Saga } from '../saga.ts'
import { createApply } from './apply.ts'
import { changesOf, timersSet } from './changes.ts'
import { createFeeding } from './feed.ts'
import { createInboxes } from './inbox.ts'
import type { Entry } from './instances.ts'
import { createInstances } from './instances.ts'
import { Stopped, watchOutage } from './outage.ts'
import { createPipeline } from './pipeline.ts'
import type { Clock, CommandSender, Fence, Logger } from './ports.ts'
import { loadInstances, pageOfInstances } from './queries.ts'
import { rebuild } from './rebuild.ts'
import { commandSending } from './send.ts'
import type { Checkpoint } from './tables.ts'
import {
  fenced,
  insertCheckpoint,
  loadCheckpoints,
  prepareTables,
  readFenced,
  writeChanges,
} from './tables.ts'
import { watchTimers } from './timers.ts'

export type RunnerOptions = Readonly<{
  sagas: readonly Saga[]
  log: EventLog
  pool: Pool
  sender: CommandSender
  /** Of this term of office: a runner lives no longer than the term. */
  fence: Fence
  logger: Logger
  clock?: Clock
  limits?: Partial<RunnerLimits>
}>

export type RunnerLimits = Readonly<{
  maxBatch: number
  /** Commands sent and not answered. */
  maxCommandsInFlight: number
  /** Effects of events not committed. */
  maxUncommitted: number
  /** Instances kept in memory without work under way. */
  maxIdleInstances: number
  /** Events in the inbox of one parked instance. */
  maxInbox: number
  /** Instances given a broadcast event together. */
  broadcastPage: number
  /** The waits between the tries of a command before its instance is parked. */
  retryAfterMs: readonly number[]
  /** Done work may wait so long for more before it is committed. */
  lingerMs: number
  /** How often timers and resumed instances are looked for. */
  pollMs: number
  /** How long a stop waits for commands under way. */
  stopMs: number
}>

export const DEFAULT_LIMITS: RunnerLimits = {
  maxBatch: 512,
  maxCommandsInFlight: 512,
  maxUncommitted: 4_096,
  maxIdleInstances: 20_000,
  maxInbox: 10_000,
  broadcastPage: 256,
  retryAfterMs: [50, 250, 1_000],
  lingerMs: 20,
  pollMs: 1_000,
  stopMs: 5_000,
}

export type RunningSagas = Readonly<{
  /** Rejects with what the runner cannot go on with (`LeadershipLost`, a bug); resolves after `stop`. */
  ended: Promise<void>
  /** Lets commands under way end, bounded, and commits what is done. */
  stop: () => Promise<void>
  status: () => RunnerStatus
}>

export type RunnerStatus = Readonly<{
  /** Everything in the log up to here has been given to its instances. */
  position: Position
  uncommitted: number
  /** What is away at present, and why the runner waits. */
  waitsFor: readonly string[]
}>

/** Starts after the checkpoint, as leader. Rejects if the tables or a rebuild of states fail. */
export async function startSagas(options: RunnerOptions): Promise<RunningSagas> {
  const { sagas, log, pool, fence } = options
  await prepareTables(pool)
  const checkpoints = await checkpointsOf(options)
  for (const saga of sagas) {
    if (checkpoints.get(saga.name)?.version === saga.version) continue
    options.logger.info({ saga: saga.name, version: saga.version }, 'rebuilding saga states')
    await rebuild({ saga, log, pool, fence })
  }
  return run(options, checkpoints)
}

/** A saga that never ran begins where it says. */
async function checkpointsOf(options: RunnerOptions): Promise<ReadonlyMap<string, Checkpoint>> {
  const { sagas, log, pool, fence } = options
  const head = await log.head()
  const checkpoints = await fenced(pool, fence, async (client) => {
    const known = new Set((await loadCheckpoints(client, sagas)).map(({ saga }) => saga))
    for (const saga of sagas.filter(({ name }) => !known.has(name))) {
      await insertCheckpoint(client, saga, saga.startAt === 'head' ? head : START)
    }
    return loadCheckpoints(client, sagas)
  })
  return new Map(checkpoints.map((checkpoint) => [checkpoint.saga, checkpoint]))
}

function run(options: RunnerOptions, checkpoints: ReadonlyMap<string, Checkpoint>): RunningSagas {
  const { sagas, log, pool, sender, fence, logger, clock = systemClock } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const names = sagas.map(({ name }) => name)
  const halt = new AbortController()
  const { signal } = halt
  const end = Promise.withResolvers<void>()
  end.promise.catch(() => undefined) // the caller may look later
  const watched = { clock, logger, signal }
  const postgres = watchOutage({ what: 'Postgres', ...watched })
  const commands = watchOutage({ what: 'commands', ...watched })

  function fail(error: unknown): void {
    halt.abort()
    void subscription.stop().catch(() => undefined)
    end.reject(error)
  }

  const send = commandSending({
    ...{ sender, clock, outage: commands, signal, retryAfterMs: limits.retryAfterMs },
    maxInFlight: limits.maxCommandsInFlight,
  })
  const instances = createInstances(
    (ids) => readFenced(pool, fence, (client) => loadInstances(client, ids)),
    limits.maxIdleInstances,
  )
  const timers = watchTimers({
    ...{ pool, fence, sagas, send, postgres, clock, logger, signal, pollMs: limits.pollMs },
  })

  async function commit(entries: readonly Entry[], attempts: 'once' | 'until-stopped') {
    const changes = changesOf(entries)
    const write = () => fenced(pool, fence, (client) => writeChanges(client, names, changes))
    await (attempts === 'once' ? write() : postgres.outlast(write))
    for (const { at } of timersSet(changes.rows)) timers.noteSet(at)
    for (const { instance } of entries.flatMap(({ effects }) => effects)) {
      instances.release(instance)
    }
  }

  const pipeline = createPipeline({
    ...{ commit, fail, clock, signal },
    lingerMs: limits.lingerMs,
    maxUncommitted: limits.maxUncommitted,
  })
  const apply = createApply({
    ...{ pipeline, instances, send, clock, logger, fail, maxInbox: limits.maxInbox },
  })
  const feed = createFeeding({
    ...{ sagas, checkpoints, pipeline, instances, apply, postgres },
    pageAfter: (saga, key, most) =>
      readFenced(pool, fence, (client) => pageOfInstances(client, saga, key, most)),
    broadcastPage: limits.broadcastPage,
  })
  const inboxes = createInboxes({
    ...{ pool, log, fence, sagas, pipeline, instances, apply, postgres },
    maxInbox: limits.maxInbox,
    reached: feed.reached,
  })
  /** Batches of the log and parts of inboxes are given out one after another. */
  const turns = createGate(1)

  async function onBatch(batch: Batch): Promise<void> {
    await unlessStopped(async () => {
      await turns.run(() => feed.give(batch))
      await pipeline.room()
    })
  }

  async function resumeParked(): Promise<void> {
    while (!signal.aborted) {
      for (const id of await inboxes.resuming()) await turns.run(() => inboxes.drain(id))
      await clock.sleep(limits.pollMs, signal)
    }
  }

  /** What fails on the way ends the runner; what a stop breaks off does not. */
  async function unlessStopped(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Stopped)) fail(error)
    }
  }

  const subscription: Subscription = log.follow({
    after: feed.reached(),
    maxBatch: limits.maxBatch,
    onBatch,
  })
  subscription.ended.catch(fail)
  const watching = [unlessStopped(timers.run), unlessStopped(resumeParked)]

  async function stop(): Promise<void> {
    if (!signal.aborted) {
      halt.abort()
      const bound = new AbortController()
      const work = Promise.all([subscription.stop(), apply.quiet(), ...watching])
      await Promise.race([work, clock.sleep(limits.stopMs, bound.signal)])
      bound.abort()
      await pipeline.finish().catch((error: unknown) => {
        logger.warn({ reason: String(error) }, 'sagas stopped without their last commit')
      })
      end.resolve()
    }
    await end.promise.catch(() => undefined)
  }

  return {
    ended: end.promise,
    stop,
    status: () => ({
      position: feed.reached(),
      uncommitted: pipeline.uncommitted(),
      waitsFor: [postgres.reason(), commands.reason()].filter((reason) => reason !== undefined),
    }),
  }
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const wake = () => {
        clearTimeout(timeout)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const timeout = setTimeout(wake, ms)
      signal.addEventListener('abort', wake, { once: true })
    }),
}

/** Runs the sagas for a term of office: until the signal aborts, or it fails. */
export async function runSagas(options: RunnerOptions, signal: AbortSignal): Promise<void> {
  const running = await startSagas(options)
  const stop = () => void running.stop()
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  try {
    await running.ended
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
