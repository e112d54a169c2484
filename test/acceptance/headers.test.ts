import { randomUUID } from 'node:crypto'
import tap, { test } from 'tap'
import { listOf, textOf } from './http.ts'
import { addDealer, confirmedOrder, expectStatus, orderOf, smallShop } from './shop.ts'
import { startSystem } from './system.ts'

const system = await startSystem(tap)
const staff = await smallShop(system)
const buyer = await system.person('dealer-buyer', 'D', 'ann')
const LINE = [{ sku: 'S', quantity: 1 }]
const newKey = () => ({ 'idempotency-key': randomUUID() })

test('a repeated key is answered as the first time, and writes nothing', async (t) => {
  const key = newKey()
  const first = await buyer.post('/orders', orderOf('D', LINE), key)
  expectStatus(first, 201)
  await system.seen()
  const head = await system.head()
  const again = await buyer.post('/orders', orderOf('D', LINE), key)
  t.equal(again.status, 201)
  t.same(again.body, first.body)
  for (const name of ['etag', 'location', 'tradeline-position']) {
    t.equal(again.headers.get(name), first.headers.get(name), name)
  }
  t.equal(first.headers.get('idempotency-replayed'), null)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.equal(await system.head(), head)
})

test('keys sent at the same time make one order', async (t) => {
  const key = newKey()
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => buyer.post('/orders', orderOf('D', LINE), key)),
  )
  t.equal(new Set(answers.map(({ body }) => body.orderId)).size, 1)
})

test('a key used for another payload is refused, on the same route and on another', async (t) => {
  const key = newKey()
  expectStatus(await buyer.post('/orders', orderOf('D', LINE), key), 201)
  await system.seen()
  const head = await system.head()
  const other = orderOf('D', [{ sku: 'S', quantity: 2 }])
  const payment = { dealerId: 'D', amount: '1', method: 'bank-transfer' }
  for (const [path, body] of [
    ['/orders', other],
    ['/payments', payment],
  ] as const) {
    t.match(await buyer.post(path, body, key), {
      status: 422,
      body: { code: 'idempotency-key-reused', decision: { ways: [String] } },
    })
  }
  t.equal(await system.head(), head)
})

test("two callers' equal keys are two keys, be they of one name at two dealers", async (t) => {
  await addDealer(staff, { dealerId: 'E', limit: '1000' })
  const other = await system.person('dealer-buyer', 'E', 'ann')
  const key = newKey()
  const mine = await buyer.post('/orders', orderOf('D', LINE), key)
  const theirs = await other.post('/orders', orderOf('E', LINE), key)
  t.equal(expectStatus(theirs, 201).headers.get('idempotency-replayed'), null)
  t.not(theirs.body.orderId, mine.body.orderId)
})

test('a refusal keeps no key: the same request may pass later', async (t) => {
  const key = newKey()
  const wanted = orderOf('LATER', LINE)
  t.equal((await staff.ops.post('/orders', wanted, key)).status, 422)
  await addDealer(staff, { dealerId: 'LATER', limit: '100' })
  t.equal((await staff.ops.post('/orders', wanted, key)).status, 201)
})

test('a command with If-Match is taken at that revision alone', async (t) => {
  const orderId = await confirmedOrder(buyer, 'D', LINE)
  await system.seen()
  const etag = (await buyer.get(`/orders/${orderId}`)).headers.get('etag') ?? ''
  const picked = await staff.warehouse.post(
    `/fulfilments/${orderId}.1/pick`,
    {},
    {
      'if-match': etag,
    },
  )
  t.equal(picked.status, 200)
  const moved = await buyer.post(`/orders/${orderId}/cancel`, {}, { 'if-match': etag })
  t.match(moved, {
    status: 412,
    body: { code: 'revision-moved', decision: { inputs: { expected: String, actual: String } } },
  })
  const now = picked.headers.get('etag') ?? ''
  t.equal((await buyer.post(`/orders/${orderId}/cancel`, {}, { 'if-match': now })).status, 200)
})

test('a read after a position sees what was written there', async (t) => {
  const placed = await buyer.post('/orders', orderOf('D', LINE))
  const read = await buyer.get(`/orders/${placed.body.orderId}?after=${placed.body.position}`)
  t.equal(read.status, 200)
  t.equal(read.body.orderId, placed.body.orderId)
})

