/** The timers of one saga instance that have fired. Stream: `timer-<saga>.<key>`. */

import { z } from 'zod'
import { aggregate, fold } from '../kernel/aggregate.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { event } from '../kernel/event.ts'
import { Instant } from '../kernel/values.ts'

/** A saga's name, as it is declared. */
const SagaName = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/)
const InstanceKey = z.string().min(1).max(200)
const TimerName = z.string().min(1).max(64)

const firing = { saga: SagaName, key: InstanceKey, name: TimerName, dueAt: Instant }

// Events: a storage format. Add fields and versions; never change a meaning.
export const TimerFired = event('TimerFired', 1, firing, {
  description: "A saga instance's timer reached its time.",
})

export type TimerFiredData = z.output<(typeof TimerFired)['schema']>

/** When each timer, by name, fired last: the instant it was due. */
export type TimerState = Readonly<Record<string, string>>

export const timer = aggregate<TimerState>({
  category: 'timer',
  version: 1,
  events: [TimerFired],
  initial: {},
  evolve: fold<TimerState, EventOf<typeof TimerFired>>({
    TimerFired: (state, { name, dueAt }) => ({ ...state, [name]: dueAt }),
  }),
})

export const FireTimerInput = z.strictObject(firing)
export type FireTimerInput = z.output<typeof FireTimerInput>

/** The id of an instance's timers within the category: a saga's name holds no dot. */
export function timerStreamId({ saga, key }: Readonly<{ saga: string; key: string }>): string {
  return `${saga}.${key}`
}

/** Records that a timer fired; firing it twice for the same instant changes nothing. */
export function fireTimer(state: TimerState, input: FireTimerInput): Decision {
  return state[input.name] === input.dueAt ? accept() : accept(TimerFired(input))
}
