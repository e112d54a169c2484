/** What came of a file, as the events of its import tell it; the same for the first answer and all later. */

import {
  FileImportCompleted,
  FileImportJudged,
  FileImportReceived,
  type ImportTotals,
  type Verdict,
} from '../../domain/fileImport/fileImport.ts'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import { firstOf, isOf } from '../answers.ts'

export type ImportOutcome = Readonly<{
  importId: string
  kind: string
  /** Whose people sent the file, if a dealer's. */
  dealerId: string | undefined
  receivedAt: string
  /** Undefined while the import is under way, or if it was cut short. */
  completed: Readonly<{ totals: ImportTotals; verdicts: readonly Verdict[] }> | undefined
}>

/** Undefined if the events are of no import. */
export function importOutcome(events: readonly RecordedEvent[]): ImportOutcome | undefined {
  const received = firstOf(FileImportReceived, events)
  if (received === undefined) return undefined
  const { importId, kind, dealerId } = received.data
  const head = { importId, kind, dealerId, receivedAt: received.metadata.recordedAt }
  const completed = firstOf(FileImportCompleted, events)?.data
  if (completed === undefined) return { ...head, completed: undefined }
  const verdicts = events.flatMap((event) =>
    isOf(FileImportJudged, event) && event.data.attempt === completed.attempt
      ? event.data.verdicts
      : [],
  )
  return { ...head, completed: { totals: completed.totals, verdicts } }
}

export function totalsOf(verdicts: readonly Verdict[]): ImportTotals {
  const accepted = verdicts.filter(({ id }) => id !== undefined)
  const rows = (of: readonly Verdict[]) => of.reduce((total, one) => total + one.rows.length, 0)
  const rowsAccepted = rows(accepted)
  return {
    rowsAccepted,
    rowsRefused: rows(verdicts) - rowsAccepted,
    unitsAccepted: accepted.length,
  }
}

/** One row of an answer. */
export type RowVerdict = Readonly<{
  row: number
  verdict: 'accepted' | 'refused'
  code?: string | undefined
  message?: string | undefined
}> &
  Readonly<Record<string, unknown>>

/** The verdict on each row, in the file's order; `idName` is the name of what a row became. */
export function rowVerdicts(verdicts: readonly Verdict[], idName: string): readonly RowVerdict[] {
  const rows = verdicts.flatMap(({ rows, id, code, message }) =>
    rows.map(
      (row): RowVerdict =>
        id === undefined
          ? { row, verdict: 'refused', code, message }
          : { row, verdict: 'accepted', [idName]: id },
    ),
  )
  return rows.sort((one, other) => one.row - other.row)
}
