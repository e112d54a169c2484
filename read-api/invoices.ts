/** Invoices and their red letters, and each as a PDF. */

import { z } from 'zod'
import { Id, LocalDate } from '../domain/kernel/values.ts'
import type { Caller } from '../http/caller.ts'
import { Problem } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { decodeCursor, Paging, pageOf, positionIn, searched } from './cursor.ts'
import type { ReadDatabase } from './database.ts'
import {
  type InvoiceRow,
  invoiceOf,
  type RedLetterRow,
  redLetterOf,
  redLettersOf,
} from './invoice-rows.ts'
import { printed } from './pdf/invoice-printed.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
import { requireVisible, visibleDealers } from './visibility.ts'

const MODELS = ['invoices', 'catalogue']

const InvoicesQuery = Paging.extend({
  dealerId: Id.optional(),
  orderId: Id.optional(),
  status: z.enum(['requested', 'issued', 'refused', 'reversed']).optional(),
  number: searched(20).optional().describe("The tax authority's, of the invoice."),
  from: LocalDate.optional().describe('The business day that it was asked for on, or later.'),
  to: LocalDate.optional().describe('Before that business day.'),
})

/** Of an invoice, or of a red letter. */
const DocumentId = z.object({ invoiceId: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,95}$/) })

export function addInvoices(server: Server, ports: ReadPorts): void {
  const { db, waitFor, timeZone, printer } = ports
  addRead(server, waitFor, {
    path: '/invoices',
    summary: 'Invoices with their red letters, the newest first',
    models: MODELS,
    query: InvoicesQuery,
    handle: async ({ query, caller }) => ({ body: await listInvoices(db, query, caller) }),
  })
  addRead(server, waitFor, {
    path: '/invoices/:invoiceId',
    summary: 'An invoice with its red letters, or one red letter',
    models: MODELS,
    params: DocumentId,
    handle: async ({ params: { invoiceId }, caller }) => {
      const { invoice, redLetter } = await findDocument(db, invoiceId, caller)
      const redLetters = await redLettersOf(db, [invoice.invoice_id])
      const body =
        redLetter === undefined
          ? invoiceOf(invoice, redLetters.get(invoice.invoice_id) ?? [])
          : redLetterOf(redLetter)
      const { revision } = invoice
      return revision === null ? { body } : { body, etag: `W/"${revision}"` }
    },
  })
  addRead(server, waitFor, {
    path: '/invoices/:invoiceId.pdf',
    summary: 'An invoice, or a red letter, to be printed',
    models: MODELS,
    params: DocumentId,
    fileType: 'application/pdf',
    handle: async ({ params: { invoiceId }, caller }) => {
      const { invoice, redLetter } = await findDocument(db, invoiceId, caller)
      const document = printed(invoice, redLetter, timeZone)
      if (document === undefined) throw notIssued(invoiceId, (redLetter ?? invoice).status)
      const disposition = `inline; filename="${invoiceId}.pdf"`
      return {
        body: await printer.invoice(document),
        type: 'application/pdf',
        headers: { 'content-disposition': disposition },
      }
    },
  })
}

async function listInvoices(
  db: ReadDatabase,
  query: z.output<typeof InvoicesQuery>,
  caller: Caller,
) {
  const { limit, cursor, dealerId, orderId, status, number, from, to } = query
  const before = positionIn(decodeCursor(cursor, 1))
  const visible = visibleDealers(caller, 'dealer_id')
  let wanted = db.selectFrom('invoices').selectAll()
  if (before !== undefined) wanted = wanted.where('position', '<', before)
  if (visible !== undefined) wanted = wanted.where(visible)
  if (dealerId !== undefined) wanted = wanted.where('dealer_id', '=', dealerId)
  if (orderId !== undefined) wanted = wanted.where('order_id', '=', orderId)
  if (status !== undefined) wanted = wanted.where('status', '=', status)
  if (number !== undefined) wanted = wanted.where('number', '=', number)
  if (from !== undefined) wanted = wanted.where('requested_on', '>=', from)
  if (to !== undefined) wanted = wanted.where('requested_on', '<', to)
  const rows = await wanted
    .orderBy('position', 'desc')
    .limit(limit + 1)
    .execute()
  const ids = rows.slice(0, limit).map(({ invoice_id }) => invoice_id)
  const redLetters = await redLettersOf(db, ids)
  return pageOf(
    rows,
    limit,
    ({ position }) => [String(position)],
    (row) => invoiceOf(row, redLetters.get(row.invoice_id) ?? []),
  )
}

type Found = Readonly<{ invoice: InvoiceRow; redLetter: RedLetterRow | undefined }>

/** By the id of an invoice, or of a red letter. */
async function findDocument(db: ReadDatabase, id: string, caller: Caller): Promise<Found> {
  const redLetter = await db
    .selectFrom('red_letters')
    .selectAll()
    .where('red_letter_id', '=', id)
    .executeTakeFirst()
  const invoice = await db
    .selectFrom('invoices')
    .selectAll()
    .where('invoice_id', '=', redLetter?.invoice_id ?? id)
    .executeTakeFirst()
  if (invoice === undefined) {
    throw new Problem(404, 'invoice-unknown', `There is no invoice ${id}.`)
  }
  await requireVisible(db, caller, invoice.dealer_id)
  return { invoice, redLetter }
}

function notIssued(id: string, status: string): Problem {
  const detail =
    status === 'refused'
      ? `The tax authority refused ${id}: there is nothing to print.`
      : `${id} has no number of the tax authority yet.`
  const code = status === 'refused' ? 'invoice-refused' : 'invoice-not-issued'
  return new Problem(409, code, detail, {
    decision: { rule: code, ruleVersion: 1, inputs: { invoiceId: id, status }, ways: [] },
  })
}
