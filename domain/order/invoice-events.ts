/** Which parts of an order are invoiced. In its stream, so that nothing is invoiced twice. */

import { z } from 'zod'
import { event } from '../kernel/event.ts'
import {
  Amount,
  DealerId,
  FulfilmentId,
  Id,
  line,
  Name,
  OrderId,
  PositiveAmount,
  Quantity,
  Rate,
  SignedAmount,
  Sku,
  Text,
} from '../kernel/values.ts'

/** `<orderId>.i<n>` */
export const InvoiceId = FulfilmentId

export const InvoiceKind = z.enum(['electronic', 'paper'])
export type InvoiceKind = z.output<typeof InvoiceKind>

/** A line of an invoice: goods, or a charge (no SKU). */
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

// Events: a storage format. Add fields and versions; never change a meaning.
export const InvoiceRequested = event(
  'InvoiceRequested',
  1,
  {
    invoiceId: InvoiceId,
    orderId: OrderId,
    dealerId: DealerId,
    shipmentIds: z.array(FulfilmentId).min(1), // what it covers
    kind: InvoiceKind,
    buyerTaxId: Id,
    title: line(200),
    lines: z.array(InvoiceLine).min(1).max(1000),
    amount: PositiveAmount,
    net: Amount,
    tax: SignedAmount,
  },
  { description: 'Shipped goods are to be invoiced; no other invoice can cover them.' },
)

export const InvoiceGivenUp = event(
  'InvoiceGivenUp',
  1,
  { invoiceId: InvoiceId, orderId: OrderId, reason: Text },
  { description: 'The tax authority refused the invoice: what it covered may be invoiced again.' },
)

export const INVOICING_EVENTS = [InvoiceRequested, InvoiceGivenUp] as const
