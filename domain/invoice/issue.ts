/** Opening an invoice, and what the tax authority says of it and of its red letters. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { decimal, sum, toAmount } from '../kernel/money.ts'
import {
  InvoiceAttemptFailed,
  InvoiceIssued,
  InvoiceOpened,
  InvoiceRefused,
  RedLetterIssued,
  RedLetterRefused,
} from './events.ts'
import type { Invoice, InvoiceState, RedLetter } from './invoice.ts'
import { deferredRedLetters } from './red-letter.ts'
import { invoiceUnknown } from './refusals.ts'

export type OpenInvoice = EventOf<typeof InvoiceOpened>['data']

/** Opens what an order was asked to invoice. Again: nothing. */
export function openInvoice(state: InvoiceState, input: OpenInvoice): Decision {
  return state ? accept() : accept(InvoiceOpened(input))
}

/** One of an invoice's documents: itself, or a red letter of it. */
type OfDocument = Readonly<{ invoiceId: string; redLetterId?: string | undefined }>

export type RecordInvoiceNumber = OfDocument &
  Readonly<{ number: string; code: string; issuedAt: string }>

/**
 * The authority numbered a document. With the invoice's own number, the red letters that waited for it
 * are requested. Again, or too late: nothing. Refuses `invoice-unknown`.
 */
export function recordInvoiceNumber(state: InvoiceState, input: RecordInvoiceNumber): Decision {
  const { invoiceId, redLetterId, number, code, issuedAt } = input
  if (!state) return invoiceUnknown(invoiceId)
  if (redLetterId !== undefined) return redLetterNumbered(state, { ...input, redLetterId })
  if (state.status !== 'opened') return accept()
  const { lines: _, seller: _seller, ...opened } = state.opened
  const issued = { ...state, status: 'issued' as const, numbered: { number, code } }
  return accept(
    InvoiceIssued({ ...opened, number, code, issuedAt }),
    ...deferredRedLetters(issued, state.deferred),
  )
}

function redLetterNumbered(
  state: Invoice,
  { redLetterId, number, code, issuedAt }: RecordInvoiceNumber & Readonly<{ redLetterId: string }>,
): Decision {
  const redLetter = pending(state, redLetterId)
  if (redLetter === undefined) return accept()
  const { buyerTaxId: _tax, title: _title, seller: _seller, ...requested } = redLetter.requested
  const takenBack = sum(
    state.redLetters
      .filter((one) => one === redLetter || one.status === 'issued')
      .map((one) => decimal(one.requested.amount)),
  )
  const left = toAmount(decimal(state.opened.amount).minus(takenBack))
  return accept(RedLetterIssued({ ...requested, number, code, issuedAt, left }))
}

function pending(state: Invoice, redLetterId: string): RedLetter | undefined {
  return state.redLetters.find(
    ({ requested, status }) => requested.redLetterId === redLetterId && status === 'requested',
  )
}

export type RecordInvoiceRefusal = OfDocument & Readonly<{ code: string; reason: string }>

/** The authority will not number a document. Again, or too late: nothing. Refuses `invoice-unknown`. */
export function recordInvoiceRefusal(
  state: InvoiceState,
  { invoiceId, redLetterId, code, reason }: RecordInvoiceRefusal,
): Decision {
  if (!state) return invoiceUnknown(invoiceId)
  const { orderId, dealerId } = state.opened
  if (redLetterId === undefined) {
    if (state.status !== 'opened') return accept()
    return accept(InvoiceRefused({ invoiceId, orderId, dealerId, code, reason }))
  }
  const redLetter = pending(state, redLetterId)
  if (redLetter === undefined) return accept()
  const { returnId, reason: why } = redLetter.requested
  return accept(
    RedLetterRefused({
      ...{ invoiceId, orderId, dealerId, redLetterId },
      ...(returnId !== undefined && { returnId }),
      ...{ reason: why, code, message: reason },
    }),
  )
}

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** How long after each asking without an answer the next is due; the last holds for ever. */
const PAUSES_MS = [
  SECOND_MS,
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
] as const

export type RecordInvoiceAttempt = OfDocument &
  Readonly<{
    /** How often it had been asked for before. */
    attempt: number
    reason: string
  }>

/**
 * The authority gave no answer, and may or may not have numbered the document: it is asked again, after a
 * pause that grows to 6 h. Of another asking than the last, or of what is answered: nothing. Refuses `invoice-unknown`.
 */
export function recordInvoiceAttempt(
  state: InvoiceState,
  { invoiceId, redLetterId, attempt, reason }: RecordInvoiceAttempt,
  { now }: DecisionContext,
): Decision {
  if (!state) return invoiceUnknown(invoiceId)
  const waiting = redLetterId === undefined ? openedOnly(state) : pending(state, redLetterId)
  if (waiting === undefined || attempt !== waiting.asked) return accept()
  const { orderId, dealerId } = state.opened
  const pauseMs = PAUSES_MS[waiting.asked] ?? PAUSES_MS.at(-1) ?? HOUR_MS
  return accept(
    InvoiceAttemptFailed({
      ...{ invoiceId, orderId, dealerId },
      ...(redLetterId !== undefined && { redLetterId }),
      asked: waiting.asked + 1,
      reason,
      askAgainAt: new Date(Date.parse(now) + pauseMs).toISOString(),
    }),
  )
}

function openedOnly(state: Invoice): Invoice | undefined {
  return state.status === 'opened' ? state : undefined
}
