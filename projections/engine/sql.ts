/** The SQL of a read model's schema, tables, indexes and views. Names have passed `checkReadModels`. */

import pg from 'pg'
import type { ColumnType, ReadModel, Table, Value } from '../read-model.ts'
import { defaultOf } from './declarations.ts'
import { textFor } from './values.ts'

/** Where readers look: one view for each table, whichever build is behind it. */
export const READ_SCHEMA = 'read'

export function quoted(identifier: string): string {
  return pg.escapeIdentifier(identifier)
}

export function literal(text: string, type: string): string {
  return `${pg.escapeLiteral(text)}::${type}`
}

/** Makes the tables with their keys only: the other indexes are quicker made when the rows are in. */
export function createTables(schema: string, { tables }: ReadModel, temporary = false): string {
  const kind = temporary ? 'TEMPORARY TABLE' : 'TABLE IF NOT EXISTS'
  return Object.entries(tables)
    .map(([name, table]) => {
      const place = temporary ? quoted(name) : `${quoted(schema)}.${quoted(name)}`
      return `CREATE ${kind} ${place} (${columnsOf(table)});`
    })
    .join('\n')
}

function columnsOf({ columns, key }: Table): string {
  const parts = Object.entries(columns).map(([name, column]) => {
    const start = defaultOf(column)
    const defaults =
      start === undefined || start === null ? '' : ` DEFAULT ${literalOf(column.type, start)}`
    return `${quoted(name)} ${column.type}${column.nullable === true ? '' : ' NOT NULL'}${defaults}`
  })
  return [...parts, `PRIMARY KEY (${key.map(quoted).join(', ')})`].join(', ')
}

function literalOf(type: ColumnType, value: NonNullable<Value>): string {
  return literal(textFor(type, value), type)
}

/** `trigrams` is the operator class's schema. */
export function createIndexes(schema: string, { tables }: ReadModel, trigrams: string): string {
  return Object.entries(tables)
    .flatMap(([name, { indexes = [], searched = [] }]) => {
      const place = `${quoted(schema)}.${quoted(name)}`
      return [
        ...indexes.map((parts, index) => [`i${index}`, 'btree', parts.map(indexPart).join(', ')]),
        ...searched.map((column, index) => [
          `s${index}`,
          'gin',
          `${quoted(column)} ${quoted(trigrams)}.gin_trgm_ops`,
        ]),
      ].map(
        ([suffix, method, parts]) =>
          `CREATE INDEX IF NOT EXISTS ${quoted(`_${name}_${suffix}`)} ON ${place} USING ${method} (${parts});`,
      )
    })
    .join('\n')
}

function indexPart(expression: string): string {
  const [column = '', ...order] = expression.trim().split(/\s+/)
  return [quoted(column), ...order].join(' ')
}

export function analyzeTables(schema: string, tables: Iterable<string>): string {
  return [...tables].map((name) => `ANALYZE ${quoted(schema)}.${quoted(name)};`).join('\n')
}

/** Points the view of a table at a schema; columns are named, so that their order is the declared one. */
export function createView(schema: string, name: string, { columns }: Table): string {
  const named = Object.keys(columns).map(quoted).join(', ')
  return `CREATE OR REPLACE VIEW ${READ_SCHEMA}.${quoted(name)} AS
    SELECT ${named} FROM ${quoted(schema)}.${quoted(name)}`
}

export function dropView(name: string): string {
  return `DROP VIEW IF EXISTS ${READ_SCHEMA}.${quoted(name)}`
}
