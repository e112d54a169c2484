/** The smallest aggregate that can refuse: a count that never passes its cap. And a handler over it. */

import { z } from 'zod'
import { command } from '../../../commands/command.ts'
import { createHandler, type HandlerPorts } from '../../../commands/handler/handler.ts'
import { DEFAULT_LIMITS, type HandlerLimits } from '../../../commands/handler/limits.ts'
import type { CommandIndex, IndexedCommand, Snapshot } from '../../../commands/handler/ports.ts'
import type { Request } from '../../../commands/handler/request.ts'
import { aggregate, fold } from '../../../domain/kernel/aggregate.ts'
import { accept, refuse } from '../../../domain/kernel/decision.ts'
import { type EventOf, event } from '../../../domain/kernel/event.ts'
import { START } from '../../../domain/kernel/position.ts'
import { DEFAULT_POLICY } from '../../../domain/policy.ts'
import { emptyReference } from '../../../domain/reference/evolve.ts'
import type { Reference } from '../../../domain/reference/reference.ts'
import {
  createMemoryStore,
  type MemoryStore,
  type MemoryStoreOptions,
} from '../../../infra/event-store/memory-store.ts'
import { testLookups } from '../../support/lookups.ts'

const CAP = 1_000
/** From then on no tally is started. */
const CLOSED_FROM = '2026-02-01T00:00:00.000Z'

export const Counted = event('Counted', 1, { by: z.number().int() })

export const tally = aggregate<number>({
  category: 'tally',
  version: 1,
  events: [Counted],
  initial: 0,
  evolve: fold<number, EventOf<typeof Counted>>({ Counted: (count, { by }) => count + by }),
})

export const Count = command<
  { tallyId: string; by: number; dealerId?: string | undefined },
  number
>({
  name: 'Count',
  schema: z.object({ tallyId: z.string(), by: z.number(), dealerId: z.string().optional() }),
  roles: ['brand-ops', 'dealer-buyer'],
  dealer: ({ dealerId }) => dealerId,
  aggregate: tally,
  stream: ({ tallyId }) => tallyId,
  expects: 'any',
  decide: (count, { by }) => {
    if (by === 13) throw new Error('a bug')
    if (count + by > CAP) {
      return refuse('over-cap', { message: 'Too much.', inputs: { count, cap: CAP } })
    }
    return by === 0 ? accept() : accept(Counted({ by }))
  },
})

export const StartTally = command<{ by: number }, number>({
  name: 'StartTally',
  schema: z.object({ by: z.number() }),
  roles: ['brand-ops'],
  aggregate: tally,
  stream: (_input, { newId }) => newId('tally'),
  generatesStream: true,
  expects: 'new',
  decide: (_count, { by }, { now }) =>
    now < CLOSED_FROM ? accept(Counted({ by })) : refuse('closed', { message: 'Too late.' }),
})

/** Counts what the hour is: another thing for whoever decides it later. */
export const CountHour = command<{ tallyId: string }, number>({
  name: 'CountHour',
  schema: z.object({ tallyId: z.string() }),
  roles: ['brand-ops'],
  aggregate: tally,
  stream: ({ tallyId }) => tallyId,
  expects: 'any',
  decide: (_count, _input, { now }) => accept(Counted({ by: Number(now.slice(11, 13)) })),
})

/** Counts in the tally of a dealer's tree. */
export const CountInTree = command<{ dealerId: string }, number>({
  name: 'CountInTree',
  schema: z.object({ dealerId: z.string() }),
  roles: ['brand-ops'],
  aggregate: tally,
  stream: ({ dealerId }, { reference }) => reference.dealers.get(dealerId)?.facilityId ?? dealerId,
  expects: 'any',
  decide: (_count, { dealerId }, { reference }) =>
    reference.dealers.has(dealerId)
      ? accept(Counted({ by: 1 }))
      : refuse('dealer-unknown', { message: 'No such dealer.' }),
})

/** An index over what a memory store holds, up to a checkpoint that the test moves. */
export function indexOf(store: MemoryStore): CommandIndex & { checkpoint: bigint; asked: number } {
  return {
    checkpoint: START,
    asked: 0,
    async lookup(commandIds) {
      this.asked += 1
      const found = new Map<string, IndexedCommand>()
      for await (const event of store.readAll({ after: START, upTo: this.checkpoint })) {
        const { commandId, payloadHash } = event.metadata
        if (!commandIds.includes(commandId)) continue
        const firstRevision = found.get(commandId)?.firstRevision ?? event.revision
        const { stream, revision } = event
        found.set(commandId, {
          commandId,
          stream,
          payloadHash,
          firstRevision,
          lastRevision: revision,
        })
      }
      return { checkpoint: this.checkpoint, found }
    },
  }
}

export type Bench = ReturnType<typeof bench>

/** A handler over a memory store, with everything a test may want to turn. */
export function bench(
  options: Omit<MemoryStoreOptions, 'registry'> = {},
  limits: Partial<HandlerLimits> = {},
) {
  const store = createMemoryStore({ registry: new Map([[Counted.eventType, Counted]]), ...options })
  return { ...over(store, limits), store }
}

/** Another handler, as another process would have it, over the same store. */
export function over(
  store: MemoryStore,
  limits: Partial<HandlerLimits> = {},
  now = '2026-01-05T02:00:00.000Z',
  reference: () => Reference = () => emptyReference,
) {
  const index = indexOf(store)
  const saved = new Map<string, Snapshot>()
  const quiet = () => undefined
  const ports: HandlerPorts = {
    store,
    index,
    snapshots: {
      load: async (stream) => saved.get(stream),
      save: async (stream, _version, snapshot) => void saved.set(stream, snapshot),
    },
    reference: { current: reference, seen: async () => true },
    clock: { now: () => new Date(now) },
    logger: { info: quiet, warn: quiet, error: quiet },
    policy: DEFAULT_POLICY,
    lookups: testLookups(),
  }
  const handler = createHandler(ports, { ...DEFAULT_LIMITS, ...limits })
  return { handler, index, saved }
}

export function count(by: number, rest: Partial<Request> = {}, tallyId = 'T1'): Request {
  const actor = { user: 'ann', role: 'brand-ops' }
  return { command: Count, input: { tallyId, by }, actor, ...rest }
}
