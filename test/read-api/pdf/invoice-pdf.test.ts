/** An invoice's PDF says what the invoice says, in Chinese and English, and always in the same bytes. */

import { test } from 'tap'
import { extractText, getDocumentProxy } from 'unpdf'
import { invoicePdf } from '../../../read-api/pdf/invoice-pdf.ts'
import { type PrintedInvoice, printed } from '../../../read-api/pdf/invoice-printed.ts'

type Rows = Parameters<typeof printed>

const invoice: Rows[0] = {
  ...{ invoice_id: 'O1.i1', order_id: 'O1', dealer_id: 'D1', kind: 'electronic', status: 'issued' },
  ...{ status_reason: null, title: '上海某某商贸有限公司', buyer_tax_id: '91310000MA1FL0000X' },
  seller: { name: '极品食品（集团）有限公司', taxId: '91310000000000000X' },
  ...{ code: '031002600111', number: '00000007', issued_at: new Date('2026-03-02T16:30:00Z') },
  ...{ amount: '1337.93', net: '1178.57', tax: '159.36', left_amount: '1337.93' },
  lines: [
    {
      sku: 'MILK',
      name: '牛奶巧克力 Milk chocolate',
      quantity: 120,
      net: '1085.88',
      tax: '141.16',
      taxRate: '0.13',
    },
    { name: 'freight', quantity: 1, net: '10.00', tax: '0.90', taxRate: '0.09' },
    { sku: 'TEA', name: '茶', quantity: 1200, net: '82.69', tax: '17.30', taxRate: '0.13' },
  ],
  ...{ asked: 0, ask_again_at: null, requested_at: new Date('2026-03-02T16:00:00Z') },
  ...{ requested_on: '2026-03-02', position: 1n, revision: 1n },
  ...{ fulfilment_ids: ['O1.1', 'O1.2'], shipment_ids: ['O1.1', 'O1.2'] },
}

const { fulfilment_ids: _f, shipment_ids: _s, left_amount: _l, ...shared } = invoice
const redLetter: NonNullable<Rows[1]> = {
  ...shared,
  red_letter_id: 'O1.i1.r1',
  ...{
    reason: '退货 returned',
    return_id: 'O1.r1',
    of_code: '031002600111',
    of_number: '00000007',
  },
  ...{ number: '00000008', amount: '-1227.04', net: '-1085.88', tax: '-141.16' },
  lines: [
    { sku: 'MILK', name: '牛奶', quantity: -120, net: '-1085.88', tax: '-141.16', taxRate: '0.13' },
  ],
}

function print(of: Rows[0], red?: Rows[1]): PrintedInvoice {
  const made = printed(of, red, 'Asia/Shanghai')
  if (made === undefined) throw new Error('it has no number')
  return made
}

/** The text of each page. */
async function pagesOf(bytes: Buffer): Promise<readonly string[]> {
  const document = await getDocumentProxy(new Uint8Array(bytes))
  const { text } = await extractText(document, { mergePages: false })
  return text
}

function has(t: Readonly<{ ok: (is: boolean, what: string) => unknown }>, text: string) {
  return (...wanted: readonly string[]) => {
    for (const one of wanted) t.ok(text.includes(one), `${one} in ${text}`)
  }
}

test('an invoice names its number, day, parties, lines and sums, and the amount in words', async (t) => {
  const [page = '', ...others] = await pagesOf(await invoicePdf(print(invoice)))
  t.same(others, [])
  const says = has(t, page)
  says('发票 Invoice', '电子 Electronic', '031002600111', '00000007', '2026-03-03', '1 / 1')
  says('上海某某商贸有限公司', '91310000MA1FL0000X', '极品食品（集团）有限公司')
  says('牛奶巧克力 Milk chocolate', 'MILK', '120', '9.049', '1,085.88', '13%', '141.16')
  says('运费 Freight', '9%', '1,200', '0.068908')
  says('¥1,178.57', '¥159.36', '¥1,337.93', '壹仟叁佰叁拾柒圆玖角叁分', 'O1.1, O1.2')
})

test('a red letter is below zero, and names what it takes back', async (t) => {
  const [page = ''] = await pagesOf(await invoicePdf(print(invoice, redLetter)))
  const says = has(t, page)
  says('红字发票 Red-letter invoice', '00000008', '031002600111 00000007', '退货 returned')
  says('-120', '-1,085.88', '-141.16', '¥-1,227.04', '负壹仟贰佰贰拾柒圆零肆分')
})

test('a thousand lines take as many pages as they need, each with its headings and its number', async (t) => {
  const lines = Array.from({ length: 1000 }, (_, at) => ({
    ...{
      sku: `SKU-${at}`,
      name: `商品 ${at}`,
      quantity: 1,
      net: '1.00',
      tax: '0.13',
      taxRate: '0.13',
    },
  }))
  const pages = await pagesOf(await invoicePdf(print({ ...invoice, lines })))
  t.ok(pages.length > 10)
  for (const [at, page] of pages.entries()) {
    has(t, page)(`${at + 1} / ${pages.length}`)
    if (/SKU-\d/.test(page)) has(t, page)('货物名称')
  }
  const all = pages.join(' ')
  t.equal(new Set(all.match(/SKU-\d+/g)).size, 1000)
  has(t, pages.at(-1) ?? '')('壹仟叁佰叁拾柒圆玖角叁分')
})

test('the same invoice gives the same bytes', async (t) => {
  const [one, other] = [await invoicePdf(print(invoice)), await invoicePdf(print(invoice))]
  t.ok(one.equals(other))
  t.ok(one.subarray(0, 5).equals(Buffer.from('%PDF-')))
})

test('long names and characters that no font has spoil nothing', async (t) => {
  const [line] = invoice.lines as readonly object[]
  const name = `${'很长的名字'.repeat(38)} 🐎`
  const lines = Array.from({ length: 60 }, () => ({ ...line, name }))
  const pages = await pagesOf(
    await invoicePdf(print({ ...invoice, lines, title: 'x'.repeat(200) })),
  )
  t.ok(pages.length > 1)
  t.equal(pages.join(' ').match(/120/g)?.length, 60)
})

test('what has no number is not printed', async (t) => {
  t.equal(printed({ ...invoice, number: null }, undefined, 'Asia/Shanghai'), undefined)
})
