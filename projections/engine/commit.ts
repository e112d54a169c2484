/** Brings events into the builds of read models: rows and checkpoints in one transaction. */

import type { Pool, PoolClient } from 'pg'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { Position } from '../../domain/kernel/position.ts'
import type { ReadModel } from '../read-model.ts'
import { earlier } from './chunks.ts'
import { type Folded, faultAt, fold } from './fold.ts'
import type { Fence, Log, Observer } from './ports.ts'
import { type Build, type Fault, saveCheckpoint, saveFault } from './registry.ts'
import { BEGIN_DERIVED, inTransaction, isRefusal } from './transaction.ts'
import { writeChanges } from './write-batch.ts'

export type Context = Readonly<{
  pool: Pool
  fence: Fence
  log: Log
  observer: Observer
  /** Rows of one model that a transaction changes at most, but for the last event's. */
  maxRows: number
}>

/** A build that events are brought into, and how far it has come. */
export type Target = Readonly<{ build: Build; readModel: ReadModel; position: Position }>

export type Step = Readonly<{
  phase: 'live' | 'build'
  events: readonly RecordedEvent[]
  /** Everything up to here is in the events. */
  position: Position
  /** Written in the same transaction. */
  also?: (client: PoolClient, ids: readonly string[], events: number) => Promise<void>
}>

/**
 * Brings all events into all targets, in as many transactions as their rows ask for, and gives the
 * targets that go on. A target that can't take an event is stopped before it, alone.
 */
export async function commit(
  context: Context,
  targets: readonly Target[],
  step: Step,
): Promise<readonly Target[]> {
  let running = targets
  let rest = step.events
  while (running.length > 0) {
    const { parts, upTo } = foldParts(running, rest, context.maxRows)
    if (upTo === undefined) return commitParts(context, parts, { ...step, events: rest })
    const taken = rest.filter((event) => event.position <= upTo)
    running = await commitParts(context, parts, { ...step, events: taken, position: upTo })
    rest = rest.slice(taken.length)
  }
  return running
}

/** The events that are new to a target, and their changes. */
type Part = Readonly<{ target: Target; events: readonly RecordedEvent[]; folded: Folded }>

/** Folds for every target the same events: all, or those up to where the first has rows enough. */
function foldParts(
  targets: readonly Target[],
  events: readonly RecordedEvent[],
  maxRows: number,
): Readonly<{ parts: readonly Part[]; upTo: Position | undefined }> {
  const parts = targets.map((target) => partOf(target, events, maxRows))
  const ends = parts.flatMap(({ events, folded }) => {
    const isWhole = folded.fault !== undefined || folded.taken === events.length
    return isWhole ? [] : (events[folded.taken - 1]?.position ?? [])
  })
  if (ends.length === 0) return { parts, upTo: undefined }
  const upTo = ends.reduce(earlier)
  const fitting = events.filter(({ position }) => position <= upTo)
  return { parts: targets.map((target) => partOf(target, fitting)), upTo }
}

function partOf(target: Target, events: readonly RecordedEvent[], maxRows?: number): Part {
  const [first] = events
  const isNew = first === undefined || first.position > target.position
  const own = isNew ? events : events.filter(({ position }) => position > target.position)
  return { target, events: own, folded: fold(target.readModel, own, maxRows) }
}

/** The changes of one part were refused by Postgres. */
class Refused extends Error {
  readonly part: Part
  constructor(part: Part, cause: unknown) {
    super(`${part.target.readModel.name} can't be written`, { cause })
    this.part = part
  }
}

/** Tries until no part is refused: each refusal cuts its part before an event, so this ends. */
async function commitParts(
  context: Context,
  wanted: readonly Part[],
  step: Step,
): Promise<readonly Target[]> {
  const since = performance.now()
  let parts = wanted
  for (;;) {
    try {
      await inTransaction(context.pool, BEGIN_DERIVED, (client) =>
        writeParts(context, client, parts, step),
      )
      return reported(context, parts, step, performance.now() - since)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const cut = await cutBeforeRefused(context, error.part)
      parts = parts.map((part) => (part === error.part ? cut : part))
    }
  }
}

async function writeParts(
  context: Context,
  client: PoolClient,
  parts: readonly Part[],
  step: Step,
): Promise<void> {
  await context.fence(client)
  for (const part of parts) await writePart(client, part)
  const whole = parts.filter(({ folded }) => folded.fault === undefined)
  const ids = whole.map(({ target }) => target.build.id)
  if (ids.length > 0) {
    await saveCheckpoint(client, { ids, position: step.position })
    await step.also?.(client, ids, step.events.length)
  }
  for (const { target, events, folded } of parts) {
    if (folded.fault === undefined) continue
    const position = events[folded.taken - 1]?.position ?? target.position
    await saveCheckpoint(client, { ids: [target.build.id], position })
    await saveFault(client, target.build.id, folded.fault)
  }
}

async function writePart(client: PoolClient, part: Part): Promise<void> {
  try {
    await writeChanges(client, part.target.build.schema, part.folded.changes)
  } catch (error) {
    throw isRefusal(error) ? new Refused(part, error) : error
  }
}

/** Finds, by halving, an event up to which Postgres takes everything and with which it does not. */
async function cutBeforeRefused({ pool }: Context, part: Part): Promise<Part> {
  const { target, events } = part
  let accepted = 0
  let refused = part.folded.taken
  let reason: unknown
  while (refused - accepted > 1 || reason === undefined) {
    const middle = reason === undefined ? refused : Math.floor((accepted + refused) / 2)
    const tried = await triedWith(pool, target, events.slice(0, middle))
    if (tried === undefined) {
      if (middle === refused) throw new Error(`${target.readModel.name} was refused only once`)
      accepted = middle
    } else {
      refused = middle
      reason = tried
    }
  }
  const culprit = events[refused - 1]
  if (culprit === undefined) throw reason
  const folded = fold(target.readModel, events.slice(0, accepted))
  return { target, events, folded: { ...folded, fault: faultAt(culprit, reason) } }
}

const ROLLED_BACK = Symbol('rolled back')

/** Why Postgres refuses the changes of these events; undefined if it takes them. Leaves no trace. */
async function triedWith(
  pool: Pool,
  { build, readModel }: Target,
  events: readonly RecordedEvent[],
): Promise<unknown> {
  try {
    await inTransaction(pool, BEGIN_DERIVED, async (client) => {
      await writeChanges(client, build.schema, fold(readModel, events).changes)
      throw ROLLED_BACK
    })
  } catch (error) {
    if (isRefusal(error)) return error
    if (error !== ROLLED_BACK) throw error
  }
  return undefined
}

function reported(
  { log, observer }: Context,
  parts: readonly Part[],
  { phase, position }: Step,
  ms: number,
): readonly Target[] {
  const running: Target[] = []
  for (const { target, events, folded } of parts) {
    const model = target.readModel.name
    if (folded.fault === undefined) {
      const reached = position > target.position ? position : target.position
      running.push({ ...target, position: reached })
      observer.onBatch?.({ model, phase, events: events.length, ms, position: reached })
    } else {
      reportStop(log, model, target.build.version, folded.fault)
      observer.onStopped?.({ model, position: folded.fault.position })
    }
  }
  return running
}

function reportStop(log: Log, readModel: string, version: number, fault: Fault): void {
  log.error(
    { readModel, version, ...fault, position: String(fault.position) },
    'a read model was stopped by an event it can not take',
  )
}
