import tap, { test } from 'tap'
import { decimal } from '../../domain/kernel/money.ts'
import { type Answer, type Body, textOf } from './http.ts'
import {
  addDealer,
  addProduct,
  addWarehouse,
  expectStatus,
  order,
  receive,
  ship,
  staffOf,
} from './shop.ts'
import { FIRST_DAY, startSystem } from './system.ts'

const system = await startSystem(tap)
const staff = await staffOf(system)
const { ops, finance } = staff
await addProduct(staff, { sku: 'S', basePrice: '10.00' })
await addWarehouse(staff, 'W', ['East'], 1)
await receive(staff, 'W', 'S', 1_000_000)
await addDealer(staff, { dealerId: 'ROOT', limit: '500000' })
await addDealer(staff, { dealerId: 'A', parentDealerId: 'ROOT', limit: '200000' })
await addDealer(staff, { dealerId: 'A1', parentDealerId: 'A', limit: '50000' })
await addDealer(staff, { dealerId: 'B', parentDealerId: 'ROOT', limit: '400000' })

const placed = (dealerId: string, amount: string, more: Body = {}) =>
  order(ops, dealerId, [{ sku: 'S', quantity: decimal(amount).dividedBy(10).toNumber() }], more)

async function creditOf(dealerId: string): Promise<Body> {
  await system.seen()
  return expectStatus(await finance.get(`/dealers/${dealerId}/credit`), 200).body
}

async function pay(dealerId: string, amount: string, more: Body = {}): Promise<void> {
  const payment = { dealerId, amount, method: 'bank-transfer', ...more }
  const initiated = expectStatus(await finance.post('/payments', payment), 201)
  const path = `/payments/${textOf(initiated.body, 'paymentId')}/capture`
  expectStatus(await finance.post(path, {}), 200)
}

const confirmed = { body: { status: 'confirmed' } }

function refusedBy(inputs: Body) {
  const decision = { rule: 'credit-headroom', inputs }
  return { body: { status: 'rejected', statusReason: { code: 'credit-insufficient', decision } } }
}

let firstOrder = ''

test('the worked figures: a tree of limits, a guarantee, and a superior that blocks', async (t) => {
  const first = await placed('A1', '40000')
  firstOrder = textOf(first.body, 'orderId')
  t.match(first, confirmed)
  const short = { dealerId: 'A1', headroom: '10000.00', shortfall: '10000.00' }
  t.match(await placed('A1', '20000'), refusedBy(short))
  const approver = await system.person('dealer-approver', 'A')
  const guarantee = { guarantorDealerId: 'A', amount: '30000', until: '2026-12-31' }
  t.match(await approver.post('/facilities/A1/guarantees', guarantee), {
    status: 201,
    body: { guaranteeId: 'ROOT.g1' },
  })
  t.match(await placed('A1', '20000'), confirmed)
  t.match(await placed('B', '400000'), confirmed)
  const blocked = { dealerId: 'ROOT', headroom: '40000.00', shortfall: '10000.00' }
  t.match(await placed('A', '50000'), refusedBy(blocked))
})

test('the credit of a dealer is told with that of its superiors', async (t) => {
  t.match(await creditOf('A1'), {
    dealerId: 'A1',
    facilityId: 'ROOT',
    limit: '50000.00',
    guarantees: [{ guaranteeId: 'ROOT.g1', amount: '30000.00', revoked: false }],
    guaranteed: '30000.00',
    holds: '60000.00',
    receivables: '0.00',
    overdue: '0.00',
    lateFees: '0.00',
    unappliedCash: '0.00',
    earmarked: '0.00',
    releases: '0.00',
    exposure: '60000.00',
    headroom: '20000.00',
    frozen: false,
    freeze: null,
    ancestors: [
      { dealerId: 'A', limit: '200000.00', exposure: '60000.00', headroom: '140000.00' },
      { dealerId: 'ROOT', limit: '500000.00', exposure: '460000.00', headroom: '40000.00' },
    ],
  })
})

test('what is used of a guarantee stays when it is revoked, and gives no room again', async (t) => {
  const approver = await system.person('dealer-approver', 'A')
  expectStatus(await approver.post('/guarantees/ROOT.g1/revoke', { reason: 'enough' }), 200)
  t.match(await creditOf('A1'), { guaranteed: '10000.00', headroom: '0.00' })
  await ship(staff, `${firstOrder}.1`)
  await system.seen()
  await pay('A1', '4000')
  t.match(await creditOf('A1'), {
    holds: '20000.00',
    receivables: '36000.00',
    guaranteed: '6000.00',
    headroom: '0.00',
  })
  t.match(await placed('A1', '10'), refusedBy({ dealerId: 'A1', shortfall: '6010.00' }))
})

