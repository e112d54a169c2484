import tap, { test } from 'tap'
import { field, textOf } from './http.ts'
import {
  addDealer,
  addProduct,
  confirmedOrder,
  expectStatus,
  type Line,
  order,
  receive,
  ship,
  smallShop,
} from './shop.ts'
import { type Person, startSystem } from './system.ts'

const system = await startSystem(tap, { OVER_LIMIT: 'review', STOCK_SHORT: 'backorder' })
const staff = await smallShop(system)
await addProduct(staff, { sku: 'T', basePrice: '5.00', moq: 2 })
await addProduct(staff, { sku: 'LOST', basePrice: '1.00' })
await receive(staff, 'W', 'T', 500)
await receive(staff, 'W', 'LOST', 10)
await addDealer(staff, { dealerId: 'POOR', limit: '50.00' })
await addDealer(staff, { dealerId: 'CASH', limit: '0.00' })
const buyer = await system.person('dealer-buyer', 'D')
const payer = await system.person('dealer-buyer', 'CASH')
const reviewer = await system.person('brand-ops', undefined, 'rita')

const COORDINATED = { prefer: 'wait=20' }
const S = (quantity: number): Line => ({ sku: 'S', quantity })
const T = (quantity: number): Line => ({ sku: 'T', quantity })

const prepaid = (...lines: Line[]) => order(payer, 'CASH', lines, { payment: 'prepaid' })

const amend = (person: Person, orderId: string, lines: readonly unknown[], headers = {}) =>
  person.post(`/orders/${orderId}/amend`, { lines }, { ...COORDINATED, ...headers })

async function read(orderId: string) {
  await system.seen()
  return (await staff.ops.get(`/orders/${orderId}`)).body
}

async function pay(dealerId: string, amount: string, orderIds: readonly string[]): Promise<string> {
  const payment = { dealerId, amount, method: 'bank-transfer', orderIds }
  const started = expectStatus(await staff.finance.post('/payments', payment), 201)
  const paymentId = textOf(started.body, 'paymentId')
  expectStatus(await staff.finance.post(`/payments/${paymentId}/capture`), 200)
  await system.seen()
  return paymentId
}

test('a prepaid order says what it waits for, and is confirmed by the money', async (t) => {
  const { body } = await prepaid(S(3), T(2))
  t.match(body, { status: 'placed', total: '40.00', awaitingPayment: { amount: '40.00' } })
  const orderId = textOf(body, 'orderId')
  t.match(await read(orderId), { status: 'placed', awaitingPayment: { amount: '40.00' } })
  const paymentId = await pay('CASH', '40.00', [orderId])
  t.match(await read(orderId), {
    status: 'confirmed',
    awaitingPayment: null,
    payments: [{ paymentId, status: 'captured' }],
  })
  await ship(staff, `${orderId}.1`)
  await system.seen()
  const { body: credit } = await staff.finance.get('/dealers/CASH/credit')
  t.match(credit, { receivables: '0.00', unappliedCash: '0.00' }, 'it was settled by its own money')
})

test('one payment settles several prepaid orders', async (t) => {
  const orders = [await prepaid(S(1)), await prepaid(S(2)), await prepaid(T(2))]
  const ids = orders.map(({ body }) => textOf(body, 'orderId'))
  await pay('CASH', '40.00', ids)
  for (const orderId of ids) t.equal((await read(orderId)).status, 'confirmed')
})

test('a prepaid order that is paid in parts says how much of it has come', async (t) => {
  const orderId = textOf((await prepaid(S(4))).body, 'orderId')
  const waiting = (received: string) => ({
    status: 'placed',
    awaitingPayment: { amount: '40.00', received },
  })
  t.match(await read(orderId), waiting('0.00'))
  await pay('CASH', '15.00', [orderId])
  t.match(await read(orderId), waiting('15.00'))
  await pay('CASH', '5.50', [orderId])
  t.match(await read(orderId), waiting('20.50'))
  await pay('CASH', '19.50', [orderId])
  t.match(await read(orderId), { status: 'confirmed', awaitingPayment: null })
})

