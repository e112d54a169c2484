/** What a declaration of read models must keep to, checked once before anything runs. */

import { createHash } from 'node:crypto'
import type { Column, ColumnType, ReadModel, Table, Value } from '../read-model.ts'

const NAME = /^[a-z][a-z0-9_]{0,39}$/
const INDEXED = /^([a-z][a-z0-9_]*)( asc| desc)?( nulls first| nulls last)?$/i
const NUMBERS: ReadonlySet<ColumnType> = new Set(['integer', 'bigint', 'numeric'])
const NO_KEYS: ReadonlySet<ColumnType> = new Set(['jsonb', 'text[]'])

/**
 * Throws if a name is not fit for Postgres, a key or an index names no column, or two read models
 * have the same name or a table of the same name (which would be one view).
 */
export function checkReadModels(readModels: readonly ReadModel[]): void {
  const owners = new Map<string, string>()
  const names = new Set<string>()
  for (const { name, tables } of readModels) {
    if (names.has(name)) throw new Error(`two read models are called ${name}`)
    names.add(checkedName(name))
    for (const [tableName, table] of Object.entries(tables)) {
      const owner = owners.get(tableName)
      if (owner !== undefined) throw new Error(`${owner} and ${name} both have table ${tableName}`)
      owners.set(checkedName(tableName), name)
      checkTable(tableName, table)
    }
  }
}

function checkedName(name: string): string {
  if (!NAME.test(name)) throw new Error(`${name} is no name for a read model, table or column`)
  return name
}

function checkTable(tableName: string, { columns, key, indexes = [], searched = [] }: Table): void {
  for (const column of Object.keys(columns)) checkedName(column)
  if (key.length === 0) throw new Error(`table ${tableName} has no key`)
  for (const name of key) {
    const column = columns[name]
    if (column === undefined) throw new Error(`key column ${tableName}.${name} is not declared`)
    if (column.nullable === true || NO_KEYS.has(column.type)) {
      throw new Error(`column ${tableName}.${name} can't be part of a key`)
    }
  }
  for (const name of [...indexes.flat().map(indexedColumn), ...searched]) {
    if (!Object.hasOwn(columns, name)) {
      throw new Error(`index column ${tableName}.${name} is not declared`)
    }
  }
}

function indexedColumn(expression: string): string {
  const name = INDEXED.exec(expression)?.[1]
  if (name === undefined) throw new Error(`${expression} can't be indexed`)
  return name
}

export function isNumber(type: ColumnType): boolean {
  return NUMBERS.has(type)
}

/** The value of a column that a new row does not give; undefined: it must be given. */
export function defaultOf({ type, nullable, default: given }: Column): Value | undefined {
  if (given !== undefined) return given
  if (nullable === true) return null
  return isNumber(type) ? 0 : undefined
}

/** Differs whenever the tables do, so that a changed table is built anew even at the same version. */
export function fingerprintOf({ tables }: ReadModel): string {
  const plain = JSON.stringify(tables, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return createHash('sha256').update(plain).digest('hex').slice(0, 16)
}
