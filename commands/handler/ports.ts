/** What the command handler needs of the outside, each a small interface handed in by `main.ts`. */

import type { Position } from '../../domain/kernel/position.ts'
import type { Reference } from '../../domain/reference/reference.ts'

/** What the index knows of a command that was accepted. */
export type IndexedCommand = Readonly<{
  commandId: string
  stream: string
  payloadHash: string
  firstRevision: bigint
  lastRevision: bigint
}>

export type IndexAnswer = Readonly<{
  /** All commands written up to here are in the index. */
  checkpoint: Position
  found: ReadonlyMap<string, IndexedCommand>
}>

/** All command ids ever accepted, up to a checkpoint. */
export interface CommandIndex {
  lookup(commandIds: readonly string[]): Promise<IndexAnswer>
}

/** The state of a stream at a revision, as its decider folds it. */
export type Snapshot = Readonly<{
  revision: bigint
  position: Position
  /** The id of the event at that revision: a snapshot is trusted only while that still holds. */
  eventId: string
  state: unknown
}>

/** A cache that may be lost at any time. */
export interface SnapshotStore {
  load(stream: string, stateVersion: number): Promise<Snapshot | undefined>
  save(stream: string, stateVersion: number, snapshot: Snapshot): Promise<void>
}

/** The in-memory view of reference data. */
export interface ReferenceView {
  /** Throws `Overloaded` if the view is older than its bound. */
  current(): Reference
  /** Resolves once the view has seen a position, or the bound has passed. */
  seen(position: Position, withinMs: number): Promise<boolean>
}

export interface Clock {
  now(): Date
}

export interface Logger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
