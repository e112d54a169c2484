/**
 * Between the events of the domain and their stored JSON. On the way in, data is held against its
 * schema and personal fields are sealed; on the way out, they are opened and old versions are lifted.
 *
 * A personal field whose key is forgotten is left out where its schema lets it be absent, and is
 * `null` otherwise; a definition whose schema allows neither is turned away when the codec is made.
 */

import type { NewEvent } from '../../commands/event-store.ts'
import type { AnyEventDefinition, Envelope, RecordedEvent } from '../../domain/kernel/event.ts'
import { isSealed, open, type PersonalKeys, SealedField, seal } from './personal-data.ts'

export type Registry = ReadonlyMap<string, AnyEventDefinition>

type Json = Readonly<Record<string, unknown>>

/** An event as it is handed to the store: plain JSON. */
export type EncodedEvent = Readonly<{ id: string; type: string; data: Json; metadata: Envelope }>

/** An event as the store gives it back. */
export type StoredEvent = Readonly<{
  id: string
  type: string
  stream: string
  revision: bigint
  position: bigint
  created: Date
  data: unknown
  metadata: unknown
}>

export type Codec = Readonly<{
  /** Throws if an event's type is unknown or its data is not what its schema says. */
  encode: (events: readonly NewEvent[]) => Promise<readonly EncodedEvent[]>
  /** System events (of types or streams that begin with `$`) are left out. */
  decode: (events: readonly StoredEvent[]) => Promise<readonly RecordedEvent[]>
}>

export function createCodec(registry: Registry, keys: PersonalKeys): Codec {
  for (const definition of registry.values()) checkForgettable(definition)
  return {
    encode: (events) => Promise.all(events.map((event) => encodeOne(registry, keys, event))),
    decode: async (events) => {
      const ours = events.filter((event) => !isSystem(event))
      const subjects = new Set(ours.flatMap(sealedSubjects))
      const known = subjects.size === 0 ? NO_KEYS : await keys.known([...subjects])
      return ours.map((event) => decodeOne(registry, known, event))
    },
  }
}

const NO_KEYS: ReadonlyMap<string, Buffer> = new Map()

function isSystem({ type, stream }: StoredEvent): boolean {
  return type.startsWith('$') || stream.startsWith('$')
}

/** A person can be forgotten only if the schema lets the field be absent or null. */
function checkForgettable({ eventType, schema, personal }: AnyEventDefinition): void {
  const shape = shapeOf(schema)
  for (const field of personal?.fields ?? []) {
    const accepts = (value: unknown) => shape[field]?.safeParse(value).success
    if (!accepts(undefined) && !accepts(null)) {
      throw new Error(`${eventType}.${field} is personal: its schema must be optional or nullable`)
    }
  }
}

type Shape = Readonly<Record<string, AnyEventDefinition['schema']>>

function shapeOf(schema: AnyEventDefinition['schema']): Shape {
  return 'shape' in schema ? (schema.shape as Shape) : {}
}

async function encodeOne(
  registry: Registry,
  keys: PersonalKeys,
  { id, type, data, metadata }: NewEvent,
): Promise<EncodedEvent> {
  const definition = registry.get(type)
  if (definition === undefined) throw new Error(`no event is declared by the name ${type}`)
  if (metadata.schema !== definition.version) {
    throw new Error(`${type} is at version ${definition.version}, not ${metadata.schema}`)
  }
  const checked = definition.schema.safeParse(data)
  if (!checked.success) throw new Error(`${type} does not fit its schema: ${checked.error.message}`)
  return { id, type, metadata, data: await sealPersonal(definition, keys, id, data as Json) }
}

async function sealPersonal(
  { personal }: AnyEventDefinition,
  keys: PersonalKeys,
  id: string,
  data: Json,
): Promise<Json> {
  const fields = (personal?.fields ?? []).filter((field) => (data[field] ?? null) !== null)
  if (personal === undefined || fields.length === 0) return data
  const subject = personal.subject(data as never)
  const key = await keys.keyFor(subject)
  const sealed = fields.map((field) => [field, seal(data[field], subject, key, place(id, field))])
  return { ...data, ...Object.fromEntries(sealed) }
}

function place(id: string, field: string): string {
  return `${id}/${field}`
}

function sealedSubjects({ data }: StoredEvent): string[] {
  if (!isJson(data)) return []
  const subjects: string[] = []
  for (const key in data) {
    const value = data[key]
    if (isSealed(value)) subjects.push(value.subject)
  }
  return subjects
}

function decodeOne(
  registry: Registry,
  keys: ReadonlyMap<string, Buffer>,
  event: StoredEvent,
): RecordedEvent {
  const definition = registry.get(event.type)
  const metadata = envelopeOf(event)
  const data = openPersonal(definition, keys, event)
  const dash = event.stream.indexOf('-')
  return {
    id: event.id,
    type: event.type,
    stream: event.stream,
    category: dash < 0 ? event.stream : event.stream.slice(0, dash),
    streamId: dash < 0 ? '' : event.stream.slice(dash + 1),
    revision: event.revision,
    position: event.position,
    data: definition === undefined ? data : lift(definition, data, metadata.schema),
    metadata,
  }
}

function openPersonal(
  definition: AnyEventDefinition | undefined,
  keys: ReadonlyMap<string, Buffer>,
  { id, data }: StoredEvent,
): unknown {
  if (!isJson(data)) return data
  const fields = Object.keys(data).filter((field) => isSealed(data[field]))
  if (fields.length === 0) return data
  const opened: Record<string, unknown> = { ...data }
  for (const field of fields) {
    const sealed = SealedField.parse(data[field])
    const value = open(sealed, keys.get(sealed.subject), place(id, field))
    if (value !== undefined) opened[field] = value
    else if (mayBeAbsent(definition, field)) delete opened[field]
    else opened[field] = null
  }
  return opened
}

function mayBeAbsent(definition: AnyEventDefinition | undefined, field: string): boolean {
  if (definition === undefined) return false
  return shapeOf(definition.schema)[field]?.safeParse(undefined).success ?? false
}

/** Lifts data step by step to the newest version; throws if it is of a version not known yet. */
function lift({ eventType, version, upcasts }: AnyEventDefinition, data: unknown, from: number) {
  if (from === version) return data
  if (from > version) throw new Error(`${eventType} is stored at version ${from}, above ${version}`)
  return upcasts.slice(from - 1).reduce((lifted, upcast) => upcast(lifted), { ...(data as Json) })
}

function isJson(data: unknown): data is Json {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}

function envelopeOf(event: StoredEvent): Envelope {
  const { metadata } = event
  return isJson(metadata) && 'commandId' in metadata
    ? (metadata as Envelope)
    : foreignEnvelope(event)
}

/** For an event that some other program wrote into the same store. */
function foreignEnvelope({ id, created }: StoredEvent): Envelope {
  const recordedAt = created.toISOString()
  return {
    commandId: id,
    correlationId: id,
    causationId: id,
    actor: { user: 'unknown', role: 'unknown' },
    recordedAt,
    bookedOn: recordedAt.slice(0, 10),
    schema: 1,
    payloadHash: '',
    currency: '',
  }
}
