/** Small events for tests of what stores, reads and follows them. */

import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { NewEvent } from '../../commands/event-store.ts'
import type { AnyEventDefinition, DecidedEvent } from '../../domain/kernel/event.ts'
import { event } from '../../domain/kernel/event.ts'
import { testEnvelope } from './recorded.ts'

/** Something happened; `n` says which. */
export const Noted = event('Noted', 1, { n: z.number().int(), text: z.string().optional() })

/** At its third version: `amount` was a number, then a string; its currency came last. */
export const Priced = event(
  'Priced',
  3,
  { amount: z.string(), currency: z.string() },
  {
    upcasts: [
      (data) => ({ ...data, amount: String(data.amount) }),
      (data) => ({ ...data, currency: 'CNY' }),
    ],
  },
)

/** Holds personal data: a field that may be absent, and one that may be null. */
export const Introduced = event(
  'Introduced',
  1,
  {
    person: z.string(),
    name: z.string().nullable(),
    contact: z.strictObject({ email: z.string(), phone: z.string() }).optional(),
    city: z.string(),
  },
  { personal: { fields: ['name', 'contact'], subject: ({ person }) => person } },
)

export const testRegistry: ReadonlyMap<string, AnyEventDefinition> = new Map(
  [Noted, Priced, Introduced].map((definition) => [definition.eventType, definition]),
)

/** An event ready to be appended; its id follows from the seed, so that it can be sent again. */
export function newEvent(decided: DecidedEvent, seed: string): NewEvent {
  const schema = testRegistry.get(decided.type)?.version ?? 1
  return { ...decided, id: testId(seed), metadata: testEnvelope({ commandId: seed, schema }) }
}

/** `count` events `Noted`, numbered from `from`. */
export function noted(seed: string, count: number, from = 0): readonly NewEvent[] {
  return Array.from({ length: count }, (_, index) =>
    newEvent(Noted({ n: from + index }), `${seed}/${from + index}`),
  )
}

/** A UUID (of version 5's form) that follows from a seed. */
export function testId(seed: string): string {
  const hex = createHash('sha1').update(seed).digest('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
