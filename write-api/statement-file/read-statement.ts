/** From the bytes of a statement file to its lines; what it is, its content says, not its name. */

import { unreadable } from '../import-file/file-problem.ts'
import type { StatementFile } from './statement.ts'

export type StatementContext = Readonly<{
  /** ISO 4217: statements in others are refused. */
  currency: string
}>

/**
 * Throws a problem for a file of which nothing can be taken: 400 `file-unreadable`, 413, 415, or 422
 * `statement-invalid` with `decision.inputs.faults` (the first of them) and `decision.inputs.count`.
 */
export async function readStatementFile(
  _bytes: Buffer,
  _context: StatementContext,
): Promise<StatementFile> {
  throw unreadable('Statements can not be read yet.')
}
