/** The state of one stream in memory, with the command ids it knows, and how it is loaded. */

import type { Aggregate } from '../../domain/kernel/aggregate.ts'
import type { DecidedEvent, Envelope, RecordedEvent } from '../../domain/kernel/event.ts'
import type { Position } from '../../domain/kernel/position.ts'
import { START } from '../../domain/kernel/position.ts'
import type { EventStore } from '../event-store.ts'
import type { CommandIndex, SnapshotStore } from './ports.ts'

/** A command that the stream holds, by its id. */
export type KnownCommand = Readonly<{
  payloadHash: string
  firstRevision: bigint
  lastRevision: bigint
  position: Position
}>

/** Mutable on purpose: it belongs to one mailbox, which changes it only after an append. */
export type StreamState = {
  state: unknown
  /** -1 before the first event. */
  revision: bigint
  position: Position
  /** The commands of all events after `knownFrom`. */
  known: Map<string, KnownCommand>
  /** Events up to this position are not in `known`: the index has them. */
  knownFrom: Position
  /** How many commands `known` holds before the index is asked again what it has. */
  askIndexAt: number
  snapshotRevision: bigint
  lastEventId: string | undefined
}

export function emptyState(aggregate: Aggregate): StreamState {
  return {
    state: aggregate.initial,
    revision: -1n,
    position: START,
    known: new Map(),
    knownFrom: START,
    askIndexAt: 0,
    snapshotRevision: -1n,
    lastEventId: undefined,
  }
}

/** Folds one event into a stream's state and remembers its command. */
export function applyEvent(aggregate: Aggregate, entry: StreamState, event: RecordedEvent): void {
  entry.state = aggregate.evolve(entry.state, event, event)
  entry.revision = event.revision
  entry.position = event.position
  entry.lastEventId = event.id
  const { commandId, payloadHash } = event.metadata
  const before = entry.known.get(commandId)
  entry.known.set(commandId, {
    payloadHash,
    firstRevision: before?.firstRevision ?? event.revision,
    lastRevision: event.revision,
    position: event.position,
  })
}

/** Drops the oldest command ids, as far as the index holds them, until so many are left. */
export function forgetIndexed(entry: StreamState, checkpoint: Position, left: number): void {
  for (const [commandId, { position }] of entry.known) {
    if (entry.known.size <= left || position > checkpoint) break
    entry.known.delete(commandId)
    entry.knownFrom = position
  }
}

export type Loading = Readonly<{
  store: EventStore
  index: CommandIndex
  snapshots: SnapshotStore
}>

/** Loads a stream: a snapshot if one can be trusted and the index covers it, then the events after. */
export async function loadState(
  { store, index, snapshots }: Loading,
  aggregate: Aggregate,
  stream: string,
): Promise<StreamState> {
  const entry = emptyState(aggregate)
  const snapshot = await snapshots.load(stream, aggregate.version)
  if (snapshot !== undefined) {
    const { checkpoint } = await index.lookup([])
    if (checkpoint >= snapshot.position) {
      if (await continueFrom(store, aggregate, stream, entry, snapshot)) return entry
    }
  }
  const fresh = emptyState(aggregate)
  for await (const event of store.readStream(stream)) applyEvent(aggregate, fresh, event)
  return fresh
}

async function continueFrom(
  store: EventStore,
  aggregate: Aggregate,
  stream: string,
  entry: StreamState,
  snapshot: NonNullable<Awaited<ReturnType<SnapshotStore['load']>>>,
): Promise<boolean> {
  let trusted = false
  for await (const event of store.readStream(stream, { fromRevision: snapshot.revision })) {
    if (trusted) {
      applyEvent(aggregate, entry, event)
      continue
    }
    if (event.id !== snapshot.eventId) return false
    trusted = true
    entry.state = snapshot.state
    entry.revision = snapshot.revision
    entry.position = snapshot.position
    entry.knownFrom = snapshot.position
    entry.snapshotRevision = snapshot.revision
    entry.lastEventId = snapshot.eventId
  }
  return trusted
}

/** A decided event with its id and envelope as a recorded one, at the place it will get. */
export function asRecorded(
  stream: string,
  event: DecidedEvent & Readonly<{ id: string; metadata: Envelope }>,
  revision: bigint,
  position: Position,
): RecordedEvent {
  const dash = stream.indexOf('-')
  return {
    id: event.id,
    type: event.type,
    stream,
    category: stream.slice(0, dash),
    streamId: stream.slice(dash + 1),
    revision,
    position,
    data: event.data,
    metadata: event.metadata,
  }
}
