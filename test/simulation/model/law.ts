/** A law that does not hold: which, where in the log, and which streams to look at. */

import type { Envelope } from '../../../domain/kernel/event.ts'
import type { StoredEvent } from '../../../infra/event-store/codec.ts'

export class BrokenLaw extends Error {
  readonly law: string
  readonly event: StoredEvent | undefined
  /** Stream names, or parts of them. */
  readonly streams: readonly string[]
  constructor(law: string, what: string, event?: StoredEvent, streams: readonly string[] = []) {
    super(`${law}: ${what}`)
    this.name = 'BrokenLaw'
    this.law = law
    this.event = event
    this.streams = streams
  }
}

/** The JSON of an event's data as the model reads it: it knows no type of the code's. */
// biome-ignore lint/suspicious/noExplicitAny: the model shares no schema with what it checks
export type Data = any

/** One recorded event, with its data and envelope opened. */
export type Seen = Readonly<{
  event: StoredEvent
  type: string
  data: Data
  metadata: Envelope
  /** In whose books it is, by its place in the log. */
  bookedOn: string
  /** Its value date. */
  effectiveOn: string
}>

/** Throws unless the condition holds. */
export function law(
  name: string,
  holds: unknown,
  what: () => string,
  { event }: Pick<Seen, 'event'> | { event: undefined } = { event: undefined },
  ...streams: readonly string[]
): void {
  if (!holds) throw new BrokenLaw(name, what(), event, streams)
}
