/** A command as it reaches the handler, and what comes of it. */

import type { Refusal } from '../../domain/kernel/decision.ts'
import type { Actor, RecordedEvent } from '../../domain/kernel/event.ts'
import type { Position } from '../../domain/kernel/position.ts'
import type { AnyCommand } from '../command.ts'

/** Who sends: a person or system with a role, or one of our own sagas. */
export type Sender = Actor & Readonly<{ role: string }>
export const SAGA_ROLE = 'saga'

export type Request = Readonly<{
  command: AnyCommand
  /** Parsed by the command's schema. */
  input: unknown
  actor: Sender
  /** Whether the sender signed in with a second factor. */
  secondFactor?: boolean
  /** A client's key, or undefined: then a repetition is a new command. */
  idempotencyKey?: string
  /** A ready command id (a saga's), instead of a key. */
  commandId?: string
  /** The revision the sender looked at (`If-Match`). */
  ifRevision?: bigint
  correlationId?: string
  causationId?: string
  traceparent?: string
  /** The reference view must have seen this position. */
  after?: Position
}>

export type Accepted = Readonly<{
  accepted: true
  streamId: string
  /** The events this command wrote, as recorded. */
  events: readonly RecordedEvent[]
  /** The stream's revision after it; -1 for a stream with no events. */
  revision: bigint
  position: Position
  /** Whether this is the answer of an earlier time. */
  replayed: boolean
  /** The stream's state by now. */
  state: unknown
}>

export type Outcome = Accepted | Readonly<{ accepted: false; refusal: Refusal }>
