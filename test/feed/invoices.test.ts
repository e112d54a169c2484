/** What the ERP hears of invoices. */

import { test } from 'tap'
import { InvoiceIssued, RedLetterIssued } from '../../domain/invoice/events.ts'
import { invoiceIssued, redLetterIssued } from '../../feed/invoices.ts'
import { recorded } from '../support/recorded.ts'

const of = { invoiceId: 'O1.i1', orderId: 'O1', dealerId: 'D1', kind: 'electronic' } as const
const numbered = { code: '1', number: '7', issuedAt: '2026-03-02T00:00:00.000Z' }

test('an invoice is told with its number, its shipments and its sums', async (t) => {
  const said = InvoiceIssued({
    ...{ ...of, ...numbered, buyerTaxId: 'A'.repeat(15), title: '某某' },
    ...{ fulfilmentIds: ['O1.1'], shipmentIds: ['O1.1'] },
    ...{ amount: '11.30', net: '10.00', tax: '1.30' },
  })
  const told = invoiceIssued.translate(recorded('invoice-O1.i1', said))
  t.match(invoiceIssued.schema.parse(told), {
    ...{ ...of, ...numbered, shipmentIds: ['O1.1'], amount: '11.30', currency: 'CNY' },
  })
})

test('a red letter is told below zero, and for which return it is', async (t) => {
  const line = { line: 1, sku: 'S', name: 'S', quantity: 2, taxRate: '0.13' }
  const sums = { amount: '11.30', net: '10.00', tax: '1.30' }
  const said = RedLetterIssued({
    ...{ ...of, ...numbered, ...sums, left: '0.00', returnId: 'O1.r1', reason: 'came back' },
    ...{ redLetterId: 'O1.i1.r1', of: { code: '1', number: '6' } },
    lines: [{ ...line, ...sums }],
  })
  const told = redLetterIssued.translate(recorded('invoice-O1.i1', said))
  t.match(redLetterIssued.schema.parse(told), {
    ...{ redLetterId: 'O1.i1.r1', returnId: 'O1.r1', of: { number: '6' } },
    ...{ amount: '-11.30', net: '-10.00', tax: '-1.30' },
    lines: [{ sku: 'S', quantity: -2, amount: '-11.30' }],
  })
})
