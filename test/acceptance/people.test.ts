import { UnsecuredJWT } from 'jose'
import tap, { test } from 'tap'
import { decimal } from '../../domain/kernel/money.ts'
import { signToken } from '../../infra/keys.ts'
import { listOf, send, textOf } from './http.ts'
import { addDealer, confirmedOrder, expectStatus, orderOf, ship, smallShop } from './shop.ts'
import { startSystem } from './system.ts'

const system = await startSystem(tap)
const staff = await smallShop(system)
const LINE = [{ sku: 'S', quantity: 1 }]
await addDealer(staff, { dealerId: 'D1', parentDealerId: 'D', limit: '1000' })
await addDealer(staff, { dealerId: 'D2', parentDealerId: 'D', limit: '1000' })
const orders = new Map<string, string>()
for (const dealerId of ['D', 'D1', 'D2']) {
  const orderId = await confirmedOrder(staff.ops, dealerId, LINE)
  await ship(staff, `${orderId}.1`)
  orders.set(dealerId, orderId)
}
await system.seen()

test("a dealer's people see their dealer and its descendants, never a sibling", async (t) => {
  const sees = async (dealer: string, path: string) => {
    const person = await system.person('dealer-buyer', dealer)
    const items = listOf(expectStatus(await person.get(path), 200).body)
    return [...new Set(items.map(({ dealerId }) => dealerId))].sort()
  }
  for (const path of ['/orders', '/receivables']) {
    t.same(await sees('D', path), ['D', 'D1', 'D2'], path)
    t.same(await sees('D1', path), ['D1'], path)
    t.same(await sees('D1', `${path}?dealerId=D2`), [], path)
  }
  const person = await system.person('dealer-approver', 'D1')
  t.equal((await person.get('/dealers/D1/credit')).status, 200)
  for (const path of [
    '/dealers/D2/credit',
    '/dealers/D/credit',
    '/dealers/NOBODY/credit',
    `/orders/${orders.get('D2')}`,
    `/orders/${orders.get('D')}/timeline`,
  ]) {
    t.match(await person.get(path), { status: 403, body: { code: 'not-your-dealer' } }, path)
  }
})

test("a dealer's people act for their dealer and its descendants only", async (t) => {
  const head = await system.head()
  const person = await system.person('dealer-approver', 'D1')
  const notTheirs = { status: 403, body: { code: 'not-your-dealer', decision: Object } }
  t.match(await person.post('/orders', orderOf('D2', LINE)), notTheirs)
  t.match(await person.post(`/orders/${orders.get('D2')}/cancel`), notTheirs)
  const payment = { dealerId: 'D', amount: '1', method: 'bank-transfer' }
  t.match(await person.post('/payments', payment), notTheirs)
  const guarantee = { guarantorDealerId: 'D', amount: '1', until: '2026-12-31' }
  t.match(await person.post('/facilities/D1/guarantees', guarantee), notTheirs)
  t.equal(await system.head(), head)
  const superior = await system.person('dealer-buyer', 'D')
  t.equal((await superior.post('/orders', orderOf('D2', LINE))).status, 201)
})

test("a guarantee for an order gives no room to a dealer in whose tree it isn't", async (t) => {
  const headroom = async () =>
    textOf((await staff.finance.get('/dealers/D1/credit')).body, 'headroom')
  const before = await headroom()
  const superior = await system.person('dealer-approver', 'D')
  for (const dealerId of ['D2', 'D1']) {
    const orderId = orders.get(dealerId)
    const guarantee = { guarantorDealerId: 'D', amount: '1', until: '2026-12-31', orderId }
    expectStatus(await superior.post('/facilities/D1/guarantees', guarantee), 201)
    await system.seen()
    t.equal(
      decimal(await headroom())
        .minus(before)
        .toFixed(),
      dealerId === 'D1' ? '1' : '0',
    )
  }
})

test("a payment names the payer's own orders and receivables, and hears of no others", async (t) => {
  const head = await system.head()
  const stranger = await system.person('dealer-buyer', 'D2')
  const [foreign = '', own = ''] = [orders.get('D1'), orders.get('D2')]
  const owed = listOf((await staff.finance.get('/receivables')).body)
  const receivableOf = (orderId: string) =>
    textOf(
      owed.find((one) => one.orderId === orderId),
      'receivableId',
    )
  const payment = { dealerId: 'D2', amount: '5', method: 'bank-transfer' }
  const refused = (code: string, inputs: object) => ({
    status: 422,
    body: { code, decision: { inputs } },
  })
  for (const orderId of [foreign, 'nobodys']) {
    const asked = { ...payment, orderIds: [own, orderId] }
    t.match(await stranger.post('/payments', asked), refused('order-unknown', { orderId }))
  }
  for (const receivableId of [receivableOf(foreign), 'D.999', 'nobodys']) {
    const asked = { ...payment, receivableIds: [receivableOf(own), receivableId] }
    const answer = refused('receivable-unknown', { receivableId })
    t.match(await stranger.post('/payments', asked), answer)
  }
  t.equal(await system.head(), head, 'nothing is written')
  const named = { orderIds: [own], receivableIds: [receivableOf(own)] }
  t.equal((await stranger.post('/payments', { ...payment, ...named })).status, 201)
})

