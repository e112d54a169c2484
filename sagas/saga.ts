/** How a saga is declared: the events it listens to, its correlation key, and a pure reaction. */

import type { EventDefinition, RecordedEvent } from '../domain/kernel/event.ts'
import type { Instant } from '../domain/kernel/values.ts'
import type { TimerFiredData } from '../domain/timer/timer.ts'
import { TimerFired } from '../domain/timer/timer.ts'

/** A command that a saga asks for; its id is derived from the causing event and its place in the list. */
export type SagaCommand = Readonly<{
  /** The command declaration's name. */
  command: string
  input: Readonly<Record<string, unknown>>
}>

/**
 * Sets (or, with `at: null`, clears) the instance's timer of that name. Setting replaces the one before;
 * an instant in the past fires at once; an instant at which it has fired already does not fire again.
 */
export type Timer = Readonly<{ name: string; at: Instant | null }>

export type Reaction<State> = Readonly<{
  /** `null` ends the instance: it is forgotten once its commands are accepted. */
  state: State | null
  commands?: readonly SagaCommand[]
  timers?: readonly Timer[]
}>

/** Which instances an event is for: one or several by their keys, every live one, or none. */
export type Correlation = string | readonly string[] | typeof BROADCAST | undefined
export const BROADCAST = Symbol.for('tradeline.saga.broadcast')

export type Listening<State> = Readonly<{
  eventType: string
  /** For a reaction to a timer: its name. */
  timer?: string
  correlate: (event: RecordedEvent<string, never>) => Correlation
  react(
    state: State | undefined,
    event: RecordedEvent<string, never>,
    key: string,
  ): Reaction<State> | undefined
}>

const SAGA = Symbol.for('tradeline.saga')

/** State must be plain JSON. `undefined` from `react` means that the event changes nothing. */
export type Saga<State = unknown> = Readonly<{
  [SAGA]: true
  /** Lower-case words joined by dashes; part of command ids and stream names, so never changed. */
  name: string
  /** Raised whenever the state changes shape or meaning: it is then rebuilt from the log. */
  version: number
  /** Where a saga that never ran begins in an old log; see `docs/decisions/saga-runner.md`. */
  startAt: 'beginning' | 'head'
  /** No day closes while one of its instances is parked: money is on its way in it. */
  movesMoney: boolean
  listens: ReadonlyMap<string, Listening<State>>
}>

/**
 * Binds a typed reaction to its event. `state` is undefined for an instance that is not there yet; the
 * key tells several instances that one event is for apart.
 */
export function listen<State, Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
  correlate: (event: RecordedEvent<string, Data>) => Correlation,
  react: (
    state: State | undefined,
    event: RecordedEvent<string, Data>,
    key: string,
  ) => Reaction<State> | undefined,
): Listening<State> {
  return {
    eventType: definition.eventType,
    correlate: correlate as Listening<State>['correlate'],
    react: react as Listening<State>['react'],
  }
}

type FiredEvent = RecordedEvent<string, TimerFiredData>

/**
 * Binds a reaction to the instance's timer of that name. It is called only for the timer as it was last
 * set: one that was cleared or set anew while it fired is dropped.
 */
export function onTimer<State>(
  name: string,
  react: (state: State, event: FiredEvent) => Reaction<State> | undefined,
): Listening<State> {
  const fired = (state: State | undefined, event: FiredEvent) =>
    state === undefined ? undefined : react(state, event)
  return { ...listen(TimerFired, () => undefined, fired), timer: name }
}

type Declaration<State> = Readonly<{
  name: string
  version: number
  startAt?: 'beginning' | 'head'
  movesMoney?: boolean
  listens: readonly Listening<State>[]
}>

/** Declares a saga. Throws if its name is malformed, or it listens to an event or a timer twice. */
export function saga<State>(declaration: Declaration<State>): Saga<State> {
  const { name, version, startAt = 'beginning', movesMoney = false } = declaration
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) throw new Error(`${name} is no name for a saga`)
  const listens = new Map<string, Listening<State>>()
  const timers = declaration.listens.filter((listening) => listening.timer !== undefined)
  const events = declaration.listens.filter((listening) => listening.timer === undefined)
  for (const listening of timers.length > 0 ? [...events, firedOf(name, timers)] : events) {
    if (listens.has(listening.eventType)) {
      throw new Error(`${name} listens to ${listening.eventType} twice`)
    }
    listens.set(listening.eventType, listening)
  }
  return { [SAGA]: true, name, version, startAt, movesMoney, listens }
}

/** All of a saga's timers as one listening: the event says whose timer it is, and which. */
function firedOf<State>(saga: string, timers: readonly Listening<State>[]): Listening<State> {
  const byName = new Map(timers.map((listening) => [listening.timer, listening]))
  if (byName.size < timers.length) throw new Error(`${saga} reacts to a timer twice`)
  return listen<State, 'TimerFired', TimerFiredData>(
    TimerFired,
    ({ data }) => (data.saga === saga ? data.key : undefined),
    (state, event, key) =>
      byName.get(event.data.name)?.react(state, event as RecordedEvent<string, never>, key),
  )
}

export function isSaga(value: unknown): value is Saga {
  return typeof value === 'object' && value !== null && SAGA in value
}
