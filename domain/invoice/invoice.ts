/** An invoice, numbered by the tax authority, and the red letters that take it back, folded. */

import { type Aggregate, aggregate, fold } from '../kernel/aggregate.ts'
import type { EventOf } from '../kernel/event.ts'
import type { RedLetterDeferred, RedLetterRequested } from './events.ts'
import { INVOICE_EVENTS, type InvoiceEvent, type InvoiceOpened } from './events.ts'

type Opened = EventOf<typeof InvoiceOpened>['data']

export type RedLetter = Readonly<{
  requested: EventOf<typeof RedLetterRequested>['data']
  status: 'requested' | 'issued' | 'refused'
  /** How often the authority was asked for its number, without an answer. */
  asked: number
}>

export type Invoice = Readonly<{
  opened: Opened
  status: 'opened' | 'issued' | 'refused'
  /** How often the authority was asked for its number, without an answer. */
  asked: number
  numbered: Readonly<{ number: string; code: string }> | undefined
  redLetters: readonly RedLetter[]
  /** Returns whose red letters wait for the invoice's number. */
  deferred: readonly EventOf<typeof RedLetterDeferred>['data'][]
}>

/** One that has its number: it stands, and can be taken back. */
export type IssuedInvoice = Invoice & Readonly<{ numbered: NonNullable<Invoice['numbered']> }>

export function isIssued(state: Invoice): state is IssuedInvoice {
  return state.numbered !== undefined
}

/** `undefined` before it is opened. */
export type InvoiceState = Invoice | undefined

const initial: InvoiceState = undefined

export const invoice: Aggregate<InvoiceState> = aggregate<InvoiceState>({
  category: 'invoice',
  version: 1,
  events: INVOICE_EVENTS,
  initial,
  evolve: fold<InvoiceState, InvoiceEvent>({
    InvoiceOpened: (_, opened) => ({
      opened,
      status: 'opened',
      asked: 0,
      numbered: undefined,
      redLetters: [],
      deferred: [],
    }),
    InvoiceIssued: (state, { number, code }) =>
      state && { ...state, status: 'issued', numbered: { number, code }, deferred: [] },
    InvoiceAttemptFailed: (state, { redLetterId, asked }) =>
      state &&
      (redLetterId === undefined
        ? { ...state, asked }
        : withRedLetter(state, redLetterId, { asked })),
    InvoiceRefused: (state) => state && { ...state, status: 'refused', deferred: [] },
    RedLetterDeferred: (state, data) => state && { ...state, deferred: [...state.deferred, data] },
    RedLetterRequested: (state, requested) =>
      state && {
        ...state,
        redLetters: [...state.redLetters, { requested, status: 'requested', asked: 0 }],
      },
    RedLetterIssued: (state, { redLetterId }) =>
      state && withRedLetter(state, redLetterId, { status: 'issued' }),
    RedLetterRefused: (state, { redLetterId }) =>
      state && withRedLetter(state, redLetterId, { status: 'refused' }),
  }),
})

function withRedLetter(state: Invoice, redLetterId: string, change: Partial<RedLetter>): Invoice {
  const redLetters = state.redLetters.map((one) =>
    one.requested.redLetterId === redLetterId ? { ...one, ...change } : one,
  )
  return { ...state, redLetters }
}
