/** Values of a change as the text that Postgres reads them from. */

import type { ColumnType, Value } from '../read-model.ts'
import { numberText } from './exact.ts'
import { storable } from './key.ts'

const SPECIAL = /["\\]/g

/** As an entry of a Postgres array stands between its quotes. */
export function escaped(text: string): string {
  return text.includes('"') || text.includes('\\') ? text.replace(SPECIAL, '\\$&') : text
}

/** A value as the text that Postgres reads it from. Throws a TypeError on a value of another type. */
export function textFor(type: ColumnType, value: NonNullable<Value>): string {
  switch (type) {
    case 'integer':
    case 'bigint':
    case 'numeric':
      return numberText(type, value)
    case 'jsonb':
      return jsonFor(value)
    case 'text[]':
      return textArrayFor(value)
    case 'boolean':
      if (typeof value === 'boolean') return String(value)
      break
    case 'timestamptz':
      if (value instanceof Date) return value.toISOString()
      if (typeof value === 'string') return value
      break
    default:
      if (typeof value === 'string') return storable(value)
  }
  throw new TypeError(`a ${typeof value} is no value of a ${type} column`)
}

function textArrayFor(value: Value): string {
  if (!Array.isArray(value)) throw new TypeError('a text[] column takes an array')
  const entries = value.map((entry) => {
    if (typeof entry !== 'string') throw new TypeError('a text[] column takes an array of texts')
    return `"${escaped(storable(entry))}"`
  })
  return `{${entries.join()}}`
}

/** Escapes of what Postgres can't keep; rare, so looked for before the slow way is taken. */
const NOT_STORABLE = /\\u(?:0000|d[89a-f])/i

function jsonFor(value: Value): string {
  try {
    const text = JSON.stringify(value)
    if (text !== undefined && !NOT_STORABLE.test(text)) return text
  } catch {
    // holds a bigint, or refers to itself: then the slow way throws as well
  }
  return JSON.stringify(value, (_, inner) => {
    if (typeof inner === 'bigint') return String(inner)
    return typeof inner === 'string' ? storable(inner) : inner
  })
}
