/** The cells of a row by their columns, as text. */

import type { FileRow } from '../../commands/imports/declaration.ts'
import type { Places } from './columns.ts'
import type { Faults } from './faults.ts'
import { STATEMENT_BOUNDS, written } from './statement.ts'
import { bare } from './values.ts'

export type Cells<Column extends string> = Readonly<{
  row: number
  /** Empty if there is none. */
  text: (column: Column) => string
  /** All that says what the movement is for. */
  texts: string
  has: (column: Column) => boolean
}>

/** Faults are added for cells that are too long. */
export function cellsOf<Column extends string>(
  { row, cells }: FileRow,
  { at, texts }: Places<Column>,
  faults: Faults,
): Cells<Column> {
  const textAt = (place: number | undefined, name: string, most: number) => {
    const cell = place === undefined ? undefined : cells[place]
    const text = cell?.kind === 'text' ? bare(cell.text) : ''
    if (cell?.kind === 'too-long' || text.length > most) {
      faults.add(row, name, { rule: 'too-long', message: `has more than ${most} characters` })
    }
    return text
  }
  const all = texts.map((place) => textAt(place, 'text', STATEMENT_BOUNDS.text))
  return {
    row,
    text: (column) => textAt(at.get(column), column, STATEMENT_BOUNDS.field),
    texts: written(...new Set(all)),
    has: (column) => at.has(column),
  }
}

/** What programs write for nothing. */
export function isBlank(text: string): boolean {
  return /^[-–—/]*$/.test(text)
}

const FOOTER =
  /^(?:合计|总计|小计|本页|统计|总笔数|总金额|共\s*\d+|借方|贷方|期初|期末|承前|过次|total|sum|[-=#*]{3,})/i

/** Sums and remarks that programs put below the rows, or between them. */
export function isFooter({ cells }: FileRow, isDate: boolean): boolean {
  const first = cells.find(({ kind }) => kind === 'text')
  return !isDate && first?.kind === 'text' && FOOTER.test(first.text)
}
