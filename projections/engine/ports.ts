/** What the engine of the read models needs from outside. */

import type { PoolClient } from 'pg'
import type { Position } from '../../domain/kernel/position.ts'

/** Called inside every commit's transaction: throws if this process leads no more. */
export type Fence = (client: PoolClient) => Promise<void>

type Line = (fields: Readonly<Record<string, unknown>>, message: string) => void

export type Log = Readonly<{ info: Line; warn: Line; error: Line }>

/** Told of what the engine does, for metrics; must not throw. */
export type Observer = Readonly<{
  /** A batch was committed for a model: `events` is how many of the log's events it held. */
  onBatch?: (
    batch: Readonly<{
      model: string
      phase: 'live' | 'build'
      events: number
      ms: number
      position: Position
    }>,
  ) => void
  /** A model was stopped by an event. */
  onStopped?: (stopped: Readonly<{ model: string; position: Position }>) => void
}>
