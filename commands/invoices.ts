/** What may be asked about invoices. */

import { z } from 'zod'
import {
  InvoiceCode,
  InvoiceNumber,
  InvoiceOpened,
  RedLetterRequested,
} from '../domain/invoice/events.ts'
import { invoice } from '../domain/invoice/invoice.ts'
import {
  openInvoice,
  recordInvoiceAttempt,
  recordInvoiceNumber,
  recordInvoiceRefusal,
} from '../domain/invoice/issue.ts'
import { negativeOf } from '../domain/invoice/negative.ts'
import { requestRedLetter, requestReturnRedLetter } from '../domain/invoice/red-letter.ts'
import {
  Amount,
  Count,
  FulfilmentId,
  Instant,
  Name,
  OrderId,
  Quantity,
  ReturnId,
  Sku,
  Text,
} from '../domain/kernel/values.ts'
import { invoicedOrder, requestInvoice } from '../domain/order/invoice.ts'
import {
  InvoiceId,
  InvoiceKind,
  InvoiceRequested,
  LineNumber,
  RedLetterId,
  TaxId,
} from '../domain/order/invoice-events.ts'
import { order } from '../domain/order/order.ts'
import { requestRedLetterForReturn } from '../domain/order/returned-invoices.ts'
import type { OrderState } from '../domain/order/state.ts'
import { giveUpInvoice, reverseInvoice } from '../domain/order/uncover.ts'
import { firstOf } from './answers.ts'
import { type Answered, command } from './command.ts'
import { askedLines } from './lines.ts'
import { ofOrder } from './of-order.ts'

export const RequestInvoice = command({
  name: 'RequestInvoice',
  schema: z
    .strictObject({
      orderId: OrderId.optional(),
      fulfilmentId: FulfilmentId.optional(),
      kind: InvoiceKind,
      buyerTaxId: TaxId,
      title: Name,
    })
    .refine(
      ({ orderId, fulfilmentId }) => (orderId === undefined) !== (fulfilmentId === undefined),
      'must have either orderId or fulfilmentId',
    ),
  roles: ['brand-admin', 'brand-ops', 'brand-finance', 'dealer-buyer', 'dealer-approver', 'erp'],
  dealer: (_, state: OrderState) => state?.dealerId,
  aggregate: order,
  stream: invoicedOrder,
  expects: 'existing',
  decide: requestInvoice,
  route: {
    path: '/invoices',
    status: 201,
    summary: 'Invoice what is shipped of an order or a fulfilment, not returned, and in no invoice',
    answer: requestedAnswer,
    answerSchema: z.object({
      invoiceId: InvoiceId,
      orderId: OrderId,
      status: z.literal('requested'),
      kind: InvoiceKind,
      amount: z.string(),
      net: z.string(),
      tax: z.string(),
      lines: z.array(z.unknown()),
    }),
    location: ({ events }) => `/invoices/${firstOf(InvoiceRequested, events)?.data.invoiceId}`,
  },
})

function requestedAnswer({ events }: Answered<unknown>): Readonly<Record<string, unknown>> {
  const requested = firstOf(InvoiceRequested, events)
  if (requested === undefined) return {}
  const { invoiceId, orderId, kind, amount, net, tax, lines } = requested.data
  return { invoiceId, orderId, status: 'requested', kind, amount, net, tax, lines }
}

const bySystem = { ...ofOrder, roles: [] } as const
const ofInvoice = { orderId: OrderId, invoiceId: InvoiceId }

/** Sent once a return was received: each invoice that covers any of it gets a red letter. */
export const RequestRedLetterForReturn = command({
  ...bySystem,
  name: 'RequestRedLetterForReturn',
  schema: z.strictObject({ orderId: OrderId, returnId: ReturnId }),
  decide: requestRedLetterForReturn,
})

