/**
 * How the import of a file is declared: once. Its columns with their headings in both languages, which
 * rows form one unit, and the command that each unit becomes. The route, the template, the verdict on
 * each row and the command line follow from it.
 */

import type { AnyCommand } from '../command.ts'
import type { Cell, Reader } from './cells.ts'

export type Column<Value> = Readonly<{
  /** The template's heading in each language, and others that are understood. */
  headings: Readonly<{ en: string; zh: string; also?: readonly string[] }>
  read: Reader<Value>
  /** For the template. */
  example: string | number
  explained: Readonly<{ en: string; zh: string }>
}>

export type Columns = Readonly<Record<string, Column<unknown>>>

/** A row's values by column. */
export type RowOf<Of extends Columns> = Readonly<{
  [Name in keyof Of]: Of[Name] extends Column<infer Value> ? Value : never
}>

const IMPORT = Symbol.for('tradeline.import')

type Declaration<Of extends Columns> = Readonly<{
  /** In the plural, for the command line and the events: `orders`. */
  kind: string
  /** Below `/v1`, before `/import`: `/orders`. */
  path: string
  summary: string
  /** What one unit is called in English and Chinese, for messages and the template. */
  unit: Readonly<{ en: string; zh: string }>
  /** The answer's name of what a unit became: `orderId`. */
  idName: string
  columns: Of
  /** Rows alike in these form one unit; the first of them is the unit's name in the file. */
  unitedBy: readonly NoInfer<keyof Of & string>[]
  /** Columns in which the rows of a unit must not differ. */
  alike: readonly NoInfer<keyof Of & string>[]
  command: AnyCommand
  /** The command's input; checked by its schema. */
  input(rows: readonly [RowOf<Of>, ...RowOf<Of>[]]): unknown
}>

export type FileImport<Of extends Columns = Columns> = Declaration<Of> &
  Readonly<{ [IMPORT]: true }>

/** Declares an import. */
export function fileImport<Of extends Columns>(declaration: Declaration<Of>): FileImport<Of> {
  return { [IMPORT]: true, ...declaration }
}

/** An import of any columns, as the registry and the engine hold it. */
export type AnyFileImport = FileImport

export function isFileImport(value: unknown): value is AnyFileImport {
  return typeof value === 'object' && value !== null && IMPORT in value
}

/** A row of a file with its number there, from 1. */
export type FileRow = Readonly<{ row: number; cells: readonly Cell[] }>
