/** The engine of the read models: the work of their leader. */

import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { EventLog } from '../../domain/kernel/event-log.ts'
import type { ReadModel } from '../read-model.ts'
import { dropRetired, reconcile } from './builds.ts'
import type { Context, Target } from './commit.ts'
import { checkReadModels } from './declarations.ts'
import { createDispatcher, type Dispatcher } from './dispatcher.ts'
import { migrateProjections } from './migrate.ts'
import type { Fence, Log, Observer } from './ports.ts'
import { build } from './rebuild.ts'
import { type Build, isBuildOf } from './registry.ts'

export type EngineOptions = Readonly<{
  readModels: readonly ReadModel[]
  eventLog: EventLog
  /** At least three connections: the dispatcher, a build, and the registry. */
  pool: Pool
  log: Log
  observer?: Observer
  bounds?: Partial<Bounds>
}>

export type Bounds = Readonly<{
  /** Events in one live transaction. */
  liveBatch: number
  /** Events in one transaction of a build. */
  buildBatch: number
  /** Rows of one model that a transaction changes. */
  maxRows: number
  /** How often the registry is asked for new requests, and a hand-over tried again. */
  pollMs: number
}>

const defaults: Bounds = { liveBatch: 1_000, buildBatch: 5_000, maxRows: 50_000, pollMs: 1_000 }

/** A leader's work: checks the declarations at once, and gives what `lead` takes as its `onLead`. */
export function projectionsWork(
  options: EngineOptions,
): (fence: Fence, signal: AbortSignal) => Promise<void> {
  checkReadModels(options.readModels)
  return (fence, signal) => runTerm(options, fence, signal)
}

/**
 * Keeps all read models up to date until the signal aborts: resolves then, when the batch in hand is
 * committed. Rejects if the log or Postgres fails, or the fence throws; beginning again resumes.
 */
async function runTerm(options: EngineOptions, fence: Fence, signal: AbortSignal): Promise<void> {
  const { readModels, eventLog, pool, log, observer = {} } = options
  const bounds = { ...defaults, ...options.bounds }
  await migrateProjections(pool)
  const context: Context = { pool, fence, log, observer, maxRows: bounds.maxRows }
  const dispatcher = createDispatcher(context, eventLog, bounds.liveBatch)
  const ending = new AbortController()
  const both = AbortSignal.any([signal, ending.signal])
  const builds = await reconcile(context, readModels)
  for (const target of activeTargets(builds, readModels)) dispatcher.admit(target)
  const building = keepBuilding(options, bounds, context, dispatcher, both)
  try {
    await Promise.race([building, dispatcher.failed])
  } finally {
    ending.abort()
    await dispatcher.stop()
    await building.catch(() => undefined)
  }
}

/** Earliest first: the dispatcher begins where the first one stands. */
function activeTargets(
  builds: readonly Build[],
  readModels: readonly ReadModel[],
): readonly Target[] {
  return targetsOf(builds, readModels)
    .filter(({ build }) => build.serving && build.status === 'active')
    .sort((one, two) => Number(one.position - two.position))
}

function targetsOf(builds: readonly Build[], readModels: readonly ReadModel[]): readonly Target[] {
  return builds.flatMap((build) => {
    const readModel = readModels.find((declared) => isBuildOf(build, declared))
    return readModel === undefined ? [] : [{ build, readModel, position: build.position }]
  })
}

/** Resolves when the signal aborts. */
async function keepBuilding(
  { readModels, eventLog }: EngineOptions,
  { buildBatch, pollMs }: Bounds,
  context: Context,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<void> {
  const pause = (ms: number) => delay(ms, undefined, { signal }).catch(() => undefined)
  while (!signal.aborted) {
    const builds = await reconcile(context, readModels)
    const wanted = targetsOf(builds, readModels).filter(({ build }) => build.status === 'building')
    const chunk = buildBatch
    if (wanted.length > 0) {
      await build(context, wanted, { eventLog, dispatcher, chunk, retryMs: pollMs, signal, pause })
    }
    await dropRetired(context)
    await pause(pollMs)
  }
}
