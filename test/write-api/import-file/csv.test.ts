/** CSV files as programs all over write them. */

import fc from 'fast-check'
import { test } from 'tap'
import { OrdersImport } from '../../../commands/orders-import.ts'
import { Problem } from '../../../http/problem.ts'
import { readImportFile } from '../../../write-api/import-file/read-file.ts'

const ENGLISH = 'order reference,dealer,region,sku,quantity,payment'
const CHINESE = '订单号,经销商,收货区域,规格编码,数量,付款方式'

async function read(content: string | Uint8Array) {
  const { units, layout } = await readImportFile(OrdersImport, Buffer.from(content))
  return { ...units, ignored: layout.ignored }
}

/** The one unit of a file that holds one. */
async function only(content: string | Uint8Array) {
  const { units, refused } = await read(content)
  if (units.length !== 1) throw new Error(`${units.length} units; ${JSON.stringify(refused)}`)
  return units[0]
}

const ORDER = {
  dealerId: 'D1',
  shipTo: { region: '华东' },
  lines: [{ sku: 'SKU-1', quantity: 2 }],
  payment: 'term',
  orderNumber: 'A',
}

test('headings in English and Chinese mean the same, in any order and case', async (t) => {
  for (const text of [
    `${ENGLISH}\nA,D1,华东,SKU-1,2,term`,
    `${CHINESE}\nA,D1,华东,SKU-1,2,账期`,
    'Payment, QTY ,Sku,REGION,Dealer ID,Order_Reference*\nTerm,2,SKU-1,华东,D1,A',
    '付款方式,数量（件）,规格编码,区域,客户编码,订单号 / Order reference\n月结,2,SKU-1,华东,D1,A',
  ]) {
    t.match(await only(text), { rows: [2], input: ORDER }, text)
  }
})

test('each encoding that programs write is understood', async (t) => {
  const text = `${CHINESE}\r\nA,D1,华东,SKU-1,2,账期\r\n`
  const gb18030 =
    'b6a9b5a5bac52cbeadcffac9cc2ccad5bbf5c7f8d3f22cb9e6b8f1b1e0c2eb2ccafdc1bf2cb8b6bfeeb7bdcabd0a' +
    '412c44312cbbaab6ab2c534b552d312c322cd5cbc6da'
  const encoded: Readonly<Record<string, Uint8Array>> = {
    'UTF-8': Buffer.from(text),
    'UTF-8 with a mark': Buffer.from(`\uFEFF${text}`),
    'UTF-16': Buffer.from(`\uFEFF${text.replaceAll(',', '\t')}`, 'utf16le'),
    'UTF-16, big end first': Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
    'GB 18030': Buffer.from(gb18030, 'hex'),
  }
  for (const [name, bytes] of Object.entries(encoded)) {
    t.match(await only(bytes), { input: ORDER }, name)
  }
})

test('cells may be parted by commas, semicolons, tabs or bars', async (t) => {
  for (const delimiter of [',', ';', '\t', '|']) {
    const text = `${ENGLISH}\nA,D1,华东,SKU-1,2,term`.replaceAll(',', delimiter)
    t.match(await only(text), { input: ORDER }, JSON.stringify(delimiter))
  }
})

test('a quoted line break is part of its cell, and rows are numbered as a program shows them', async (t) => {
  const text = `"Orders\nof August"\n\n${ENGLISH},note\n\n"A",D1,华东,SKU-1,2,term,"two\nlines"\n\nB,D1,华东,SKU-1,1,term,`
  const { units, ignored } = await read(text)
  t.strictSame(
    units.map(({ rows }) => rows),
    [[5], [7]],
  )
  t.strictSame(ignored, ['note'])
})

test('quantities are whole numbers, however they are typed', async (t) => {
  for (const typed of ['12', '１２', '"1,200"', '12.00', ' 12 ', '+12']) {
    const unit = await only(`${ENGLISH}\nA,D1,East,SKU-1,${typed},term`)
    t.match(unit, { input: { lines: [{ quantity: typed.includes('200') ? 1200 : 12 }] } }, typed)
  }
  const codes = { '1.5': 'number-not-whole', '1,5': 'not-a-number', twelve: 'not-a-number' }
  for (const [typed, code] of Object.entries({
    ...codes,
    '0': 'number-out-of-range',
    '-3': 'number-out-of-range',
  })) {
    const { refused } = await read(`${ENGLISH}\nA,D1,East,SKU-1,"${typed}",term`)
    t.match(refused, [{ rows: [2], code }], typed)
  }
})

test('each bad cell is named by its heading', async (t) => {
  const { refused, units } = await read(
    [
      CHINESE,
      'A,D1,华东,,2,账期',
      'B,D 1,华东,SKU-1,2,账期',
      'C,D1,华东,SKU-1,2,现金',
      `D,D1,${'长'.repeat(1001)},SKU-1,2,账期`,
      'E,D1,华东',
    ].join('\n'),
  )
  t.strictSame(units, [])
  t.match(refused, [
    { rows: [3], code: 'cell-invalid', message: /^经销商: "D 1" must be/ },
    { rows: [2], code: 'cell-empty', message: '规格编码: is empty' },
    { rows: [4], code: 'choice-unknown', message: /^付款方式: "现金" must be term \/ .*账期/ },
    { rows: [5], code: 'cell-too-long' },
    { rows: [6], code: 'cell-empty', message: /规格编码: is empty; 数量: is empty/ },
  ])
})

test('a row that names no order spoils the order it may belong to', async (t) => {
  const { units, refused } = await read(
    [
      ENGLISH,
      'A,D1,East,S1,1,term',
      ',D1,East,S2,1,term',
      'B,D1,East,S1,1,term',
      'C,D1,East,S1,1,term',
      'C,,East,S2,1,term',
    ].join('\n'),
  )
  t.strictSame(
    units.map(({ rows }) => rows),
    [[4]],
  )
  t.match(
    new Map(refused.map(({ rows, code }) => [rows.join(), code])),
    new Map([
      ['2', 'unit-has-bad-row'],
      ['3', 'cell-empty'],
      ['5', 'unit-has-bad-row'],
      ['6', 'cell-empty'],
    ]),
  )
})

test('a text made to be slow takes no longer than another', async (t) => {
  const begun = performance.now()
  await t.rejects(read('('.repeat(200_000)), { code: 'heading-missing' })
  const orders = Array.from({ length: 15_000 }, (_, at) => `A,D${at},East,S1,1,term`)
  const astray = Array.from({ length: 15_000 }, () => 'A,,East,S1,1,term')
  const { units, refused } = await read([ENGLISH, ...orders, ...astray].join('\n'))
  t.strictSame([units.length, refused.length], [0, 30_000])
  t.ok(performance.now() - begun < 15_000, 'not the square of its length')
})

test('any text gives units and verdicts on all its rows, or a problem below 500', async (t) => {
  const cell = fc.oneof(
    fc.constantFrom('A', 'D1', 'East', 'S', '1', 'term', '"', '', '１', '\t'),
    fc.string({ unit: 'binary', maxLength: 8 }),
  )
  const line = fc.array(cell, { maxLength: 8 }).map((cells) => cells.join(','))
  const text = fc.array(line, { maxLength: 12 }).map((lines) => [ENGLISH, ...lines].join('\n'))
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      try {
        const { units, refused } = await read(content)
        const rows = [...units, ...refused].flatMap((one) => one.rows)
        return new Set(rows).size === rows.length
      } catch (error) {
        return error instanceof Problem && error.status < 500
      }
    }),
    { numRuns: 60 },
  )
  t.pass()
})
