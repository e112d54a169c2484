import tap, { test } from 'tap'
import { field, listOf, textOf } from './http.ts'
import {
  addDealer,
  addProduct,
  addWarehouse,
  confirmedOrder,
  expectStatus,
  order,
  receive,
  ship,
  staffOf,
} from './shop.ts'
import { startSystem } from './system.ts'

const system = await startSystem(tap)
const staff = await staffOf(system)

await addProduct(staff, { sku: 'MILK', basePrice: '11.00' })
await addProduct(staff, { sku: 'TEA', basePrice: '33.33' })
for (const sku of ['A', 'B', 'C']) await addProduct(staff, { sku, basePrice: '1.00' })
await addWarehouse(staff, 'SH', ['East'], 1)
await addWarehouse(staff, 'BJ', ['North', 'East'], 2)
await addWarehouse(staff, 'GZ', ['South'], 1)
await receive(staff, 'SH', 'MILK', 500)
await receive(staff, 'BJ', 'TEA', 100)
await receive(staff, 'SH', 'A', 10)
await receive(staff, 'SH', 'B', 5)
await receive(staff, 'BJ', 'A', 10)
await receive(staff, 'BJ', 'C', 8)
for (const sku of ['A', 'B', 'C']) await receive(staff, 'GZ', sku, 1_000_000)
await addDealer(staff, { dealerId: 'SHOP', limit: '20000' })

test('an order travels from its placing to its payment', async (t) => {
  const buyer = await system.person('dealer-buyer', 'SHOP', 'ann')
  const lines = [
    { sku: 'MILK', quantity: 120 },
    { sku: 'TEA', quantity: 3 },
  ]
  const { body, headers } = await order(buyer, 'SHOP', lines, { orderNumber: 'PO-7' })
  const orderId = textOf(body, 'orderId')
  t.match(body, { orderNumber: 'PO-7', status: 'confirmed', total: '1419.99' })
  t.match(listOf(body, 'lines'), [
    { sku: 'MILK', unitPrice: '11.00', discount: '0.00', amount: '1320.00', tax: '151.86' },
    { sku: 'TEA', unitPrice: '33.33', discount: '0.00', amount: '99.99', tax: '11.50' },
  ])
  t.equal(headers.get('location'), `/v1/orders/${orderId}`)
  t.match(headers.get('etag'), /^W\/"\d+"$/)
  t.equal(headers.get('tradeline-position'), body.position)

  const first = await ship(staff, `${orderId}.1`, [{ sku: 'MILK', quantity: 50 }])
  t.match(first.body, { amount: '550.00', net: '486.73', left: [{ sku: 'MILK', quantity: 70 }] })
  const second = await ship(staff, `${orderId}.1`)
  t.match(second.body, { amount: '770.00', net: '681.41', left: [] })
  await ship(staff, `${orderId}.2`)
  for (const part of [1, 2]) {
    const path = `/fulfilments/${orderId}.${part}/deliver`
    expectStatus(await staff.warehouse.post(path), 200)
  }
  await system.seen()

  const owed = await buyer.get('/receivables?dealerId=SHOP')
  t.match(listOf(owed.body), [
    { kind: 'shipment', orderId, dueOn: '2026-04-01', amount: '550.00', outstanding: '550.00' },
    { kind: 'shipment', orderId, dueOn: '2026-04-01', amount: '770.00', outstanding: '770.00' },
    { kind: 'shipment', orderId, dueOn: '2026-04-01', amount: '99.99', daysOverdue: 0 },
  ])

  const payment = await buyer.post('/payments', {
    dealerId: 'SHOP',
    amount: '1400',
    method: 'bank-transfer',
  })
  expectStatus(payment, 201)
  t.match(payment.body, { status: 'initiated', reference: /^P\w{16}$/, qr: /amount=1400\.00/ })
  const paymentId = textOf(payment.body, 'paymentId')
  const captured = await staff.finance.post(`/payments/${paymentId}/capture`, { reference: 'B-1' })
  expectStatus(captured, 200)
  await system.seen()

  const paid = await buyer.get(`/payments/${paymentId}`)
  t.match(paid.body, {
    status: 'captured',
    bankReference: 'B-1',
    allocations: [{ amount: '550.00' }, { amount: '770.00' }, { amount: '80.00' }],
  })
  const open = await buyer.get('/receivables?status=open')
  t.match(listOf(open.body), [{ amount: '99.99', outstanding: '19.99', status: 'open' }])

  const read = await buyer.get(`/orders/${orderId}`)
  t.match(read.body, {
    orderId,
    orderNumber: 'PO-7',
    dealerId: 'SHOP',
    status: 'completed',
    statusReason: null,
    total: '1419.99',
    fulfilments: [
      {
        fulfilmentId: `${orderId}.1`,
        warehouseId: 'SH',
        status: 'delivered',
        lines: [{ sku: 'MILK', quantity: 120 }],
        carrier: 'SF',
        trackingNumber: 'SF-1',
      },
      { fulfilmentId: `${orderId}.2`, warehouseId: 'BJ', status: 'delivered' },
    ],
    payments: [{ paymentId, status: 'captured', amount: '1400.00', method: 'bank-transfer' }],
    invoices: [],
    returns: [],
  })
  t.equal(read.headers.get('etag'), `W/"${read.body.revision}"`)
  const listed = await buyer.get('/orders?q=PO-7')
  t.same(listOf(listed.body), [read.body], 'a list holds orders whole')

  const told = listOf((await buyer.get(`/orders/${orderId}/timeline`)).body)
  const types = told.map(({ type }) => type)
  for (const type of [
    'OrderPlaced',
    'HoldPlaced',
    'StockReserved',
    'OrderConfirmed',
    'FulfilmentShipped',
    'StockIssued',
    'ReceivableRecognised',
    'OrderCompleted',
    'PaymentInitiated',
    'PaymentCaptured',
    'PaymentReceived',
  ]) {
    t.ok(types.includes(type), `the timeline tells of ${type}`)
  }
  const ids = new Set(told.flatMap(({ eventId, commandId }) => [eventId, commandId]))
  t.ok(
    told.every(({ causationId }) => ids.has(causationId)),
    'every cause is in the story',
  )
  t.same(
    told.map(({ position }) => BigInt(String(position))),
    told.map(({ position }) => BigInt(String(position))).sort((a, b) => (a < b ? -1 : 1)),
  )
})

