/** States of aggregates as JSON and back: persistent maps, sets and lists, decimals, bigints. */

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
type Tagged = Readonly<{ $: string; v: unknown }>

export function encodeState(state: unknown): string {
  return JSON.stringify(plain(state))
}

export function decodeState(text: string): unknown {
  return revive(JSON.parse(text))
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return { [TAG]: 'bigint', v: String(value) }
  if (value === undefined) return { [TAG]: 'undefined', v: null }
  if (typeof value !== 'object' || value === null) return value
  if (Decimal.isDecimal(value)) return { [TAG]: 'decimal', v: String(value) }
  if (isOrderedMap(value)) return { [TAG]: 'ordered', v: entriesOf(value) }
  if (isMap(value)) return { [TAG]: 'map', v: entriesOf(value) }
  if (isSet(value)) return { [TAG]: 'set', v: [...value].map(plain) }
  if (isList(value)) return { [TAG]: 'list', v: [...value].map(plain) }
  if (Array.isArray(value)) return value.map(plain)
  return plainObject(value)
}

function entriesOf(map: PersistentMap<unknown, unknown>): unknown[] {
  return [...map].map(([key, value]) => [plain(key), plain(value)])
}

/** Throws on what it could not give back as it was, such as a class instance. */
function plainObject(value: object): Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new Error(`a state holds a ${value.constructor.name}, which no snapshot can`)
  }
  if (Object.hasOwn(value, TAG)) throw new Error(`a state holds a field named ${TAG}`)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

function revive(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(revive)
  if (isTagged(value)) return reviveTagged(value)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]))
}

function isTagged(value: object): value is Tagged {
  return Object.hasOwn(value, TAG)
}

function reviveTagged({ $: tag, v: value }: Tagged): unknown {
  if (tag === 'undefined') return undefined
  if (tag === 'bigint') return BigInt(String(value))
  if (tag === 'decimal') return decimal(String(value))
  const items = revive(value) as unknown[]
  if (tag === 'map') return PersistentMap(items as [unknown, unknown][])
  if (tag === 'ordered') return OrderedMap(items as [unknown, unknown][])
  if (tag === 'set') return PersistentSet(items)
  if (tag === 'list') return List(items)
  throw new Error(`a snapshot holds an unknown kind: ${tag}`)
}
