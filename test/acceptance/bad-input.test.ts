import tap, { type Test, test } from 'tap'
import type { Answer, Body } from './http.ts'
import { addProduct, expectStatus, orderOf, smallShop } from './shop.ts'
import { startSystem } from './system.ts'

const system = await startSystem(tap)
const staff = await smallShop(system)
const { admin, finance, ops, warehouse } = staff
await system.seen()

const authorization = `Bearer ${admin.token}`
const LINE = { sku: 'S', quantity: 1 }
const NUL = 'a\u0000b'

function isProblem(t: Test, answer: Answer, status: number, what: string): void {
  t.equal(answer.status, status, `${what}: ${answer.text.slice(0, 200)}`)
  t.match(answer.headers.get('content-type'), /^application\/problem\+json/, what)
  const type = `https://tradeline.dev/problems/${answer.body.code}`
  t.match(answer.body, { type, title: String, status, detail: String, instance: /^\// }, what)
}

/** Sends each to the write service, and makes sure that none of them wrote anything. */
async function nothingWritten(t: Test, work: () => Promise<void>): Promise<void> {
  const head = await system.head()
  await work()
  t.equal(await system.head(), head, 'nothing was written')
}

test('a body that is no JSON object is refused before it is looked into', (t) =>
  nothingWritten(t, async () => {
    const bodies: readonly (readonly [string, number, string, string?])[] = [
      ['malformed', 400, '{"dealerId":'],
      ['a list', 400, '[]'],
      ['a text', 400, '"x"'],
      ['a number', 400, '1'],
      ['an unknown type', 415, '<order/>', 'application/xml'],
      ['plain text', 415, '{}', 'text/plain'],
      ['a form', 415, 'a=b', 'application/x-www-form-urlencoded'],
      ['10 MB', 413, `{"note":"${'x'.repeat(10 * 1024 * 1024)}"}`],
      ['a prototype', 400, '{"__proto__":{"dealerId":"D"}}'],
      ['a constructor with a prototype', 400, '{"constructor":{"prototype":{"a":1}}}'],
      ['a constructor', 400, '{"constructor":1}'],
      ['very deep', 400, `{"lines":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
      ['very deep objects', 400, `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ]
    for (const [what, status, body, type = 'application/json'] of bodies) {
      const headers = { authorization, 'content-type': type }
      const sent = { method: 'POST', path: '/v1/orders', body, headers }
      isProblem(t, await system.sendToWrite(sent), status, what)
    }
  }))

test('a field that breaks its rule is named', (t) =>
  nothingWritten(t, async () => {
    const asked = orderOf('D', [LINE])
    const { payment: _, ...unpaid } = asked
    const quantity = (value: unknown) => ({ ...asked, lines: [{ sku: 'S', quantity: value }] })
    const many = Array.from({ length: 1001 }, (_, index) => ({ sku: `S${index}`, quantity: 1 }))
    const freight = { kind: 'freight', amount: '1.234', taxRate: '0' }
    const bodies: readonly (readonly [string, unknown])[] = [
      ['lines.0.quantity', quantity(-1)],
      ['lines.0.quantity', quantity(0)],
      ['lines.0.quantity', quantity(1.5)],
      ['lines.0.quantity', quantity(1e300)],
      ['lines.0.quantity', quantity('1')],
      ['lines.0.quantity', quantity(null)],
      ['lines.0.sku', { ...asked, lines: [{ sku: '../S', quantity: 1 }] }],
      ['lines', { ...asked, lines: [] }],
      ['lines', { ...asked, lines: many }],
      ['lines', { ...asked, lines: {} }],
      ['dealerId', { ...asked, dealerId: 'a b' }],
      ['dealerId', { ...asked, dealerId: 'D'.repeat(65) }],
      ['dealerId', { ...asked, dealerId: 7 }],
      ['payment', { ...asked, payment: 'cash' }],
      ['payment', unpaid],
      ['', { ...asked, colour: 'red' }],
      ['note', { ...asked, note: NUL }],
      ['note', { ...asked, note: '\ud800' }],
      ['note', { ...asked, note: 'x'.repeat(501) }],
      ['note', { ...asked, note: '   ' }],
      ['orderNumber', { ...asked, orderNumber: NUL }],
      ['shipTo.region', { ...asked, shipTo: { region: NUL } }],
      ['shipTo.address', { ...asked, shipTo: { region: 'East', address: NUL } }],
      ['requestedOn', { ...asked, requestedOn: '2026-02-30' }],
      ['requestedOn', { ...asked, requestedOn: '0000-01-01' }],
      ['requestedOn', { ...asked, requestedOn: '2026-3-1' }],
      ['charges.0.amount', { ...asked, charges: [freight] }],
    ]
    for (const [path, body] of bodies) {
      const answer = await ops.post('/orders', body)
      isProblem(t, answer, 400, path)
      t.match(answer.body, { code: 'invalid-request', errors: [{ path, message: String }] })
    }
  }))

test('an amount is a plain decimal text of 2 places', (t) =>
  nothingWritten(t, async () => {
    const amounts = [
      '1e400',
      'NaN',
      'Infinity',
      '-1',
      '1.234',
      '',
      ' 1',
      '1,000',
      '0x10',
      '1.',
      '.5',
    ]
    for (const limit of [...amounts, '9'.repeat(16), 100, null, true, {}, ['1']]) {
      const answer = await finance.post('/facilities/D/limit', { limit, reason: 'x' })
      isProblem(t, answer, 400, `limit ${JSON.stringify(limit)}`)
    }
    for (const amount of ['0', '0.00', '-5']) {
      const payment = { dealerId: 'D', amount, method: 'bank-transfer' }
      isProblem(t, await finance.post('/payments', payment), 400, `amount ${amount}`)
    }
    const huge = { unitPrice: '9'.repeat(15), reason: 'x' }
    const answer = await ops.post(
      '/orders',
      orderOf('D', [{ sku: 'S', quantity: 1_000_000_000, priceOverride: huge } as never]),
    )
    isProblem(t, answer, 422, 'a total of 24 digits')
    t.equal(answer.body.code, 'amount-out-of-range')
  }))

test('names in a path are checked as those in a body', (t) =>
  nothingWritten(t, async () => {
    for (const path of ['/orders/%00/cancel', '/orders/a%2Fb/cancel', '/orders/%20/cancel']) {
      isProblem(t, await ops.post(path), 400, path)
    }
    isProblem(t, await ops.post(`/orders/${'x'.repeat(65)}/cancel`), 400, 'long')
    isProblem(t, await ops.post(`/orders/${'x'.repeat(1000)}/cancel`), 414, 'very long')
    isProblem(t, await finance.post('/business-days/2026-02-30/close'), 400, 'no such day')
    isProblem(t, await finance.post('/business-days/today/close'), 400, 'no day')
    isProblem(t, await admin.post('/sagas/order-fulfilment.%00/resume'), 400, 'NUL')
    const other = { dealerId: 'E', limit: '1', reason: 'x' }
    isProblem(t, await finance.post('/facilities/D/limit', other), 400, 'two dealers')
    for (const path of [
      '/orders/none/cancel',
      '/fulfilments/none.1/pick',
      '/payments/none/capture',
    ]) {
      isProblem(t, await admin.post(path), path.includes('payments') ? 403 : 404, path)
    }
  }))

test('headers are checked', (t) =>
  nothingWritten(t, async () => {
    for (const key of ['a b', 'x'.repeat(256), 'é']) {
      const answer = await ops.post('/orders', orderOf('D', [LINE]), { 'idempotency-key': key })
      isProblem(t, answer, 400, `Idempotency-Key ${key}`)
    }
    for (const tag of ['7', 'W/7', '"x"', '"-1"', '"1", "2"', '"9999999999999999999"']) {
      const answer = await ops.post('/orders/none/cancel', {}, { 'if-match': tag })
      isProblem(t, answer, 400, `If-Match ${tag}`)
      t.match(answer.body.errors, [{ path: 'header.If-Match' }])
    }
  }))

test('a query that can mean nothing is refused, and never reaches Postgres', async (t) => {
  const cursor = (...key: readonly string[]) =>
    `cursor=${Buffer.from(JSON.stringify(key)).toString('base64url')}`
  const queries = [
    '/orders?limit=0',
    '/orders?limit=501',
    '/orders?limit=ten',
    '/orders?limit=1.5',
    '/orders?cursor=abc',
    '/orders?cursor=%00',
    `/orders?${cursor('x')}`,
    `/orders?${cursor('9999999999999999999')}`,
    `/products?${cursor('\0')}`,
    `/ledger/entries?${cursor('x', 'y')}`,
    `/ledger/entries?${cursor('1', '99999999999')}`,
    `/receivables?${cursor('1', '\0')}`,
    `/stock?${cursor('\0', '\0')}`,
    '/sagas?cursor=order-fulfilment.%00',
    '/orders?q=%00',
    '/products?q=%00',
    '/products?category=%00',
    '/products/suggest?q=%00',
    '/products/suggest',
    '/orders?status=lost',
    '/orders?from=2026-02-30',
    '/orders?from=0000-01-01',
    '/orders?to=yesterday',
    '/orders?after=x',
    '/orders?after=-1',
    '/orders?after=9223372036854775808',
    '/orders?after=1&waitMs=x',
    '/orders?after=1&waitMs=30001',
    '/orders?dealerId=a%20b',
    '/ledger/entries?account=%00',
    '/ledger/trial-balance?asOf=0000-01-01',
    '/ledger/trial-balance?known=never',
    '/receivables?asOf=0000-01-01',
    '/audit/events?stream=%00',
    '/audit/events?actor=%00',
    '/audit/events?fromPosition=9999999999999999999',
    '/audit/streams/order-%00/state',
    '/audit/streams/order-x/state?revision=-1',
    '/dealers/%00/credit',
    '/payments/%00',
  ]
  for (const path of queries) isProblem(t, await admin.get(path), 400, path)
})

test('the largest order is taken, and one that no append can hold is refused', async (t) => {
  const skus = Array.from({ length: 1000 }, (_, index) => `L${index}`)
  const terms = skus.map((sku) => ({ sku, name: sku, basePrice: '1.00' }))
  const product = { productId: 'L', name: 'L', category: 'c', taxRate: '0.13', skus: terms }
  expectStatus(await ops.post('/products', product), 201)
  const lines = (reason: string): readonly Body[] =>
    skus.map((sku) => ({ sku, quantity: 1, priceOverride: { unitPrice: '1', reason } }))
  const small = await ops.post('/orders', orderOf('D', lines('x') as never))
  t.equal(small.status, 201)
  await system.seen()
  await nothingWritten(t, async () => {
    const tooLarge = orderOf('D', lines('界'.repeat(300)) as never)
    const answer = await ops.post('/orders', tooLarge)
    isProblem(t, answer, 413, 'an order that no append can hold')
    t.equal(answer.body.code, 'command-too-large')
  })
})

test('what a command takes, every read model takes', async (t) => {
  await addProduct(staff, { sku: 'ODD', basePrice: '1' })
  const odd = 'Ωμ 你好 🧀 "quoted" \\back\\ {"a":1} \'; drop table x; -- \t\n \u2028 \ufeff end'
  const name = odd.replaceAll(/[\t\n]/g, ' ')
  const long = '界'.repeat(200)
  const contact = { name, phone: name.slice(0, 40), email: 'a@b.cn' }
  expectStatus(
    await ops.post('/dealers', { dealerId: 'O', name: long, region: 'East', contact }),
    201,
  )
  const attributes = { constructor: 'x', [name.slice(0, 64)]: long, toString: '' }
  const skus = [{ sku: 'ODD-1', name: long, basePrice: '0.0001', attributes }]
  const product = { productId: 'ODD-P', name, category: long, taxRate: '0.99999999', skus }
  expectStatus(await ops.post('/products', product), 201)
  const limit = { limit: '999999999999999.99', reason: odd }
  expectStatus(await finance.post('/facilities/O/limit', limit), 200)
  const receipt = { warehouseId: 'W', sku: 'ODD-1', quantity: 9, unitCost: '0', reference: odd }
  expectStatus(
    await warehouse.post('/stock/receipts', { ...receipt, expiresOn: '9999-12-31' }),
    200,
  )
  const until = { amount: '0.01', from: '1900-01-01', to: '9999-12-31', reason: odd }
  expectStatus(await finance.post('/facilities/O/temporary-limits', until), 201)
  const asked = orderOf('O', [{ sku: 'ODD-1', quantity: 3 }], {
    orderNumber: long,
    note: odd,
    requestedOn: '9999-12-31',
  })
  expectStatus(await ops.post('/orders', asked), 201)
  const reference = '界'.repeat(200)
  const payment = { dealerId: 'O', amount: '0.01', method: 'bank-transfer', reference }
  expectStatus(await finance.post('/payments', payment), 201)
  await system.seen()
  const models = await admin.get('/projections')
  for (const model of models.body.items as readonly Body[]) {
    t.match(model, { status: 'active', error: null }, String(model.name))
  }
  t.same((await admin.get('/sagas?status=parked')).body.items, [])
  const found = await ops.get(`/orders?q=${encodeURIComponent(long)}`)
  t.match(found.body.items, [{ note: odd.trim(), orderNumber: long }])
})
