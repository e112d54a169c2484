import tap, { test } from 'tap'
import { decimal } from '../../domain/kernel/money.ts'
import { type Answer, type Body, field, textOf } from './http.ts'
import {
  addDealer,
  addProduct,
  addWarehouse,
  expectStatus,
  order,
  receive,
  staffOf,
} from './shop.ts'
import { FIRST_DAY, startSystem } from './system.ts'

const system = await startSystem(tap, { OVER_LIMIT: 'review' })
const staff = await staffOf(system)
await addProduct(staff, { sku: 'S', basePrice: '10.00' })
await addWarehouse(staff, 'W', ['East'], 1)
await receive(staff, 'W', 'S', 100_000)

const WAYS = [
  'prepay 100.00, naming this order',
  /^a guarantee of 100.00 for (\S+) by (\S+), naming this order$/,
  'order for at most 100.00',
  /^raise the limit of (\S+) by 100.00, and the approval of this order$/,
  /^a temporary limit of 100.00 for (\S+), and the approval of this order$/,
  "a reviewer's release of 100.00",
]

const units = (amount: string) => [{ sku: 'S', quantity: decimal(amount).dividedBy(10).toNumber() }]
const placed = (dealerId: string, amount: string) => order(staff.ops, dealerId, units(amount))
const status = ({ body }: Answer) => textOf(body, 'status')

/** A dealer of a tree of its own, with a limit of 500.00 of which 400.00 are taken. */
async function nearlyFull(name: string): Promise<string> {
  const root = `R-${name}`
  const dealerId = `D-${name}`
  await addDealer(staff, { dealerId: root, limit: '100000' })
  await addDealer(staff, { dealerId, parentDealerId: root, limit: '500' })
  if (status(await placed(dealerId, '400')) !== 'confirmed') throw new Error('not confirmed')
  return dealerId
}

async function refused(dealerId: string): Promise<Body> {
  const { body, text } = await placed(dealerId, '200')
  if (body.status !== 'review') throw new Error(`not in review: ${text}`)
  return body
}

async function prepay(dealerId: string, amount: string, orderIds?: string[]): Promise<void> {
  const payment = { dealerId, amount, method: 'bank-transfer', ...(orderIds && { orderIds }) }
  const initiated = expectStatus(await staff.finance.post('/payments', payment), 201)
  const paymentId = textOf(initiated.body, 'paymentId')
  const captured = await staff.finance.post(`/payments/${paymentId}/capture`, {})
  expectStatus(captured, 200)
  await system.seen()
}

test('a refused order waits in review, with every figure and every way out', async (t) => {
  const body = await refused(await nearlyFull('all'))
  t.match(body, {
    status: 'review',
    statusReason: {
      code: 'over-limit',
      decision: {
        rule: 'credit-headroom',
        inputs: {
          dealerId: 'D-all',
          limit: '500.00',
          exposure: '400.00',
          headroom: '100.00',
          wanted: '200.00',
          shortfall: '100.00',
          releaseNeeded: '100.00',
        },
        ways: WAYS,
      },
    },
  })
  t.equal((field(body, 'statusReason.decision.ways') as unknown[]).length, WAYS.length)
})

test('prepaying the shortfall makes the same order pass', async (t) => {
  const dealerId = await nearlyFull('prepay')
  await refused(dealerId)
  await prepay(dealerId, '100.00')
  t.equal(status(await placed(dealerId, '200')), 'confirmed')
})

const waiting = async (orderId: string) => {
  await system.seen()
  return textOf((await staff.ops.get(`/orders/${orderId}`)).body, 'status')
}

const approve = async (orderId: string) => {
  const etag = (await staff.ops.get(`/orders/${orderId}`)).headers.get('etag') ?? ''
  const reviewer = await system.person('brand-ops', undefined, 'somebody-else')
  expectStatus(await reviewer.post(`/orders/${orderId}/approve`, {}, { 'if-match': etag }), 200)
}

