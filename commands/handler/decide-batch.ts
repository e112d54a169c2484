/** Decides the commands that wait for one stream, one after another, on its state in memory. */

import type { DecisionContext } from '../../domain/context.ts'
import { dayIn } from '../../domain/kernel/dates.ts'
import type { Refusal } from '../../domain/kernel/decision.ts'
import { refusal } from '../../domain/kernel/decision.ts'
import type { Envelope } from '../../domain/kernel/event.ts'
import type { Position } from '../../domain/kernel/position.ts'
import { START } from '../../domain/kernel/position.ts'
import type { Policy } from '../../domain/policy.ts'
import { dealerPath, type Reference } from '../../domain/reference/reference.ts'
import type { AnyCommand } from '../command.ts'
import type { NewEvent } from '../event-store.ts'
import { Overloaded } from './errors.ts'
import { eventIdOf, newIdOf } from './identity.ts'
import type { IndexedCommand } from './ports.ts'
import type { Request } from './request.ts'
import { asRecorded, type KnownCommand, type StreamState } from './stream-state.ts'

/** A request whose ids are settled. */
export type Prepared = Request &
  Readonly<{
    commandId: string
    payloadHash: string
    payloadBytes: number
    stream: string
    streamId: string
    /** Makes the event ids of this try unlike those of any other: see `docs/decisions/command-handler.md`. */
    eventSalt: string
    indexed: IndexedCommand | undefined
    indexCheckpoint: Position
    lookedUp: unknown
  }>

/** The index's checkpoint for a command with a new random id, which no index can hold. */
export const NO_LOOKUP_NEEDED: Position = 2n ** 63n

export type Verdict =
  | Readonly<{ kind: 'accepted'; events: readonly NewEvent[]; firstRevision: bigint }>
  | Readonly<{ kind: 'known'; known: KnownCommand }>
  | Readonly<{ kind: 'refused'; refusal: Refusal }>
  | Readonly<{ kind: 'failed'; error: unknown }>

export type DecidedBatch = Readonly<{
  verdicts: readonly Verdict[]
  events: readonly NewEvent[]
}>

export type Circumstances = Readonly<{
  now: Date
  reference: Reference
  policy: Policy
}>

const MOST_EVENTS = 500
const MOST_PAYLOAD_BYTES = 192 * 1024

/** Decides as many of the requests as fit in one append (at least one); the verdicts are as many. */
export function decideBatch(
  entry: StreamState,
  requests: readonly Prepared[],
  circumstances: Circumstances,
): DecidedBatch {
  const scratch: StreamState = { ...entry, known: new Map() }
  const verdicts: Verdict[] = []
  const events: NewEvent[] = []
  let payloadBytes = 0
  for (const request of requests) {
    payloadBytes += request.payloadBytes
    const full = events.length >= MOST_EVENTS || payloadBytes > MOST_PAYLOAD_BYTES
    if (full && verdicts.length > 0) break
    const verdict = decideOne(entry, scratch, request, circumstances)
    verdicts.push(verdict)
    if (verdict.kind === 'accepted') events.push(...verdict.events)
  }
  return { verdicts, events }
}

function decideOne(
  entry: StreamState,
  scratch: StreamState,
  request: Prepared,
  circumstances: Circumstances,
): Verdict {
  const known = knownAs(entry, scratch, request)
  if (known !== undefined) {
    return known.payloadHash === request.payloadHash
      ? { kind: 'known', known }
      : { kind: 'refused', refusal: idempotencyKeyReused() }
  }
  if (belongsElsewhere(request, circumstances)) {
    const error = new Overloaded(`the view moved while ${request.command.name} was on its way`)
    return { kind: 'failed', error }
  }
  const wrong =
    revisionMoved(request, scratch.revision) ??
    notAsExpected(request.command, request.streamId, scratch.revision) ??
    notTheirDealer(request, scratch.state, circumstances.reference)
  if (wrong !== undefined) return { kind: 'refused', refusal: wrong }
  try {
    return settle(scratch, request, circumstances)
  } catch (error) {
    return { kind: 'failed', error }
  }
}

/** The stream was chosen by the view as it was then; the decision is made on what it is now. */
function belongsElsewhere(
  { command, input, streamId, commandId, lookedUp }: Prepared,
  { reference }: Circumstances,
): boolean {
  if (command.generatesStream === true) return false
  const newId = (purpose: string) => newIdOf(commandId, purpose)
  return command.stream(input, { newId, reference, lookup: lookedUp }) !== streamId
}

function knownAs(
  entry: StreamState,
  scratch: StreamState,
  { commandId, indexed, stream }: Prepared,
): KnownCommand | undefined {
  const known = scratch.known.get(commandId) ?? entry.known.get(commandId)
  if (known !== undefined || indexed?.stream !== stream) return known
  return { ...indexed, position: START }
}

