/** By what lines and files are known again, in whatever file they come. */

import type { StatementLine } from './types.ts'

/** A line before it has its key. */
export type UnkeyedLine = Omit<StatementLine, 'lineKey'>

/** Of a text, as a key: the same for the same text, and for no other. */
export type Hash = (text: string) => string

/** Bank ids shorter than that may be numbers counted up anew each day. */
const TELLING_ID_LENGTH = 8

/**
 * Gives each line its key: of account, date, amount and what the bank wrote. With a bank's own id of some
 * length the texts do not count: banks write them differently in their different formats. Of lines that
 * are alike the second, the third… have keys of their own, counted in the order of the file.
 */
export function keyLines(
  account: string,
  lines: readonly UnkeyedLine[],
  hash: Hash,
): readonly StatementLine[] {
  const seen = new Map<string, number>()
  return lines.map((line) => {
    const content = contentOf(account, line)
    const nth = (seen.get(content) ?? 0) + 1
    seen.set(content, nth)
    return { ...line, lineKey: hash(`${content}\n${nth}`) }
  })
}

function contentOf(account: string, line: UnkeyedLine): string {
  const { date, amount, text, payerName = '', payerAccount = '', bankId = '', settlement } = line
  const said =
    bankId.length >= TELLING_ID_LENGTH ? [bankId] : [bankId, text, payerName, payerAccount]
  const { paymentId = '', gross = '', fee = '' } = settlement ?? {}
  return JSON.stringify([account, date, amount, ...said, paymentId, gross, fee])
}

/** Of a file: of its account and its lines in their order, whatever else is in it. */
export function statementIdOf(
  account: string,
  lines: readonly StatementLine[],
  hash: Hash,
): string {
  return hash(JSON.stringify([account, ...lines.map(({ lineKey }) => lineKey)]))
}