test('a credit limit holds for a dealer and for each of its superiors', async (t) => {
  await addDealer(staff, { dealerId: 'ROOT', limit: '500000' })
  await addDealer(staff, { dealerId: 'DA', parentDealerId: 'ROOT', limit: '200000' })
  await addDealer(staff, { dealerId: 'DA1', parentDealerId: 'DA', limit: '50000' })
  await addDealer(staff, { dealerId: 'DB', parentDealerId: 'ROOT', limit: '400000' })
  await addWarehouse(staff, 'BIG', ['West'], 1)
  await receive(staff, 'BIG', 'A', 1_000_000)
  const west = { shipTo: { region: 'West' } }
  const wants = (dealerId: string, amount: number) =>
    order(staff.ops, dealerId, [{ sku: 'A', quantity: amount }], west)

  t.equal((await wants('DA1', 40_000)).body.status, 'confirmed')
  const refused = await wants('DA1', 20_000)
  t.match(refused.body, {
    status: 'rejected',
    statusReason: {
      code: 'credit-insufficient',
      decision: {
        inputs: {
          dealerId: 'DA1',
          limit: '50000.00',
          exposure: '40000.00',
          headroom: '10000.00',
          wanted: '20000.00',
          shortfall: '10000.00',
        },
      },
    },
  })
  t.ok(listOf(refused.body, 'statusReason.decision.ways').length > 0, 'ways out are named')

  const superior = await system.person('dealer-approver', 'DA')
  const given = await superior.post('/facilities/DA1/guarantees', {
    guarantorDealerId: 'DA',
    amount: '30000',
    until: '2026-12-31',
  })
  t.match(expectStatus(given, 201).body, { guaranteeId: 'ROOT.g1' })
  t.equal((await wants('DA1', 20_000)).body.status, 'confirmed')
  t.equal((await wants('DB', 400_000)).body.status, 'confirmed')
  const byRoot = await wants('DA', 50_000)
  t.match(field(byRoot.body, 'statusReason.decision.inputs'), {
    dealerId: 'ROOT',
    headroom: '40000.00',
    shortfall: '10000.00',
  })

  await system.seen()
  const { body } = await staff.finance.get('/dealers/DA1/credit')
  t.match(body, {
    dealerId: 'DA1',
    facilityId: 'ROOT',
    limit: '50000.00',
    guarantees: [{ guarantorDealerId: 'DA', amount: '30000.00', until: '2026-12-31' }],
    temporaryLimits: [],
    holds: '60000.00',
    receivables: '0.00',
    overdue: '0.00',
    lateFees: '0.00',
    unappliedCash: '0.00',
    exposure: '60000.00',
    headroom: '20000.00',
    frozen: false,
    ancestors: [
      { dealerId: 'DA', limit: '200000.00', exposure: '60000.00', headroom: '140000.00' },
      { dealerId: 'ROOT', limit: '500000.00', exposure: '460000.00', headroom: '40000.00' },
    ],
  })
})

