/** The tax authority, which gives invoices their numbers: what it is asked, and what it may say. */

import { z } from 'zod'
import { InvoiceCode, InvoiceNumber } from '../domain/invoice/events.ts'
import { Instant, Rate, SignedAmount } from '../domain/kernel/values.ts'
import { InvoiceKind } from '../domain/order/invoice-events.ts'

const amounts = { amount: SignedAmount, net: SignedAmount, tax: SignedAmount }

/** An invoice, or a red letter: its quantities and amounts are below zero. */
export const TaxDocument = z.strictObject({
  /** Ours: the same document is numbered once, however often it is asked for. */
  documentId: z.string().min(1).max(96),
  kind: InvoiceKind,
  seller: z.strictObject({ name: z.string(), taxId: z.string() }),
  buyer: z.strictObject({ title: z.string(), taxId: z.string() }),
  lines: z
    .array(
      z.strictObject({
        sku: z.string().optional(),
        name: z.string(),
        quantity: z.number().int(),
        taxRate: Rate,
        ...amounts,
      }),
    )
    .min(1)
    .max(2100),
  ...amounts,
  /** Of a red letter: what it takes back. */
  of: z.strictObject({ code: InvoiceCode, number: InvoiceNumber }).optional(),
})
export type TaxDocument = z.output<typeof TaxDocument>

/** The number stands for good; `code` is the series that it is in. */
export const Numbered = z.object({ code: InvoiceCode, number: InvoiceNumber, issuedAt: Instant })
export type Numbered = z.output<typeof Numbered>

export type TaxAnswer =
  | Readonly<{ outcome: 'numbered'; numbered: Numbered }>
  | Readonly<{ outcome: 'refused'; code: string; reason: string }>

export interface TaxAuthority {
  /** Asks for a document's number. Rejects with `TaxAuthoritySilent` if it can't be known whether it has one. */
  number(document: TaxDocument, signal: AbortSignal): Promise<TaxAnswer>
}

/** No answer that can be understood: the document may have been numbered, or not. */
export class TaxAuthoritySilent extends Error {
  override readonly name = 'TaxAuthoritySilent'
}
