/** An invoice, or a red letter, as it is printed: all text, nothing left to decide. */

import { z } from 'zod'
import { capitalAmount } from '../../domain/invoice/capital-amount.ts'
import { dayIn } from '../../domain/kernel/dates.ts'
import { decimal } from '../../domain/kernel/money.ts'
import type { InvoiceRow, RedLetterRow } from '../invoice-rows.ts'

export type Party = Readonly<{ name: string; taxId: string }>

export type PrintedLine = Readonly<{
  name: string
  sku: string
  quantity: string
  /** Net of tax. */
  unitPrice: string
  net: string
  taxRate: string
  tax: string
}>

export type PrintedInvoice = Readonly<{
  id: string
  kind: 'electronic' | 'paper'
  code: string
  number: string
  /** A day in the business's time zone. */
  issuedOn: string
  /** An instant: the same for the same document. */
  issuedAt: string
  buyer: Party
  seller: Party
  lines: readonly PrintedLine[]
  net: string
  tax: string
  amount: string
  capitals: string
  /** Of a red letter: what it takes back. */
  of: Readonly<{ code: string; number: string }> | undefined
  remarks: readonly string[]
}>

/** As `InvoiceLine` and its red letters are kept. */
const Lines = z.array(
  z.object({
    sku: z.string().optional(),
    name: z.string(),
    quantity: z.number().int(),
    net: z.string(),
    tax: z.string(),
    taxRate: z.string(),
  }),
)
const Seller = z.object({ name: z.string(), taxId: z.string() })

const CHARGES: Readonly<Record<string, string>> = { freight: '运费 Freight' }

/** Undefined as long as it has no number. */
export function printed(
  invoice: InvoiceRow,
  redLetter: RedLetterRow | undefined,
  timeZone: string,
): PrintedInvoice | undefined {
  const row = redLetter ?? invoice
  const { code, number, issued_at: issuedAt } = row
  if (code === null || number === null || issuedAt === null) return undefined
  const seller = Seller.parse(row.seller)
  return {
    id: redLetter?.red_letter_id ?? invoice.invoice_id,
    kind: row.kind === 'paper' ? 'paper' : 'electronic',
    ...{ code, number, issuedAt: issuedAt.toISOString() },
    issuedOn: dayIn(timeZone, issuedAt.toISOString()),
    buyer: { name: row.title, taxId: row.buyer_tax_id },
    seller: { name: seller.name, taxId: seller.taxId },
    lines: Lines.parse(row.lines).map(lineOf),
    ...{ net: grouped(row.net), tax: grouped(row.tax), amount: grouped(row.amount) },
    capitals: capitalAmount(row.amount),
    of: redLetter && { code: redLetter.of_code, number: redLetter.of_number },
    remarks: [
      `订单 Order ${invoice.order_id}`,
      `发货单 Fulfilment ${invoice.fulfilment_ids.join(', ')}`,
      ...(redLetter === undefined ? [] : [`原因 Reason: ${redLetter.reason}`]),
    ],
  }
}

function lineOf(line: z.output<typeof Lines>[number]): PrintedLine {
  const { sku = '', name, quantity, net, tax, taxRate } = line
  return {
    name: sku === '' ? (CHARGES[name] ?? name) : name,
    sku,
    quantity: grouped(String(quantity)),
    unitPrice: grouped(unitPrice(net, quantity)),
    net: grouped(net),
    taxRate: `${decimal(taxRate).times(100)}%`,
    tax: grouped(tax),
  }
}

const PRICE_PLACES = 6
const LEAST_PLACES = 2

/** What one unit costs without tax: rounded, for it is not what the amount was made of. */
function unitPrice(net: string, quantity: number): string {
  const price = decimal(net).dividedBy(quantity).toDecimalPlaces(PRICE_PLACES)
  return price.toFixed(Math.max(price.decimalPlaces(), LEAST_PLACES))
}

/** `-1,227.04` */
function grouped(amount: string): string {
  const [whole = '', places] = amount.split('.')
  const thousands = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return places === undefined ? thousands : `${thousands}.${places}`
}
