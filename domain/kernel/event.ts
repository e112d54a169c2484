/** How an event is declared: once, with its name, version, schema and personal fields. */

import type { z } from 'zod'
import { z as zod } from 'zod'
import type { Instant, LocalDate } from './values.ts'

/** What every event's metadata holds. */
export type Envelope = Readonly<{
  commandId: string
  correlationId: string
  causationId: string
  actor: Actor
  recordedAt: Instant
  /** The business day in whose books the event is. */
  bookedOn: LocalDate
  /** It belongs to the closing of that day: it is in its books though it landed after the closing began. */
  closing?: true
  /** The value date, where it differs from `bookedOn`. */
  effectiveOn?: LocalDate
  /** The version of the event's schema it was written with. */
  schema: number
  /** SHA-256 of the command's payload. */
  payloadHash: string
  /** ISO 4217 code of every amount in the event. */
  currency: string
  /** How far the reference view had read when this was decided with it. */
  referencePosition?: string
  traceparent?: string
}>

/** Who asked: a person of a role, acting for a dealer if the role is a dealer's. */
/** The day that an event counts from: its value date, or else the day that it is booked on. */
export function valueDateOf({ metadata }: Dated): LocalDate {
  return metadata.effectiveOn ?? metadata.bookedOn
}

/** What is known of when an event was. */
export type Dated = Readonly<{ metadata: Pick<Envelope, 'bookedOn' | 'effectiveOn'> }>

export type Actor = Readonly<{
  user: string
  role: string
  dealerId?: string
  address?: string
}>

/** An event as a decision gives it: not yet written. */
export type DecidedEvent<Type extends string = string, Data = unknown> = Readonly<{
  type: Type
  data: Data
  effectiveOn?: LocalDate
}>

/** An event as a stream gives it back, in its newest version. */
export type RecordedEvent<Type extends string = string, Data = unknown> = Readonly<{
  id: string
  type: Type
  /** `category-id` */
  stream: string
  category: string
  streamId: string
  revision: bigint
  /** Its place in the log of all streams; grows strictly. */
  position: bigint
  data: Data
  metadata: Envelope
}>

/** Lifts the data of one version to the next. */
export type Upcast = (data: Record<string, unknown>) => Record<string, unknown>

/**
 * Which fields are personal data, and whose: they are encrypted with a key per person. Once the person
 * is forgotten, an optional field is absent and a nullable one is null; it must be one of them.
 */
export type PersonalData<Data> = Readonly<{
  fields: readonly (keyof Data & string)[]
  subject: (data: Data) => string
}>

type Options<Data> = Readonly<{
  personal?: PersonalData<Data>
  /** For version n, n − 1 functions: from 1 to 2, from 2 to 3… */
  upcasts?: readonly Upcast[]
  /** One sentence for the event catalogue. */
  description?: string
}>

const DEFINITION = Symbol.for('tradeline.event')

export type EventDefinition<Type extends string = string, Data = never> = {
  (data: Data, dates?: Readonly<{ effectiveOn?: LocalDate }>): DecidedEvent<Type, Data>
  readonly [DEFINITION]: true
  readonly eventType: Type
  readonly version: number
  readonly schema: z.ZodType<Data>
  readonly personal: PersonalData<Data> | undefined
  readonly upcasts: readonly Upcast[]
  readonly description: string
}

/** An event of any definition, as the registry holds it. */
export type AnyEventDefinition = Readonly<{
  eventType: string
  version: number
  schema: z.ZodType
  personal: PersonalData<never> | undefined
  upcasts: readonly Upcast[]
  description: string
}>

/** The decided event a definition makes. */
export type EventOf<Definition> =
  Definition extends EventDefinition<infer Type, infer Data> ? DecidedEvent<Type, Data> : never

/** The recorded event of a definition. */
export type RecordedOf<Definition> =
  Definition extends EventDefinition<infer Type, infer Data> ? RecordedEvent<Type, Data> : never

/**
 * Declares an event. The result makes events of that type: `StockReserved({ orderId, … })`.
 * Throws if the upcasts do not reach the version.
 */
export function event<const Type extends string, Shape extends z.ZodRawShape>(
  type: Type,
  version: number,
  shape: Shape,
  options: Options<z.output<z.ZodObject<Shape>>> = {},
): EventDefinition<Type, z.output<z.ZodObject<Shape>>> {
  type Data = z.output<z.ZodObject<Shape>>
  const upcasts = options.upcasts ?? []
  if (upcasts.length !== version - 1) {
    throw new Error(`${type} is at version ${version} but has ${upcasts.length} upcasts`)
  }
  const make = (data: Data, dates?: Readonly<{ effectiveOn?: LocalDate }>) =>
    dates?.effectiveOn === undefined
      ? { type, data }
      : { type, data, effectiveOn: dates.effectiveOn }
  return Object.assign(make, {
    [DEFINITION]: true as const,
    eventType: type,
    version,
    schema: zod.strictObject(shape) as unknown as z.ZodType<Data>,
    personal: options.personal,
    upcasts,
    description: options.description ?? '',
  })
}

export function isEventDefinition(value: unknown): value is AnyEventDefinition {
  return typeof value === 'function' && DEFINITION in value
}
