/** Taking an invoice back, whole or in part, by negative invoices. */

import { accept, type Decision, type Refusal, refusal, refuse } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { lineTwice, type SkuQuantity } from '../kernel/lines.ts'
import {
  type Decimal,
  Decimal as DecimalOf,
  decimal,
  round,
  sum,
  toAmount,
} from '../kernel/money.ts'
import { RedLetterDeferred, type RedLetterLine, RedLetterRequested } from './events.ts'
import { type Invoice, type InvoiceState, type IssuedInvoice, isIssued } from './invoice.ts'
import { invoiceUnknown } from './refusals.ts'

/** A line of the invoice by its number, from 1, and how much of it is taken back. */
type Taken = Readonly<{ line: number; quantity: number }>

export type RequestRedLetter = Readonly<{
  invoiceId: string
  /** All that is left, charges included, if left out. */
  lines?: readonly SkuQuantity[] | undefined
  reason: string
}>

/**
 * Takes an invoice back, or some of its goods. A line's amounts are the rounded running total over all its
 * red letters, less what went before, for gross and net. Refuses `invoice-unknown` (404),
 * `invoice-not-issued`, `invoice-refused`, `nothing-left-to-reverse` (409), `line-twice`,
 * `quantity-exceeds-left`.
 */
export function requestRedLetter(
  state: InvoiceState,
  { invoiceId, lines, reason }: RequestRedLetter,
): Decision {
  if (!state) return invoiceUnknown(invoiceId)
  if (!isIssued(state)) return notIssued(state)
  const left = leftOf(state)
  if (left.every((quantity) => quantity === 0)) return nothingLeft(state)
  const refused = lines && (lineTwice(lines) ?? exceedsLeft(state, left, lines))
  if (refused) return { accepted: false, refusal: refused }
  const taken = lines === undefined ? all(left) : ofSkus(state, left, lines)
  return accept(redLetterOf(state, { taken, reason }))
}

export type RequestReturnRedLetter = Readonly<{
  invoiceId: string
  returnId: string
  lines: readonly Taken[]
}>

/**
 * Takes back what came back, as far as it is not taken back already; an invoice that has no number yet is
 * waited for. For the same return, or an invoice that never stood: nothing. Refuses `invoice-unknown`.
 */
export function requestReturnRedLetter(
  state: InvoiceState,
  { invoiceId, returnId, lines }: RequestReturnRedLetter,
): Decision {
  if (!state) return invoiceUnknown(invoiceId)
  const isKnown = [...state.deferred, ...state.redLetters.map(({ requested }) => requested)].some(
    (one) => one.returnId === returnId,
  )
  if (isKnown || state.status === 'refused') return accept()
  const { orderId, dealerId } = state.opened
  if (!isIssued(state)) {
    return accept(
      RedLetterDeferred({ invoiceId, orderId, dealerId, returnId, lines: lines.map(takenOf) }),
    )
  }
  return accept(...redLetterForReturn(state, returnId, lines))
}

/** What waited for the invoice's number, one after another. */
export function deferredRedLetters(
  state: IssuedInvoice,
  deferred: Invoice['deferred'],
): readonly EventOf<typeof RedLetterRequested>[] {
  let now: IssuedInvoice = state
  return deferred.flatMap(({ returnId, lines }) => {
    const requested = redLetterForReturn(now, returnId, lines)
    for (const { data } of requested) {
      const redLetter = { requested: data, status: 'requested' as const, asked: 0 }
      now = { ...now, redLetters: [...now.redLetters, redLetter] }
    }
    return requested
  })
}

function redLetterForReturn(state: IssuedInvoice, returnId: string, lines: readonly Taken[]) {
  const left = leftOf(state)
  const taken = lines
    .map(({ line, quantity }) => ({ line, quantity: Math.min(quantity, left[line - 1] ?? 0) }))
    .filter(({ quantity }) => quantity > 0)
  if (taken.length === 0) return []
  return [redLetterOf(state, { taken, reason: `goods came back: ${returnId}`, returnId })]
}

function takenOf({ line, quantity }: Taken): Taken {
  return { line, quantity }
}

/** What no red letter takes back, by line. */
function leftOf(state: Invoice): readonly number[] {
  return state.opened.lines.map(
    ({ quantity }, index) =>
      quantity - reversedLines(state, index + 1).reduce((total, one) => total + one.quantity, 0),
  )
}

function reversedLines({ redLetters }: Invoice, line: number): readonly RedLetterLine[] {
  return redLetters
    .filter(({ status }) => status !== 'refused')
    .flatMap(({ requested }) => requested.lines.filter((one) => one.line === line))
}

