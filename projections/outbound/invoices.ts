/** Invoices and red letters that the tax authority is to number. */

import {
  InvoiceAttemptFailed,
  InvoiceIssued,
  InvoiceOpened,
  InvoiceRefused,
  RedLetterIssued,
  RedLetterRefused,
  RedLetterRequested,
} from '../../domain/invoice/events.ts'
import { negativeOf } from '../../domain/invoice/negative.ts'
import type { EventOf, RecordedEvent } from '../../domain/kernel/event.ts'
import { type Change, on } from '../read-model.ts'
import { answered, askAgain, request } from './request.ts'

/** Of an invoice, or of a red letter. */
const idOf = (documentId: string) => `invoice/${documentId}`

export const invoiceRequests = [
  on(InvoiceOpened, (event) => {
    const { invoiceId, lines, amount, net, tax } = event.data
    const document = {
      ...headOf(invoiceId, event.data),
      lines: lines.map(lineOf),
      ...{ amount, net, tax },
    }
    return [asked(event, invoiceId, { invoiceId, document })]
  }),
  on(RedLetterRequested, (event) => {
    const { redLetterId, invoiceId, lines, of } = event.data
    const document = {
      ...headOf(redLetterId, event.data),
      of,
      lines: lines.map(lineOf).map((line) => ({
        ...line,
        ...negativeOf(line),
        quantity: -line.quantity,
      })),
      ...negativeOf(event.data),
    }
    return [asked(event, redLetterId, { invoiceId, redLetterId, document })]
  }),
  on(InvoiceAttemptFailed, (event) => {
    const { invoiceId, redLetterId, asked: attempt, askAgainAt: at } = event.data
    return [askAgain(event, idOf(redLetterId ?? invoiceId), { attempt, at })]
  }),
  on(InvoiceIssued, ({ data }) => [answered(idOf(data.invoiceId))]),
  on(InvoiceRefused, ({ data }) => [answered(idOf(data.invoiceId))]),
  on(RedLetterIssued, ({ data }) => [answered(idOf(data.redLetterId))]),
  on(RedLetterRefused, ({ data }) => [answered(idOf(data.redLetterId))]),
]

function asked(
  event: RecordedEvent,
  documentId: string,
  data: Readonly<{ invoiceId: string }> & Readonly<Record<string, unknown>>,
): Change {
  const of = { kind: 'invoice', subjectId: data.invoiceId, counterparty: 'tax-authority' }
  return request(event, { requestId: idOf(documentId), ...of, data })
}

type Head = Pick<EventOf<typeof InvoiceOpened>['data'], 'kind' | 'seller' | 'title' | 'buyerTaxId'>

function headOf(documentId: string, { kind, seller, title, buyerTaxId: taxId }: Head) {
  return { documentId, kind, seller, buyer: { title, taxId } }
}

type Line = EventOf<typeof InvoiceOpened>['data']['lines'][number]

function lineOf({ sku, name, quantity, taxRate, amount, net, tax }: Line) {
  return { ...(sku !== undefined && { sku }), name, quantity, taxRate, amount, net, tax }
}
