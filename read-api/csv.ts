/** Rows as CSV (RFC 4180), as they come: nobody holds them all. */

import { Readable } from 'node:stream'

export type Cell = string | number

/** A spreadsheet takes text that begins like this for a formula; an amount is none. */
const FORMULA = /^[=+\-@\t\r\n]/
const AMOUNT = /^-?\d+(\.\d+)?$/

function cellOf(cell: Cell): string {
  const text = String(cell)
  const safe = FORMULA.test(text) && !AMOUNT.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`
}

/** A file of a heading and rows, made as it is read. */
export function csvOf(heading: readonly string[], rows: AsyncIterable<readonly Cell[]>): Readable {
  async function* lines() {
    yield csvLine(heading)
    for await (const row of rows) yield csvLine(row)
  }
  return Readable.from(lines())
}
