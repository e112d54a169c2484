/** What a statement file holds, whatever its format. */

import type { StatementLine } from '../../domain/reconciliation/types.ts'

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
  /** Movements of 0.00, which are no lines. */
  leftOut: number
}>

/** Why a row can't be taken; one such row, and nothing of the file is. */
export type RowFault = Readonly<{
  /** As the file's program numbers it, from 1; in XML, the number of the entry. */
  row: number
  field: string
  /** `not-an-amount`, `not-a-date`… */
  rule: string
  message: string
}>
