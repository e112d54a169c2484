/** The identity of a row: two keys that Postgres finds equal have one text here. */

import type { ColumnType, Row, Table, Value } from '../read-model.ts'
import { numberKey } from './exact.ts'

/** Throws on a key column that is missing, null, or of another type. */
export function keyOf(tableName: string, { key, columns }: Table, cells: Row): string {
  let text = ''
  for (const name of key) {
    const value = cells[name]
    const type = columns[name]?.type
    if (value === undefined || value === null || type === undefined) {
      throw new TypeError(`key column ${tableName}.${name} has no value`)
    }
    const part = keyText(type, value)
    text += key.length === 1 ? part : `${part.length}:${part}`
  }
  return text
}

function keyText(type: ColumnType, value: Value): string {
  switch (type) {
    case 'integer':
    case 'bigint':
    case 'numeric':
      return numberKey(type, value)
    case 'timestamptz':
      return instantKey(value)
    case 'boolean':
      if (typeof value === 'boolean') return String(value)
      break
    default:
      if (typeof value === 'string') return storable(value)
  }
  throw new TypeError(`a key of type ${type} can't be a ${typeof value}`)
}

const FRACTION = /\.(\d{1,6})(?=Z$|[+-])/

/** Whole seconds of UTC and the fraction, at most microseconds, without its last zeros. */
function instantKey(value: Value): string {
  if (value instanceof Date) return instantKey(value.toISOString())
  const text = typeof value === 'string' ? value : ''
  const fraction = FRACTION.exec(text)?.[1]?.replace(/0+$/, '') ?? ''
  const seconds = Date.parse(text.replace(FRACTION, ''))
  if (Number.isNaN(seconds)) throw new TypeError('a key of type timestamptz must be an instant')
  return `${seconds}.${fraction}`
}

/** Text as Postgres can keep it: without NUL and half surrogates, which it refuses. */
export function storable(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes('\0') ? whole.replaceAll('\0', '\u{FFFD}') : whole
}
