/** CSV as programs write it: in every encoding that they use, comma, semicolon, tab or bar between the cells. */

import { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { textCell } from '../../commands/imports/cells.ts'
import type { FileRow } from '../../commands/imports/declaration.ts'
import { HEADING_WITHIN_ROWS } from '../../commands/imports/headings.ts'
import { BOUNDS } from './bounds.ts'
import { tooLarge, unreadable } from './file-problem.ts'

/** UTF-8 and UTF-16 by their marks; without one UTF-8, or else what Excel writes in China: GB 18030. */
export function decode(bytes: Uint8Array): string {
  for (const encoding of encodingsOf(bytes)) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes)
    } catch {
      // the next encoding may fit
    }
  }
  throw unreadable('The text is in no known encoding: save it as UTF-8.')
}

function encodingsOf([first, second]: Uint8Array): readonly string[] {
  if (first === 0xff && second === 0xfe) return ['utf-16le']
  if (first === 0xfe && second === 0xff) return ['utf-16be']
  return ['utf-8', 'gb18030']
}

const DELIMITERS = [',', ';', '\t', '|'] as const

/** The delimiter that shows the most known headings in one of the first lines. */
export function delimiterOf(text: string, isHeading: (text: string) => boolean): string {
  const lines = text.slice(0, BOUNDS.recordBytes).split(/\r\n|\n|\r/, 2 * HEADING_WITHIN_ROWS)
  const known = (delimiter: string) =>
    Math.max(...lines.map((line) => line.split(delimiter).filter(isQuotedHeading).length))
  const isQuotedHeading = (cell: string) => isHeading(cell.replaceAll(/^\s*"|"\s*$/g, ''))
  return DELIMITERS.reduce((best, next) => (known(next) > known(best) ? next : best))
}

/**
 * The rows of a CSV text, blank ones left out; a row's number counts records, as programs that open the
 * file number their rows. Throws a problem for an open quote or an endless record.
 */
export async function* csvRows(text: string, delimiter: string): AsyncGenerator<FileRow> {
  const source = Readable.from(pieces(Buffer.from(text)))
  const records = source.pipe(
    parse({
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      max_record_size: BOUNDS.recordBytes,
    }),
  )
  let row = 0
  try {
    for await (const record of records as AsyncIterable<readonly string[]>) {
      row += 1
      const cells = record.slice(0, BOUNDS.columns).map(textCell)
      if (cells.some(({ kind }) => kind !== 'empty')) yield { row, cells }
    }
  } catch (error) {
    throw csvProblem(error, row + 1)
  } finally {
    source.destroy()
  }
}

const PIECE = 64 * 1024

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE)
}

function csvProblem(error: unknown, row: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return tooLarge(`Row ${row} has more than ${BOUNDS.recordBytes} bytes; is a quote left open?`)
  }
  if (String(code).startsWith('CSV_')) {
    return unreadable(`Row ${row} can't be read: ${error instanceof Error ? error.message : ''}.`)
  }
  return error
}
