/** How a public event is declared: what the ERP feed says, in its own words, of one of our events. */

import type { z } from 'zod'
import type { EventDefinition, RecordedEvent } from '../domain/kernel/event.ts'

const PUBLIC_EVENT = Symbol.for('tradeline.publicEvent')

/** First part of every type and subject of the feed. */
export const FEED_PREFIX = 'tradeline'

export type PublicEvent = Readonly<{
  [PUBLIC_EVENT]: true
  area: string
  name: string
  version: number
  /** CloudEvents type and NATS subject: `tradeline.v1.orders.order-confirmed`. */
  type: string
  description: string
  /** The private event it is translated from. */
  eventType: string
  schema: z.ZodType
  /** Amounts at the top of the data that a day's statement adds up. */
  sums: readonly string[]
  /** The id of what the event is about. */
  about: (event: RecordedEvent) => string
  /** The public data; nothing: this one is not for the feed. */
  translate: (event: RecordedEvent) => unknown
}>

type Declaration<Type extends string, Data, Schema extends z.ZodType> = Readonly<{
  /** Lower-case words joined by dashes, as is the name. */
  area: string
  /** Past tense. */
  name: string
  /** Raised when a field goes away or changes its meaning; a field more needs no new version. */
  version: number
  description: string
  schema: Schema
  from: EventDefinition<Type, Data>
  translate: (event: RecordedEvent<Type, Data>) => z.input<Schema> | undefined
  /** Default: the id of the private event's stream. */
  about?: (data: Data) => string
  sums?: readonly (keyof z.input<Schema> & string)[]
}>

const WORDS = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/** Declares a public event; being exported from a file below `feed/` adds it to the feed. */
export function publicEvent<Type extends string, Data, Schema extends z.ZodType>(
  declaration: Declaration<Type, Data, Schema>,
): PublicEvent {
  const {
    area,
    name,
    version,
    description,
    schema,
    from,
    translate,
    about,
    sums = [],
  } = declaration
  if (!WORDS.test(area) || !WORDS.test(name)) {
    throw new Error(`${area}.${name}: areas and names are lower-case words joined by dashes`)
  }
  const typed = (event: RecordedEvent) => event as RecordedEvent<Type, Data>
  return {
    [PUBLIC_EVENT]: true,
    ...{ area, name, version, description, schema, sums },
    type: `${FEED_PREFIX}.v${version}.${area}.${name}`,
    eventType: from.eventType,
    about: (event) => (about === undefined ? event.streamId : about(typed(event).data)),
    translate: (event) => translate(typed(event)),
  }
}

export function isPublicEvent(value: unknown): value is PublicEvent {
  return typeof value === 'object' && value !== null && PUBLIC_EVENT in value
}
