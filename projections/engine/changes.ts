/**
 * The changes of many events, brought down to at most one operation a row before Postgres sees them.
 * What is in the database is not known here, so an operation says what happens either way.
 */

import type { Change, ReadModel, Row, Table, Value } from '../read-model.ts'
import { defaultOf, isNumber } from './declarations.ts'
import { sumOf } from './exact.ts'
import { keyOf } from './key.ts'

/**
 * `put`: the row is these cells, its others their defaults. `remove`: there is no such row. `patch`:
 * if the row is there, these cells are set. `add`: first `before` is set if the row is there; then it
 * is made with its defaults if it is not there; then `set` and `add` happen.
 */
export type RowOperation =
  | Readonly<{ kind: 'put'; key: Row; set: Row }>
  | Readonly<{ kind: 'remove'; key: Row }>
  | Readonly<{ kind: 'patch'; key: Row; set: Row }>
  | Readonly<{ kind: 'add'; key: Row; before: Row; set: Row; add: Row }>

/** The operations of one table, by the row's key. */
export type TableChanges = Readonly<{
  name: string
  table: Table
  rows: ReadonlyMap<string, RowOperation>
}>

export type Changes = Readonly<{
  /** Adds a change after those before; throws, changing nothing, if it does not fit its table. */
  apply: (change: Change) => void
  /** How many rows are concerned. */
  size: () => number
  tables: () => Iterable<TableChanges>
}>

export function collectChanges({ name, tables }: ReadModel): Changes {
  const byTable = new Map<string, { name: string; table: Table; rows: Map<string, RowOperation> }>()
  let size = 0
  return {
    apply: (change) => {
      const table = Object.hasOwn(tables, change.table) ? tables[change.table] : undefined
      if (table === undefined) throw new TypeError(`${name} has no table ${change.table}`)
      const cells = change.op === 'put' ? change.row : change.key
      const row = keyOf(change.table, table, cells)
      checkCells(change, table)
      const changes = byTable.get(change.table) ?? { name: change.table, table, rows: new Map() }
      const before = changes.rows.get(row)
      changes.rows.set(row, compose(table, before, change))
      byTable.set(change.table, changes)
      if (before === undefined) size += 1
    },
    size: () => size,
    tables: () => byTable.values(),
  }
}

const NONE: Row = {}

/** The one operation that does what the first and then the second do, whatever the row was before. */
export function compose(
  table: Table,
  before: RowOperation | undefined,
  change: Change,
): RowOperation {
  switch (change.op) {
    case 'put':
      return { kind: 'put', key: cellsOfKey(table, change.row), set: withoutKey(table, change.row) }
    case 'remove':
      return { kind: 'remove', key: change.key }
    case 'patch':
      return patched(before, change.key, change.set)
    case 'add':
      return added(table, before, change.key, change.add, change.set ?? NONE)
  }
}

function patched(before: RowOperation | undefined, key: Row, set: Row): RowOperation {
  switch (before?.kind) {
    case undefined:
      return { kind: 'patch', key, set }
    case 'remove':
      return before
    case 'put':
    case 'patch':
      return { ...before, set: { ...before.set, ...set } }
    case 'add':
      return { ...before, set: { ...before.set, ...set }, add: without(before.add, set) }
  }
}

function added(
  table: Table,
  before: RowOperation | undefined,
  key: Row,
  add: Row,
  set: Row,
): RowOperation {
  switch (before?.kind) {
    case undefined:
      return { kind: 'add', key, before: NONE, set, add }
    case 'patch':
      return { kind: 'add', key, before: before.set, set, add }
    case 'remove':
      return { kind: 'put', key, set: { ...sums(table, NONE, add), ...set } }
    case 'put':
      return { ...before, set: { ...before.set, ...sums(table, before.set, add), ...set } }
    case 'add':
      return addedTwice(table, before, add, set)
  }
}

function addedTwice(
  table: Table,
  before: Extract<RowOperation, { kind: 'add' }>,
  add: Row,
  set: Row,
): RowOperation {
  const cells = { ...before.set }
  const still = { ...before.add }
  for (const [column, amount] of Object.entries(add)) {
    const type = table.columns[column]?.type ?? 'numeric'
    const into = Object.hasOwn(cells, column) ? cells : still
    const now = into[column]
    into[column] = now === undefined ? amount : sumOf(type, now, amount)
  }
  return { ...before, set: Object.assign(cells, set), add: without(still, set) }
}

/** Columns of a row that is known, each with its amount added. */
function sums(table: Table, row: Row, add: Row): Row {
  const result: Record<string, Value> = {}
  for (const [column, amount] of Object.entries(add)) {
    const declared = table.columns[column]
    if (declared === undefined) continue
    const now = Object.hasOwn(row, column) ? row[column] : defaultOf(declared)
    result[column] = sumOf(declared.type, now ?? null, amount)
  }
  return result
}

function without(cells: Row, others: Row): Row {
  const columns = Object.keys(cells)
  if (!columns.some((column) => Object.hasOwn(others, column))) return cells
  return Object.fromEntries(
    Object.entries(cells).filter(([column]) => !Object.hasOwn(others, column)),
  )
}

function cellsOfKey({ key }: Table, row: Row): Row {
  const cells: Record<string, Value> = {}
  for (const column of key) cells[column] = row[column] ?? null
  return cells
}

function withoutKey({ key }: Table, row: Row): Row {
  const cells: Record<string, Value> = { ...row }
  for (const column of key) delete cells[column]
  return cells
}

/** A change may name only declared columns, and add only numbers, to columns it does not set. */
function checkCells(change: Change, table: Table): void {
  const { table: name } = change
  if (change.op === 'put') checkKnown(name, table, change.row)
  else checkOnlyKey(name, table, change.key)
  if (change.op === 'patch') checkSet(name, table, change.set)
  if (change.op === 'add') {
    checkSet(name, table, change.set ?? NONE)
    checkAdd(name, table, change.add, change.set ?? NONE)
  }
}

function checkKnown(name: string, { columns }: Table, cells: Row): void {
  for (const column in cells) {
    if (!Object.hasOwn(columns, column)) throw new TypeError(`there is no column ${name}.${column}`)
    if (cells[column] === undefined) throw new TypeError(`${name}.${column} has no value`)
  }
}

function checkOnlyKey(name: string, { key }: Table, cells: Row): void {
  if (Object.keys(cells).length !== key.length) {
    throw new TypeError(`a key of ${name} is ${key.join(', ')} and nothing else`)
  }
}

function checkSet(name: string, table: Table, cells: Row): void {
  checkKnown(name, table, cells)
  const changed = table.key.find((column) => Object.hasOwn(cells, column))
  if (changed !== undefined) throw new TypeError(`${name}.${changed} is a key and can't be changed`)
}

function checkAdd(name: string, table: Table, add: Row, set: Row): void {
  checkSet(name, table, add)
  for (const column of Object.keys(add)) {
    const type = table.columns[column]?.type
    if (type === undefined || !isNumber(type)) {
      throw new TypeError(`${name}.${column} is no number to add to`)
    }
    if (Object.hasOwn(set, column))
      throw new TypeError(`${name}.${column} is both set and added to`)
    sumOf(type, add[column] ?? 'null', 0)
  }
}
