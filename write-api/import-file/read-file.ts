/** From the bytes of a file to the units of its import; what it is, its content says, not its name. */

import { createHash } from 'node:crypto'
import type { AnyFileImport, FileRow } from '../../commands/imports/declaration.ts'
import {
  HEADING_WITHIN_ROWS,
  headingReader,
  type Layout,
  layoutOf,
} from '../../commands/imports/headings.ts'
import { type Units, unitReader } from '../../commands/imports/units.ts'
import { Problem } from '../../http/problem.ts'
import { BOUNDS } from './bounds.ts'
import { csvRows, decode, delimiterOf } from './csv.ts'
import { tooLarge, wrongType } from './file-problem.ts'
import { xlsxRows } from './xlsx.ts'

export type ReadFile = Readonly<{
  units: Units
  layout: Layout
  /** SHA-256, base64url. */
  contentHash: string
}>

/** Throws a problem for a file of which nothing can be taken: 400, 413, 415 or 422. */
export async function readImportFile(declared: AnyFileImport, bytes: Buffer): Promise<ReadFile> {
  const contentHash = createHash('sha256').update(bytes).digest('base64url')
  const rows = rowsOf(declared, bytes)
  try {
    return { ...(await unitsOf(declared, rows)), contentHash }
  } finally {
    await rows.return(undefined)
  }
}

async function unitsOf(
  declared: AnyFileImport,
  rows: AsyncGenerator<FileRow>,
): Promise<Omit<ReadFile, 'contentHash'>> {
  const first: FileRow[] = []
  for await (const row of upTo(rows, HEADING_WITHIN_ROWS)) first.push(row)
  const layout = layoutOf(declared, first)
  if ('code' in layout) throw layoutProblem(layout)
  const reader = unitReader(declared, layout)
  for (const row of first) if (row.row > layout.headingRow) reader.add(row)
  for await (const row of rows) {
    reader.add(row)
    if (reader.rows() > BOUNDS.rows) {
      throw tooLarge(`A file may have ${BOUNDS.rows} rows: divide it.`)
    }
  }
  if (reader.rows() === 0) {
    throw new Problem(422, 'file-empty', 'There is no row below the headings.')
  }
  return { units: reader.end(), layout }
}

function layoutProblem({
  code,
  message,
  inputs,
}: Extract<ReturnType<typeof layoutOf>, { code: string }>) {
  const ways = ['take the template, and put the rows below its headings']
  return new Problem(422, code, message, { decision: { rule: code, ruleVersion: 1, inputs, ways } })
}

/** The next so many rows; the others can be read on. */
async function* upTo(rows: AsyncIterator<FileRow>, most: number): AsyncGenerator<FileRow> {
  for (let count = 0; count < most; count += 1) {
    const { done, value } = await rows.next()
    if (done) return
    yield value
  }
}

function rowsOf(declared: AnyFileImport, bytes: Buffer): AsyncGenerator<FileRow> {
  if (startsWith(bytes, ZIP)) return xlsxRows(bytes)
  if (startsWith(bytes, OLE)) {
    throw wrongType('This is an old (.xls) or a protected workbook: save it as .xlsx, unprotected.')
  }
  if (isBinary(bytes)) throw wrongType('This is neither a workbook (.xlsx) nor text (.csv).')
  const text = decode(bytes)
  const columnOf = headingReader(declared)
  return csvRows(
    text,
    delimiterOf(text, (heading) => columnOf(heading) !== undefined),
  )
}

const ZIP = [0x50, 0x4b, 0x03, 0x04]
const OLE = [0xd0, 0xcf, 0x11, 0xe0]
const PDF = [0x25, 0x50, 0x44, 0x46]

function startsWith(bytes: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, at) => bytes[at] === byte)
}

const LOOKED_AT = 64 * 1024

/** Text has no NUL, unless it is UTF-16, which says so. */
function isBinary(bytes: Buffer): boolean {
  const isUtf16 = startsWith(bytes, [0xff, 0xfe]) || startsWith(bytes, [0xfe, 0xff])
  return startsWith(bytes, PDF) || (!isUtf16 && bytes.subarray(0, LOOKED_AT).includes(0))
}
