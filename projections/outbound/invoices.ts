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
import { on } from '../read-model.ts'
import { answered, askAgain, request } from './request.ts'

const KIND = 'invoice'
const AUTHORITY = 'tax-authority'

/** Of an invoice, or of a red letter. */
const idOf = (documentId: string) => `invoice/${documentId}`

export const invoiceRequests = [
  on(InvoiceOpened, (event) => {
    const { invoiceId: subjectId, kind, buyerTaxId, title, seller, lines } = event.data
    const { amount, net, tax } = event.data
    const data = { kind, buyerTaxId, title, seller, lines, amount, net, tax }
    const requestId = idOf(subjectId)
    return [request(event, { requestId, kind: KIND, subjectId, counterparty: AUTHORITY, data })]
  }),
  on(RedLetterRequested, (event) => {
    const { redLetterId, invoiceId, kind, buyerTaxId, title, seller, lines, of } = event.data
    const { amount, net, tax } = event.data
    const totals = { amount, net, tax }
    const data = { redLetterId, of, kind, buyerTaxId, title, seller, lines, ...totals }
    const requestId = idOf(redLetterId)
    const asked = { requestId, kind: KIND, subjectId: invoiceId, counterparty: AUTHORITY, data }
    return [request(event, asked)]
  }),
  on(InvoiceAttemptFailed, (event) => {
    const { invoiceId, redLetterId, asked, askAgainAt } = event.data
    return [askAgain(event, idOf(redLetterId ?? invoiceId), { attempt: asked, at: askAgainAt })]
  }),
  on(InvoiceIssued, ({ data }) => [answered(idOf(data.invoiceId))]),
  on(InvoiceRefused, ({ data }) => [answered(idOf(data.invoiceId))]),
  on(RedLetterIssued, ({ data }) => [answered(idOf(data.redLetterId))]),
  on(RedLetterRefused, ({ data }) => [answered(idOf(data.redLetterId))]),
]
