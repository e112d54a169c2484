/**
 * States of aggregates as JSON and back: persistent maps, sets and lists, decimals, bigints. A state is
 * encoded again and again as it grows, and shares most of itself with the one before: a record that
 * stands in a persistent map is encoded once, and remembered as long as it lives. Records of one map
 * share the names of their fields. `undefined`, which states are full of, is written as `null`.
 */

import {
  isList,
  isMap,
  isOrderedMap,
  isSet,
  List,
  OrderedMap,
  Map as PersistentMap,
  Set as PersistentSet,
} from 'immutable'
import { Decimal, decimal } from '../../domain/kernel/money.ts'

/** Raised whenever what is written changes: snapshots of another version can't be read. */
export const STATE_CODEC_VERSION = 2

const TAG = '$'

/** Encodes states; each encoder remembers what it has encoded. Throws on what it could not give back. */
export function stateEncoder(): (state: unknown) => string {
  const remembered: Remembered = new WeakMap()
  return (state) => textOf(state, remembered)
}

export function decodeState(text: string): unknown {
  return revived(JSON.parse(text))
}

/** A record's fields: their names, and their values as text, joined. */
type Fields = Readonly<{ names: string; values: string }>
type Remembered = WeakMap<object, Fields>

function textOf(value: unknown, remembered: Remembered): string {
  if (value === undefined) return 'null'
  if (value === null) return tagged('null', 'null')
  if (typeof value === 'bigint') return tagged('bigint', `"${value}"`)
  if (typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item, remembered)).join(',')}]`
  if (Decimal.isDecimal(value)) return tagged('decimal', `"${value}"`)
  if (isMap(value)) return mapText(value, remembered)
  if (isSet(value)) return tagged('set', itemsOf(value, remembered))
  if (isList(value)) return tagged('list', itemsOf(value, remembered))
  return recordText(value, remembered)
}

function tagged(kind: string, text: string): string {
  return `{"${TAG}":"${kind}","v":${text}}`
}

function itemsOf(items: Iterable<unknown>, remembered: Remembered): string {
  return `[${Array.from(items, (item) => textOf(item, remembered)).join(',')}]`
}

/** `{ $, names: [[…], …], v: [[key, n, value, value, …] | [key, value], …] }`, n telling whose names. */
function mapText(map: PersistentMap<unknown, unknown>, remembered: Remembered): string {
  const shapes = new Map<string, number>()
  const entries: string[] = []
  map.forEach((value, key) => {
    const fields = isRecord(value) ? fieldsOf(value, remembered) : undefined
    if (fields === undefined) {
      entries.push(`[${textOf(key, remembered)},${textOf(value, remembered)}]`)
      return
    }
    const shape = shapes.get(fields.names) ?? shapes.size
    shapes.set(fields.names, shape)
    entries.push(`[${textOf(key, remembered)},${shape}${fields.values}]`)
  })
  const kind = isOrderedMap(map) ? 'ordered' : 'map'
  return `{"${TAG}":"${kind}","names":[${[...shapes.keys()].join(',')}],"v":[${entries.join(',')}]}`
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && isPlain(value) && !isEmpty(value)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A record without fields would be told from a value of the map by nothing. */
function isEmpty(value: object): boolean {
  for (const _ in value) return false
  return true
}

function fieldsOf(value: object, remembered: Remembered): Fields {
  const before = remembered.get(value)
  if (before !== undefined) return before
  const names = JSON.stringify(Object.keys(value))
  const values = Object.values(value)
    .map((item) => `,${textOf(item, remembered)}`)
    .join('')
  const fields = { names, values }
  remembered.set(value, fields)
  return fields
}

/** Throws on what it could not give back as it was, such as a class instance. */
function recordText(value: object, remembered: Remembered): string {
  if (!isPlain(value)) {
    throw new Error(`a state holds a ${value.constructor.name}, which no snapshot can`)
  }
  if (Object.hasOwn(value, TAG)) throw new Error(`a state holds a field named ${TAG}`)
  const fields = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}:${textOf(item, remembered)}`,
  )
  return `{${fields.join(',')}}`
}

type Tagged = Readonly<{ $: string; v: unknown; names?: readonly (readonly string[])[] }>

/** Changes freshly parsed JSON in place: what holds nothing tagged stays as it is. */
function revived(value: unknown): unknown {
  if (value === null) return undefined
  if (typeof value !== 'object') return value
  if (Array.isArray(value)) return revivedItems(value)
  if (Object.hasOwn(value, TAG)) return untagged(value as Tagged)
  const fields = value as Record<string, unknown>
  for (const key of Object.keys(fields)) {
    const item = fields[key]
    if (typeof item === 'object') fields[key] = revived(item)
  }
  return fields
}

function revivedItems(items: unknown[]): unknown[] {
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index]
    if (typeof item === 'object') items[index] = revived(item)
  }
  return items
}

function untagged({ $: kind, v: value, names = [] }: Tagged): unknown {
  if (kind === 'null') return null
  if (kind === 'bigint') return BigInt(String(value))
  if (kind === 'decimal') return decimal(String(value))
  const items = revivedItems(value as unknown[])
  if (kind === 'map') return PersistentMap(entriesOf(items, names))
  if (kind === 'ordered') return OrderedMap(entriesOf(items, names))
  if (kind === 'set') return PersistentSet(items)
  if (kind === 'list') return List(items)
  throw new Error(`a snapshot holds an unknown kind: ${kind}`)
}

const PLAIN_ENTRY = 2

function entriesOf(
  entries: readonly unknown[],
  names: readonly (readonly string[])[],
): [unknown, unknown][] {
  return (entries as unknown[][]).map((entry) => {
    const [key, shape] = entry
    if (entry.length === PLAIN_ENTRY) return [key, shape]
    const record: Record<string, unknown> = {}
    let at = PLAIN_ENTRY
    for (const name of names[Number(shape)] ?? []) record[name] = entry[at++]
    return [key, record]
  })
}