function settle(scratch: StreamState, request: Prepared, circumstances: Circumstances): Verdict {
  const { command, input, streamId, stream, commandId } = request
  const context = contextOf(request, circumstances)
  const decision = command.decide(scratch.state, input, context)
  if (!decision.accepted) return { kind: 'refused', refusal: decision.refusal }
  const firstRevision = scratch.revision + 1n
  const versions = versionsOf(command)
  const events: NewEvent[] = []
  let state = scratch.state
  for (const [index, decided] of decision.events.entries()) {
    const schema = versions.get(decided.type)
    if (schema === undefined) {
      throw new Error(
        `${command.name} decided ${decided.type}, which ${streamId}'s aggregate has not`,
      )
    }
    const metadata = envelopeOf(request, circumstances, context, schema, decided.effectiveOn)
    const event: NewEvent = {
      ...decided,
      id: eventIdOf(request.eventSalt, index),
      metadata,
    }
    const recorded = asRecorded(stream, event, firstRevision + BigInt(index), START)
    state = command.aggregate.evolve(state, recorded, recorded)
    events.push(event)
  }
  scratch.state = state
  scratch.revision += BigInt(events.length)
  if (events.length > 0) {
    scratch.known.set(commandId, {
      payloadHash: request.payloadHash,
      firstRevision,
      lastRevision: scratch.revision,
      position: START,
    })
  }
  return { kind: 'accepted', events, firstRevision }
}

const versionsByAggregate = new WeakMap<object, ReadonlyMap<string, number>>()

function versionsOf({ aggregate }: AnyCommand): ReadonlyMap<string, number> {
  const cached = versionsByAggregate.get(aggregate)
  if (cached !== undefined) return cached
  const versions = new Map(aggregate.events.map((event) => [event.eventType, event.version]))
  versionsByAggregate.set(aggregate, versions)
  return versions
}

function contextOf(
  { commandId, actor, lookedUp }: Prepared,
  { now, reference, policy }: Circumstances,
): DecisionContext {
  const instant = now.toISOString()
  return {
    commandId,
    now: instant,
    today: reference.businessDay?.open ?? dayIn(policy.timeZone, instant),
    actor,
    reference,
    policy,
    newId: (purpose) => newIdOf(commandId, purpose),
    lookup: lookedUp,
  }
}

function envelopeOf(
  request: Prepared,
  { reference, policy }: Circumstances,
  context: DecisionContext,
  schema: number,
  effectiveOn: string | undefined,
): Envelope {
  const { commandId, correlationId, causationId, actor, payloadHash, traceparent } = request
  const { command, input } = request
  const closing = command.closes?.(input)
  const bookedOn = closing ?? context.today
  return {
    commandId,
    correlationId: correlationId ?? commandId,
    causationId: causationId ?? commandId,
    actor,
    recordedAt: context.now,
    bookedOn,
    ...(closing === undefined ? {} : { closing: true as const }),
    ...(effectiveOn === undefined || effectiveOn === bookedOn ? {} : { effectiveOn }),
    schema,
    payloadHash,
    currency: policy.currency,
    referencePosition: String(reference.position),
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}

/** The refusal of a key that comes again with another payload. */
export function idempotencyKeyReused(): Refusal {
  return refusal('idempotency-key-reused', {
    message: 'This idempotency key was used before, for another payload.',
    ways: ['send the original payload again, or use a new key'],
  })
}

function revisionMoved({ ifRevision }: Prepared, actual: bigint): Refusal | undefined {
  if (ifRevision === undefined || ifRevision === actual) return undefined
  return refusal('revision-moved', {
    kind: 'precondition',
    message: `You looked at revision ${ifRevision}; it is now ${actual}.`,
    inputs: { expected: String(ifRevision), actual: String(actual) },
    ways: ['read it again and decide on what it is now'],
  })
}

function notAsExpected(
  { expects, aggregate }: AnyCommand,
  streamId: string,
  revision: bigint,
): Refusal | undefined {
  const inputs = { [`${aggregate.category}Id`]: streamId }
  if (expects === 'new' && revision >= 0n) {
    return refusal(`${aggregate.category}-exists`, {
      kind: 'state',
      message: `There is already a ${aggregate.category} ${streamId}.`,
      inputs,
      ways: ['choose another id'],
    })
  }
  if (expects === 'existing' && revision < 0n) {
    return refusal(`${aggregate.category}-unknown`, {
      kind: 'unknown',
      message: `There is no ${aggregate.category} ${streamId}.`,
      inputs,
    })
  }
  return undefined
}

/** A dealer's people act for their own dealer and its descendants only (DOMAIN: People and rights). */
function notTheirDealer(
  { actor, command, input }: Prepared,
  state: unknown,
  reference: Reference,
): Refusal | undefined {
  if (!actor.role.startsWith('dealer-')) return undefined
  const target = command.dealer?.(input, state, actor)
  const allowed =
    target !== undefined &&
    actor.dealerId !== undefined &&
    (target === actor.dealerId ||
      dealerPath(reference, target).some(({ dealerId }) => dealerId === actor.dealerId))
  if (allowed) return undefined
  return refusal('not-your-dealer', {
    kind: 'forbidden',
    message: 'You may act for your own dealer and its descendants only.',
    inputs: { ...(actor.dealerId === undefined ? {} : { yours: actor.dealerId }) },
  })
}
