/** How a saga is declared: the events it listens to, its correlation key, and a pure reaction. */

import type { EventDefinition, RecordedEvent } from '../domain/kernel/event.ts'
import type { Instant } from '../domain/kernel/values.ts'

/** A command that a saga asks for; its id is derived from the causing event and its place in the list. */
export type SagaCommand = Readonly<{
  /** The command declaration's name. */
  command: string
  input: Readonly<Record<string, unknown>>
}>

/** Sets (or, with `at: null`, clears) the instance's timer of that name. */
export type Timer = Readonly<{ name: string; at: Instant | null }>

export type Reaction<State> = Readonly<{
  /** `null` ends the instance: it is forgotten once its commands are accepted. */
  state: State | null
  commands?: readonly SagaCommand[]
  timers?: readonly Timer[]
}>

/** Which instance an event is for: its key, every live instance, or none. */
export type Correlation = string | typeof BROADCAST | undefined
export const BROADCAST = Symbol.for('tradeline.saga.broadcast')

export type Listening<State> = Readonly<{
  eventType: string
  correlate: (event: RecordedEvent<string, never>) => Correlation
  react: (
    state: State | undefined,
    event: RecordedEvent<string, never>,
  ) => Reaction<State> | undefined
}>

const SAGA = Symbol.for('tradeline.saga')

/** State must be plain JSON. `undefined` from `react` means that the event changes nothing. */
export type Saga<State = unknown> = Readonly<{
  [SAGA]: true
  name: string
  version: number
  listens: ReadonlyMap<string, Listening<State>>
}>

/** Binds a typed reaction to its event. `state` is undefined for an instance that is not there yet. */
export function listen<State, Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
  correlate: (event: RecordedEvent<string, Data>) => Correlation,
  react: (
    state: State | undefined,
    event: RecordedEvent<string, Data>,
  ) => Reaction<State> | undefined,
): Listening<State> {
  return {
    eventType: definition.eventType,
    correlate: correlate as Listening<State>['correlate'],
    react: react as Listening<State>['react'],
  }
}

export function saga<State>(
  declaration: Readonly<{ name: string; version: number; listens: readonly Listening<State>[] }>,
): Saga<State> {
  const listens = new Map<string, Listening<State>>()
  for (const listening of declaration.listens) {
    if (listens.has(listening.eventType)) {
      throw new Error(`${declaration.name} listens to ${listening.eventType} twice`)
    }
    listens.set(listening.eventType, listening)
  }
  return { [SAGA]: true, name: declaration.name, version: declaration.version, listens }
}

export function isSaga(value: unknown): value is Saga {
  return typeof value === 'object' && value !== null && SAGA in value
}
