/** What may be asked about invoices. */

import { z } from 'zod'
import { FulfilmentId, Name, OrderId, ReturnId, Text } from '../domain/kernel/values.ts'
import { invoicedOrder, requestInvoice } from '../domain/order/invoice.ts'
import {
  InvoiceId,
  InvoiceKind,
  InvoiceRequested,
  RedLetterId,
  TaxId,
} from '../domain/order/invoice-events.ts'
import { order } from '../domain/order/order.ts'
import { requestRedLetterForReturn } from '../domain/order/returned-invoices.ts'
import type { OrderState } from '../domain/order/state.ts'
import { giveUpInvoice, reverseInvoice } from '../domain/order/uncover.ts'
import { firstOf } from './answers.ts'
import { type Answered, command } from './command.ts'
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
      z.object({
        line: z.number().int(),
        quantity: z.number().int(),
        amount: z.string(),
        net: z.string(),
      }),
    ),
  }),
  decide: reverseInvoice,
})
