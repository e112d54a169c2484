/** What of an order is invoiced and taken back, over its stream and those of its invoices. */

import { test } from 'tap'
import { InvoiceIssued, InvoiceOpened, RedLetterRequested } from '../../../domain/invoice/events.ts'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import { InvoiceRequested } from '../../../domain/order/invoice-events.ts'
import { asking, confirming, inShop, OPERATIONS, ORDER } from '../order/shop.ts'
import { invoicedOrder } from './invoiced-order.ts'

const FIRST = `${ORDER}.1`
const SECOND = `${ORDER}.2`
const INVOICE = `${ORDER}.i1`

/** 120 MILK at 1,227.04, net 1,085.88 (DOMAIN: Money and quantities), 3 TEA, and freight. */
const worked = asking({
  lines: [
    { sku: 'MILK', quantity: 120, priceOverride: { unitPrice: '10.2253', reason: 'promotion' } },
    { sku: 'TEA', quantity: 3 },
  ],
  charges: [{ kind: 'freight', amount: '10.90', taxRate: '0.09' }],
})

const anOrder = () => invoicedOrder(confirming(worked, inShop({ actor: OPERATIONS })))

type Definition<Data> = Readonly<{ eventType: string; schema: { parse(data: unknown): Data } }>

function allOf<Data>(
  log: readonly DecidedEvent[],
  { eventType, schema }: Definition<Data>,
): Data[] {
  return log.filter(({ type }) => type === eventType).map(({ data }) => schema.parse(data))
}

const milk = (quantity: number) => [{ sku: 'MILK', quantity }]

test('an invoice has the amounts of what was shipped, and charges go with the first', async (t) => {
  const { ship, invoice, log } = anOrder()
  ship(FIRST, milk(50))
  t.equal(invoice(), undefined)
  ship(FIRST)
  t.equal(invoice(), undefined)
  const [first, second] = allOf(log, InvoiceRequested)
  t.match(first, {
    invoiceId: INVOICE,
    lines: [
      { sku: 'MILK', quantity: 50, amount: '511.27', net: '452.45', tax: '58.82' },
      { name: 'freight', quantity: 1, amount: '10.90', net: '10.00', taxRate: '0.09' },
    ],
    amount: '522.17',
  })
  t.match(second, {
    invoiceId: `${ORDER}.i2`,
    lines: [{ sku: 'MILK', quantity: 70, amount: '715.77', net: '633.43', tax: '82.34' }],
  })
})

test('parts that were shipped one after another are one line, and nothing is invoiced twice', async (t) => {
  const { ship, invoice, log } = anOrder()
  t.equal(invoice(), 'nothing-to-invoice')
  ship(FIRST, milk(50))
  ship(FIRST)
  ship(SECOND)
  t.equal(invoice(), undefined)
  t.match(allOf(log, InvoiceRequested), [
    {
      shipmentIds: [FIRST, `${FIRST}.2`, SECOND],
      lines: [
        { sku: 'MILK', quantity: 120, amount: '1227.04', net: '1085.88', tax: '141.16' },
        { name: 'freight' },
        { sku: 'TEA', quantity: 3, amount: '99.99' },
      ],
      amount: '1337.93',
    },
  ])
  t.equal(invoice(), 'nothing-to-invoice')
})

test('an invoice of a fulfilment leaves the others', async (t) => {
  const { ship, invoice, log } = anOrder()
  ship(FIRST)
  ship(SECOND)
  t.equal(invoice({ fulfilmentId: SECOND }), undefined)
  t.equal(invoice({ fulfilmentId: SECOND }), 'nothing-to-invoice')
  t.equal(invoice({ fulfilmentId: `${ORDER}.9` }), 'fulfilment-unknown')
  t.equal(invoice(), undefined)
  const lines = allOf(log, InvoiceRequested).map((one) => one.lines.map(({ sku }) => sku))
  t.same(lines, [['TEA'], ['MILK', undefined]])
})

