/** The thread that lays out PDFs: a long invoice takes a second, in which a service answers others. */

import { parentPort } from 'node:worker_threads'
import { invoicePdf } from '../../read-api/pdf/invoice-pdf.ts'
import type { PrintAnswer, PrintJob } from './printer.ts'

parentPort?.on('message', async ({ id, invoice }: PrintJob) => {
  parentPort?.postMessage(await answerOf(id, invoice))
})

async function answerOf(id: number, invoice: PrintJob['invoice']): Promise<PrintAnswer> {
  try {
    return { id, bytes: await invoicePdf(invoice) }
  } catch (error) {
    return { id, reason: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
