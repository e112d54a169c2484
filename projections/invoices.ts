/** Invoices and the red letters that take them back. */

import {
  InvoiceAttemptFailed,
  InvoiceIssued,
  InvoiceOpened,
  InvoiceRefused,
  RedLetterIssued,
  RedLetterRefused,
  RedLetterRequested,
} from '../domain/invoice/events.ts'
import { negativeOf } from '../domain/invoice/negative.ts'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import { InvoiceRequested } from '../domain/order/invoice-events.ts'
import { type Change, on, type Row, readModel, type Table } from './read-model.ts'

const document = {
  invoice_id: { type: 'text' },
  order_id: { type: 'text' },
  dealer_id: { type: 'text' },
  kind: { type: 'text' },
  status: { type: 'text' },
  status_reason: { type: 'jsonb', nullable: true },
  title: { type: 'text' },
  buyer_tax_id: { type: 'text' },
  seller: { type: 'jsonb' },
  code: { type: 'text', nullable: true },
  number: { type: 'text', nullable: true },
  issued_at: { type: 'timestamptz', nullable: true },
  amount: { type: 'numeric' },
  net: { type: 'numeric' },
  tax: { type: 'numeric' },
  lines: { type: 'jsonb' },
  asked: { type: 'integer' }, // without an answer so far
  ask_again_at: { type: 'timestamptz', nullable: true },
  requested_at: { type: 'timestamptz' },
  requested_on: { type: 'date' },
  position: { type: 'bigint' },
  revision: { type: 'bigint', nullable: true }, // of the invoice's stream; null before it is opened
} as const satisfies Table['columns']

const NOT_ANSWERED = {
  status: 'requested',
  status_reason: null,
  code: null,
  number: null,
  issued_at: null,
  asked: 0,
  ask_again_at: null,
}

export const invoices = readModel({
  name: 'invoices',
  version: 1,
  tables: {
    invoices: {
      columns: {
        ...document,
        fulfilment_ids: { type: 'text[]' },
        shipment_ids: { type: 'text[]' },
        left_amount: { type: 'numeric' }, // what no issued red letter has taken back
      },
      key: ['invoice_id'],
      indexes: [
        ['position'],
        ['dealer_id', 'position'],
        ['status', 'position'],
        ['order_id'],
        ['number'],
      ],
    },
    red_letters: {
      columns: {
        red_letter_id: { type: 'text' },
        ...document,
        reason: { type: 'text' },
        return_id: { type: 'text', nullable: true },
        of_code: { type: 'text' },
        of_number: { type: 'text' },
      },
      key: ['red_letter_id'],
      indexes: [['invoice_id'], ['order_id'], ['number']],
    },
  },
  handlers: [
    on(InvoiceRequested, ({ data, metadata, position }) => [
      {
        op: 'put',
        table: 'invoices',
        row: {
          ...headOf(data, metadata),
          ...{ amount: data.amount, net: data.net, tax: data.tax, lines: data.lines },
          fulfilment_ids: data.fulfilmentIds,
          shipment_ids: data.shipmentIds,
          left_amount: data.amount,
          position,
          revision: null,
        },
      },
    ]),
    on(InvoiceOpened, (event) => [ofInvoice(event, {})]),
    on(InvoiceIssued, (event) => [
      ofInvoice(event, { ...numberedAs(event.data), status: 'issued' }),
    ]),
    on(InvoiceAttemptFailed, (event) => {
      const { redLetterId, asked, askAgainAt, reason } = event.data
      const set = { asked, ask_again_at: askAgainAt, status_reason: reasonOf('no-answer', reason) }
      return redLetterId === undefined
        ? [ofInvoice(event, set)]
        : [ofRedLetter(redLetterId, event, set), ofInvoice(event, {})]
    }),
    on(InvoiceRefused, (event) => [
      ofInvoice(event, { status: 'refused', ...refusedAs(event.data.code, event.data.reason) }),
    ]),
    on(RedLetterRequested, (event) => [
      { op: 'put', table: 'red_letters', row: redLetterOf(event) },
      ofInvoice(event, {}),
    ]),
    on(RedLetterIssued, (event) => [
      ofRedLetter(event.data.redLetterId, event, { ...numberedAs(event.data), status: 'issued' }),
      ofInvoice(event, {
        left_amount: event.data.left,
        status: /[1-9]/.test(event.data.left) ? 'issued' : 'reversed',
      }),
    ]),
    on(RedLetterRefused, (event) => [
      ofRedLetter(event.data.redLetterId, event, {
        status: 'refused',
        ...refusedAs(event.data.code, event.data.message),
      }),
      ofInvoice(event, {}),
    ]),
  ],
})

type Head = Readonly<{
  invoiceId: string
  orderId: string
  dealerId: string
  kind: string
  title: string
  buyerTaxId: string
  seller: object
}>

function headOf(data: Head, { recordedAt, bookedOn }: RecordedEvent['metadata']): Row {
  return {
    ...NOT_ANSWERED,
    invoice_id: data.invoiceId,
    order_id: data.orderId,
    dealer_id: data.dealerId,
    kind: data.kind,
    title: data.title,
    buyer_tax_id: data.buyerTaxId,
    seller: data.seller,
    requested_at: recordedAt,
    requested_on: bookedOn,
  }
}

function redLetterOf({
  data,
  metadata,
  position,
  revision,
}: RecordedEvent<string, Parameters<typeof RedLetterRequested>[0]>): Row {
  return {
    ...headOf(data, metadata),
    red_letter_id: data.redLetterId,
    ...negativeOf(data),
    lines: data.lines.map((line) => ({ ...line, ...negativeOf(line), quantity: -line.quantity })),
    reason: data.reason,
    return_id: data.returnId ?? null,
    of_code: data.of.code,
    of_number: data.of.number,
    position,
    revision,
  }
}

type Numbered = Readonly<{ code: string; number: string; issuedAt: string }>

function numberedAs({ code, number, issuedAt }: Numbered): Row {
  return { code, number, issued_at: issuedAt, status_reason: null, ask_again_at: null }
}

function refusedAs(code: string, message: string): Row {
  return { status_reason: reasonOf(code, message), ask_again_at: null }
}

function reasonOf(code: string, message: string) {
  return { code, message }
}

function ofInvoice({ streamId, revision }: RecordedEvent, set: Row): Change {
  const key = { invoice_id: streamId }
  return { op: 'patch', table: 'invoices', key, set: { ...set, revision } }
}

function ofRedLetter(redLetterId: string, { revision }: RecordedEvent, set: Row): Change {
  const key = { red_letter_id: redLetterId }
  return { op: 'patch', table: 'red_letters', key, set: { ...set, revision } }
}