test('a prepaid order can be cancelled while it waits', async (t) => {
  const { body } = await prepaid(S(3))
  const orderId = textOf(body, 'orderId')
  expectStatus(await payer.post(`/orders/${orderId}/cancel`, { reason: 'too late' }), 200)
  t.match(await read(orderId), { status: 'cancelled', awaitingPayment: null })
})

test('a prepaid order is amended while it waits, and then waits for the new total', async (t) => {
  const { body } = await prepaid(S(3))
  const orderId = textOf(body, 'orderId')
  const amended = await amend(payer, orderId, [S(1), T(4)])
  t.match(amended.body, {
    amendment: 'granted',
    total: '30.00',
    awaitingPayment: { amount: '30.00' },
  })
  await pay('CASH', '30.00', [orderId])
  t.match(await read(orderId), {
    status: 'confirmed',
    total: '30.00',
    amendments: [{ amendment: 1 }],
  })
})

test('an order that is short waits for stock, and is confirmed by itself once it has come', async (t) => {
  await addProduct(staff, { sku: 'RARE', basePrice: '2.00' })
  const { body } = await order(buyer, 'D', [{ sku: 'RARE', quantity: 5 }])
  t.match(body, { status: 'backordered', statusReason: { code: 'stock-insufficient' } })
  const orderId = textOf(body, 'orderId')
  t.match(await read(orderId), {
    status: 'backordered',
    statusReason: { decision: { inputs: { shortages: [{ sku: 'RARE', missing: 5 }] } } },
  })
  await receive(staff, 'W', 'RARE', 4)
  t.equal((await read(orderId)).status, 'backordered')
  await receive(staff, 'W', 'RARE', 1)
  t.match(await read(orderId), { status: 'confirmed', statusReason: null })
})

test('over the limit an order waits in review, and money for it lets it through', async (t) => {
  const { body } = await order(await system.person('dealer-buyer', 'POOR'), 'POOR', [S(8)])
  t.match(body, { status: 'review', statusReason: { code: 'over-limit' } })
  const orderId = textOf(body, 'orderId')
  t.equal(field(await read(orderId), 'statusReason.decision.inputs.shortfall'), '30.00')
  await pay('POOR', '30.00', [orderId])
  t.match(await read(orderId), { status: 'confirmed', statusReason: null })
})

test('a confirmed order is amended: its lines, its total, its fulfilments', async (t) => {
  const orderId = await confirmedOrder(buyer, 'D', [S(10)])
  const more = await amend(buyer, orderId, [S(12), T(2)])
  t.match([more.status, more.body.amendment, more.body.total], [200, 'granted', '130.00'])
  const less = await amend(buyer, orderId, [T(4)])
  t.match(less.body, { amendment: 'granted', total: '20.00' })
  t.match(await read(orderId), {
    status: 'confirmed',
    total: '20.00',
    fulfilments: [{ fulfilmentId: `${orderId}.1`, lines: [T(4)] }],
    amendments: [
      { amendment: 1, status: 'granted', total: '130.00' },
      { amendment: 2, status: 'granted', total: '20.00' },
    ],
  })
  t.match((await amend(buyer, orderId, [T(4)])).body, { amendment: 'none' })
})

test('an amendment that stock refuses is told with its figures, and changes nothing', async (t) => {
  const orderId = await confirmedOrder(buyer, 'D', [S(10)])
  const { body } = await amend(buyer, orderId, [S(100_000)])
  t.match(body, { amendment: 'refused', statusReason: { code: 'stock-insufficient' } })
  t.match(await read(orderId), { total: '100.00', amendments: [{ status: 'refused' }] })
})

