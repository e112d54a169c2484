/** JSON Schemas of events, with the units of the values that they are made of. */

import { z } from 'zod'
import {
  Amount,
  Count,
  Instant,
  LocalDate,
  PositiveAmount,
  Quantity,
  Rate,
  SignedAmount,
  UnitPrice,
} from '../domain/kernel/values.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

const MONEY = 'Money, as a decimal string with at most 2 places'

const UNITS: ReadonlyMap<z.ZodType, string> = new Map<z.ZodType, string>([
  [Amount, `${MONEY}.`],
  [SignedAmount, `${MONEY}; may be negative.`],
  [PositiveAmount, `${MONEY}, above zero.`],
  [UnitPrice, 'Money for one base unit, as a decimal string with at most 4 places.'],
  [Quantity, 'Whole base units, at least 1.'],
  [Count, 'Whole base units.'],
  [Rate, 'A fraction from 0 to 1, as a decimal string.'],
  [LocalDate, 'A calendar day, in the time zone of the business.'],
  [Instant, 'An instant in UTC.'],
])

export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...converted } = z.toJSONSchema(schema, {
    target: 'draft-7',
    unrepresentable: 'any',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      const unit = UNITS.get(zodSchema as unknown as z.ZodType)
      if (unit !== undefined) jsonSchema.description ??= unit
    },
  })
  return converted
}

/** One field of an event, wherever it stands in it: `lines[].sku`. */
export type Field = Readonly<{
  path: string
  type: string
  isRequired: boolean
  description: string
}>

/** The fields of an object, each followed by the fields inside it. */
export function fieldsOf(schema: JsonSchema, inside = ''): readonly Field[] {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>
  const required = (schema.required ?? []) as readonly string[]
  return Object.entries(properties).flatMap(([name, property]) => {
    const path = `${inside}${name}`
    const description = descriptionOf(property)
    const field = { path, type: typeOf(property), isRequired: required.includes(name), description }
    return [field, ...fieldsInside(property, path)]
  })
}

function fieldsInside(property: JsonSchema, path: string): readonly Field[] {
  const items = property.items as JsonSchema | undefined
  if (items !== undefined) return fieldsOf(items, `${path}[].`)
  return [property, ...alternativesOf(property)].flatMap((each) => fieldsOf(each, `${path}.`))
}

function alternativesOf(property: JsonSchema): readonly JsonSchema[] {
  return (property.oneOf ?? property.anyOf ?? []) as readonly JsonSchema[]
}

/** In words: `string`, `list of object`, `"term" or "prepaid"`. */
function typeOf(property: JsonSchema): string {
  if (property.const !== undefined) return JSON.stringify(property.const)
  if (Array.isArray(property.enum)) {
    return property.enum.map((value) => JSON.stringify(value)).join(' or ')
  }
  const alternatives = [...new Set(alternativesOf(property).map(typeOf))]
  if (alternatives.length > 0) return alternatives.join(' or ')
  if (property.type === 'array') return `list of ${typeOf((property.items ?? {}) as JsonSchema)}`
  return typeof property.type === 'string' ? property.type : 'anything'
}

function descriptionOf(property: JsonSchema): string {
  return typeof property.description === 'string' ? property.description : ''
}
