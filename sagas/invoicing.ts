/**
 * From what an order wants invoiced to the invoice, and back: what the tax authority refuses, or a red
 * letter takes back, is not invoiced any more; what came back is taken off the invoices that cover it.
 */

import { InvoiceRefused, RedLetterIssued } from '../domain/invoice/events.ts'
import { InvoiceRequested, ReturnedInvoicesFound } from '../domain/order/invoice-events.ts'
import { ReturnReceived } from '../domain/order/return-events.ts'
import { listen, saga } from './saga.ts'

/** Each event says all that is needed: there is nothing to remember from one to the next. */
type Nothing = Readonly<Record<string, never>>

/** What belongs to one order is done one after another. */
const byOrder = ({ data }: Readonly<{ data: Readonly<{ orderId: string }> }>) => data.orderId

export const invoicing = saga<Nothing>({
  name: 'invoicing',
  version: 1,
  listens: [
    listen(InvoiceRequested, byOrder, (_, { data }) => ({
      state: null,
      commands: [{ command: 'OpenInvoice', input: data }],
    })),
    listen(InvoiceRefused, byOrder, (_, { data: { orderId, invoiceId, reason } }) => ({
      state: null,
      commands: [{ command: 'GiveUpInvoice', input: { orderId, invoiceId, reason } }],
    })),
    listen(ReturnReceived, byOrder, (_, { data: { orderId, returnId } }) => ({
      state: null,
      commands: [{ command: 'RequestRedLetterForReturn', input: { orderId, returnId } }],
    })),
    listen(ReturnedInvoicesFound, byOrder, (_, { data: { returnId, invoices } }) => ({
      state: null,
      commands: invoices.map(({ invoiceId, lines }) => ({
        command: 'RequestReturnRedLetter',
        input: {
          ...{ invoiceId, returnId },
          lines: lines.map(({ line, quantity }) => ({ line, quantity })),
        },
      })),
    })),
    listen(RedLetterIssued, byOrder, (_, { data }) => {
      const { orderId, invoiceId, redLetterId, returnId, lines } = data
      const input = {
        ...{ orderId, invoiceId, redLetterId },
        ...(returnId !== undefined && { returnId }),
        lines: lines.map(({ line, quantity, amount, net }) => ({ line, quantity, amount, net })),
      }
      return { state: null, commands: [{ command: 'ReverseInvoice', input }] }
    }),
  ],
})
