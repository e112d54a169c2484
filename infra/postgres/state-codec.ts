/**
 * States of aggregates as JSON and back: persistent maps, sets and lists, decimals, bigints. A state is
 * encoded again and again as it grows, and shares most of itself with the one before: what stands in a
 * persistent collection is encoded once, and remembered as long as it lives.
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

const TAG = '$'

type Encoded = WeakMap<object, string>

/** Encodes states; each encoder remembers what it has encoded. Throws on what it could not give back. */
export function stateEncoder(): (state: unknown) => string {
  const encoded: Encoded = new WeakMap()
  return (state) => textOf(state, encoded)
}

export function decodeState(text: string): unknown {
  return revived(JSON.parse(text))
}

function textOf(value: unknown, encoded: Encoded): string {
  if (value === undefined) return tagged('undefined', 'null')
  if (typeof value === 'bigint') return tagged('bigint', `"${value}"`)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Decimal.isDecimal(value)) return tagged('decimal', `"${value}"`)
  if (isOrderedMap(value)) return tagged('ordered', entriesOf(value, encoded))
  if (isMap(value)) return tagged('map', entriesOf(value, encoded))
  if (isSet(value)) return tagged('set', itemsOf(value, encoded))
  if (isList(value)) return tagged('list', itemsOf(value, encoded))
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item, encoded)).join(',')}]`
  return objectText(value, encoded)
}

function tagged(kind: string, text: string): string {
  return `{"${TAG}":"${kind}","v":${text}}`
}

function entriesOf(map: PersistentMap<unknown, unknown>, encoded: Encoded): string {
  const entries: string[] = []
  map.forEach((value, key) => {
    entries.push(`[${textOf(key, encoded)},${rememberedText(value, encoded)}]`)
  })
  return `[${entries.join(',')}]`
}

function itemsOf(items: PersistentSet<unknown> | List<unknown>, encoded: Encoded): string {
  const texts: string[] = []
  for (const item of items) texts.push(rememberedText(item, encoded))
  return `[${texts.join(',')}]`
}

function rememberedText(value: unknown, encoded: Encoded): string {
  if (typeof value !== 'object' || value === null) return textOf(value, encoded)
  const before = encoded.get(value)
  if (before !== undefined) return before
  const text = textOf(value, encoded)
  encoded.set(value, text)
  return text
}

/** Throws on what it could not give back as it was, such as a class instance. */
function objectText(value: object, encoded: Encoded): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new Error(`a state holds a ${value.constructor.name}, which no snapshot can`)
  }
  if (Object.hasOwn(value, TAG)) throw new Error(`a state holds a field named ${TAG}`)
  const fields: string[] = []
  for (const [key, item] of Object.entries(value)) {
    fields.push(`${JSON.stringify(key)}:${textOf(item, encoded)}`)
  }
  return `{${fields.join(',')}}`
}

/** Changes freshly parsed JSON in place: what holds nothing tagged stays as it is. */
function revived(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return revivedItems(value)
  if (Object.hasOwn(value, TAG)) return untagged(value as Tagged)
  const fields = value as Record<string, unknown>
  for (const key of Object.keys(fields)) {
    const item = fields[key]
    if (typeof item === 'object' && item !== null) fields[key] = revived(item)
  }
  return fields
}

function revivedItems(items: unknown[]): unknown[] {
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index]
    if (typeof item === 'object' && item !== null) items[index] = revived(item)
  }
  return items
}

type Tagged = Readonly<{ $: string; v: unknown }>

function untagged({ $: kind, v: value }: Tagged): unknown {
  if (kind === 'undefined') return undefined
  if (kind === 'bigint') return BigInt(String(value))
  if (kind === 'decimal') return decimal(String(value))
  const items = revivedItems(value as unknown[])
  if (kind === 'map') return PersistentMap(items as [unknown, unknown][])
  if (kind === 'ordered') return OrderedMap(items as [unknown, unknown][])
  if (kind === 'set') return PersistentSet(items)
  if (kind === 'list') return List(items)
  throw new Error(`a snapshot holds an unknown kind: ${kind}`)
}
