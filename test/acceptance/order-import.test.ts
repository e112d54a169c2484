/** Orders from a file, through HTTP on the whole system. */

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'tap'
import writeWorkbook, { type SheetData } from 'write-excel-file/node'
import { listOf, textOf } from './http.ts'
import { addDealer, addProduct, expectStatus, receive, smallShop } from './shop.ts'
import { type Person, startSystem } from './system.ts'
import { type Upload, upload } from './upload.ts'

const HEADINGS = 'order reference,dealer,region,sku,quantity,payment'
const IMPORT = '/orders/import'
const PROGRAM = join(import.meta.dirname, '..', '..', 'main.ts')

/** Runs the command line to its end. */
function tradeline(...args: readonly string[]): Promise<Readonly<{ code: unknown; out: string }>> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], (error, out, err) =>
      resolve({ code: error?.code ?? 0, out: out + err }),
    )
  })
}

test('orders from files', async (t) => {
  const system = await startSystem(t)
  const staff = await smallShop(system)
  await addDealer(staff, { dealerId: 'OTHER', limit: '100000' })
  await addProduct(staff, { sku: 'S2', basePrice: '5.00', orderMultiple: 6 })
  await receive(staff, 'W', 'S2', 1000)
  const buyer = await system.person('dealer-buyer', 'D')
  const { ops } = staff
  const send = (person: Person, content: string | Uint8Array, more?: Upload) =>
    upload(system, person, IMPORT, content, more)
  const ordersOf = async () => {
    await system.seen()
    return listOf((await ops.get('/orders?limit=500')).body)
  }

  await t.test('rows of one reference are one order; each row has a verdict', async (t) => {
    const file = [HEADINGS, 'A,D,East,S,3,term', 'B,D,East,S,1,term', 'A,D,East,S2,6,term'].join(
      '\n',
    )
    const { body } = expectStatus(await send(buyer, file), 200)
    t.match(body, { accepted: 3, refused: 0, orders: 2, ignoredColumns: [] })
    const rows = listOf(body, 'rows')
    t.strictSame(
      rows.map(({ row }) => row),
      [2, 3, 4],
    )
    t.equal(rows[0]?.orderId, rows[2]?.orderId)
    t.not(rows[0]?.orderId, rows[1]?.orderId)
    await system.seen()
    const { body: order } = await buyer.get(`/orders/${rows[0]?.orderId}`)
    t.match(order, { orderNumber: 'A', dealerId: 'D', total: '60.00', status: 'confirmed' })
    const report = await buyer.get(`/orders/imports/${textOf(body, 'importId')}`)
    t.strictSame(report.body.rows, body.rows)
    t.match(report.body, { status: 'completed', accepted: 3, refused: 0 })
  })

  await t.test('the same file again answers the same and doubles nothing', async (t) => {
    const file = [HEADINGS, 'AGAIN,D,East,S,1,term', 'AGAIN-2,D,East,S,0,term'].join('\n')
    const first = expectStatus(await send(buyer, file), 200)
    const again = expectStatus(await send(buyer, file, { name: 'renamed.csv' }), 200)
    t.equal(first.headers.get('idempotency-replayed'), null)
    t.equal(again.headers.get('idempotency-replayed'), 'true')
    t.strictSame(again.body, { ...first.body, position: again.body.position })
    t.equal((await ordersOf()).filter(({ orderNumber }) => orderNumber === 'AGAIN').length, 1)
  })

  await t.test('the same file twice at once is one import', async (t) => {
    const file = [HEADINGS, ...Array.from({ length: 20 }, (_, n) => `AT-ONCE-${n},D,East,S,1,term`)]
    const answers = await Promise.all([1, 2, 3].map(() => send(buyer, file.join('\n'))))
    const [first] = answers
    for (const { status, body } of answers) {
      t.equal(status, 200)
      t.strictSame(body.rows, first?.body.rows)
    }
    const placed = (await ordersOf()).filter(({ orderNumber }) =>
      String(orderNumber).startsWith('AT-ONCE'),
    )
    t.equal(placed.length, 20)
  })

  await t.test('a key that was used for another file is refused', async (t) => {
    const headers = { 'idempotency-key': 'import-1' }
    expectStatus(await send(buyer, `${HEADINGS}\nK1,D,East,S,1,term`, { headers }), 200)
    const other = await send(buyer, `${HEADINGS}\nK2,D,East,S,1,term`, { headers })
    t.match(other, { status: 422, body: { code: 'idempotency-key-reused' } })
    t.notOk((await ordersOf()).some(({ orderNumber }) => orderNumber === 'K2'))
  })

  await t.test('a bad row spoils its own order and no other', async (t) => {
    const file = [
      HEADINGS,
      'BAD-1,D,East,S,1.5,term',
      'BAD-1,D,East,S2,6,term',
      'GOOD,D,East,S,1,term',
      'BAD-2,D,East,NONE,1,term',
      'BAD-3,D,East,S2,5,term',
      'BAD-4,D,East,S,1,term',
      'BAD-4,D,North,S2,6,term',
      'BAD-5,OTHER,East,S,1,term',
    ].join('\n')
    const { body } = expectStatus(await send(buyer, file), 200)
    t.match(body, { accepted: 1, refused: 7, orders: 1 })
    const verdicts = listOf(body, 'rows').map(({ code = 'accepted' }) => code)
    t.strictSame(verdicts, [
      'number-not-whole',
      'unit-has-bad-row',
      'accepted',
      'sku-unknown',
      'order-multiple',
      'rows-differ',
      'rows-differ',
      'not-your-dealer',
    ])
    t.notOk((await ordersOf()).some(({ orderNumber }) => String(orderNumber).startsWith('BAD')))
  })

  await t.test('a workbook is read like a CSV file, with Chinese headings too', async (t) => {
    const data: SheetData = [
      ['八月订单'],
      [],
      ['备注', '数量', '订单号', '规格编码', '经销商', '收货区域', '付款方式'],
      ['急', 2, 1001, 'S', 'D', 'East', '账期'],
      [null, '１２', '1001', 'S2', 'Ｄ', 'East', '账期'],
    ]
    const workbook = await writeWorkbook(data).toBuffer()
    const { body } = expectStatus(await send(ops, workbook, { name: '订单.xlsx' }), 200)
    t.match(body, { accepted: 2, refused: 0, orders: 1, ignoredColumns: ['备注'] })
    t.strictSame(
      listOf(body, 'rows').map(({ row }) => row),
      [4, 5],
    )
  })

  await t.test('the template can be filled in and imported', async (t) => {
    const response = await fetch(`${system.readUrl}/v1/orders/import-template.xlsx`, {
      headers: { authorization: `Bearer ${buyer.token}` },
    })
    t.equal(response.status, 200)
    t.match(response.headers.get('content-type'), /spreadsheetml/)
    const template = new Uint8Array(await response.arrayBuffer())
    const { body } = expectStatus(await send(ops, template), 200)
    t.match(body, { accepted: 0, refused: 1, rows: [{ row: 2, code: 'dealer-unknown' }] })
  })

  await t.test('files of which nothing can be taken', async (t) => {
    const problems: readonly (readonly [string, string | Uint8Array, number, string])[] = [
      ['no headings', 'a,b,c\n1,2,3', 422, 'heading-missing'],
      [
        'a column is missing',
        `${HEADINGS.replace(',payment', '')}\nA,D,East,S,1`,
        422,
        'columns-missing',
      ],
      ['a column twice', `${HEADINGS},qty\nA,D,East,S,1,term,1`, 422, 'heading-twice'],
      ['no rows', HEADINGS, 422, 'file-empty'],
      ['an empty file', '', 422, 'heading-missing'],
      ['a PDF', '%PDF-1.7 …', 415, 'file-type-unsupported'],
      [
        'an old workbook',
        Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 1, 2, 3),
        415,
        'file-type-unsupported',
      ],
      ['a broken workbook', Uint8Array.of(0x50, 0x4b, 3, 4, 1, 2, 3), 400, 'file-unreadable'],
      ['an open quote', `${HEADINGS}\n"A,D,East,S,1,term`, 400, 'file-unreadable'],
      [
        'too many rows',
        `${HEADINGS}\n${'A,D,East,S,1,term\n'.repeat(50_001)}`,
        413,
        'file-too-large',
      ],
      ['too many bytes', 'x'.repeat(10 * 1024 * 1024 + 1), 413, 'file-too-large'],
    ]
    for (const [name, content, status, code] of problems) {
      t.match(await send(ops, content), { status, body: { code } }, name)
    }
    t.match(await send(ops, HEADINGS, { part: 'other' }), {
      status: 400,
      body: { code: 'file-missing' },
    })
    t.match(await ops.post(IMPORT, {}), { status: 415 })
    const headers = { 'content-type': 'multipart/form-data' }
    t.match(await ops.post(IMPORT, 'no parts', headers), { status: 400 })
    t.match(
      await ops.post(IMPORT, 'no parts', { 'content-type': 'multipart/form-data; boundary=x' }),
      { status: 400 },
    )
    const { auditor } = staff
    t.match(await send(auditor, HEADINGS), { status: 403, body: { code: 'role-forbidden' } })
    t.match(
      await ops.post('/dealers', 'x', { 'content-type': 'multipart/form-data; boundary=x' }),
      { status: 415 },
    )
  })

  await t.test('another dealer sees no report of it', async (t) => {
    const { body } = expectStatus(await send(buyer, `${HEADINGS}\nSEEN,D,East,S,1,term`), 200)
    const path = `/orders/imports/${textOf(body, 'importId')}`
    const other = await system.person('dealer-buyer', 'OTHER')
    t.match(await other.get(path), { status: 403, body: { code: 'not-your-dealer' } })
    t.match(await buyer.get('/orders/imports/none'), {
      status: 404,
      body: { code: 'import-unknown' },
    })
    t.match(await ops.get(path), { status: 200 })
  })

  await t.test('random bytes are never an error of ours', async (t) => {
    const zip = (bytes: Uint8Array) => Uint8Array.of(0x50, 0x4b, 3, 4, ...bytes)
    const text = (bytes: string) => Buffer.from(`${HEADINGS}\n${bytes}`)
    const contents = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.uint8Array({ maxLength: 400 }).map(zip),
      fc.string({ unit: 'binary', maxLength: 200 }).map(text),
    )
    const body = fc.asyncProperty(
      contents,
      async (content) => (await send(ops, content)).status < 500,
    )
    await fc.assert(body, { numRuns: 60 })
    t.pass()
  })

  await t.test('the command line sends a file, and fails if a row is refused', async (t) => {
    const path = join(system.dataDir, 'orders.csv')
    const run = async (rows: string) => {
      await writeFile(path, `${HEADINGS}\n${rows}`)
      return await tradeline(
        'import',
        'orders',
        path,
        '--data',
        system.dataDir,
        '--url',
        system.writeUrl,
      )
    }
    const good = await run('CLI,D,East,S,1,term')
    t.match(good, { code: 0, out: /row 2\taccepted\t\w{20}\n.*1 rows accepted, 0 refused/s })
    const bad = await run('CLI-2,D,East,S,1,term\nCLI-3,D,East,NONE,1,term')
    t.match(bad, { code: 1, out: /row 3\trefused\tsku-unknown: .*1 rows accepted, 1 refused/s })
  })

  await t.test('500 rows of 100 orders are placed in one request', async (t) => {
    const skus = ['S', 'S2', 'S3', 'S4', 'S5']
    for (const sku of skus.slice(2)) await addProduct(staff, { sku, basePrice: '1.00' })
    const rows = Array.from(
      { length: 500 },
      (_, n) => `BULK-${n % 100},D,East,${skus[Math.floor(n / 100)]},6,term`,
    )
    const { body } = expectStatus(await send(ops, [HEADINGS, ...rows].join('\r\n')), 200)
    t.match(body, { accepted: 500, refused: 0, orders: 100 })
  })
})
