/** From the bytes of a statement file to its lines; what it is, its content says, not its name. */

import { isUtf8 } from 'node:buffer'
import type { FileRow } from '../../commands/imports/declaration.ts'
import { HEADING_WITHIN_ROWS } from '../../commands/imports/headings.ts'
import { Problem } from '../../http/problem.ts'
import { csvRows, decode, delimiterOf } from '../import-file/csv.ts'
import { tooLarge, wrongType } from '../import-file/file-problem.ts'
import { isBankHeading, readBankCsv } from './bank-csv.ts'
import { readCamt } from './camt.ts'
import { BANK_COLUMNS, isHeading, placesOf, SETTLEMENT_COLUMNS } from './columns.ts'
import { isSettlementHeading, readSettlementCsv } from './settlement-csv.ts'
import { type ReadFile, STATEMENT_BOUNDS, type StatementFile, statementOf } from './statement.ts'

export type StatementContext = Readonly<{
  /** ISO 4217: statements in others are refused. */
  currency: string
}>

/**
 * Throws a problem for a file of which nothing can be taken: 400 `file-unreadable`, 413, 415, or 422
 * `statement-invalid` with `decision.inputs.faults` (the first of them) and `decision.inputs.count`.
 */
export async function readStatementFile(
  bytes: Buffer,
  { currency }: StatementContext,
): Promise<StatementFile> {
  if (bytes.length > STATEMENT_BOUNDS.fileBytes) {
    throw tooLarge(`A statement may have ${STATEMENT_BOUNDS.fileBytes} bytes: divide it.`)
  }
  if (isBinary(bytes)) throw wrongType('Statements are taken as CSV or as XML (camt.053).')
  return statementOf(await readText(bytes, currency))
}

async function readText(bytes: Buffer, currency: string): Promise<ReadFile> {
  if (isXml(bytes)) {
    return await readCamt(pieces(isUtf8(bytes) ? bytes : Buffer.from(decode(bytes))), currency)
  }
  const text = decode(bytes)
  const rows = csvRows(text, delimiterOf(text, isHeading))
  try {
    return await readCsv(rows, currency)
  } finally {
    await rows.return(undefined)
  }
}

async function readCsv(rows: AsyncGenerator<FileRow>, currency: string): Promise<ReadFile> {
  const first: FileRow[] = []
  while (first.length < HEADING_WITHIN_ROWS) {
    const next = await rows.next()
    if (next.done === true) break
    first.push(next.value)
  }
  const below = (headingRow: number) =>
    inTurn(
      first.filter(({ row }) => row > headingRow),
      rows,
    )
  const settlement = placesOf(SETTLEMENT_COLUMNS, first, isSettlementHeading)
  if (settlement !== undefined) {
    return await readSettlementCsv(below(settlement.headingRow), settlement, currency)
  }
  const bank = placesOf(BANK_COLUMNS, first, isBankHeading)
  if (bank === undefined) throw noHeading()
  const above = first.filter(({ row }) => row < bank.headingRow)
  return await readBankCsv(above, below(bank.headingRow), bank, currency)
}

function noHeading(): Problem {
  const needed = ['date (交易日期)', 'amount (金额) or credit (贷方金额) and debit (借方金额)']
  const detail = `None of the first ${HEADING_WITHIN_ROWS} rows holds the headings: ${needed.join(', ')}.`
  return new Problem(422, 'heading-missing', detail, {
    decision: {
      rule: 'heading-missing',
      ruleVersion: 1,
      inputs: { needed },
      ways: ['export the statement with its headings'],
    },
  })
}

async function* inTurn<Item>(
  some: readonly Item[],
  others: AsyncIterable<Item>,
): AsyncGenerator<Item> {
  yield* some
  yield* others
}

const PIECE = 64 * 1024

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE)
}

const HEAD = 1_000

/** Whatever the encoding: what stands before the first bracket is blank, or a mark. */
function isXml(bytes: Buffer): boolean {
  const head = bytes.subarray(0, HEAD).toString('latin1')
  return /^[\s\0\xef\xbb\xbf\xfe\xff]*</.test(head)
}

const LOOKED_AT = 64 * 1024

/** Text has no NUL, unless it is UTF-16, which says so. */
function isBinary(bytes: Buffer): boolean {
  const mark = bytes.subarray(0, 2).toString('hex')
  const isUtf16 = mark === 'fffe' || mark === 'feff'
  const isPdf = bytes.subarray(0, 4).toString('latin1') === '%PDF'
  return isPdf || (!isUtf16 && bytes.subarray(0, LOOKED_AT).includes(0))
}