test('a read after a position that is not there yet says so in the time it was given', async (t) => {
  const beyond = (await system.head()) + 1_000_000n
  const behind = await buyer.get(`/orders?after=${beyond}&waitMs=50`)
  t.match(behind, { status: 504, body: { code: 'read-model-behind', status: 504 } })
  t.equal(behind.headers.get('retry-after'), '1')
})

test('without Prefer an order is answered as placed, with it as decided', async (t) => {
  const placed = await buyer.post('/orders', orderOf('D', LINE))
  t.equal(placed.body.status, 'placed')
  const decided = await buyer.post('/orders', orderOf('D', LINE), { prefer: 'wait=20' })
  t.equal(decided.body.status, 'confirmed')
  t.ok(BigInt(String(decided.body.position)) > BigInt(String(placed.body.position)))
})

test('a list is read to its end by cursors, each item once', async (t) => {
  await system.seen()
  const all = listOf((await buyer.get('/orders?limit=500')).body)
  const ids: unknown[] = []
  let cursor = ''
  do {
    const { body } = await buyer.get(`/orders?limit=3${cursor}`)
    const items = listOf(body)
    t.ok(items.length <= 3)
    ids.push(...items.map(({ orderId }) => orderId))
    cursor = body.nextCursor === null ? '' : `&cursor=${textOf(body, 'nextCursor')}`
  } while (cursor !== '')
  t.ok(all.length > 6)
  t.same(
    ids,
    all.map(({ orderId }) => orderId),
  )
})

test('from is inclusive and to exclusive, each a date or an instant', async (t) => {
  const placed = await buyer.post('/orders', orderOf('D', LINE))
  const id = textOf(placed.body, 'orderId')
  await system.seen()
  const { body } = await buyer.get(`/orders/${id}`)
  const at = textOf(body, 'placedAt')
  const has = async (query: string) => {
    const items = listOf((await buyer.get(`/orders?limit=500&${query}`)).body)
    return items.some(({ orderId }) => orderId === id)
  }
  t.ok(await has('from=2026-03-02&to=2026-03-03'))
  t.notOk(await has('from=2026-03-03'))
  t.notOk(await has('to=2026-03-02'))
  t.ok(await has(`from=${at}`))
  t.notOk(await has(`to=${at}`))
})

test('a product is listed from a date on, which starts in the time zone of the business', async (t) => {
  const product = {
    productId: 'SOON',
    name: 'Soon',
    category: 'food',
    taxRate: '0',
    skus: [{ sku: 'SOON', name: 'Soon', basePrice: '1' }],
    listed: false,
  }
  expectStatus(await staff.ops.post('/products', product), 201)
  expectStatus(await staff.ops.post('/products/SOON/list', { at: '2999-01-01' }), 200)
  await system.seen()
  const { body } = await staff.auditor.get('/audit/events?stream=product-SOON&type=ProductListed')
  t.match(listOf(body), [{ data: { at: '2998-12-31T16:00:00.000Z' } }])
  t.match(await buyer.post('/orders', orderOf('D', [{ sku: 'SOON', quantity: 1 }])), {
    status: 422,
    body: { code: 'sku-unlisted' },
  })
})

test('what is planned for later leaves a product on sale until then', async (t) => {
  const skus = [{ sku: 'NOW', name: 'Now', basePrice: '1' }]
  const product = { productId: 'NOW', name: 'Now', category: 'food', taxRate: '0', skus }
  expectStatus(await staff.ops.post('/products', product), 201)
  expectStatus(await staff.ops.post('/products/NOW/unlist', { at: '2998-01-01' }), 200)
  expectStatus(await staff.ops.post('/products/NOW/list', { at: '2999-01-01' }), 200)
  await system.seen()
  t.match(listOf((await buyer.get('/products?q=NOW')).body), [{ productId: 'NOW', listed: true }])
  expectStatus(await staff.ops.post('/products/NOW/unlist'), 200)
  await system.seen()
  t.same(listOf((await buyer.get('/products?q=NOW')).body), [])
})
