/** How an aggregate is declared: its stream category, its events and the fold of its state. */

import type { AnyEventDefinition, Envelope } from './event.ts'

/** Where an event stands in its stream, for those folds that need it. */
export type EventContext = Readonly<{
  id: string
  revision: bigint
  metadata: Envelope
}>

/** Applies one event to a state. Never fails, never judges, never mutates. */
export type Evolve<State, Context = EventContext> = (
  state: State,
  event: Readonly<{ type: string; data: unknown }>,
  context: Context,
) => State

type TypedEvent = Readonly<{ type: string; data: unknown }>

/** A handler for each event of a union, by type. */
export type FoldHandlers<State, Event extends TypedEvent, Context = EventContext> = {
  readonly [Type in Event['type']]: (
    state: State,
    data: Extract<Event, { type: Type }>['data'],
    context: Context,
  ) => State
}

/**
 * Makes an `evolve` of one handler per event; events of other types change nothing. `Context` is what
 * the handlers need of an event's place and envelope.
 */
export function fold<State, Event extends TypedEvent, Context = EventContext>(
  handlers: FoldHandlers<State, Event, Context>,
): Evolve<State, Context> {
  const byType = handlers as Readonly<
    Record<string, (state: State, data: unknown, context: Context) => State>
  >
  return (state, event, context) =>
    Object.hasOwn(byType, event.type)
      ? (byType[event.type]?.(state, event.data, context) ?? state)
      : state
}

const AGGREGATE = Symbol.for('tradeline.aggregate')

export type Aggregate<State = unknown> = Readonly<{
  [AGGREGATE]: true
  /** The part of the stream name before the dash; holds no dash itself. */
  category: string
  /** Raised whenever the shape or meaning of the state changes: old snapshots are then ignored. */
  version: number
  events: readonly AnyEventDefinition[]
  initial: State
  evolve(
    state: State,
    event: Readonly<{ type: string; data: unknown }>,
    context: EventContext,
  ): State
}>

export function aggregate<State>(
  declaration: Omit<Aggregate<State>, typeof AGGREGATE>,
): Aggregate<State> {
  if (declaration.category.includes('-')) throw new Error('a category holds no dash')
  return { [AGGREGATE]: true, ...declaration }
}

export function isAggregate(value: unknown): value is Aggregate {
  return typeof value === 'object' && value !== null && AGGREGATE in value
}

export function streamName(category: string, id: string): string {
  return `${category}-${id}`
}
