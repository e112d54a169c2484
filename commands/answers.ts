/** What answers are made of: the events that a command wrote. */

import type { EventDefinition, RecordedEvent } from '../domain/kernel/event.ts'

/** Whether a recorded event is of a definition; its data was checked when the stream was read. */
export function isOf<Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
  event: RecordedEvent,
): event is RecordedEvent<Type, Data> {
  return event.type === definition.eventType
}

/** The first of some events that is of a definition. */
export function firstOf<Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
  events: readonly RecordedEvent[],
): RecordedEvent<Type, Data> | undefined {
  for (const event of events) if (isOf(definition, event)) return event
  return undefined
}
