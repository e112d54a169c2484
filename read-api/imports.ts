/** What came of a file that was imported, and the template of each import. */

import { z } from 'zod'
import type { AnyFileImport } from '../commands/imports/declaration.ts'
import { type ImportOutcome, importOutcome, rowVerdicts } from '../commands/imports/report.ts'
import { fileImport } from '../domain/fileImport/fileImport.ts'
import { streamName } from '../domain/kernel/aggregate.ts'
import { Id } from '../domain/kernel/values.ts'
import { Problem } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { importTemplate } from './import-template.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
import { requireVisible } from './visibility.ts'

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

export function addImports(server: Server, ports: ReadPorts): void {
  for (const declared of ports.imports.values()) {
    addReport(server, ports, declared)
    addTemplate(server, ports, declared)
  }
}

/** Read from the import's own stream: nobody asks for it often enough to keep it twice. */
function addReport(server: Server, { db, store, waitFor }: ReadPorts, declared: AnyFileImport) {
  addRead(server, waitFor, {
    path: `${declared.path}/imports/:importId`,
    summary: 'What came of an imported file, row by row',
    models: [],
    params: z.object({ importId: Id }),
    handle: async ({ params: { importId }, caller }) => {
      const stream = streamName(fileImport.category, importId)
      const events = await Array.fromAsync(store.readStream(stream))
      const outcome = importOutcome(events)
      if (outcome === undefined || outcome.kind !== declared.kind) {
        throw new Problem(404, 'import-unknown', `There is no import ${importId}.`)
      }
      await requireVisible(db, caller, outcome.dealerId ?? '')
      return { body: reportOf(outcome, declared), etag: `W/"${events.length - 1}"` }
    },
  })
}

function reportOf(
  { importId, receivedAt, completed }: ImportOutcome,
  { kind, idName }: AnyFileImport,
) {
  if (completed === undefined) return { importId, receivedAt, status: 'received' }
  const { totals, verdicts } = completed
  return {
    importId,
    receivedAt,
    status: 'completed',
    accepted: totals.rowsAccepted,
    refused: totals.rowsRefused,
    [kind]: totals.unitsAccepted,
    rows: rowVerdicts(verdicts, idName),
  }
}

function addTemplate(server: Server, { waitFor }: ReadPorts, declared: AnyFileImport): void {
  let made: Promise<Buffer> | undefined
  addRead(server, waitFor, {
    path: `${declared.path}/import-template.xlsx`,
    summary: `A workbook to fill in and import: headings in English and Chinese, an example, the rules`,
    models: [],
    fileType: XLSX,
    handle: async () => {
      made ??= importTemplate(declared)
      const name = `${declared.kind}-import-template.xlsx`
      const headers = { 'content-disposition': `attachment; filename="${name}"` }
      return { body: await made, type: XLSX, headers }
    },
  })
}
