/** Where the columns of a file are: its heading row is looked for, it need not be the first. */

import { type Cell, folded } from './cells.ts'
import type { AnyFileImport, Columns, FileRow } from './declaration.ts'

/** The columns of a file by their names in the declaration. */
export type Layout = Readonly<{
  headingRow: number
  /** The place of each column in a row, and its heading as the file has it. */
  places: ReadonlyMap<string, Readonly<{ at: number; heading: string }>>
  /** Headings that mean nothing here. */
  ignored: readonly string[]
}>

export type LayoutFault = Readonly<{
  code: 'heading-missing' | 'columns-missing' | 'heading-twice'
  message: string
  inputs: Readonly<Record<string, unknown>>
}>

/** So many rows are looked at for the headings. */
export const HEADING_WITHIN_ROWS = 20

/** No longer text is a heading: comparing takes time that grows with the square of its length. */
const MOST_HEADING_LENGTH = 200

/** A row with at least so many known headings is meant as the heading row. */
const RECOGNISED = 2

/** The names by which a file may call a column. */
function namesOf({ headings }: Columns[string]): readonly string[] {
  return [headings.en, headings.zh, ...(headings.also ?? [])]
}

/** Finds out which column a heading means. */
export function headingReader({ columns }: AnyFileImport): (heading: string) => string | undefined {
  const byName = new Map<string, string>()
  for (const [name, column] of Object.entries(columns)) {
    for (const alias of [name, ...namesOf(column)]) byName.set(keyOf(alias), name)
  }
  return (heading) => {
    if (heading.length > MOST_HEADING_LENGTH) return undefined
    const whole = byName.get(keyOf(heading))
    if (whole !== undefined) return whole
    // `订单号 / Order reference`: both parts, or the only known one.
    const known = heading.split(/[/|\n\r／]/).flatMap((part) => byName.get(keyOf(part)) ?? [])
    return new Set(known).size === 1 ? known[0] : undefined
  }
}

/** A heading for comparing: no blanks, marks or remarks in brackets, whatever its case. */
export function keyOf(heading: string): string {
  return folded(heading)
    .replaceAll(/\(.*?\)|\[.*?\]|【.*?】/g, '')
    .replaceAll(/[_\-.:*#]/g, '')
}

/** The layout that the first rows of a file show, or what is wrong with them. */
export function layoutOf(declared: AnyFileImport, rows: readonly FileRow[]): Layout | LayoutFault {
  const columnOf = headingReader(declared)
  const [best] = rows
    .map((row) => ({ row, headings: headingsOf(row, columnOf) }))
    .sort((one, other) => distinct(other.headings) - distinct(one.headings))
  if (best === undefined || distinct(best.headings) < RECOGNISED) return noHeading(declared)
  const twice = repeated(best.headings)
  if (twice !== undefined) return headingTwice(twice)
  const missing = Object.entries(declared.columns).filter(
    ([name]) => !best.headings.some(({ column }) => column === name),
  )
  if (missing.length > 0) return columnsMissing(missing.map(([, column]) => column))
  return {
    headingRow: best.row.row,
    places: new Map(
      best.headings.flatMap(({ column, at, heading }) =>
        column === undefined ? [] : [[column, { at, heading }]],
      ),
    ),
    ignored: best.headings.flatMap(({ column, heading }) => (column === undefined ? heading : [])),
  }
}

type Heading = Readonly<{ at: number; heading: string; column: string | undefined }>

function headingsOf(
  { cells }: FileRow,
  columnOf: (heading: string) => string | undefined,
): readonly Heading[] {
  return cells.flatMap((cell: Cell, at) => {
    if (cell.kind !== 'text') return []
    return { at, heading: cell.text, column: columnOf(cell.text) }
  })
}

function distinct(headings: readonly Heading[]): number {
  return new Set(headings.flatMap(({ column }) => column ?? [])).size
}

function repeated(headings: readonly Heading[]): readonly Heading[] | undefined {
  const known = headings.filter(({ column }) => column !== undefined)
  return [...Map.groupBy(known, ({ column }) => column).values()].find(({ length }) => length > 1)
}

function noHeading({ columns }: AnyFileImport): LayoutFault {
  const needed = Object.values(columns).map(bothNames)
  return {
    code: 'heading-missing',
    message: `None of the first ${HEADING_WITHIN_ROWS} rows holds the headings: ${needed.join(', ')}.`,
    inputs: { needed },
  }
}

function columnsMissing(columns: readonly Columns[string][]): LayoutFault {
  const missing = columns.map(bothNames)
  return {
    code: 'columns-missing',
    message: `The file lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}.`,
    inputs: { missing },
  }
}

function headingTwice(headings: readonly Heading[]): LayoutFault {
  const twice = headings.map(({ heading }) => heading)
  return {
    code: 'heading-twice',
    message: `The columns ${twice.join(' and ')} mean the same.`,
    inputs: { headings: twice },
  }
}

/** `Quantity (数量)` */
export function bothNames({ headings: { en, zh } }: Columns[string]): string {
  return `${en} (${zh})`
}