test('what the authority refuses may be invoiced again', async (t) => {
  const { ship, invoice, settle, decide, see, log, redLetter } = anOrder()
  ship(FIRST)
  invoice()
  see()
  decide('RecordInvoiceRefusal', { invoiceId: INVOICE, code: 'tax-id-invalid', reason: 'unknown' })
  t.equal(invoice(), 'nothing-to-invoice', 'the order does not know yet')
  t.equal(redLetter(INVOICE), 'invoice-refused')
  settle()
  t.equal(invoice(), undefined)
  const [refused, again] = allOf(log, InvoiceRequested)
  t.same({ ...again, invoiceId: INVOICE }, refused)
})

test('red letters take back by running totals, and no more than is left', async (t) => {
  const { ship, invoice, settle, log, redLetter } = anOrder()
  ship(FIRST)
  invoice()
  t.equal(redLetter(INVOICE), 'invoice-unknown')
  settle()
  t.equal(redLetter(INVOICE, milk(121)), 'quantity-exceeds-left')
  t.equal(redLetter(INVOICE, [...milk(1), ...milk(1)]), 'line-twice')
  t.equal(redLetter(INVOICE, [{ sku: 'TEA', quantity: 1 }]), 'quantity-exceeds-left')
  t.equal(redLetter(INVOICE, milk(50)), undefined)
  t.equal(redLetter(INVOICE, milk(71)), 'quantity-exceeds-left')
  t.equal(redLetter(INVOICE), undefined)
  t.equal(redLetter(INVOICE), 'nothing-left-to-reverse')
  t.match(allOf(log, RedLetterRequested), [
    {
      redLetterId: `${INVOICE}.r1`,
      of: { code: '1', number: '1' },
      lines: [{ line: 1, sku: 'MILK', quantity: 50, amount: '511.27', net: '452.45' }],
    },
    {
      redLetterId: `${INVOICE}.r2`,
      lines: [
        { line: 1, sku: 'MILK', quantity: 70, amount: '715.77', net: '633.43' },
        { line: 2, name: 'freight', quantity: 1, amount: '10.90' },
      ],
    },
  ])
})

test('an invoice can’t be taken back before it has its number', async (t) => {
  const { ship, invoice, see, redLetter } = anOrder()
  ship(FIRST)
  invoice()
  see()
  t.equal(redLetter(INVOICE), 'invoice-not-issued')
})

test('after a whole red letter the goods are invoiced anew, shipment by shipment if so wished', async (t) => {
  const { ship, invoice, settle, log, redLetter } = anOrder()
  ship(FIRST, milk(50))
  ship(SECOND)
  ship(FIRST)
  invoice()
  settle()
  redLetter(INVOICE)
  t.equal(invoice(), 'nothing-to-invoice', 'it stands until its red letter has a number')
  settle()
  t.equal(invoice({ fulfilmentId: FIRST }), undefined)
  t.equal(invoice({ fulfilmentId: SECOND }), undefined)
  const [whole, first, second] = allOf(log, InvoiceRequested)
  t.match(first, { amount: '1237.94', lines: [{ sku: 'MILK', amount: '1227.04' }, {}] })
  t.match(second, { amount: '99.99' })
  t.equal(whole?.amount, '1337.93')
})

test('what came back before it was invoiced is not on the invoice', async (t) => {
  const { ship, invoice, log, receive } = anOrder()
  ship(FIRST)
  receive('MILK', 50)
  t.equal(invoice(), undefined)
  t.match(allOf(log, InvoiceRequested), [
    { lines: [{ quantity: 70, amount: '715.77', net: '633.43' }, {}] },
  ])
})