test('money or a guarantee that names the waiting order lets it go on by itself', async (t) => {
  const paying = await nearlyFull('named-money')
  const paid = textOf(await refused(paying), 'orderId')
  await prepay(paying, '100.00', [paid])
  t.equal(await waiting(paid), 'confirmed')
  const dealerId = await nearlyFull('named-guarantee')
  const orderId = textOf(await refused(dealerId), 'orderId')
  const superior = await system.person('dealer-approver', 'R-named-guarantee')
  const terms = { amount: '100.00', until: '2026-12-31', orderId }
  const guarantee = { guarantorDealerId: 'R-named-guarantee', ...terms }
  expectStatus(await superior.post(`/facilities/${dealerId}/guarantees`, guarantee), 201)
  t.equal(await waiting(orderId), 'confirmed')
})

test('a raised limit lets the waiting order pass once it is approved, with no release', async (t) => {
  const dealerId = await nearlyFull('raise-waiting')
  const orderId = textOf(await refused(dealerId), 'orderId')
  const limit = { limit: '600', reason: 'a good customer' }
  expectStatus(await staff.finance.post(`/facilities/${dealerId}/limit`, limit), 200)
  t.equal(await waiting(orderId), 'review')
  await approve(orderId)
  t.equal(await waiting(orderId), 'confirmed')
  t.match((await staff.finance.get(`/dealers/${dealerId}/credit`)).body, { releases: '0.00' })
})

test('a guarantee of the shortfall makes the same order pass', async (t) => {
  const dealerId = await nearlyFull('guarantee')
  await refused(dealerId)
  const superior = await system.person('dealer-approver', 'R-guarantee')
  const guarantee = { guarantorDealerId: 'R-guarantee', amount: '100.00', until: '2026-12-31' }
  expectStatus(await superior.post(`/facilities/${dealerId}/guarantees`, guarantee), 201)
  t.equal(status(await placed(dealerId, '200')), 'confirmed')
})

test('an order for at most the headroom passes', async (t) => {
  const dealerId = await nearlyFull('less')
  await refused(dealerId)
  t.equal(status(await placed(dealerId, '100')), 'confirmed')
})

test('raising the limit by the shortfall makes the same order pass', async (t) => {
  const dealerId = await nearlyFull('raise')
  await refused(dealerId)
  const limit = { limit: '600', reason: 'a good customer' }
  expectStatus(await staff.finance.post(`/facilities/${dealerId}/limit`, limit), 200)
  t.equal(status(await placed(dealerId, '200')), 'confirmed')
})

test('a temporary limit of the shortfall makes the same order pass', async (t) => {
  const dealerId = await nearlyFull('time')
  await refused(dealerId)
  const raise = { amount: '100', from: FIRST_DAY, to: '2026-04-01', reason: 'the season' }
  const path = `/facilities/${dealerId}/temporary-limits`
  expectStatus(await staff.finance.post(path, raise), 201)
  t.equal(status(await placed(dealerId, '200')), 'confirmed')
})

test("a reviewer's release lets the order pass, and serves no other", async (t) => {
  const dealerId = await nearlyFull('release')
  const orderId = textOf(await refused(dealerId), 'orderId')
  await system.seen()
  const etag = (await staff.finance.get(`/orders/${orderId}`)).headers.get('etag') ?? ''
  const reviewer = await system.person('brand-ops', undefined, 'somebody-else')
  const approval = await reviewer.post(
    `/orders/${orderId}/approve`,
    { reason: 'they always pay' },
    { 'if-match': etag, prefer: 'wait=20' },
  )
  expectStatus(approval, 200)
  await system.seen()
  t.equal(textOf((await staff.finance.get(`/orders/${orderId}`)).body, 'status'), 'confirmed')
  t.match((await staff.finance.get(`/dealers/${dealerId}/credit`)).body, {
    exposure: '600.00',
    releases: '100.00',
    headroom: '0.00',
    ancestors: [{ exposure: '600.00', headroom: '99400.00' }],
  })
  t.equal(status(await placed(dealerId, '10')), 'review')
})
