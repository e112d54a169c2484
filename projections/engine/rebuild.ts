/** Builds read models from the log's start, beside those in service, and hands them over. */

import type { Pool } from 'pg'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { EventLog } from '../../domain/kernel/event-log.ts'
import type { Position } from '../../domain/kernel/position.ts'
import type { ReadModel } from '../read-model.ts'
import { index, prepare, takeOver } from './builds.ts'
import { chunksOf, earliest } from './chunks.ts'
import { type Context, commit, type Target } from './commit.ts'
import type { Dispatcher } from './dispatcher.ts'
import { currentBuilds, insertBuild, retire, saveProgress } from './registry.ts'
import { inTransaction } from './transaction.ts'

/**
 * Asks for a read model to be built anew, at the version it has. The leader finds the request in the
 * registry, whichever process made it. Asking again while it is on its way changes nothing; a build
 * that was stopped is given up for a new one.
 */
export async function rebuild(pool: Pool, readModel: ReadModel): Promise<void> {
  await inTransaction(pool, 'BEGIN', async (client) => {
    const stopped = (await currentBuilds(client)).find(
      ({ model, serving, status }) => model === readModel.name && !serving && status === 'stopped',
    )
    if (stopped !== undefined) await retire(client, stopped.id)
    await insertBuild(client, readModel, false)
  })
}

export type BuildOptions = Readonly<{
  eventLog: EventLog
  dispatcher: Dispatcher
  /** Events in one transaction. */
  chunk: number
  /** Between two attempts to hand over while readers are in the way. */
  retryMs: number
  signal: AbortSignal
  pause: (ms: number) => Promise<void>
}>

/** Builds all targets in one pass over the log, and hands each over to the dispatcher. */
export async function build(
  context: Context,
  wanted: readonly Target[],
  options: BuildOptions,
): Promise<void> {
  for (const target of wanted) await prepare(context, target)
  let targets = await catchUp(context, wanted, options)
  for (const target of targets) {
    if (target.build.indexed) continue
    const indexed = await index(context, target)
    targets = targets.map((other) => (other === target ? indexed : other))
  }
  while (targets.length > 0 && !options.signal.aborted) {
    const near = await catchUp(context, targets, options)
    targets = await handOver(context, near, options)
    if (targets.length > 0) await options.pause(options.retryMs)
  }
}

/** Folds until no more than a chunk of events is left. */
async function catchUp(
  context: Context,
  wanted: readonly Target[],
  options: BuildOptions,
): Promise<readonly Target[]> {
  let targets = wanted
  let events = Number.POSITIVE_INFINITY
  while (events > options.chunk && targets.length > 0 && !options.signal.aborted) {
    const target = await options.eventLog.head()
    const pass = await foldUpTo(context, targets, target, options)
    events = pass.events
    targets = pass.targets
  }
  return targets
}

type Pass = Readonly<{ targets: readonly Target[]; events: number }>

/** While Postgres takes one chunk, the next one is read. */
async function foldUpTo(
  context: Context,
  wanted: readonly Target[],
  target: Position,
  { eventLog, chunk, signal }: BuildOptions,
): Promise<Pass> {
  const after = earliest(wanted)
  if (after >= target) return { targets: wanted, events: 0 }
  const meter = startMeter(after, target)
  let targets = Promise.resolve(wanted)
  let events = 0
  const bring = (taken: readonly RecordedEvent[], position: Position) => {
    events += taken.length
    const before = targets
    targets = before.then((running) => commit(context, running, stepOf(taken, position, meter)))
    targets.catch(() => undefined)
    return before
  }
  for await (const taken of chunksOf(eventLog.readAll({ after, upTo: target }), chunk)) {
    if (signal.aborted) return { targets: await targets, events: 0 }
    const running = await bring(taken, taken.at(-1)?.position ?? after)
    if (running.length === 0) return { targets: running, events }
  }
  await bring([], target)
  return { targets: await targets, events }
}

function stepOf(events: readonly RecordedEvent[], position: Position, meter: Meter) {
  return {
    phase: 'build' as const,
    events,
    position,
    also: (client: Parameters<typeof saveProgress>[0], ids: readonly string[], count: number) =>
      saveProgress(client, ids, meter(position, count)),
  }
}

type Meter = (position: Position, events: number) => Parameters<typeof saveProgress>[2]

/** Rates since the pass began; the time left follows from the part of the log that is done. */
function startMeter(after: Position, target: Position): Meter {
  const since = performance.now()
  let total = 0
  return (position, events) => {
    total += events
    const seconds = (performance.now() - since) / 1_000
    const done = Number(position - after) / Number(target - after)
    return {
      target,
      events,
      eventsPerSecond: seconds > 0 ? total / seconds : 0,
      secondsLeft: done > 0 ? (seconds * (1 - done)) / done : 0,
    }
  }
}

/** Between two batches: folds what the dispatcher is ahead, then swaps. Gives what is still to do. */
async function handOver(
  context: Context,
  near: readonly Target[],
  { eventLog, dispatcher, chunk }: BuildOptions,
): Promise<readonly Target[]> {
  return dispatcher.between(async (position) => {
    let targets = near
    if (position !== undefined && earliest(targets) < position) {
      const ahead = eventLog.readAll({ after: earliest(targets), upTo: position })
      for await (const events of chunksOf(ahead, chunk)) {
        const last = events.at(-1)?.position ?? position
        targets = await commit(context, targets, { phase: 'build', events, position: last })
      }
      targets = await commit(context, targets, { phase: 'build', events: [], position })
    }
    const waiting: Target[] = []
    for (const target of targets) {
      const outcome = await takeOver(context, target)
      if (outcome === 'done') dispatcher.admit(target)
      if (outcome === 'readers in the way') waiting.push(target)
    }
    return waiting
  })
}
