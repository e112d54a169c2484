/** The AsyncAPI document of the feed, made from its declarations. */

import { z } from 'zod'
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts'
import { CLOUD_EVENTS_TYPE } from './message.ts'
import { FEED_PREFIX, type PublicEvent } from './public-event.ts'
import { Instant, LocalDate } from './values.ts'

/** What is around the data of every message. */
const Envelope = z.object({
  specversion: z.literal('1.0'),
  id: z.string().describe('Never two messages of one id; also the header Nats-Msg-Id.'),
  source: z.string().describe('`/tradeline/` and the area.'),
  type: z.string().describe('Also the NATS subject.'),
  subject: z.string().describe('The id of what it is about.'),
  time: Instant.describe('When it was recorded.'),
  datacontenttype: z.literal('application/json'),
  sequence: z
    .string()
    .regex(/^[1-9][0-9]*$/)
    .describe('The number in the whole feed: from 1, without gaps, in the order of the stream.'),
  sequencetype: z.literal('Integer'),
  correlationid: z.string().describe('The same for everything that followed from one request.'),
  traceparent: z.string().optional().describe('W3C trace context of the request.'),
  bookedon: LocalDate.describe('The business day in whose books it is, and on whose statement.'),
  effectiveon: LocalDate.optional().describe('The value date, where it is another day.'),
})

type Json = Readonly<Record<string, unknown>>

/** In order of their types, so that the same declarations always give the same document. */
export function sorted(publicEvents: Iterable<PublicEvent>): readonly PublicEvent[] {
  return [...publicEvents].sort((one, other) => (one.type < other.type ? -1 : 1))
}

export function asyncApi(publicEvents: Iterable<PublicEvent>): Json {
  const all = sorted(publicEvents)
  const byKey = (entry: (publicEvent: PublicEvent) => Json) =>
    Object.fromEntries(all.map((publicEvent) => [keyOf(publicEvent), entry(publicEvent)]))
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'The ERP feed of tradeline',
      version: '1.0.0',
      description:
        'What happened, as CloudEvents 1.0 in structured JSON over NATS JetStream, in one stream, numbered without gaps.',
    },
    defaultContentType: CLOUD_EVENTS_TYPE,
    channels: byKey(channelOf),
    operations: byKey(operationOf),
    components: {
      messages: byKey(messageOf),
      schemas: { envelope: jsonSchemaOf(Envelope), ...byKey(({ schema }) => jsonSchemaOf(schema)) },
    },
  }
}

function keyOf({ version, area, name }: PublicEvent): string {
  return `v${version}.${area}.${name}`
}

function channelOf(publicEvent: PublicEvent): Json {
  return {
    address: publicEvent.type,
    messages: { [publicEvent.name]: { $ref: `#/components/messages/${keyOf(publicEvent)}` } },
  }
}

function operationOf(publicEvent: PublicEvent): Json {
  const channel = `#/channels/${keyOf(publicEvent)}`
  return {
    action: 'send',
    summary: publicEvent.description,
    channel: { $ref: channel },
    messages: [{ $ref: `${channel}/messages/${publicEvent.name}` }],
  }
}

function messageOf(publicEvent: PublicEvent): Json {
  const headers: JsonSchema = {
    type: 'object',
    properties: { 'Nats-Msg-Id': { type: 'string' }, 'Content-Type': { const: CLOUD_EVENTS_TYPE } },
  }
  return {
    name: publicEvent.type,
    title: publicEvent.name,
    summary: publicEvent.description,
    contentType: CLOUD_EVENTS_TYPE,
    tags: [{ name: `${FEED_PREFIX}/${publicEvent.area}` }],
    headers,
    payload: {
      allOf: [
        { $ref: '#/components/schemas/envelope' },
        {
          type: 'object',
          required: ['data'],
          properties: {
            type: { const: publicEvent.type },
            data: { $ref: `#/components/schemas/${keyOf(publicEvent)}` },
          },
        },
      ],
    },
  }
}

export const envelopeSchema: z.ZodType = Envelope
