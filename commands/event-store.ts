/** What the write side needs of an event store. */

import type { DecidedEvent, Envelope, RecordedEvent } from '../domain/kernel/event.ts'

/** An event ready to be written: its id and envelope are decided, so that a retry repeats it. */
export type NewEvent = DecidedEvent & Readonly<{ id: string; metadata: Envelope }>

/** The stream must not exist, must stand at a revision, or may be anywhere. */
export type ExpectedRevision = 'no-stream' | 'any' | bigint

export type Appended = Readonly<{
  /** The revision of the last event written. */
  revision: bigint
  /** The position of the last event written. */
  position: bigint
}>

export interface EventStore {
  /**
   * Writes all events or none; returns once they are durable. After an unknown outcome it asks again
   * with the same ids. Throws `WrongExpectedRevision` or `EventStoreUnavailable`.
   */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended>
  /** A stream's events from a revision on, in order; nothing if there is no such stream. */
  readStream(stream: string, options?: ReadStream): AsyncIterable<RecordedEvent>
}

export type ReadStream = Readonly<{
  fromRevision?: bigint
  maxCount?: number
  backwards?: boolean
}>

/** The stream is not where the writer thought; `actual` is its revision, undefined if it has none. */
export class WrongExpectedRevision extends Error {
  readonly stream: string
  readonly actual: bigint | undefined
  constructor(stream: string, actual: bigint | undefined) {
    super(`stream ${stream} is at revision ${actual ?? 'none'}, not where it was expected`)
    this.name = 'WrongExpectedRevision'
    this.stream = stream
    this.actual = actual
  }
}

/** Events of more bytes than one append may have; nothing was sent. */
export class AppendTooLarge extends RangeError {
  readonly bytes: number
  readonly mostBytes: number
  constructor(stream: string, bytes: number, mostBytes: number) {
    super(`${bytes} bytes for ${stream}, above ${mostBytes} an append`)
    this.name = 'AppendTooLarge'
    this.bytes = bytes
    this.mostBytes = mostBytes
  }
}

/** The event store did not answer within its bounds; whether it wrote is not known. */
export class EventStoreUnavailable extends Error {
  constructor(doing: string, cause?: unknown) {
    super(`the event store is not available (${doing})`, { cause })
    this.name = 'EventStoreUnavailable'
  }
}
