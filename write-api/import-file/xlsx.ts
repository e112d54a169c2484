/** The rows of a workbook's first sheet, as its file is unpacked: no more than one piece in memory. */

import { type Cell, EMPTY, MOST_CELL_LENGTH, textCell } from '../../commands/imports/cells.ts'
import type { FileRow } from '../../commands/imports/declaration.ts'
import { BOUNDS } from './bounds.ts'
import { tooLarge, unreadable } from './file-problem.ts'
import { dateStyles } from './styles.ts'
import { asProblem, openWorkbook, readPart, type Workbook } from './workbook.ts'
import { readXml, type XmlHandlers } from './xml.ts'

/** Rows with something in them, in order. Throws a problem for a file that can't be read. */
export async function* xlsxRows(bytes: Buffer): AsyncGenerator<FileRow> {
  const workbook = await openWorkbook(bytes)
  const dates = await dateStyles(workbook)
  const strings = await sharedStrings(workbook)
  const stream = await workbook.part(workbook.sheet, BOUNDS.sheetBytes)
  if (stream === undefined) throw unreadable('The workbook lacks its first sheet.')
  const sheet = sheetReader(strings, dates)
  try {
    yield* readXml(stream, sheet.handlers, sheet.rows)
  } catch (error) {
    throw asProblem(error)
  } finally {
    stream.destroy()
  }
}

/** Texts that cells refer to by number; one longer than a cell may be is kept only as far as to show that. */
async function sharedStrings({ part, sharedStrings: path }: Workbook): Promise<readonly string[]> {
  const stream = path === undefined ? undefined : await part(path, BOUNDS.sheetBytes)
  const strings: string[] = []
  if (stream === undefined) return strings
  const text = textReader()
  await readPart(stream, {
    open: (name) => {
      if (name === 'si') text.begin()
      else text.open(name)
    },
    text: text.text,
    close: (name) => {
      if (name !== 'si') text.close(name)
      else if (strings.length < BOUNDS.texts) strings.push(text.end())
      else throw tooLarge(`A workbook may have ${BOUNDS.texts} texts: divide it.`)
    },
  })
  return strings
}

/** The text of a rich or plain string: all its runs, without the readings of its characters. */
function textReader() {
  let parts = ''
  let inText = false
  let inReading = false
  return {
    begin() {
      parts = ''
    },
    open(name: string) {
      if (name === 't') inText = !inReading
      else if (name === 'rPh') inReading = true
    },
    text(more: string) {
      if (inText && parts.length <= MOST_CELL_LENGTH) parts += more.slice(0, MOST_CELL_LENGTH + 1)
    },
    close(name: string) {
      if (name === 't') inText = false
      else if (name === 'rPh') inReading = false
    },
    end: () => unescaped(parts),
  }
}

/** `_x000D_` stands for a character that XML can't hold. */
function unescaped(text: string): string {
  return text.replaceAll(/_x([\dA-F]{4})_/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
}

type Open = { at: number; type: string; style: number; value: string; hasFormula: boolean }

function sheetReader(strings: readonly string[], dates: ReadonlySet<number>) {
  let found: FileRow[] = []
  let row = 0
  let cells: Cell[] = []
  let cell: Open | undefined
  let inValue = false
  const inline = textReader()

  function openRow(number: string | undefined): void {
    row = number === undefined ? row + 1 : Number(number)
    if (row > BOUNDS.sheetRows) throw tooLarge(`A sheet has at most ${BOUNDS.sheetRows} rows.`)
    if (!Number.isInteger(row) || row < 1) throw unreadable(`There is no row ${row}.`)
    cells = []
  }

  function openCell({ r, t = 'n', s = '' }: Readonly<Record<string, string>>): void {
    const at = columnOf(r) ?? cells.length
    cell = { at, type: t, style: Number(s), value: '', hasFormula: false }
    inline.begin()
  }

  function closeCell(): void {
    if (cell !== undefined && cell.at < BOUNDS.columns) {
      while (cells.length < cell.at) cells.push(EMPTY)
      cells[cell.at] = cellOf(cell, strings, dates, inline.end)
    }
    cell = undefined
  }

  function closeRow(): void {
    if (cells.some(({ kind }) => kind !== 'empty')) found.push({ row, cells })
  }

  const handlers: XmlHandlers = {
    open: (name, attributes) => {
      if (name === 'row') openRow(attributes.r)
      else if (name === 'c') openCell(attributes)
      else if (cell === undefined) return
      else if (name === 'v') inValue = true
      else if (name === 'f') cell.hasFormula = true
      else inline.open(name)
    },
    text: (text) => {
      if (cell === undefined) return
      if (!inValue) inline.text(text)
      else if (cell.value.length <= MOST_CELL_LENGTH) cell.value += text
    },
    close: (name) => {
      if (name === 'row') closeRow()
      else if (name === 'c') closeCell()
      else if (name === 'v') inValue = false
      else inline.close(name)
    },
  }
  const rows = () => {
    const taken = found
    found = []
    return taken
  }
  return { handlers, rows }
}

/** `C7` → 2, a column's place from 0; undefined for what names none. */
function columnOf(reference = ''): number | undefined {
  let column = 0
  for (const letter of reference) {
    const digit = letter.charCodeAt(0) - 64
    if (digit < 1 || digit > 26 || column > BOUNDS.columns) break
    column = column * 26 + digit
  }
  return column === 0 ? undefined : column - 1
}

function cellOf(
  { type, style, value, hasFormula }: Open,
  strings: readonly string[],
  dates: ReadonlySet<number>,
  inlineText: () => string,
): Cell {
  if (type === 'inlineStr') return textCell(inlineText())
  if (value === '') return hasFormula ? { kind: 'uncalculated' } : EMPTY
  switch (type) {
    case 's':
      return textCell(sharedString(strings, value))
    case 'str':
      return textCell(unescaped(value))
    case 'b':
      return { kind: 'boolean' }
    case 'e':
      return { kind: 'error', text: value.slice(0, MOST_ERROR_LENGTH) }
    case 'd':
      return { kind: 'date' }
    default:
      return dates.has(style) ? { kind: 'date' } : numberCell(value)
  }
}

const MOST_ERROR_LENGTH = 20

function sharedString(strings: readonly string[], value: string): string {
  const text = strings[Number(value)]
  if (text === undefined) throw unreadable(`The workbook has no text number ${value.slice(0, 20)}.`)
  return text
}

function numberCell(value: string): Cell {
  const number = Number(value)
  return Number.isFinite(number) ? { kind: 'number', number } : textCell(value)
}