test('what came back and is on invoices gets a red letter each, once a return', async (t) => {
  const { ship, invoice, settle, log, receive, forReturn } = anOrder()
  ship(FIRST, milk(50))
  invoice()
  ship(FIRST)
  invoice()
  settle()
  const returnId = receive('MILK', 60)
  settle()
  t.equal(forReturn(returnId), undefined, 'asked for again, it changes nothing')
  settle()
  t.match(allOf(log, RedLetterRequested), [
    {
      invoiceId: INVOICE,
      returnId,
      lines: [{ line: 1, quantity: 50, amount: '511.27', net: '452.45' }],
    },
    {
      invoiceId: `${ORDER}.i2`,
      returnId,
      lines: [{ line: 1, quantity: 10, amount: '102.25', net: '90.49' }],
    },
  ])
  t.equal(allOf(log, RedLetterRequested).length, 2)
  t.equal(invoice(), 'nothing-to-invoice', 'what came back stays off')
})

test('a return’s red letter waits for the number of its invoice', async (t) => {
  const { ship, invoice, settle, see, log, receive, forReturn, pending, number } = anOrder()
  ship(FIRST)
  invoice()
  const returnId = receive('MILK', 1)
  forReturn(returnId)
  while (see());
  t.same(pending(), [{ invoiceId: INVOICE }])
  t.equal(allOf(log, RedLetterRequested).length, 0)
  number({ invoiceId: INVOICE })
  t.same(pending(), [{ invoiceId: INVOICE, redLetterId: `${INVOICE}.r1` }])
  settle()
  t.equal(allOf(log, InvoiceIssued).length, 1)
})

test('what came back while its invoice was refused is not invoiced anew', async (t) => {
  const { ship, invoice, settle, see, log, receive, forReturn, decide } = anOrder()
  ship(FIRST)
  invoice()
  const returnId = receive('MILK', 50)
  forReturn(returnId)
  while (see());
  decide('RecordInvoiceRefusal', { invoiceId: INVOICE, code: 'x', reason: 'unknown' })
  settle()
  t.equal(invoice(), undefined)
  t.match(allOf(log, InvoiceRequested)[1], {
    lines: [{ quantity: 70, amount: '715.77', net: '633.43' }, { name: 'freight' }],
  })
  t.equal(allOf(log, RedLetterRequested).length, 0)
})

test('a red letter by hand takes in what came back, which then gets none of its own', async (t) => {
  const { ship, invoice, settle, log, receive, forReturn, redLetter } = anOrder()
  ship(FIRST)
  invoice()
  settle()
  const returnId = receive('MILK', 50)
  redLetter(INVOICE)
  forReturn(returnId)
  settle()
  t.equal(allOf(log, RedLetterRequested).length, 1)
  t.equal(invoice(), undefined)
  t.match(allOf(log, InvoiceRequested)[1], {
    lines: [{ quantity: 70, amount: '715.77', net: '633.43' }, { name: 'freight' }],
  })
})

test('the authority is asked again after pauses that grow, for ever', async (t) => {
  const { ship, invoice, see, decide, log, invoices } = anOrder()
  ship(FIRST)
  invoice()
  see()
  const attempts = () => log.filter(({ type }) => type === 'InvoiceAttemptFailed')
  for (let attempt = 0; attempt < 9; attempt++) {
    decide('RecordInvoiceAttempt', { invoiceId: INVOICE, attempt, reason: 'no answer' })
  }
  decide('RecordInvoiceAttempt', { invoiceId: INVOICE, attempt: 3, reason: 'told late' })
  const pauses = attempts().map(({ data }) => {
    const { askAgainAt } = data as { askAgainAt: string }
    return (Date.parse(askAgainAt) - Date.parse('2026-01-05T02:00:00.000Z')) / 1000
  })
  t.same(pauses, [1, 5, 30, 120, 600, 3600, 21_600, 21_600, 21_600])
  t.equal(invoices.get(INVOICE)?.asked, 9)
  t.equal(allOf(log, InvoiceOpened).length, 1)
})

test('an invoice of nothing but free goods is none', async (t) => {
  const free = asking({
    lines: [{ sku: 'MILK', quantity: 1, priceOverride: { unitPrice: '0', reason: 'a gift' } }],
  })
  const { ship, invoice } = invoicedOrder(confirming(free, inShop({ actor: OPERATIONS })))
  ship(FIRST)
  t.equal(invoice(), 'nothing-to-invoice')
})
