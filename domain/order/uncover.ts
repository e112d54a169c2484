/** What an invoice covered, and does not any more: refused by the tax authority, or taken back. */

import type { Decision } from '../kernel/decision.ts'
import { accept } from '../kernel/decision.ts'
import { decimal, runningPart, toAmount } from '../kernel/money.ts'
import { InvoiceGivenUp, InvoiceReversed, type Portion } from './invoice-events.ts'
import { type Covered, type CoveredLine, unitsOf } from './invoicing.ts'
import { orderUnknown } from './refusals.ts'
import type { OrderState } from './state.ts'

type OfInvoice = Readonly<{ orderId: string; invoiceId: string }>

export type GiveUpInvoice = OfInvoice & Readonly<{ reason: string }>

/** The authority refused it: all it covers may be invoiced again, but what came back. Again: nothing. */
export function giveUpInvoice(
  state: OrderState,
  { orderId, invoiceId, reason }: GiveUpInvoice,
): Decision {
  if (!state) return orderUnknown(orderId)
  const covered = state.invoicing.invoices.find((one) => one.invoiceId === invoiceId)
  if (covered === undefined || covered.givenUp) return accept()
  const all = covered.lines.map((line, index) =>
    uncoveredOf(line, { line: index + 1, quantity: line.quantity }, false),
  )
  return accept(InvoiceGivenUp({ invoiceId, orderId, reason, ...together(all) }))
}

/** A line of a red letter, its amounts taken back; `line` is its number on the invoice. */
export type ReversedLine = Readonly<{
  line: number
  quantity: number
  amount: string
  net: string
}>

export type ReverseInvoice = OfInvoice &
  Readonly<{
    redLetterId: string
    returnId?: string | undefined
    lines: readonly ReversedLine[]
  }>

/** A red letter stands: what it took back may be invoiced again, but what came back. Again: nothing. */
export function reverseInvoice(
  state: OrderState,
  { orderId, invoiceId, redLetterId, returnId, lines }: ReverseInvoice,
): Decision {
  if (!state) return orderUnknown(orderId)
  const covered = state.invoicing.invoices.find((one) => one.invoiceId === invoiceId)
  if (covered === undefined || isKnown(covered, redLetterId)) return accept()
  const all = lines.flatMap((reversed) => {
    const line = covered.lines[reversed.line - 1]
    return line === undefined ? [] : [uncoveredOf(line, reversed, returnId !== undefined)]
  })
  return accept(
    InvoiceReversed({
      ...{ invoiceId, orderId, redLetterId },
      ...(returnId !== undefined && { returnId }),
      ...together(all),
    }),
  )
}

function isKnown({ redLetterIds, givenUp }: Covered, redLetterId: string): boolean {
  return givenUp || redLetterIds.includes(redLetterId)
}

type Uncovered = Readonly<{
  line: Readonly<{ line: number; quantity: number; returned: number }>
  open: readonly Portion[]
}>

function together(all: readonly Uncovered[]) {
  return {
    lines: all.map(({ line }) => line).filter(({ quantity }) => quantity > 0),
    open: all.flatMap(({ open }) => open),
  }
}

type Taken = Readonly<{ line: number; quantity: number; amount?: string; net?: string }>

/**
 * What of a line comes off, and may be invoiced again. What came back never may: for a return, it is what
 * comes off; else it comes off last.
 */
function uncoveredOf(line: CoveredLine, taken: Taken, isForReturn: boolean): Uncovered {
  const { quantity } = taken
  const left = line.quantity - line.reversed - quantity
  const stillReturned = Math.min(
    isForReturn ? Math.max(line.returned - quantity, 0) : line.returned,
    left,
  )
  const returned = line.returned - stillReturned
  return {
    line: { line: taken.line, quantity, returned },
    open: returned === quantity ? [] : openOf(line, taken, returned),
  }
}

/** The portions that a part of a line is made of, without its first units, which came back. */
function openOf(line: CoveredLine, taken: Taken, returned: number): readonly Portion[] {
  const { quantity, amount, net } = taken
  if (quantity === line.quantity && returned === 0) return line.portions
  const from = line.reversed + returned
  const to = line.reversed + quantity
  const units = unitsBetween(line.portions, from, to)
  const whole = {
    amount: amount ?? toAmount(totalOf(line.portions, 'amount')),
    net: net ?? toAmount(totalOf(line.portions, 'net')),
  }
  // The amounts are the red letter's, not the shipments': they may differ by a cent.
  let at = returned
  return units.map((portion) => {
    const before = at
    at += portion.quantity
    const part = (text: string) => toAmount(runningPart(decimal(text), quantity, before, at))
    return { ...portion, amount: part(whole.amount), net: part(whole.net) }
  })
}

function totalOf(portions: readonly Portion[], field: 'amount' | 'net') {
  return portions.reduce((total, portion) => total.plus(portion[field]), decimal(0))
}

function unitsBetween(portions: readonly Portion[], from: number, to: number): readonly Portion[] {
  let start = 0
  return portions.flatMap((portion) => {
    const end = start + portion.quantity
    const first = Math.max(from, start) - start
    const last = Math.min(to, end) - start
    start = end
    return last > first ? [unitsOf(portion, first, last)] : []
  })
}
