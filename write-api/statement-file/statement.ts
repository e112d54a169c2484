/** What a statement file holds, whatever its format. */

import { createHash } from 'node:crypto'
import { keyLines, statementIdOf, type UnkeyedLine } from '../../domain/reconciliation/keys.ts'
import type { StatementLine } from '../../domain/reconciliation/types.ts'
import { Problem } from '../../http/problem.ts'
import { tooLarge } from '../import-file/file-problem.ts'

/** How much is taken in: every one of these bounds memory or time. */
export const STATEMENT_BOUNDS = {
  fileBytes: 128 * 1024 * 1024,
  lines: 200_000,
  /** Of what is written beside a movement; it is cut there. */
  text: 500,
  /** Of any other field; a longer one is a fault. */
  field: 200,
  /** Elements inside each other, of XML. */
  depth: 64,
  /** Rows that are told to be wrong; the others are counted. */
  faults: 50,
} as const

export type StatementFile = Readonly<{
  format: 'csv' | 'camt.053' | 'settlement'
  source: 'bank' | 'provider'
  /** Of its content: 40 hexadecimal digits. */
  statementId: string
  /** Our own, as the file states it; several are parted by commas. */
  account?: string
  /** The first and the last day of its lines. */
  from: string
  to: string
  lines: readonly StatementLine[]
  /** Movements of 0.00, and such that are not booked yet: they are no lines. */
  leftOut: number
}>

/** A line as it was read, with the account that it is of; its place follows from the file. */
export type ReadLine = Readonly<{ account: string; line: Omit<UnkeyedLine, 'line'> }>

/** What a reader made of a file. */
export type ReadFile = Pick<StatementFile, 'format' | 'source' | 'leftOut'> &
  Readonly<{ lines: readonly ReadLine[] }>

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40)
}

/** Throws a problem if there is no line. */
export function statementOf({ format, source, leftOut, lines: read }: ReadFile): StatementFile {
  const placed = read.map(({ account, line }, at) => ({ account, line: { ...line, line: at + 1 } }))
  const byAccount = [...Map.groupBy(placed, ({ account }) => account)]
  const keyed = byAccount.map(([account, theirs]) => {
    const ofAccount = theirs.map(({ line }) => line)
    return { account, lines: keyLines(account, ofAccount, hash) }
  })
  const lines = keyed.flatMap((one) => one.lines).sort((one, other) => one.line - other.line)
  const dates = lines.map(({ date }) => date).sort()
  const [from] = dates
  const to = dates.at(-1)
  if (from === undefined || to === undefined) {
    throw new Problem(422, 'file-empty', 'The file holds no movement that is booked.')
  }
  const accounts = keyed.map(({ account }) => account)
  const account = accounts.filter((one) => one !== '').join(', ')
  const statementId = statementIdOf(accounts.join('\n'), lines, hash)
  const stated = account === '' ? {} : { account: account.slice(0, STATEMENT_BOUNDS.field) }
  return { format, source, statementId, ...stated, from, to, lines, leftOut }
}

export function refuseTooMany(lines: number): void {
  if (lines <= STATEMENT_BOUNDS.lines) return
  throw tooLarge(`A statement may have ${STATEMENT_BOUNDS.lines} lines: divide it.`)
}

/** What a bank wrote, on one line. */
export function written(...parts: readonly (string | undefined)[]): string {
  const text = parts.filter((part) => part !== undefined && part !== '').join(' ')
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, STATEMENT_BOUNDS.text)
}
