/** What is recorded about a file import itself; its rows become other commands (`imports/`). */

import { z } from 'zod'
import {
  ContentHash,
  completeImport,
  fileImport,
  IMPORT,
  ImportKind,
  ImportTotals,
  judgeRows,
  receiveFile,
  Verdict,
} from '../domain/fileImport/fileImport.ts'
import { ROLES } from '../domain/kernel/roles.ts'
import { Count, DealerId, Id } from '../domain/kernel/values.ts'
import { command } from './command.ts'

/** Sent for whoever may send the command that the file's rows become: their roles were checked. */
export const ReceiveFile = command({
  name: 'ReceiveFile',
  schema: z.strictObject({
    kind: ImportKind,
    contentHash: ContentHash,
    dealerId: DealerId.optional(),
  }),
  roles: ROLES,
  dealer: ({ dealerId }) => dealerId,
  aggregate: fileImport,
  stream: (_, { newId }) => newId(IMPORT),
  expects: 'any',
  decide: receiveFile,
})

export const JudgeRows = command({
  name: 'JudgeRows',
  schema: z.strictObject({
    importId: Id,
    attempt: z.uuid(),
    page: Count,
    verdicts: z.array(Verdict),
  }),
  roles: [],
  aggregate: fileImport,
  stream: ({ importId }) => importId,
  expects: 'existing',
  decide: judgeRows,
})

export const CompleteImport = command({
  name: 'CompleteImport',
  schema: z.strictObject({
    importId: Id,
    attempt: z.uuid(),
    pages: Count,
    totals: ImportTotals,
  }),
  roles: [],
  aggregate: fileImport,
  stream: ({ importId }) => importId,
  expects: 'existing',
  decide: completeImport,
})
