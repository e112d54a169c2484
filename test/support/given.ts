/** Given these events, when this is decided, then these events follow: tests of any aggregate. */

import type { Test } from 'tap'
import type { DecisionContext } from '../../domain/context.ts'
import type { Aggregate } from '../../domain/kernel/aggregate.ts'
import type { Decision } from '../../domain/kernel/decision.ts'
import type { DecidedEvent } from '../../domain/kernel/event.ts'
import { DEFAULT_POLICY } from '../../domain/policy.ts'
import { emptyReference } from '../../domain/reference/evolve.ts'
import { testEnvelope } from './recorded.ts'

/** A decision with its command's input already in it. */
export type Decide<State> = (state: State, context: DecisionContext) => Decision

export type Given<State> = Readonly<{
  state: State
  given: (...events: readonly DecidedEvent[]) => Given<State>
  /** Decides in another context from here on: another day, another reference. */
  in: (overrides: Partial<DecisionContext>) => Given<State>
  when: (decide: Decide<State>) => Outcome<State>
}>

/** Each check goes on from the state that the decision led to. */
export type Outcome<State> = Readonly<{
  decision: Decision
  /** Exactly these events. */
  then: (...events: readonly DecidedEvent[]) => Given<State>
  /** One or more events, whatever is in them. */
  accepted: () => Given<State>
  refused: (code: string, inputs?: Readonly<Record<string, unknown>>) => Given<State>
  /** Accepted, with no events. */
  changesNothing: () => Given<State>
}>

/** A context for decisions: Monday, 5 January 2026, ten in the morning in Shanghai. */
export function testContext(overrides: Partial<DecisionContext> = {}): DecisionContext {
  return {
    commandId: 'command',
    now: '2026-01-05T02:00:00.000Z',
    today: '2026-01-05',
    actor: { user: 'tester', role: 'brand-admin' },
    reference: emptyReference,
    policy: DEFAULT_POLICY,
    newId: (purpose) => `command-${purpose}`,
    ...overrides,
  }
}

/** Applies decided events to a state, as a stream that starts at a revision would. */
export function applyEvents<State>(
  aggregate: Aggregate<State>,
  state: State,
  events: readonly DecidedEvent[],
  firstRevision = 0,
  { today, actor }: Pick<DecisionContext, 'today' | 'actor'> = testContext(),
): State {
  return events.reduce((current, event, index) => {
    const revision = firstRevision + index
    const metadata = testEnvelope({
      bookedOn: today,
      actor,
      ...(event.effectiveOn === undefined ? {} : { effectiveOn: event.effectiveOn }),
    })
    return aggregate.evolve(current, event, {
      id: `event-${revision}`,
      revision: BigInt(revision),
      metadata,
    })
  }, state)
}

/**
 * Starts the tests of an aggregate: `const stock = scenarios(stockAggregate)`, and then
 * `stock(t).given(…).when((state, context) => reserve(state, …)).then(…)`.
 */
export function scenarios<State>(
  aggregate: Aggregate<State>,
): (t: Test, overrides?: Partial<DecisionContext>) => Given<State> {
  return (t, overrides) => at(t, aggregate, aggregate.initial, 0, testContext(overrides))
}

function at<State>(
  t: Test,
  aggregate: Aggregate<State>,
  state: State,
  revision: number,
  context: DecisionContext,
): Given<State> {
  const after = (events: readonly DecidedEvent[]) =>
    at(
      t,
      aggregate,
      applyEvents(aggregate, state, events, revision, context),
      revision + events.length,
      context,
    )
  return {
    state,
    given: (...events) => after(events),
    in: (overrides) => at(t, aggregate, state, revision, { ...context, ...overrides }),
    when: (decide) => outcome(t, decide(state, context), after),
  }
}

function outcome<State>(
  t: Test,
  decision: Decision,
  after: (events: readonly DecidedEvent[]) => Given<State>,
): Outcome<State> {
  const events = decision.accepted ? decision.events : []
  const exactly = (wanted: readonly DecidedEvent[]) => {
    t.ok(decision.accepted, `accepted${decision.accepted ? '' : `: ${decision.refusal.message}`}`)
    t.strictSame(events, wanted)
    return after(events)
  }
  return {
    decision,
    // biome-ignore lint/suspicious/noThenProperty: given, when, then is how these tests are read.
    then: (...wanted) => exactly(wanted),
    changesNothing: () => exactly([]),
    accepted: () => {
      t.ok(events.length > 0, 'accepted with events')
      return after(events)
    },
    refused: (code, inputs) => {
      t.match(decision, { accepted: false, refusal: { code } })
      if (!decision.accepted && inputs) t.match(decision.refusal.decision.inputs, inputs)
      return after([])
    },
  }
}