test('money for a prepaid order is kept for it, gives no headroom, and settles it', async (t) => {
  const { body } = await placed('B', '500', { payment: 'prepaid' })
  const orderId = textOf(body, 'orderId')
  const before = await creditOf('B')
  await pay('B', '700', { orderIds: [orderId] })
  t.match(await creditOf('B'), {
    unappliedCash: '700.00',
    earmarked: '500.00',
    headroom: decimal(textOf(before, 'headroom')).plus(200).toFixed(2),
  })
  t.equal(textOf((await ops.get(`/orders/${orderId}`)).body, 'status'), 'confirmed')
  await ship(staff, `${orderId}.1`)
  t.match(await creditOf('B'), { receivables: '0.00', unappliedCash: '200.00', earmarked: '0.00' })
})

test('a temporary limit raises the headroom while it lasts', async (t) => {
  const raise = { amount: '1000', from: FIRST_DAY, to: '2026-03-04', reason: 'the season' }
  expectStatus(await finance.post('/facilities/A/temporary-limits', raise), 201)
  const { temporaryLimits, headroom } = await creditOf('A')
  t.match(temporaryLimits, [{ amount: '1000.00', to: '2026-03-04' }])
  t.equal(headroom, '145000.00')
})

const to = (parentDealerId: string | null) => ({ parentDealerId, reason: 'a new region' })

test('a dealer moves to another superior with its exposure; rights and holds follow', async (t) => {
  await addDealer(staff, { dealerId: 'A2', parentDealerId: 'A', limit: '1000' })
  t.match(await placed('A2', '500'), confirmed)
  const buyerOfB = await system.person('dealer-buyer', 'B')
  t.equal((await buyerOfB.get('/dealers/A2/credit')).status, 403)
  t.match(await ops.post('/dealers/A2/move', to('B')), {
    status: 422,
    body: {
      code: 'credit-insufficient',
      decision: { inputs: { dealerId: 'B', headroom: '200.00', shortfall: '300.00' } },
    },
  })
  const limit = { limit: '401000', reason: 'for A2' }
  expectStatus(await finance.post('/facilities/B/limit', limit), 200)
  t.match(await ops.post('/dealers/A2/move', to('B')), {
    status: 200,
    body: { dealerId: 'A2', facilityId: 'ROOT' },
  })
  t.match(await creditOf('A2'), {
    ancestors: [{ dealerId: 'B', exposure: '400500.00', headroom: '700.00' }, { dealerId: 'ROOT' }],
  })
  t.match(await creditOf('A'), { exposure: '56000.00' })
  t.equal((await buyerOfB.get('/dealers/A2/credit')).status, 200)
  const ordered = await order(buyerOfB, 'A2', [{ sku: 'S', quantity: 10 }])
  t.match(ordered, confirmed)
  const buyerOfA = await system.person('dealer-buyer', 'A')
  t.equal((await buyerOfA.get('/dealers/A2/credit')).status, 403)
  t.match(await placed('A2', '400'), confirmed)
  expectStatus(await finance.post('/facilities/A2/limit', { ...limit, limit: '5000' }), 200)
  t.match(await placed('A2', '500'), refusedBy({ dealerId: 'B' }))
})

test('moves that make no sense are refused, and nothing is written', async (t) => {
  const head = await system.head()
  const move = (dealerId: string, body: unknown): Promise<Answer> =>
    ops.post(`/dealers/${dealerId}/move`, body)
  t.match(await move('A', to('A1')), { status: 422, body: { code: 'dealer-cycle' } })
  t.match(await move('A', to('NOBODY')), { status: 422, body: { code: 'superior-unknown' } })
  t.match(await move('NOBODY', to('A')), { status: 404, body: { code: 'dealer-unknown' } })
  t.match(await move('A', { parentDealerId: 'B' }), { status: 400 })
  t.match(await move('A', { ...to('B'), extra: 1 }), { status: 400 })
  t.match(await move('A', { reason: 'none' }), { status: 400 })
  t.match(await finance.post('/dealers/A/move', to('B')), {
    status: 403,
    body: { code: 'role-forbidden' },
  })
  t.equal(await system.head(), head)
})
