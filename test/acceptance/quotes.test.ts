/** Quotes tell what an order would cost, take and become; then the order does just that. */

import fc from 'fast-check'
import tap, { type Test, test } from 'tap'
import { type Answer, type Body, field, listOf } from './http.ts'
import {
  addDealer,
  addProduct,
  addWarehouse,
  expectStatus,
  type Line,
  orderOf,
  receive,
  staffOf,
} from './shop.ts'
import { startSystem } from './system.ts'

const system = await startSystem(tap, { OVER_LIMIT: 'review', MINIMUM_ORDER_AMOUNT: '5.00' })
const staff = await staffOf(system)
const { ops, finance, admin } = staff
await addDealer(staff, { dealerId: 'ROOT', limit: '100000.00' })
await addDealer(staff, { dealerId: 'LEAF', parentDealerId: 'ROOT', limit: '1000.00' })
await addDealer(staff, { dealerId: 'ICE', limit: '100000.00' })
await addDealer(staff, { dealerId: 'OTHER', limit: '100000.00' })
await addProduct(staff, { sku: 'MILK', basePrice: '10.00' })
await addProduct(staff, { sku: 'TEA', basePrice: '33.33' })
await addProduct(staff, { sku: 'OLD', basePrice: '1.00', moq: 12 })
await addWarehouse(staff, 'SH', ['East'], 1)
await addWarehouse(staff, 'BJ', ['East', 'North'], 2)
await receive(staff, 'SH', 'MILK', 100_000)
await receive(staff, 'BJ', 'TEA', 1000)
expectStatus(await finance.post('/facilities/ICE/freeze', { reason: 'a dispute' }), 200)
const rule = {
  ruleId: 'large',
  name: 'Large orders',
  when: { kind: 'amount', over: '50000.00' },
  effect: 'review',
  chain: [{ role: 'brand-finance', hours: 4 }],
  escalateTo: 'brand-admin',
}

const quoteOf = (dealerId: string, lines: readonly Line[], more: Body = {}) =>
  ops.post('/orders/quote', orderOf(dealerId, lines, more))

const milk = (quantity: number): readonly Line[] => [{ sku: 'MILK', quantity }]

/** What an order of the same came to. */
async function ordered(dealerId: string, lines: readonly Line[], more: Body = {}): Promise<Body> {
  const headers = { prefer: 'wait=20' }
  const { body } = expectStatus(
    await ops.post('/orders', orderOf(dealerId, lines, more), headers),
    201,
  )
  return body
}

async function quoted(dealerId: string, lines: readonly Line[], more?: Body): Promise<Body> {
  return expectStatus(await quoteOf(dealerId, lines, more), 200).body
}

async function settled(): Promise<void> {
  await system.seen()
}

test('a quote explains prices, plan, stock and credit, and writes nothing', async (t) => {
  await settled()
  const head = await system.head()
  const lines = [
    { sku: 'MILK', quantity: 20 },
    { sku: 'TEA', quantity: 3, priceOverride: { unitPrice: '30.00', reason: 'fair' } },
  ]
  const { body } = expectStatus(await quoteOf('LEAF', lines, { orderNumber: 'PO-1' }), 200)
  t.match(body, {
    status: 'confirmed',
    orderNumber: 'PO-1',
    total: '290.00',
    net: '256.64',
    tax: '33.36',
    lines: [
      { sku: 'MILK', unitPrice: '10.00', priceFrom: 'list', amount: '200.00', tax: '23.01' },
      { sku: 'TEA', unitPrice: '30.00', listPrice: '33.33', priceFrom: 'override' },
    ],
    plan: {
      parts: [
        { warehouseId: 'SH', lines: [{ sku: 'MILK', quantity: 20 }] },
        { warehouseId: 'BJ', lines: [{ sku: 'TEA', quantity: 3 }] },
      ],
      shortages: [],
    },
    credit: {
      dealerId: 'LEAF',
      limit: '1000.00',
      headroom: '1000.00',
      needed: '290.00',
      granted: true,
      ancestors: [{ dealerId: 'ROOT', limit: '100000.00', headroom: '100000.00' }],
    },
    stock: [
      { warehouseId: 'SH', granted: true },
      { warehouseId: 'BJ', granted: true },
    ],
    review: null,
    ifApproved: null,
    position: /^\d+$/,
  })
  t.equal(field(body, 'lines.1.overrideReason'), 'fair')
  t.notOk('orderId' in body, 'there is no such order')
  await settled()
  t.equal(await system.head(), head)
})

test('over the limit: the figures, the ways, and what an approval would make of it', async (t) => {
  const body = await quoted('LEAF', milk(150))
  t.match(body, {
    status: 'review',
    statusReason: { code: 'over-limit' },
    credit: {
      granted: false,
      refusal: {
        code: 'credit-insufficient',
        decision: { inputs: { dealerId: 'LEAF', headroom: '1000.00', shortfall: '500.00' } },
      },
    },
    review: { reasons: [{ code: 'over-limit' }], release: '500.00' },
    ifApproved: { status: 'confirmed' },
  })
  t.ok(listOf(body, 'credit.refusal.decision.ways').length > 0)
})

test('frozen, the order would be rejected', async (t) => {
  t.match(await quoted('ICE', milk(1)), {
    status: 'rejected',
    statusReason: { code: 'ordering-frozen' },
    credit: { granted: false, refusal: { code: 'ordering-frozen' } },
  })
})

test('short of stock, the quote names what is missing', async (t) => {
  const tea = [{ sku: 'TEA', quantity: 1001 }]
  const body = await quoted('OTHER', tea)
  t.match(body, {
    status: 'rejected',
    statusReason: { code: 'stock-insufficient' },
    plan: { shortages: [{ sku: 'TEA', wanted: 1001, missing: 1 }] },
    credit: { granted: null },
    stock: [],
  })
  t.match(await ordered('OTHER', tea), { status: 'rejected', total: body.total })
})

