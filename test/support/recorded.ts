/** Events as a stream gives them back, for tests of what follows the log. */

import type { DecidedEvent, Envelope, RecordedEvent } from '../../domain/kernel/event.ts'

export function testEnvelope(overrides: Partial<Envelope> = {}): Envelope {
  return {
    commandId: 'command',
    correlationId: 'correlation',
    causationId: 'cause',
    actor: { user: 'tester', role: 'brand-admin' },
    recordedAt: '2026-01-05T02:00:00.000Z',
    bookedOn: '2026-01-05',
    schema: 1,
    payloadHash: '',
    currency: 'CNY',
    ...overrides,
  }
}

type Place = Readonly<{ revision?: bigint; position?: bigint; metadata?: Partial<Envelope> }>

/** A decided event as if it were recorded in a stream such as `dealer-D1`. */
export function recorded<Event extends DecidedEvent>(
  stream: string,
  event: Event,
  { revision = 0n, position = 0n, metadata = {} }: Place = {},
): RecordedEvent<Event['type'], Event['data']> {
  const dash = stream.indexOf('-')
  return {
    id: `${stream}@${revision}`,
    type: event.type,
    stream,
    category: stream.slice(0, dash),
    streamId: stream.slice(dash + 1),
    revision,
    position,
    data: event.data,
    metadata: testEnvelope({
      ...(event.effectiveOn === undefined ? {} : { effectiveOn: event.effectiveOn }),
      ...metadata,
    }),
  }
}
