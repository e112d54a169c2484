/**
 * One file of rows, taken in as one unit: what it was, and the verdict on each row.
 * Stream: `fileImport-<importId>`.
 */

import { z } from 'zod'
import type { DecisionContext } from '../context.ts'
import { aggregate, fold } from '../kernel/aggregate.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { event } from '../kernel/event.ts'
import { Count, DealerId, Id } from '../kernel/values.ts'

/** What a file holds: the name of an import declaration, such as `orders`. */
export const ImportKind = z.string().regex(/^[a-z][a-z-]{0,39}$/)

/** SHA-256 of the file's bytes, base64url. */
export const ContentHash = z.string().regex(/^[\w-]{43}$/, 'must be a SHA-256 as base64url')

/** One judgement on the rows of one unit (an order): accepted with its id, or refused with a reason. */
export const Verdict = z.strictObject({
  rows: z.array(z.number().int().min(1)).min(1), // as the file's program numbers them, from 1
  id: z.string().optional(), // of what the rows became; without it they are refused
  code: z.string().optional(),
  message: z.string().optional(),
})
export type Verdict = z.output<typeof Verdict>

/** Marks what one try wrote; a later try begins its pages anew. */
const Attempt = z.uuid()

export const ImportTotals = z.strictObject({
  rowsAccepted: Count,
  rowsRefused: Count,
  unitsAccepted: Count, // of orders, say
})
export type ImportTotals = z.output<typeof ImportTotals>

// Events: a storage format. Add fields and versions; never change a meaning.
export const FileImportReceived = event(
  'FileImportReceived',
  1,
  {
    importId: Id,
    kind: ImportKind,
    contentHash: ContentHash,
    dealerId: DealerId.optional(), // whose people sent it, if a dealer's
  },
  { description: 'A file was taken in; what its rows ask for follows under keys of this import.' },
)

export const FileImportJudged = event(
  'FileImportJudged',
  1,
  { importId: Id, attempt: Attempt, page: Count, verdicts: z.array(Verdict).max(50_000) },
  { description: 'One page of the verdicts of one try; they count once that try is completed.' },
)

export const FileImportCompleted = event(
  'FileImportCompleted',
  1,
  { importId: Id, attempt: Attempt, pages: Count, totals: ImportTotals },
  { description: 'Every row of the file has its verdict, for good.' },
)

export type FileImportEvent = EventOf<
  typeof FileImportReceived | typeof FileImportJudged | typeof FileImportCompleted
>

export type FileImportState = Readonly<{
  /** The try that wrote the newest pages, and how many. */
  attempt: string | undefined
  pages: number
  isCompleted: boolean
}> | null

export const fileImport = aggregate<FileImportState>({
  category: 'fileImport',
  version: 1,
  events: [FileImportReceived, FileImportJudged, FileImportCompleted],
  initial: null,
  evolve: fold<FileImportState, FileImportEvent>({
    FileImportReceived: () => ({
      attempt: undefined,
      pages: 0,
      isCompleted: false,
    }),
    FileImportJudged: (state, { attempt, page }) => state && { ...state, attempt, pages: page + 1 },
    FileImportCompleted: (state) => state && { ...state, isCompleted: true },
  }),
})

export type ReceiveFile = Readonly<{
  kind: string
  contentHash: string
  dealerId?: string | undefined
}>

/** Takes a file in; the same one again changes nothing. */
export function receiveFile(
  state: FileImportState,
  file: ReceiveFile,
  { newId }: DecisionContext,
): Decision {
  if (state !== null) return accept()
  return accept(FileImportReceived({ importId: newId(IMPORT), ...file }))
}

/** The purpose of an import's own id. */
export const IMPORT = 'import'

export type JudgeRows = Readonly<{
  importId: string
  attempt: string
  page: number
  verdicts: readonly Verdict[]
}>

/** Records a page of verdicts: page 0 begins a try, each further page follows its own try's last. */
export function judgeRows(
  state: FileImportState,
  { importId, attempt, page, verdicts }: JudgeRows,
): Decision {
  if (state?.isCompleted) return alreadyCompleted(importId)
  const follows = page === 0 || (state?.attempt === attempt && state.pages === page)
  if (!follows) return overtaken(importId)
  return accept(FileImportJudged({ importId, attempt, page, verdicts: [...verdicts] }))
}

export type CompleteImport = Readonly<{
  importId: string
  attempt: string
  pages: number
  totals: ImportTotals
}>

/** Makes the verdicts of one try final. */
export function completeImport(
  state: FileImportState,
  { importId, attempt, pages, totals }: CompleteImport,
): Decision {
  if (state?.isCompleted) return alreadyCompleted(importId)
  if (pages > 0 && (state?.attempt !== attempt || state.pages !== pages)) return overtaken(importId)
  return accept(FileImportCompleted({ importId, attempt, pages, totals }))
}

/** Told to a try that is no longer the one whose verdicts count. */
export const IMPORT_OVERTAKEN = 'import-overtaken'

function alreadyCompleted(importId: string): Decision {
  return refuse(IMPORT_OVERTAKEN, {
    kind: 'state',
    message: `import ${importId} was completed by another request meanwhile`,
    inputs: { importId },
    ways: ['send the file again: it is answered with the recorded verdicts'],
  })
}

function overtaken(importId: string): Decision {
  return refuse(IMPORT_OVERTAKEN, {
    kind: 'state',
    message: `import ${importId} is under way by another request`,
    inputs: { importId },
    ways: ['send the file again when that has ended'],
  })
}
