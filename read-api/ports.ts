/** What the read service is handed. */

import type { EventStore } from '../commands/event-store.ts'
import type { AnyFileImport } from '../commands/imports/declaration.ts'
import type { Aggregate } from '../domain/kernel/aggregate.ts'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import type { Chart } from '../domain/ledger/chart.ts'
import type { ReadDatabase } from './database.ts'
import type { PrintedInvoice } from './pdf/invoice-printed.ts'
import type { WaitForModels } from './route.ts'

/** Makes PDFs. */
export interface Printer {
  invoice(invoice: PrintedInvoice): Promise<Buffer>
}

export type ReadPorts = Readonly<{
  db: ReadDatabase
  waitFor: WaitForModels
  store: Pick<EventStore, 'readStream'>
  /** The business's: decides when a day starts. */
  timeZone: string
  chart: Chart
  aggregates: ReadonlyMap<string, Aggregate>
  /** By kind. */
  imports: ReadonlyMap<string, AnyFileImport>
  /** One sentence on what an event of this kind means. */
  describe: (event: RecordedEvent) => string
  printer: Printer
  /** Each read model: version, position, lag, rebuild progress. */
  projections: () => Promise<unknown>
  /** Saga instances in a status, page by page. */
  sagas: (
    asked: Readonly<{ status: string | undefined; limit: number; cursor: string | undefined }>,
  ) => Promise<unknown>
  feed: () => Promise<unknown>
  /** What the feed said of a business day. */
  feedStatement: (date: string) => Promise<unknown>
}>
