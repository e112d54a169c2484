/** Writes collected changes with few set-based statements: one for each table and kind of change. */

import type { ClientBase } from 'pg'
import type { Column, ColumnType, Row, Table } from '../read-model.ts'
import type { Changes, RowOperation, TableChanges } from './changes.ts'
import { defaultOf } from './declarations.ts'
import { literal, quoted } from './sql.ts'
import { escaped, textFor } from './values.ts'

/** Rows in one statement; more take several. */
const MAX_ROWS = 10_000

/** Must run inside a transaction. Rejects with Postgres's error, or a TypeError for a wrong value. */
export async function writeChanges(
  client: Pick<ClientBase, 'query'>,
  schema: string,
  changes: Changes,
): Promise<void> {
  for (const table of changes.tables()) {
    for (const { text, values } of statementsFor(schema, table))
      await client.query(text, [...values])
  }
}

type Kind = 'remove' | 'put' | 'patch' | 'add'

/** Rows whose change has the same kind and names the same columns. */
type Group = { kind: Kind; set: readonly string[]; add: readonly string[]; rows: GroupRow[] }
type GroupRow = Readonly<{ key: Row; set: Row; add: Row }>

type Statement = Readonly<{ text: string; values: readonly string[] }>

/** A row's `before` must be written before the rest of it, so patches come before additions. */
const ORDER: readonly Kind[] = ['remove', 'put', 'patch', 'add']

function* statementsFor(schema: string, { name, table, rows }: TableChanges): Generator<Statement> {
  const groups = [...grouped(rows.values()).values()]
  for (const kind of ORDER) {
    for (const group of groups) {
      if (group.kind !== kind) continue
      for (let start = 0; start < group.rows.length; start += MAX_ROWS) {
        yield statement(schema, name, table, group, group.rows.slice(start, start + MAX_ROWS))
      }
    }
  }
}

function grouped(operations: Iterable<RowOperation>): Map<string, Group> {
  const groups = new Map<string, Group>()
  const into = (kind: Kind, row: GroupRow) => {
    const [set, add] = [Object.keys(row.set).sort(), Object.keys(row.add).sort()]
    const shape = `${kind}:${set.join()}:${add.join()}`
    const group = groups.get(shape)
    if (group === undefined) groups.set(shape, { kind, set, add, rows: [row] })
    else group.rows.push(row)
  }
  for (const operation of operations) {
    const { kind, key } = operation
    if (kind === 'remove') into(kind, { key, set: {}, add: {} })
    else if (kind !== 'add') into(kind, { key, set: operation.set, add: {} })
    else {
      if (Object.keys(operation.before).length > 0) {
        into('patch', { key, set: operation.before, add: {} })
      }
      into(kind, operation)
    }
  }
  return groups
}

function statement(
  schema: string,
  name: string,
  table: Table,
  { kind, set, add }: Group,
  rows: readonly GroupRow[],
): Statement {
  const sources = [
    ...table.key.map((column) => source(table, 'key', column)),
    ...set.map((column) => source(table, 'set', column)),
    ...add.map((column) => source(table, 'add', column)),
  ]
  const clauses = clausesFor(table, kind, set, add)
  const on = table.key.map((column) => `t.${quoted(column)} = g.${quoted(column)}`)
  const unnested = sources.map(({ type }, index) => `$${index + 1}::${arrayTypeOf(type)}`)
  const selected = sources.map(({ alias, type }) =>
    type === 'text[]' ? `${quoted(alias)}::text[] AS ${quoted(alias)}` : quoted(alias),
  )
  return {
    text: `MERGE INTO ${quoted(schema)}.${quoted(name)} AS t
USING (SELECT ${selected.join(', ')} FROM unnest(${unnested.join(', ')})
  AS g(${sources.map(({ alias }) => quoted(alias)).join(', ')})) AS g
ON ${on.join(' AND ')} ${clauses.join(' ')}`,
    values: sources.map(({ part, column, type }) => arrayOf(type, rows, part, column)),
  }
}

type Source = Readonly<{
  part: 'key' | 'set' | 'add'
  column: string
  alias: string
  type: ColumnType
}>

/** Amounts to add are wider than their column, so that only the sum must fit. */
function source(table: Table, part: Source['part'], column: string): Source {
  const declared = table.columns[column]?.type
  if (declared === undefined) throw new TypeError(`column ${column} is not declared`)
  const type = part !== 'add' ? declared : declared === 'integer' ? 'bigint' : 'numeric'
  return { part, column, alias: column, type }
}

function clausesFor(
  table: Table,
  kind: Kind,
  set: readonly string[],
  add: readonly string[],
): readonly string[] {
  if (kind === 'remove') return ['WHEN MATCHED THEN DELETE']
  const cells = set.map((column) => `${quoted(column)} = g.${quoted(column)}`)
  const sums = add.map((column) => `${quoted(column)} = ${sumWith(table, column, 't')}`)
  const resets =
    kind === 'put' ? unnamed(table, set).map((name) => `${quoted(name)} = DEFAULT`) : []
  const assigned = [...cells, ...sums, ...resets]
  const update =
    assigned.length === 0 ? [] : [`WHEN MATCHED THEN UPDATE SET ${assigned.join(', ')}`]
  if (kind === 'patch') return update.length > 0 ? update : ['WHEN MATCHED THEN DO NOTHING']
  const columns = [...table.key, ...set, ...add].map(quoted)
  const values = [
    ...[...table.key, ...set].map((column) => `g.${quoted(column)}`),
    ...add.map((column) => sumWith(table, column, 'default')),
  ]
  const insert = `WHEN NOT MATCHED THEN INSERT (${columns.join(', ')}) VALUES (${values.join(', ')})`
  return [...update, insert]
}

function unnamed(table: Table, set: readonly string[]): readonly string[] {
  return Object.keys(table.columns).filter(
    (column) => !set.includes(column) && !table.key.includes(column),
  )
}

/** The amount added to what the row holds, or to what a new row would hold. */
function sumWith(table: Table, column: string, to: 't' | 'default'): string {
  const declared = table.columns[column]
  const type = declared?.type ?? 'numeric'
  const now = to === 't' ? `t.${quoted(column)}` : startOf(declared)
  return `(coalesce(${now}, 0) + g.${quoted(column)})::${type}`
}

function startOf(column: Column | undefined): string {
  const start = column === undefined ? null : (defaultOf(column) ?? null)
  return start === null ? '0' : literal(textFor(column?.type ?? 'numeric', start), 'numeric')
}

function arrayTypeOf(type: ColumnType): string {
  return type === 'text[]' ? 'text[]' : `${type}[]`
}

/** One column of the rows as the text of a Postgres array. */
function arrayOf(
  type: ColumnType,
  rows: readonly GroupRow[],
  part: 'key' | 'set' | 'add',
  column: string,
): string {
  const entries = rows.map((row) => {
    const value = row[part][column]
    if (value === undefined || value === null) return 'NULL'
    return `"${escaped(textFor(type, value))}"`
  })
  return `{${entries.join()}}`
}