test('an order is split over the warehouses of its region, and all or nothing is reserved', async (t) => {
  await addDealer(staff, { dealerId: 'SPLIT', limit: '1000' })
  const lines = [
    { sku: 'A', quantity: 10 },
    { sku: 'B', quantity: 5 },
    { sku: 'C', quantity: 8 },
  ]
  const { body } = await order(staff.ops, 'SPLIT', lines)
  t.match(body, {
    status: 'confirmed',
    fulfilments: [
      { warehouseId: 'SH', lines: lines.slice(0, 2) },
      { warehouseId: 'BJ', lines: lines.slice(2) },
    ],
  })
  const short = await order(staff.ops, 'SPLIT', lines)
  t.match(short.body, { status: 'rejected', statusReason: { code: 'stock-insufficient' } })
  await system.seen()
  const stock = listOf((await staff.ops.get('/stock?warehouseId=SH&limit=500')).body)
  const levels = stock.filter(({ sku }) => sku === 'A' || sku === 'B')
  t.match(levels, [
    { sku: 'A', onHand: 10, reserved: 10, available: 0, inTransit: 0, batches: [{ quantity: 10 }] },
    { sku: 'B', onHand: 5, reserved: 5, available: 0 },
  ])
})

test('a cancelled order gives back its credit and its stock', async (t) => {
  await addDealer(staff, { dealerId: 'CANCEL', limit: '1000' })
  const buyer = await system.person('dealer-buyer', 'CANCEL')
  const orderId = await confirmedOrder(buyer, 'CANCEL', [{ sku: 'MILK', quantity: 10 }])
  const cancelled = await buyer.post(`/orders/${orderId}/cancel`, { reason: 'no room' })
  t.match(expectStatus(cancelled, 200).body, { orderId, cancelled: 'order' })
  await system.seen()
  t.match((await buyer.get(`/orders/${orderId}`)).body, {
    status: 'cancelled',
    statusReason: { code: 'cancelled', message: 'no room' },
  })
  t.match((await buyer.get('/dealers/CANCEL/credit')).body, {
    holds: '0.00',
    exposure: '0.00',
    headroom: '1000.00',
  })
  t.equal((await buyer.post(`/orders/${orderId}/cancel`)).status, 409)
})

test('a dealer that was registered has credit to read, if none to use', async (t) => {
  await addDealer(staff, { dealerId: 'NEW', parentDealerId: 'SHOP' })
  await system.seen()
  const { body } = await staff.finance.get('/dealers/NEW/credit')
  t.match(body, { facilityId: 'SHOP', limit: '0.00', headroom: '0.00', exposure: '0.00' })
  t.match(listOf(body, 'ancestors'), [{ dealerId: 'SHOP', limit: '20000.00' }])
  t.match(await staff.finance.get('/dealers/NOBODY/credit'), {
    status: 404,
    body: { code: 'dealer-unknown' },
  })
})

test('what has a rule against it is refused with its figures, and nothing is written', async (t) => {
  await system.seen()
  await addProduct(staff, { sku: 'BOX', basePrice: '2.50', moq: 4, orderMultiple: 4 })
  const food = { categories: ['tools'] }
  const limited = { dealerId: 'LIMITED', name: 'L', region: 'East', assortment: food }
  expectStatus(await staff.ops.post('/dealers', limited), 201)
  const head = await system.head()
  const refusals: readonly (readonly [string, string, string, number, object])[] = [
    ['sku-unknown', 'SHOP', 'NOPE', 1, { inputs: { skus: ['NOPE'] } }],
    ['below-minimum', 'SHOP', 'BOX', 2, { inputs: { lines: [{ sku: 'BOX', minimum: 4 }] } }],
    ['order-multiple', 'SHOP', 'BOX', 6, { ways: ['order 4 or 8 of BOX'] }],
    ['assortment-forbidden', 'LIMITED', 'MILK', 1, { inputs: { dealerId: 'LIMITED' } }],
    ['dealer-unknown', 'NOBODY', 'MILK', 1, { inputs: { dealerId: 'NOBODY' } }],
  ]
  for (const [code, dealerId, sku, quantity, decision] of refusals) {
    const { status, body } = await staff.ops.post('/orders', {
      dealerId,
      shipTo: { region: 'East' },
      lines: [{ sku, quantity }],
      payment: 'term',
    })
    t.equal(status, 422, code)
    t.match(body, {
      type: `https://tradeline.dev/problems/${code}`,
      status: 422,
      code,
      instance: '/v1/orders',
      decision: { rule: String, ruleVersion: 1, ...decision },
    })
  }
  t.equal(await system.head(), head)
})
