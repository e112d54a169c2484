/**
 * What happens to an invoice and its red letters. Stream: `invoice-<invoiceId>`. Amounts of a red letter
 * are what it takes back: zero or more.
 *
 * Events: a storage format. Add fields and versions; never change a meaning.
 */

import { z } from 'zod'
import { type EventOf, event } from '../kernel/event.ts'
import {
  Amount,
  DealerId,
  FulfilmentId,
  Instant,
  line,
  OrderId,
  PositiveAmount,
  Quantity,
  ReturnId,
  SignedAmount,
  Text,
} from '../kernel/values.ts'
import {
  InvoiceId,
  InvoiceKind,
  InvoiceLine,
  InvoiceLines,
  LineNumber,
  RedLetterId,
  Seller,
} from '../order/invoice-events.ts'

/** The tax authority's: digits, unique within the code. */
export const InvoiceNumber = z.string().regex(/^\d{1,20}$/, 'must be 1 to 20 digits')
/** Of the series that the number is in. */
export const InvoiceCode = z.string().regex(/^\d{1,20}$/, 'must be 1 to 20 digits')

/** As the tax authority numbered it. */
const numbered = { number: InvoiceNumber, code: InvoiceCode, issuedAt: Instant }

const ofInvoice = { invoiceId: InvoiceId, orderId: OrderId, dealerId: DealerId }

const totals = { amount: Amount, net: Amount, tax: SignedAmount }

export const InvoiceOpened = event(
  'InvoiceOpened',
  1,
  {
    ...ofInvoice,
    fulfilmentIds: z.array(FulfilmentId).min(1),
    shipmentIds: z.array(FulfilmentId).min(1),
    kind: InvoiceKind,
    buyerTaxId: z.string().min(1).max(20),
    title: line(200),
    seller: Seller,
    lines: InvoiceLines,
    amount: PositiveAmount,
    net: Amount,
    tax: SignedAmount,
  },
  { description: 'The tax authority is to be asked for the number of an invoice.' },
)

export const InvoiceIssued = event(
  'InvoiceIssued',
  1,
  {
    ...ofInvoice,
    kind: InvoiceKind,
    buyerTaxId: z.string().min(1).max(20),
    title: line(200),
    fulfilmentIds: z.array(FulfilmentId).min(1),
    shipmentIds: z.array(FulfilmentId).min(1),
    ...numbered,
    ...totals,
  },
  { description: 'The invoice has its number: it stands.' },
)

/** How often the authority was asked for one document. */
const Asked = z.number().int().min(1)

const unanswered = {
  ...ofInvoice,
  redLetterId: RedLetterId.optional(), // absent: the invoice itself
  asked: Asked,
  reason: Text,
  askAgainAt: Instant,
}

export const InvoiceAttemptFailed = event('InvoiceAttemptFailed', 1, unanswered, {
  description:
    'The tax authority gave no answer: whether there is a number is not known until it is asked again.',
})

export const InvoiceRefused = event(
  'InvoiceRefused',
  1,
  { ...ofInvoice, code: z.string().min(1).max(64), reason: Text },
  { description: 'The tax authority gives the invoice no number.' },
)

const RedLetterLine = InvoiceLine.extend({
  line: LineNumber, // of the invoice
  quantity: Quantity,
})
export type RedLetterLine = z.output<typeof RedLetterLine>

const redLetter = {
  ...ofInvoice,
  redLetterId: RedLetterId,
  returnId: ReturnId.optional(), // of the goods that came back
  reason: Text,
}

export const RedLetterDeferred = event(
  'RedLetterDeferred',
  1,
  {
    ...ofInvoice,
    returnId: ReturnId,
    lines: z.array(z.strictObject({ line: LineNumber, quantity: Quantity })).min(1),
  },
  {
    description: 'Goods came back before their invoice had a number: the red letter waits for it.',
  },
)

export const RedLetterRequested = event(
  'RedLetterRequested',
  1,
  {
    ...redLetter,
    kind: InvoiceKind,
    buyerTaxId: z.string().min(1).max(20),
    title: line(200),
    seller: Seller,
    of: z.strictObject({ number: InvoiceNumber, code: InvoiceCode }),
    lines: z.array(RedLetterLine).min(1).max(2100),
    ...totals,
  },
  { description: 'An invoice is to be taken back, or a part of it, by a negative one.' },
)

export const RedLetterIssued = event(
  'RedLetterIssued',
  1,
  {
    ...redLetter,
    kind: InvoiceKind,
    of: z.strictObject({ number: InvoiceNumber, code: InvoiceCode }),
    lines: z.array(RedLetterLine).min(1).max(2100),
    ...numbered,
    ...totals,
    left: Amount, // gross of the invoice that no issued red letter has taken back
  },
  { description: 'The red letter has its number: what it takes back is invoiced no more.' },
)

export const RedLetterRefused = event(
  'RedLetterRefused',
  1,
  { ...redLetter, code: z.string().min(1).max(64), message: Text },
  {
    description: 'The tax authority gives the red letter no number: the invoice stands as it was.',
  },
)

export const INVOICE_EVENTS = [
  InvoiceOpened,
  InvoiceIssued,
  InvoiceAttemptFailed,
  InvoiceRefused,
  RedLetterDeferred,
  RedLetterRequested,
  RedLetterIssued,
  RedLetterRefused,
] as const

export type InvoiceEvent = EventOf<(typeof INVOICE_EVENTS)[number]>