test('a prepaid order would wait for its money', async (t) => {
  t.match(await quoted('LEAF', milk(500), { payment: 'prepaid' }), {
    status: 'placed',
    awaitingPayment: { amount: '5000.00', until: String },
    credit: { needed: '0.00', prepayment: '5000.00', granted: true },
  })
})

test('large enough for a review rule, the quote says who would look, and what would follow', async (t) => {
  expectStatus(await admin.post('/review-rules', rule), 201)
  t.match(await quoted('OTHER', milk(5001)), {
    status: 'review',
    statusReason: { code: 'amount' },
    review: { reasons: [{ code: 'amount' }], chain: [{ role: 'brand-finance' }] },
    ifApproved: { status: 'confirmed' },
    plan: { parts: [{ warehouseId: 'SH' }] },
    credit: { granted: true, needed: '50010.00' },
  })
  t.match(await quoted('ICE', milk(5001)), {
    status: 'review',
    ifApproved: { status: 'rejected', statusReason: { code: 'ordering-frozen' } },
  })
})

function isProblem(t: Test, answer: Answer, status: number, code: string): void {
  t.match(answer, { status, body: { code, status } }, answer.text)
}

test('what an order is refused for at once, its quote is refused for', async (t) => {
  await settled()
  const head = await system.head()
  isProblem(t, await quoteOf('LEAF', [{ sku: 'NONE', quantity: 1 }]), 422, 'sku-unknown')
  isProblem(t, await quoteOf('LEAF', [{ sku: 'OLD', quantity: 11 }]), 422, 'below-minimum')
  isProblem(t, await quoteOf('NOBODY', milk(1)), 422, 'dealer-unknown')
  isProblem(t, await quoteOf('LEAF', []), 400, 'invalid-request')
  isProblem(t, await ops.post('/orders/quote', '{'), 400, 'malformed-request')
  isProblem(t, await quoteOf('LEAF', milk(1), { colour: 'red' }), 400, 'invalid-request')
  const bare = { method: 'POST', path: '/v1/orders/quote', body: orderOf('LEAF', milk(1)) }
  isProblem(t, await system.sendToWrite(bare), 401, 'unauthorised')
  const quote = orderOf('LEAF', milk(1))
  isProblem(t, await finance.post('/orders/quote', quote), 403, 'role-forbidden')
  const buyer = await system.person('dealer-buyer', 'LEAF')
  isProblem(t, await buyer.post('/orders/quote', orderOf('ROOT', milk(1))), 403, 'not-your-dealer')
  t.equal((await buyer.post('/orders/quote', quote)).status, 200)
  t.equal(await system.head(), head)
})

test('a quote with a key that an order used is a quote', async (t) => {
  const headers = { 'idempotency-key': 'once' }
  const asked = orderOf('OTHER', milk(1))
  expectStatus(await ops.post('/orders', asked, headers), 201)
  const quote = await ops.post('/orders/quote', orderOf('OTHER', milk(2)), headers)
  t.match(expectStatus(quote, 200).body, { total: '20.00' })
  expectStatus(await ops.post('/orders', asked, headers), 201)
})

const OF_THE_ORDER = ['sku', 'quantity', 'unitPrice', 'discount', 'amount', 'tax'] as const

function linesOf(body: Body): readonly unknown[] {
  return listOf(body, 'lines').map((line) => OF_THE_ORDER.map((name) => line[name]))
}

const asked = fc.record({
  dealerId: fc.constantFrom('LEAF', 'ROOT', 'ICE', 'OTHER'),
  milk: fc.integer({ min: 1, max: 120 }),
  tea: fc.integer({ min: 0, max: 700 }),
  payment: fc.constantFrom('term', 'prepaid'),
})

test('an order with nothing in between comes to what was quoted', async (t) => {
  await fc.assert(
    fc.asyncProperty(asked, async ({ dealerId, milk: quantity, tea, payment }) => {
      const lines = [...milk(quantity), ...(tea > 0 ? [{ sku: 'TEA', quantity: tea }] : [])]
      await settled()
      const head = await system.head()
      const quote = await quoted(dealerId, lines, { payment })
      const again = await quoted(dealerId, lines, { payment })
      t.equal(await system.head(), head, 'nothing was written')
      t.same(
        { ...again, awaitingPayment: 0, review: 0 },
        { ...quote, awaitingPayment: 0, review: 0 },
      )
      const order = await ordered(dealerId, lines, { payment })
      t.equal(order.status, quote.status)
      t.equal(order.total, quote.total)
      t.same(linesOf(order), linesOf(quote))
      t.equal(field(order, 'statusReason.code'), field(quote, 'statusReason.code'))
      t.equal(field(order, 'awaitingPayment.amount'), field(quote, 'awaitingPayment.amount'))
      const parts = listOf(quote, 'plan.parts').map(({ warehouseId }) => warehouseId)
      if (order.status !== 'confirmed') return
      const fulfilments = listOf(order, 'fulfilments')
      t.same(
        fulfilments.map(({ warehouseId }) => warehouseId),
        parts,
      )
    }),
    { numRuns: 8 },
  )
})

test('the quote is in the OpenAPI document with its answer', async (t) => {
  const { body } = await system.sendToWrite({ method: 'GET', path: '/openapi.json' })
  const route = field(body, 'paths') as Body
  const answer = field(
    route['/v1/orders/quote'],
    'post.responses.200.content.application/json.schema.properties',
  )
  t.match(answer, { plan: Object, credit: Object, review: Object, ifApproved: Object })
})