test('each role may do its part only, on both services', async (t) => {
  const head = await system.head()
  const buyer = await system.person('dealer-buyer', 'D')
  const forbidden = {
    status: 403,
    body: { code: 'role-forbidden', decision: { inputs: { role: String, allowed: Array } } },
  }
  const limit = { limit: '1', reason: 'more' }
  t.match(await buyer.post('/facilities/D/limit', limit), forbidden)
  t.match(await staff.ops.post('/facilities/D/limit', limit), forbidden)
  t.match(await buyer.post(`/fulfilments/${orders.get('D')}.1/pick`), forbidden)
  t.match(await staff.auditor.post('/orders', orderOf('D', LINE)), forbidden)
  t.match(await staff.finance.post('/sagas/order-fulfilment.x/resume'), forbidden)
  t.match(await buyer.get('/ledger/trial-balance'), forbidden)
  t.match(await staff.ops.get('/ledger/entries'), forbidden)
  t.match(await staff.warehouse.get('/audit/events'), forbidden)
  t.match(await staff.finance.get('/projections'), forbidden)
  const override = { unitPrice: '1', reason: 'a friend' }
  const cheap = orderOf('D', [{ sku: 'S', quantity: 1, priceOverride: override } as never])
  t.match(await buyer.post('/orders', cheap), {
    status: 403,
    body: { code: 'price-override-forbidden' },
  })
  t.equal(await system.head(), head)
})

test('goods show their cost to the brand, and to no dealer', async (t) => {
  const buyer = await system.person('dealer-buyer', 'D')
  t.notOk('value' in (listOf((await buyer.get('/stock')).body)[0] ?? {}))
  t.type(textOf((await staff.ops.get('/stock')).body, 'items.0.value'), 'string')
})

test('whoever proves nothing is told 401, on both services', async (t) => {
  const head = await system.head()
  const good = (await system.person('brand-admin')).token
  const [header, payload, signature] = good.split('.')
  const claims = { role: 'brand-admin' }
  const unsigned = new UnsecuredJWT(claims)
    .setSubject('eve')
    .setIssuer('tradeline-local')
    .setAudience('tradeline')
    .setExpirationTime('1h')
    .encode()
  const expired = await signToken(system.dataDir, { role: 'brand-admin', expiresIn: 1 })
  const strange = await signToken(t.testdir(), { role: 'brand-admin' })
  const promoted = Buffer.from(JSON.stringify({ ...claims, exp: 9_999_999_999 }))
  const control = await signToken(system.dataDir, { role: 'brand-admin', user: 'a\0b' })
  const long = await signToken(system.dataDir, { role: 'brand-admin', user: 'a'.repeat(4000) })
  const tokens: readonly (readonly [string, string | undefined])[] = [
    ['none', undefined],
    ['no bearer', `Basic ${good}`],
    ['empty', 'Bearer '],
    ['not a token', 'Bearer x.y.z'],
    ['algorithm none', `Bearer ${unsigned}`],
    ['expired', `Bearer ${expired}`],
    ["another's key", `Bearer ${strange}`],
    ['no signature', `Bearer ${header}.${payload}.`],
    ['other claims', `Bearer ${header}.${promoted.toString('base64url')}.${signature}`],
    ['a user of control characters', `Bearer ${control}`],
    ['a user too long to be searched by', `Bearer ${long}`],
  ]
  for (const [what, authorization] of tokens) {
    const headers = authorization === undefined ? {} : { authorization }
    const write = { method: 'POST', path: '/v1/orders', body: orderOf('D', LINE), headers }
    const read = { method: 'GET', path: '/v1/orders', headers }
    for (const answer of [await send(system.writeUrl, write), await send(system.readUrl, read)]) {
      t.match(answer, { status: 401, body: { code: 'unauthorised' } }, what)
      t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
      t.equal(answer.headers.get('www-authenticate'), 'Bearer')
    }
  }
  t.equal(await system.head(), head)
  const headers = { authorization: `bearer ${good}` }
  const lower = await send(system.readUrl, { method: 'GET', path: '/v1/orders', headers })
  t.equal(lower.status, 200, 'the word Bearer is of any case')
})

test("a dealer's role without its dealer is told so", async (t) => {
  const nobody = await system.person('dealer-buyer')
  const missing = { status: 403, body: { code: 'dealer-missing' } }
  t.match(await nobody.get('/orders'), missing)
  t.match(await nobody.post('/orders', orderOf('D', LINE)), missing)
})
