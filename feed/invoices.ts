/** What the ERP hears of invoices: those that have a number, and the red letters that take them back. */

import { z } from 'zod'
import { InvoiceIssued, RedLetterIssued } from '../domain/invoice/events.ts'
import { negativeOf } from '../domain/invoice/negative.ts'
import { publicEvent } from './public-event.ts'
import {
  Amount,
  Currency,
  DealerId,
  FulfilmentId,
  Id,
  Instant,
  Name,
  OrderId,
  Rate,
  Sku,
} from './values.ts'

const InvoiceId = Id.describe('`<orderId>.i<n>`')
const InvoiceNumber = z.string().describe("The tax authority's, unique within the code.")
const Code = z.string().describe('Of the series that the number is in.')

const numbered = { code: Code, number: InvoiceNumber, issuedAt: Instant }
const Kind = z.enum(['electronic', 'paper'])

export const invoiceIssued = publicEvent({
  area: 'invoices',
  name: 'invoice-issued',
  version: 1,
  description:
    'An invoice has its number. It covers these shipments, without what came back before, and has their amounts.',
  from: InvoiceIssued,
  about: ({ invoiceId }) => invoiceId,
  schema: z.strictObject({
    ...{ invoiceId: InvoiceId, orderId: OrderId, dealerId: DealerId, kind: Kind },
    shipmentIds: z.array(FulfilmentId),
    ...{ buyerTaxId: z.string(), title: Name },
    ...numbered,
    ...{ amount: Amount, net: Amount, tax: Amount, currency: Currency },
  }),
  sums: ['amount', 'net', 'tax'],
  translate: ({ data, metadata: { currency } }) => {
    const { invoiceId, orderId, dealerId, kind, shipmentIds, buyerTaxId, title } = data
    const { code, number, issuedAt, amount, net, tax } = data
    return {
      ...{ invoiceId, orderId, dealerId, kind, shipmentIds, buyerTaxId, title },
      ...{ code, number, issuedAt, amount, net, tax, currency },
    }
  },
})

const Line = z.strictObject({
  sku: Sku.optional().describe('Of goods; a charge has none.'),
  name: Name,
  quantity: z.number().int().describe('Whole base units, below zero.'),
  taxRate: Rate,
  ...{ amount: Amount, net: Amount, tax: Amount },
})

export const redLetterIssued = publicEvent({
  area: 'invoices',
  name: 'red-letter-issued',
  version: 1,
  description:
    'A negative invoice takes an invoice back, or a part of it: its amounts are below zero.',
  from: RedLetterIssued,
  about: ({ redLetterId }) => redLetterId,
  schema: z.strictObject({
    redLetterId: Id.describe('`<invoiceId>.r<n>`'),
    ...{ invoiceId: InvoiceId, orderId: OrderId, dealerId: DealerId, kind: Kind },
    returnId: Id.optional().describe('Of the goods that came back, if it is for these.'),
    of: z.strictObject({ code: Code, number: InvoiceNumber }),
    ...numbered,
    lines: z.array(Line),
    ...{ amount: Amount, net: Amount, tax: Amount, currency: Currency },
  }),
  sums: ['amount', 'net', 'tax'],
  translate: ({ data, metadata: { currency } }) => {
    const { redLetterId, invoiceId, orderId, dealerId, kind, returnId, of } = data
    const { code, number, issuedAt, lines } = data
    return {
      ...{ redLetterId, invoiceId, orderId, dealerId, kind, of, code, number, issuedAt, currency },
      ...(returnId !== undefined && { returnId }),
      lines: lines.map((line) => ({
        ...(line.sku !== undefined && { sku: line.sku }),
        ...{ name: line.name, quantity: -line.quantity, taxRate: line.taxRate },
        ...negativeOf(line),
      })),
      ...negativeOf(data),
    }
  },
})