export const GiveUpInvoice = command({
  ...bySystem,
  name: 'GiveUpInvoice',
  schema: z.strictObject({ ...ofInvoice, reason: Text }),
  decide: giveUpInvoice,
})

export const ReverseInvoice = command({
  ...bySystem,
  name: 'ReverseInvoice',
  schema: z.strictObject({
    ...ofInvoice,
    redLetterId: RedLetterId,
    returnId: ReturnId.optional(),
    lines: z.array(
      z.strictObject({ line: LineNumber, quantity: Quantity, amount: Amount, net: Amount }),
    ),
  }),
  decide: reverseInvoice,
})

const onInvoice = {
  aggregate: invoice,
  stream: ({ invoiceId }: Readonly<{ invoiceId: string }>) => invoiceId,
  expects: 'existing',
} as const

export const RequestRedLetter = command({
  ...onInvoice,
  name: 'RequestRedLetter',
  schema: z.strictObject({
    invoiceId: InvoiceId,
    lines: askedLines({ sku: Sku, quantity: Quantity }).optional(),
    reason: Text,
  }),
  roles: ['brand-admin', 'brand-ops', 'brand-finance'],
  decide: requestRedLetter,
  route: {
    path: '/invoices/:invoiceId/red-letter',
    status: 201,
    summary: 'Take an invoice back, or some of its goods, by a negative one',
    answer: redLetterAnswer,
    answerSchema: z.object({
      redLetterId: RedLetterId,
      invoiceId: InvoiceId,
      status: z.literal('requested'),
      amount: z.string(),
      net: z.string(),
      tax: z.string(),
      lines: z.array(z.unknown()),
    }),
    location: ({ events }) => `/invoices/${firstOf(RedLetterRequested, events)?.data.redLetterId}`,
  },
})

function redLetterAnswer({ events }: Answered<unknown>): Readonly<Record<string, unknown>> {
  const requested = firstOf(RedLetterRequested, events)
  if (requested === undefined) return {}
  const { redLetterId, invoiceId, lines, ...data } = requested.data
  return {
    ...{ redLetterId, invoiceId, status: 'requested' },
    ...negativeOf(data),
    lines: lines.map((one) => ({ ...one, ...negativeOf(one), quantity: -one.quantity })),
  }
}

const onInvoiceBySystem = { ...onInvoice, roles: [] } as const

export const OpenInvoice = command({
  ...onInvoiceBySystem,
  name: 'OpenInvoice',
  schema: InvoiceOpened.schema,
  expects: 'any',
  decide: openInvoice,
})

export const RequestReturnRedLetter = command({
  ...onInvoiceBySystem,
  name: 'RequestReturnRedLetter',
  schema: z.strictObject({
    invoiceId: InvoiceId,
    returnId: ReturnId,
    lines: z.array(z.strictObject({ line: LineNumber, quantity: Quantity })).min(1),
  }),
  decide: requestReturnRedLetter,
})

/** What the tax authority says of an invoice, or of a red letter of it. */
const ofDocument = { invoiceId: InvoiceId, redLetterId: RedLetterId.optional() }

export const RecordInvoiceNumber = command({
  ...onInvoiceBySystem,
  name: 'RecordInvoiceNumber',
  schema: z.strictObject({
    ...ofDocument,
    number: InvoiceNumber,
    code: InvoiceCode,
    issuedAt: Instant,
  }),
  decide: recordInvoiceNumber,
})

export const RecordInvoiceRefusal = command({
  ...onInvoiceBySystem,
  name: 'RecordInvoiceRefusal',
  schema: z.strictObject({ ...ofDocument, code: z.string().min(1).max(64), reason: Text }),
  decide: recordInvoiceRefusal,
})

export const RecordInvoiceAttempt = command({
  ...onInvoiceBySystem,
  name: 'RecordInvoiceAttempt',
  schema: z.strictObject({ ...ofDocument, attempt: Count, reason: Text }),
  decide: recordInvoiceAttempt,
})
