/** Invoices and red letters as reads show them. */

import type { Selectable } from 'kysely'
import type { ReadDatabase, Tables } from './database.ts'

export type InvoiceRow = Selectable<Tables['invoices']>
export type RedLetterRow = Selectable<Tables['red_letters']>

type Shared = Omit<InvoiceRow, 'fulfilment_ids' | 'shipment_ids' | 'left_amount'>

function documentOf(row: Shared) {
  return {
    invoiceId: row.invoice_id,
    orderId: row.order_id,
    dealerId: row.dealer_id,
    kind: row.kind,
    status: row.status,
    statusReason: row.status_reason,
    code: row.code,
    number: row.number,
    issuedAt: row.issued_at?.toISOString() ?? null,
    title: row.title,
    buyerTaxId: row.buyer_tax_id,
    seller: row.seller,
    amount: row.amount,
    net: row.net,
    tax: row.tax,
    lines: row.lines,
    asked: row.asked,
    askAgainAt: row.ask_again_at?.toISOString() ?? null,
    requestedAt: row.requested_at.toISOString(),
    requestedOn: row.requested_on,
  }
}

/** Amounts and quantities of red letters are below zero. */
export function redLetterOf(row: RedLetterRow) {
  return {
    redLetterId: row.red_letter_id,
    ...documentOf(row),
    reason: row.reason,
    returnId: row.return_id,
    of: { code: row.of_code, number: row.of_number },
  }
}

export function invoiceOf(row: InvoiceRow, redLetters: readonly RedLetterRow[]) {
  return {
    ...documentOf(row),
    fulfilmentIds: row.fulfilment_ids,
    shipmentIds: row.shipment_ids,
    left: row.left_amount,
    redLetters: redLetters.map(redLetterOf),
  }
}

const SHORT = [
  'invoice_id',
  'order_id',
  'kind',
  'status',
  'code',
  'number',
  'issued_at',
  'amount',
  'net',
  'tax',
] as const

type ShortRow = Pick<InvoiceRow, (typeof SHORT)[number]>

function shortOf(row: ShortRow) {
  return {
    kind: row.kind,
    status: row.status,
    code: row.code,
    number: row.number,
    issuedAt: row.issued_at?.toISOString() ?? null,
    amount: row.amount,
    net: row.net,
    tax: row.tax,
  }
}

/** What an order shows of an invoice. */
export type ShortInvoice = Readonly<
  { invoiceId: string; left: string; redLetters: readonly ShortRedLetter[] } & ReturnType<
    typeof shortOf
  >
>
type ShortRedLetter = Readonly<
  { redLetterId: string; returnId: string | null } & ReturnType<typeof shortOf>
>

/** The red letters of some invoices, by the invoice's id, in the order they were asked for. */
export async function redLettersOf(
  db: ReadDatabase,
  invoiceIds: readonly string[],
): Promise<ReadonlyMap<string, readonly RedLetterRow[]>> {
  if (invoiceIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('red_letters')
    .selectAll()
    .where('invoice_id', 'in', invoiceIds)
    .orderBy('position')
    .orderBy('red_letter_id')
    .execute()
  return Map.groupBy(rows, ({ invoice_id }) => invoice_id)
}

/** The invoices of some orders, by the order's id. */
export async function invoicesOf(
  db: ReadDatabase,
  orderIds: readonly string[],
): Promise<(orderId: string) => readonly ShortInvoice[]> {
  const invoices = await db
    .selectFrom('invoices')
    .select([...SHORT, 'left_amount'])
    .where('order_id', 'in', orderIds)
    .orderBy('position')
    .execute()
  if (invoices.length === 0) return () => []
  const redLetters = await db
    .selectFrom('red_letters')
    .select([...SHORT, 'red_letter_id', 'return_id'])
    .where('order_id', 'in', orderIds)
    .orderBy('position')
    .orderBy('red_letter_id')
    .execute()
  const byInvoice = Map.groupBy(redLetters, ({ invoice_id }) => invoice_id)
  const byOrder = Map.groupBy(invoices, ({ order_id }) => order_id)
  return (orderId) =>
    (byOrder.get(orderId) ?? []).map((row) => ({
      invoiceId: row.invoice_id,
      ...shortOf(row),
      left: row.left_amount,
      redLetters: (byInvoice.get(row.invoice_id) ?? []).map((one) => ({
        redLetterId: one.red_letter_id,
        returnId: one.return_id,
        ...shortOf(one),
      })),
    }))
}
