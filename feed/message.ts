/** The messages of the feed: CloudEvents 1.0 in structured JSON, numbered without gaps. */

import type { RecordedEvent } from '../domain/kernel/event.ts'
import { FEED_PREFIX, type PublicEvent } from './public-event.ts'

export const CLOUD_EVENTS_TYPE = 'application/cloudevents+json; charset=utf-8'

/** A message before it has its number. */
export type Unnumbered = Readonly<{
  event: RecordedEvent
  publicEvent: PublicEvent
  data: Readonly<Record<string, unknown>>
}>

export type Message = Readonly<{
  sequence: bigint
  /** Also the id that JetStream knows repetitions by. */
  eventId: string
  position: bigint
  subject: string
  /** The id of what it is about: the CloudEvents subject. */
  about: string
  bookedOn: string
  /** What is sent, to the byte. */
  body: string
}>

/** What a translation gave does not fit what was declared; the position tells which event. */
export class TranslationFailed extends Error {
  readonly position: bigint
  constructor({ type, position }: RecordedEvent, publicType: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`${type} at position ${position} can't be said as ${publicType}: ${why}`, { cause })
    this.name = 'TranslationFailed'
    this.position = position
  }
}

export type Translate = (event: RecordedEvent) => Unnumbered | undefined

/**
 * Translates by the declarations. Throws if two of them speak of one private event: an event is in
 * the feed once.
 */
export function translator(publicEvents: Iterable<PublicEvent>): Translate {
  const byEventType = new Map<string, PublicEvent>()
  for (const publicEvent of publicEvents) {
    const other = byEventType.get(publicEvent.eventType)
    if (other !== undefined) {
      throw new Error(`${other.type} and ${publicEvent.type} are both from ${other.eventType}`)
    }
    byEventType.set(publicEvent.eventType, publicEvent)
  }
  return (event) => {
    const publicEvent = byEventType.get(event.type)
    return publicEvent && translateOne(publicEvent, event)
  }
}

function translateOne(publicEvent: PublicEvent, event: RecordedEvent): Unnumbered | undefined {
  try {
    const translated = publicEvent.translate(event)
    if (translated === undefined) return undefined
    const data = publicEvent.schema.parse(translated) as Readonly<Record<string, unknown>>
    return { event, publicEvent, data }
  } catch (error) {
    throw new TranslationFailed(event, publicEvent.type, error)
  }
}

/** Gives a message its number in the feed. */
export function numbered({ event, publicEvent, data }: Unnumbered, sequence: bigint): Message {
  const { id, metadata } = event
  const about = publicEvent.about(event)
  const envelope = {
    specversion: '1.0',
    id,
    source: `/${FEED_PREFIX}/${publicEvent.area}`,
    type: publicEvent.type,
    subject: about,
    time: metadata.recordedAt,
    datacontenttype: 'application/json',
    sequence: String(sequence),
    sequencetype: 'Integer',
    correlationid: metadata.correlationId,
    traceparent: metadata.traceparent,
    bookedon: metadata.bookedOn,
    effectiveon: metadata.effectiveOn,
    data,
  }
  return {
    sequence,
    eventId: id,
    position: event.position,
    subject: publicEvent.type,
    about,
    bookedOn: metadata.bookedOn,
    body: JSON.stringify(envelope),
  }
}
