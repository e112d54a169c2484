/** The pages about events that are made from their declarations: the catalogue and the feed's guide. */

import type { Aggregate } from '../domain/kernel/aggregate.ts'
import type { AnyEventDefinition } from '../domain/kernel/event.ts'
import { envelopeSchema, sorted } from './asyncapi.ts'
import { type Field, fieldsOf, jsonSchemaOf } from './json-schema.ts'
import type { PublicEvent } from './public-event.ts'
import { FIRST_HASH } from './statement.ts'

const MADE = '<!-- Made from the declarations by `npm run docs`: edit those, not this page. -->'

type Declared = Readonly<{
  events: ReadonlyMap<string, AnyEventDefinition>
  aggregates: ReadonlyMap<string, Aggregate>
  publicEvents: ReadonlyMap<string, PublicEvent>
}>

/** Every event that is stored, by the category of its streams. */
export function catalogue({ events, aggregates, publicEvents }: Declared): string {
  const publicTypes = new Map([...publicEvents.values()].map((each) => [each.eventType, each.type]))
  const owned = [...aggregates.values()].sort((one, other) =>
    one.category < other.category ? -1 : 1,
  )
  const groups = owned.map(({ category, events: own }) => ({
    title: `Streams \`${category}-…\``,
    definitions: own,
  }))
  const named = new Set(owned.flatMap((each) => each.events.map(({ eventType }) => eventType)))
  const others = [...events.values()].filter(({ eventType }) => !named.has(eventType))
  if (others.length > 0) groups.push({ title: 'Of no aggregate yet', definitions: others })
  return page([
    MADE,
    '# The events',
    'Every event that tradeline stores, in the version it is written in. What the ERP hears of them is in [erp-feed.md](erp-feed.md). Personal fields are encrypted with a key of the person they are about.',
    ...groups.flatMap(({ title, definitions }) => [
      `## ${title}`,
      ...definitions.map((definition) => eventSection(definition, publicTypes)),
    ]),
  ])
}

function eventSection(
  { eventType, version, schema, description, personal }: AnyEventDefinition,
  publicTypes: ReadonlyMap<string, string>,
): string {
  const isPersonal = (path: string) =>
    personal?.fields.some((field) => path === field || path.startsWith(`${field}.`)) ?? false
  const type = publicTypes.get(eventType)
  const fields = fieldsOf(jsonSchemaOf(schema)).map((field) =>
    isPersonal(field.path)
      ? { ...field, description: `Personal. ${field.description}`.trim() }
      : field,
  )
  return page([
    `### ${eventType}, version ${version}`,
    [description, type === undefined ? '' : `In the feed: \`${type}\`.`].join(' ').trim(),
    table(fields),
  ])
}

/** How to consume the feed, and all that it says. */
export function feedGuide(publicEvents: Iterable<PublicEvent>): string {
  const all = sorted(publicEvents)
  return page([
    MADE,
    '# The ERP feed',
    'What happened, told in a public, versioned language: [CloudEvents 1.0](https://github.com/cloudevents/spec) in structured JSON, over NATS JetStream. The stream is `TRADELINE`; each message is on the subject of its type. The same as a machine reads it: [asyncapi.json](asyncapi.json).',
    '## Missing nothing',
    'Every message has a number in the whole feed, `sequence`: 1, 2, 3 and so on, without gaps, in the order of the stream. Who reads the whole stream keeps the number of the last message it took in, takes the one with the next number, drops what has a number it has seen, and knows of a gap that something is missing. Who reads some subjects only sees their numbers grow.',
    '`sequence` and `id` of an event never change, whatever is restarted or restored. A message may come more than once; it then is the same to the byte. A field more in the data is no new version: ignore what you do not know. What takes a field away, or changes its meaning, is a new version with a subject of its own.',
    '## The statement of a day',
    `\`GET /v1/feed/statements/{date}\` says of the messages with that \`bookedon\` how many there are, the numbers of the first and the last (between them may be some of other days), sums by type, and a hash. The hash is a chain over these messages in order: it begins as ${FIRST_HASH.length} zeros, and each message makes it SHA-256, in lower-case hex, of the former hash's text, a line feed, and the message as it was received. The statement stands once \`closed\` is true and what \`books.business-day-closed\` says of the day has been taken in.`,
    '## The envelope',
    table(fieldsOf(jsonSchemaOf(envelopeSchema))),
    '## The messages',
    ...all.map((publicEvent) =>
      page([
        `### ${publicEvent.type}`,
        publicEvent.description,
        table(fieldsOf(jsonSchemaOf(publicEvent.schema))),
        publicEvent.sums.length === 0
          ? ''
          : `A statement adds up: ${publicEvent.sums.map((field) => `\`${field}\``).join(', ')}.`,
      ]),
    ),
  ])
}

function page(parts: readonly string[]): string {
  return `${parts
    .filter((part) => part !== '')
    .map((part) => part.trimEnd())
    .join('\n\n')}\n`
}

function table(fields: readonly Field[]): string {
  if (fields.length === 0) return 'No fields.'
  const rows = fields.map(
    ({ path, type, isRequired, description }) =>
      `| \`${path}\` | ${type.replaceAll('|', '\\|')}${isRequired ? '' : ', optional'} | ${description} |`,
  )
  return ['| field | type | |', '|---|---|---|', ...rows].join('\n')
}
