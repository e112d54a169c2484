/** The pure heart of the runner: which instances an event is for, and what it does to one of them. */

import { v5 } from 'uuid'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { Instant } from '../../domain/kernel/values.ts'
import { TimerFired } from '../../domain/timer/timer.ts'
import type {
  BROADCAST,
  Correlation,
  Listening,
  Reaction,
  Saga,
  SagaCommand,
  Timer,
} from '../saga.ts'

/** A timer as set: when it is due, and the event that set it. */
export type SetTimer = Readonly<{ at: Instant; causationId: string; correlationId: string }>
export type Timers = Readonly<Record<string, SetTimer>>

/** All that an instance is between two events. `state` is undefined for one that is not there. */
export type Snapshot = Readonly<{
  state: unknown
  /** The state as text, made once for each change. */
  json: string | undefined
  timers: Timers
}>

export const ABSENT: Snapshot = { state: undefined, json: undefined, timers: {} }

export type Step = Readonly<{ after: Snapshot; commands: readonly SagaCommand[] }>

/** What an event means to one saga. */
export type Target = Readonly<{
  saga: Saga
  listening: Listening<unknown>
  to: string | typeof BROADCAST
}>

type Listeners = ReadonlyMap<
  string,
  readonly Readonly<{ saga: Saga; listening: Listening<unknown> }>[]
>

/** Who listens to what, by event type. Throws if two sagas have one name. */
export function listenersOf(sagas: readonly Saga[]): Listeners {
  const names = new Set(sagas.map((saga) => saga.name))
  if (names.size < sagas.length) throw new Error('two sagas have the same name')
  const all = sagas.flatMap((saga) =>
    [...saga.listens].map(([eventType, listening]) => ({ eventType, saga, listening })),
  )
  return Map.groupBy(all, ({ eventType }) => eventType)
}

/** Whom an event is for. Throws if a saga's `correlate` does: then nobody can be parked for it. */
export function targetsOf(listeners: Listeners, event: RecordedEvent): readonly Target[] {
  const targets: Target[] = []
  for (const { saga, listening } of listeners.get(event.type) ?? []) {
    for (const to of receiversOf(correlate(saga, listening, event))) {
      targets.push({ saga, listening, to })
    }
  }
  return targets
}

/** Each once. */
function receiversOf(correlation: Correlation): Iterable<Target['to']> {
  if (correlation === undefined) return []
  return typeof correlation === 'object' ? new Set(correlation) : [correlation]
}

function correlate(saga: Saga, listening: Listening<unknown>, event: RecordedEvent): Correlation {
  try {
    return listening.correlate(event as RecordedEvent<string, never>)
  } catch (error) {
    const where = `${event.type} at position ${event.position}`
    throw new Error(`${saga.name} cannot tell which instance ${where} is for`, { cause: error })
  }
}

/**
 * One event's effect on the instance of a key; undefined if it changes nothing and asks for nothing. Throws what
 * `react` throws, or if the new state is not plain JSON.
 */
export function step(
  listening: Listening<unknown>,
  before: Snapshot,
  event: RecordedEvent,
  key: string,
): Step | undefined {
  const current = event.type === TimerFired.eventType ? withoutFired(before, event) : before
  if (current === undefined) return undefined
  const reaction = listening.react(current.state, event as RecordedEvent<string, never>, key)
  if (reaction === undefined) {
    return current === before ? undefined : { after: current, commands: [] }
  }
  return { after: snapshotAfter(current, reaction, event), commands: reaction.commands ?? [] }
}

/** Undefined if the timer that fired is not set any more, or for another instant. */
function withoutFired(before: Snapshot, event: RecordedEvent): Snapshot | undefined {
  const { name, dueAt } = TimerFired.schema.parse(event.data)
  if (before.timers[name]?.at !== dueAt) return undefined
  const { [name]: _, ...timers } = before.timers
  return { ...before, timers }
}

function snapshotAfter(
  before: Snapshot,
  { state, timers = [] }: Reaction<unknown>,
  event: RecordedEvent,
): Snapshot {
  if (state === null) return ABSENT
  const json = state === before.state ? before.json : plainJson(state)
  return {
    state,
    json,
    timers: timers.reduce((set, one) => withTimer(set, one, event), before.timers),
  }
}

function plainJson(state: unknown): string {
  const json: string | undefined = JSON.stringify(state)
  if (json === undefined) throw new Error('a saga state must be plain JSON')
  return json
}

function withTimer(timers: Timers, { name, at }: Timer, event: RecordedEvent): Timers {
  const { [name]: before, ...others } = timers
  if (at === null) return before === undefined ? timers : others
  const instant = new Date(at).toISOString()
  if (before?.at === instant) return timers
  const { correlationId } = event.metadata
  return { ...others, [name]: { at: instant, causationId: event.id, correlationId } }
}

/** Scope of the command ids of sagas: part of what makes a replay change nothing, so never changed. */
const COMMAND_IDS = Uint8Array.from([
  0x1d, 0x0c, 0x7a, 0x52, 0x5b, 0x2e, 0x4f, 0x0b, 0x9a, 0x3e, 0x6f, 0x54, 0xd2, 0x17, 0x8c, 0x90,
])

export function commandIdOf(saga: string, key: string, eventId: string, index: number): string {
  return v5(JSON.stringify([saga, key, eventId, index]), COMMAND_IDS)
}

export function firingIdOf(saga: string, key: string, name: string, dueAt: Instant): string {
  return v5(JSON.stringify(['timer', saga, key, name, dueAt]), COMMAND_IDS)
}
