/** How a read model is declared: its tables, its version, and a pure handler per event. */

import type { EventDefinition, RecordedEvent } from '../domain/kernel/event.ts'

/** Postgres column types that read models use. */
export type ColumnType =
  | 'text'
  | 'integer'
  | 'bigint'
  | 'numeric'
  | 'boolean'
  | 'date'
  | 'timestamptz'
  | 'jsonb'
  | 'text[]'

export type Column = Readonly<{
  type: ColumnType
  nullable?: boolean
  /** The value of a row that a patch or an increment creates; default: null, or zero for numbers. */
  default?: Value
}>

export type Table = Readonly<{
  columns: Readonly<Record<string, Column>>
  key: readonly string[]
  /** Further indexes: each a list of columns (`'recorded_at desc'` is allowed). */
  indexes?: readonly (readonly string[])[]
  /** Columns searched by substring, served by a trigram index. */
  searched?: readonly string[]
}>

export type Tables = Readonly<Record<string, Table>>

export type Value = string | number | bigint | boolean | null | readonly unknown[] | object

export type Row = Readonly<Record<string, Value>>

/**
 * A change of one row, by key. `put` writes the whole row; `patch` changes columns of a row that is
 * there (none: nothing happens); `add` adds decimals or integers to columns, and makes the row if it
 * is not there (`set` gives its other columns then and on every add); `remove` deletes it.
 */
export type Change =
  | Readonly<{ op: 'put'; table: string; row: Row }>
  | Readonly<{ op: 'patch'; table: string; key: Row; set: Row }>
  | Readonly<{ op: 'add'; table: string; key: Row; add: Row; set?: Row }>
  | Readonly<{ op: 'remove'; table: string; key: Row }>

export type Handler<Data = unknown> = (event: RecordedEvent<string, Data>) => readonly Change[]

/** A handler bound to the event it handles. */
export type Handling = Readonly<{ eventType: string; handle: Handler<never> }>

const READ_MODEL = Symbol.for('tradeline.readModel')

export type ReadModel<Declared extends Tables = Tables> = Readonly<{
  [READ_MODEL]: true
  /** Lower-case words joined by underscores: also the name of its Postgres view prefix. */
  name: string
  /** Raised with every change of tables or handlers: the new version is then built beside the old. */
  version: number
  tables: Declared
  handlers: ReadonlyMap<string, Handler<never>>
  /** Called for every event, whatever its type; for the audit log and indexes. */
  every: Handler | undefined
}>

/** Binds a typed handler to its event. */
export function on<Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
  handle: Handler<Data>,
): Handling {
  return { eventType: definition.eventType, handle: handle as Handler<never> }
}

export function readModel<const Declared extends Tables>(
  declaration: Readonly<{
    name: string
    version: number
    tables: Declared
    handlers?: readonly Handling[]
    every?: Handler
  }>,
): ReadModel<Declared> {
  const handlers = new Map<string, Handler<never>>()
  for (const { eventType, handle } of declaration.handlers ?? []) {
    if (handlers.has(eventType)) throw new Error(`${declaration.name} handles ${eventType} twice`)
    handlers.set(eventType, handle)
  }
  const { name, version, tables, every } = declaration
  return { [READ_MODEL]: true, name, version, tables, handlers, every }
}

export function isReadModel(value: unknown): value is ReadModel {
  return typeof value === 'object' && value !== null && READ_MODEL in value
}
