/** PDFs are made in a thread of their own, a bounded number at once. */

import { test } from 'tap'
import { createPrinter } from '../../../infra/print/printer.ts'
import type { PrintedInvoice } from '../../../read-api/pdf/invoice-printed.ts'

const invoice: PrintedInvoice = {
  ...{ id: 'O1.i1', kind: 'paper', code: '1', number: '7', issuedOn: '2026-03-02' },
  issuedAt: '2026-03-02T00:00:00.000Z',
  ...{ buyer: { name: '甲', taxId: 'A' }, seller: { name: '乙', taxId: 'B' } },
  lines: [],
  ...{
    net: '1.00',
    tax: '0.13',
    amount: '1.13',
    capitals: '壹圆壹角叁分',
    of: undefined,
    remarks: [],
  },
}

test('several are made at once, and one that fails fails alone', async (t) => {
  const printer = createPrinter()
  t.teardown(printer.stop)
  const bad = printer.invoice({ ...invoice, issuedAt: 'never' })
  const good = Promise.all([printer.invoice(invoice), printer.invoice(invoice)])
  await t.rejects(bad, /could not be made/)
  const [one, other] = await good
  t.ok(one?.equals(other ?? Buffer.from('')))
  t.equal(one?.subarray(0, 5).toString(), '%PDF-')
})

test('too many at once are put off, and so are those whose thread ends; the next is made again', async (t) => {
  const printer = createPrinter()
  t.teardown(printer.stop)
  const asked = Array.from({ length: 33 }, () =>
    printer.invoice(invoice).catch((error: Error) => error.name),
  )
  t.equal(await asked[32], 'Overloaded')
  await printer.stop()
  t.same(new Set(await Promise.all(asked.slice(0, 32))), new Set(['Overloaded']))
  t.ok((await printer.invoice(invoice)).length > 1000)
})