test('an amendment is refused at once as an order would be, and never written', async (t) => {
  const orderId = await confirmedOrder(buyer, 'D', [S(10)])
  t.match((await amend(buyer, orderId, [{ sku: 'NONE', quantity: 1 }])).body, {
    code: 'sku-unknown',
  })
  t.match((await amend(buyer, orderId, [T(1)])).body, { status: 422, code: 'below-minimum' })
  t.match((await amend(buyer, orderId, [S(1), S(1)])).body, { code: 'line-twice' })
  const priced = { ...S(1), priceOverride: { unitPrice: '1.00', reason: 'mine' } }
  t.match((await amend(buyer, orderId, [priced])).body, { code: 'price-override-forbidden' })
  for (const bad of [[], [{ sku: 'S', quantity: 0 }], [{ sku: 'S' }], 'S']) {
    t.equal((await amend(buyer, orderId, bad as readonly unknown[])).status, 400)
  }
  t.equal((await amend(buyer, 'nobody', [S(1)])).status, 404)
  t.equal((await amend(payer, orderId, [S(1)])).status, 403, 'not their order')
  t.match(await read(orderId), { total: '100.00', amendments: [] })
})

test('an amendment is bound to the revision that was looked at, if one is named', async (t) => {
  const orderId = await confirmedOrder(buyer, 'D', [S(10)])
  const stale = await amend(buyer, orderId, [S(1)], { 'if-match': 'W/"0"' })
  t.match([stale.status, stale.body.code], [412, 'revision-moved'])
})

test('what is picked or shipped is not amended any more', async (t) => {
  const orderId = await confirmedOrder(buyer, 'D', [S(10)])
  await ship(staff, `${orderId}.1`, [S(1)])
  const { status, body } = await amend(buyer, orderId, [S(12)])
  t.match([status, body.code], [409, 'order-not-amendable'])
})

test('what of a fulfilment was shipped, and how, is told for each shipment', async (t) => {
  const orderId = await confirmedOrder(buyer, 'D', [S(10)])
  const fulfilmentId = `${orderId}.1`
  await ship(staff, fulfilmentId, [S(3)])
  await ship(staff, fulfilmentId, [S(2)])
  expectStatus(await buyer.post(`/orders/${orderId}/cancel`, { reason: 'enough' }), 200)
  t.match(await read(orderId), {
    fulfilments: [
      {
        status: 'shipped',
        lines: [S(10)],
        shipments: [
          { shipmentId: fulfilmentId, lines: [S(3)], carrier: 'SF', shippedOn: /^\d{4}-/ },
          { shipmentId: `${fulfilmentId}.2`, lines: [S(2)] },
        ],
      },
    ],
  })
  const unshipped = await confirmedOrder(buyer, 'D', [S(1)])
  t.same(field(await read(unshipped), 'fulfilments.0.shipments'), [])
})

test('stock that a count takes from a confirmed order sends it to review; approved, it is served anew', async (t) => {
  const orderId = await confirmedOrder(buyer, 'D', [{ sku: 'LOST', quantity: 8 }])
  const counted = { warehouseId: 'W', sku: 'LOST', quantity: 2, reason: 'counted' }
  expectStatus(await staff.warehouse.post('/stock/counts', counted), 200)
  const lost = await read(orderId)
  t.match(lost, { status: 'review', statusReason: { code: 'stock-lost' } })
  await receive(staff, 'W', 'LOST', 20)
  await system.seen()
  const ifMatch = { 'if-match': `W/"${lost.revision}"` }
  expectStatus(await reviewer.post(`/orders/${orderId}/approve`, {}, ifMatch), 200)
  t.match(await read(orderId), {
    status: 'confirmed',
    fulfilments: [
      { status: 'cancelled' },
      { status: 'allocated', lines: [{ sku: 'LOST', quantity: 8 }] },
    ],
  })
})

test('the same amendment with the same key is answered as the first time', async (t) => {
  const orderId = await confirmedOrder(buyer, 'D', [S(10)])
  const key = { 'idempotency-key': `amend-${orderId}` }
  const first = await amend(buyer, orderId, [S(11)], key)
  const again = await amend(buyer, orderId, [S(11)], key)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.same(again.body, first.body)
})
