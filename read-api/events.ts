/** Whole events, fetched from their streams by place. */

import type { EventStore } from '../commands/event-store.ts'
import type { RecordedEvent } from '../domain/kernel/event.ts'

export type Place = Readonly<{ stream: string; revision: bigint }>

const AT_ONCE = 16

/** The events at these places, in the order of the places. */
export async function wholeEvents(
  store: Pick<EventStore, 'readStream'>,
  places: readonly Place[],
): Promise<readonly RecordedEvent[]> {
  const found: RecordedEvent[] = []
  for (let at = 0; at < places.length; at += AT_ONCE) {
    const some = places.slice(at, at + AT_ONCE)
    const events = await Promise.all(some.map((place) => eventAt(store, place)))
    found.push(...events.flatMap((event) => event ?? []))
  }
  return found
}

async function eventAt(
  store: Pick<EventStore, 'readStream'>,
  { stream, revision }: Place,
): Promise<RecordedEvent | undefined> {
  for await (const event of store.readStream(stream, { fromRevision: revision, maxCount: 1 })) {
    return event
  }
  return undefined
}

/** An event as the audit shows it. */
export function shown(event: RecordedEvent) {
  const { id, type, stream, revision, position, data, metadata } = event
  return {
    position: String(position),
    eventId: id,
    type,
    stream,
    revision: Number(revision),
    data,
    metadata,
  }
}
