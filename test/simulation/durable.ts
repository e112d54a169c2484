/** What outlives a crash besides the log: the index of command ids, snapshots, read models, saga tables. */

import type { Lookups } from '../../commands/command.ts'
import type { IndexAnswer, IndexedCommand, Snapshot } from '../../commands/handler/ports.ts'
import type { Envelope } from '../../domain/kernel/event.ts'
import type { Position } from '../../domain/kernel/position.ts'
import { START } from '../../domain/kernel/position.ts'
import type { StoredEvent } from '../../infra/event-store/codec.ts'
import { decodeState, stateEncoder } from '../../infra/postgres/state-codec.ts'

export type Durable = Readonly<{
  index: Readonly<{
    lookup: (commandIds: readonly string[]) => IndexAnswer
    /** Takes in all events up to here. */
    catchUp: (events: readonly StoredEvent[]) => void
  }>
  snapshots: Readonly<{
    load: (stream: string, version: number) => Snapshot | undefined
    save: (stream: string, version: number, snapshot: Snapshot) => void
  }>
  lookups: Lookups
}>

export function createDurable(lookups: Lookups): Durable {
  return { index: createIndex(), snapshots: createSnapshots(), lookups }
}

function createIndex(): Durable['index'] {
  const commands = new Map<string, IndexedCommand>()
  let checkpoint: Position = START
  let taken = 0

  function take({ stream, revision, position, metadata }: StoredEvent): void {
    const { commandId, payloadHash } = metadata as Envelope
    const before = commands.get(commandId)
    const firstRevision = before?.firstRevision ?? revision
    commands.set(commandId, {
      commandId,
      stream,
      payloadHash,
      firstRevision,
      lastRevision: revision,
    })
    checkpoint = position
  }

  return {
    lookup(commandIds) {
      const found = new Map<string, IndexedCommand>()
      for (const id of commandIds) {
        const command = commands.get(id)
        if (command !== undefined) found.set(id, command)
      }
      return { checkpoint, found }
    },
    catchUp(events) {
      for (const event of events.slice(taken)) take(event)
      taken = events.length
    },
  }
}

type Saved = Readonly<{ version: number; snapshot: Omit<Snapshot, 'state'>; text: string }>

function createSnapshots(): Durable['snapshots'] {
  const saved = new Map<string, Saved>()
  const encode = stateEncoder()
  return {
    load(stream, version) {
      const found = saved.get(stream)
      if (found?.version !== version) return undefined
      return { ...found.snapshot, state: decodeState(found.text) }
    },
    save(stream, version, { state, ...snapshot }) {
      saved.set(stream, { version, snapshot, text: encode(state) })
    },
  }
}
