/** Which parts of an order are invoiced. In its stream, so that nothing is invoiced twice. */

import { z } from 'zod'
import { event } from '../kernel/event.ts'
import {
  Amount,
  Count,
  DealerId,
  FulfilmentId,
  line,
  Name,
  OrderId,
  PositiveAmount,
  Quantity,
  Rate,
  ReturnId,
  SignedAmount,
  Sku,
  Text,
} from '../kernel/values.ts'

/** `<orderId>.i<n>` */
export const InvoiceId = FulfilmentId

/** `<invoiceId>.r<n>` */
export const RedLetterId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,95}$/)

export const InvoiceKind = z.enum(['electronic', 'paper'])
export type InvoiceKind = z.output<typeof InvoiceKind>

/** As a company's tax registration has it: 15 to 20 letters and digits; a unified social credit code has 18. */
export const TaxId = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9]{15,20}$/, 'must be 15 to 20 letters and digits')

/** Who issues an invoice. */
export const Seller = z.strictObject({ name: Name, taxId: z.string().min(1).max(20) })
export type Seller = z.output<typeof Seller>

/** A line of an invoice: goods, or a charge (no SKU, its kind as the name). */
export const InvoiceLine = z.strictObject({
  sku: Sku.optional(),
  name: Name,
  quantity: Quantity,
  amount: Amount, // gross, discounts taken off
  net: Amount,
  tax: SignedAmount,
  taxRate: Rate,
})
export type InvoiceLine = z.output<typeof InvoiceLine>

/** More than an order has, whose lines may have changed their tax rate when it was amended. */
export const InvoiceLines = z.array(InvoiceLine).min(1).max(2100)

/** What can be invoiced: units of a line that left in one shipment, or a charge that went with it. */
export const Portion = z.strictObject({
  shipmentId: FulfilmentId,
  fulfilmentId: FulfilmentId,
  sku: Sku.optional(),
  name: Name,
  taxRate: Rate,
  quantity: Quantity,
  amount: Amount,
  net: Amount,
})
export type Portion = z.output<typeof Portion>

/** Which line of an invoice it is, from 1. */
export const LineNumber = z.number().int().min(1).max(2100)

/** What is not covered by an invoice any more. */
const uncovered = {
  lines: z.array(
    z.strictObject({
      line: LineNumber,
      quantity: Quantity,
      returned: Count, // of it: came back, and can't be invoiced again
    }),
  ),
  open: z.array(Portion), // what may be invoiced again
}

// Events: a storage format. Add fields and versions; never change a meaning.
export const InvoiceRequested = event(
  'InvoiceRequested',
  1,
  {
    invoiceId: InvoiceId,
    orderId: OrderId,
    dealerId: DealerId,
    fulfilmentIds: z.array(FulfilmentId).min(1), // whose shipped goods it covers, all not invoiced before
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
  { description: 'Shipped goods are to be invoiced; no other invoice can cover them.' },
)

export const InvoiceGivenUp = event(
  'InvoiceGivenUp',
  1,
  { invoiceId: InvoiceId, orderId: OrderId, reason: Text, ...uncovered },
  { description: 'The tax authority refused the invoice: what it covered may be invoiced again.' },
)

export const InvoiceReversed = event(
  'InvoiceReversed',
  1,
  {
    invoiceId: InvoiceId,
    orderId: OrderId,
    redLetterId: RedLetterId,
    returnId: ReturnId.optional(),
    ...uncovered,
  },
  {
    description:
      'A red-letter invoice took an invoice back, or a part: goods not returned may be invoiced again.',
  },
)

export const ReturnedInvoicesFound = event(
  'ReturnedInvoicesFound',
  1,
  {
    orderId: OrderId,
    returnId: ReturnId,
    notInvoiced: z.array(
      z.strictObject({ shipmentId: FulfilmentId, sku: Sku, quantity: Quantity }),
    ),
    invoices: z.array(
      z.strictObject({
        invoiceId: InvoiceId,
        lines: z.array(z.strictObject({ line: LineNumber, sku: Sku, quantity: Quantity })).min(1),
      }),
    ),
  },
  {
    description: 'It is known which invoices cover what came back: each gets a red letter for it.',
  },
)

export const INVOICING_EVENTS = [
  InvoiceRequested,
  InvoiceGivenUp,
  InvoiceReversed,
  ReturnedInvoicesFound,
] as const