function all(left: readonly number[]): readonly Taken[] {
  return left
    .map((quantity, index) => ({ line: index + 1, quantity }))
    .filter(({ quantity }) => quantity > 0)
}

/** A SKU stands in several lines if its tax rate changed: the first is taken back first. */
function ofSkus(
  { opened }: Invoice,
  left: readonly number[],
  lines: readonly SkuQuantity[],
): readonly Taken[] {
  const wanted = new Map(lines.map(({ sku, quantity }) => [sku, quantity]))
  return opened.lines.flatMap(({ sku }, index) => {
    if (sku === undefined) return []
    const quantity = Math.min(wanted.get(sku) ?? 0, left[index] ?? 0)
    wanted.set(sku, (wanted.get(sku) ?? 0) - quantity)
    return quantity === 0 ? [] : [{ line: index + 1, quantity }]
  })
}

type Wanted = Readonly<{ taken: readonly Taken[]; reason: string; returnId?: string }>

function redLetterOf(state: IssuedInvoice, { taken, reason, returnId }: Wanted) {
  const { invoiceId, orderId, dealerId, kind, buyerTaxId, title, seller } = state.opened
  const lines = taken.flatMap((one) => lineOf(state, one))
  const amount = sum(lines.map((line) => decimal(line.amount)))
  const net = sum(lines.map((line) => decimal(line.net)))
  return RedLetterRequested({
    ...{ invoiceId, orderId, dealerId, kind, buyerTaxId, title, seller, reason, lines },
    ...(returnId !== undefined && { returnId }),
    redLetterId: `${invoiceId}.r${state.redLetters.length + 1}`,
    of: state.numbered,
    ...written(amount, net),
  })
}

function lineOf(state: Invoice, { line, quantity }: Taken): RedLetterLine[] {
  const of = state.opened.lines[line - 1]
  if (of === undefined) return []
  const before = reversedLines(state, line)
  const after = before.reduce((total, one) => total + one.quantity, quantity)
  const next = (field: 'amount' | 'net') => {
    const total = round(decimal(of[field]).times(after).dividedBy(of.quantity))
    const next = total.minus(sum(before.map((one) => decimal(one[field]))))
    // After a red letter that the authority refused, the parts before may be a cent off.
    return DecimalOf.max(next, 0)
  }
  return [{ ...of, line, quantity, ...written(next('amount'), next('net')) }]
}

function written(amount: Decimal, net: Decimal) {
  return { amount: toAmount(amount), net: toAmount(net), tax: toAmount(amount.minus(net)) }
}

function notIssued({ opened: { invoiceId }, status }: Invoice): Decision {
  const isRefused = status === 'refused'
  return refuse(isRefused ? 'invoice-refused' : 'invoice-not-issued', {
    kind: 'state',
    message: isRefused
      ? `the tax authority refused invoice ${invoiceId}: there is nothing to take back`
      : `invoice ${invoiceId} has no number of the tax authority yet`,
    inputs: { invoiceId, status },
    ways: isRefused ? [] : ['wait until the tax authority has numbered it'],
  })
}

function nothingLeft({ opened: { invoiceId }, redLetters }: Invoice): Decision {
  return refuse('nothing-left-to-reverse', {
    kind: 'state',
    message: `all of invoice ${invoiceId} is taken back already`,
    inputs: { invoiceId, redLetters: redLetters.map(({ requested }) => requested.redLetterId) },
  })
}

function exceedsLeft(
  { opened }: Invoice,
  left: readonly number[],
  lines: readonly SkuQuantity[],
): Refusal | undefined {
  const { invoiceId } = opened
  const leftOfSku = new Map<string, number>()
  for (const [index, { sku }] of opened.lines.entries()) {
    if (sku !== undefined) leftOfSku.set(sku, (leftOfSku.get(sku) ?? 0) + (left[index] ?? 0))
  }
  const tooMuch = lines
    .map(({ sku, quantity }) => ({ sku, quantity, left: leftOfSku.get(sku) ?? 0 }))
    .filter((line) => line.quantity > line.left)
  if (tooMuch.length === 0) return undefined
  return refusal('quantity-exceeds-left', {
    message: `${tooMuch.map(({ sku }) => sku).join(', ')}: more than invoice ${invoiceId} has left`,
    inputs: { invoiceId, lines: tooMuch },
    ways: tooMuch.map(({ sku, left: most }) =>
      most === 0 ? `leave out ${sku}` : `take back ${most} or fewer of ${sku}`,
    ),
  })
}
