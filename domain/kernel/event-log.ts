/** The one log of all streams, in order, as followers of it (sagas, projections, feeds) see it. */

import type { RecordedEvent } from './event.ts'
import type { Position } from './position.ts'

/**
 * A supervised subscription: it resumes by itself after a broken connection or a drop by the server,
 * from the last event given out. Events come once each, in position order, in bounded batches; the next
 * batch is read only when the handler of the one before has resolved.
 */
export interface EventLog {
  /**
   * Follows the log after a position (`START` for all of it) for ever. A handler's rejection ends the
   * subscription and rejects `ended`; `stop` ends it after the batch in hand. Whoever has caught up is
   * told so, if need be by a batch of no events; a follower of few categories is told by such batches,
   * from time to time, how far the log was read for it.
   */
  follow(options: Follow): Subscription
  /** Events after a position, in order, up to now. */
  readAll(options: ReadAll): AsyncIterable<RecordedEvent>
  /** The position of the newest event; `START` in an empty log. */
  head(): Promise<Position>
}

export type Follow = Readonly<{
  after: Position
  /** Only streams of these categories; all (of ours, never `$`-streams) if not given. */
  categories?: readonly string[]
  /** At most so many events a batch; default 512. */
  maxBatch?: number
  onBatch: (batch: Batch) => Promise<void>
}>

export type Batch = Readonly<{
  events: readonly RecordedEvent[]
  /** Everything up to here has been given out: the last event's position, or a later checkpoint. */
  position: Position
  /** Whether this batch reached what was the end of the log when it was taken. */
  live: boolean
}>

export type ReadAll = Readonly<{
  after: Position
  /** Up to and including this position. */
  upTo?: Position
  categories?: readonly string[]
}>

export type Subscription = Readonly<{
  stop: () => Promise<void>
  ended: Promise<void>
}>
