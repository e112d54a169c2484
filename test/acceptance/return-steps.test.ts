/** The steps of a return over HTTP: who may take them, in which order, and what is refused. */

import tap, { type Test, test } from 'tap'
import { type Answer, type Body, textOf } from './http.ts'
import { addDealer, confirmedOrder, expectStatus, ship, smallShop } from './shop.ts'
import { type Person, startSystem } from './system.ts'

const system = await startSystem(tap)
const staff = await smallShop(system)
const { ops, warehouse, finance } = staff
await addDealer(staff, { dealerId: 'E', limit: '1000' })
const buyer = await system.person('dealer-buyer', 'D')
const stranger = await system.person('dealer-buyer', 'E')

/** An order of so many S, of which all is with the dealer. */
async function deliveredOrder(quantity: number): Promise<string> {
  const orderId = await confirmedOrder(ops, 'D', [{ sku: 'S', quantity }])
  await ship(staff, `${orderId}.1`)
  expectStatus(await warehouse.post(`/fulfilments/${orderId}.1/deliver`), 200)
  return orderId
}

const asking = (orderId: string, quantity: number): Body => ({
  orderId,
  lines: [{ sku: 'S', quantity, reason: 'too many' }],
})

async function asked(orderId: string, quantity: number): Promise<string> {
  const answer = await buyer.post('/returns', asking(orderId, quantity))
  return textOf(expectStatus(answer, 201).body, 'returnId')
}

const counted = (quantity: number, resalable = true) => ({
  lines: [{ sku: 'S', quantity, resalable }],
})

function isProblem(t: Test, answer: Answer, status: number, code: string): void {
  t.match(answer, { status, body: { code, status, detail: String } }, answer.text)
}

async function read(person: Person, path: string): Promise<Answer> {
  await system.seen()
  return await person.get(path)
}

test('a buyer asks, operations approve, and the warehouse counts', async (t) => {
  const orderId = await deliveredOrder(10)
  const answer = await buyer.post('/returns', asking(orderId, 4))
  const returnId = `${orderId}.r1`
  t.match(answer, {
    status: 201,
    body: { returnId, orderId, status: 'requested', lines: [{ sku: 'S', quantity: 4 }] },
  })
  t.equal(answer.headers.get('location'), `/v1/returns/${returnId}`)
  const terms = { restockingFee: '2', note: 'as agreed' }
  const approved = await ops.post(`/returns/${returnId}/approve`, terms)
  t.match(approved, {
    status: 200,
    body: { returnId, orderId, status: 'approved', restockingFee: '2.00' },
  })
  t.match(await ops.post(`/returns/${returnId}/approve`, terms), {
    status: 200,
    body: { status: 'approved', restockingFee: '2.00' },
  })
  const received = await warehouse.post(`/returns/${returnId}/receive`, {
    lines: [
      { sku: 'S', quantity: 2, resalable: true },
      { sku: 'S', quantity: 1, resalable: false },
    ],
  })
  t.match(received, {
    status: 200,
    body: {
      ...{ returnId, orderId, status: 'received', restockingFee: '1.50' },
      ...{ amount: '30.00', net: '26.55', tax: '3.45' },
      lines: [{ sku: 'S', quantity: 3, resalable: 2, amount: '30.00' }],
      places: [{ warehouseId: 'W', lines: [{ sku: 'S', restocked: 2, scrapped: 1 }] }],
    },
  })
  const { body } = await read(buyer, `/returns/${returnId}`)
  t.match(body, { returnId, orderId, dealerId: 'D', amount: '30.00', restockingFee: '1.50' })
  const { body: order } = await read(buyer, `/orders/${orderId}`)
  t.match(order, { status: 'completed', returns: [{ returnId, amount: '30.00' }] })
})

test('a request that is sent twice under one key is one return', async (t) => {
  const orderId = await deliveredOrder(3)
  const key = { 'idempotency-key': `return-${orderId}` }
  const first = expectStatus(await buyer.post('/returns', asking(orderId, 2), key), 201)
  const again = expectStatus(await buyer.post('/returns', asking(orderId, 2), key), 201)
  t.equal(again.body.returnId, first.body.returnId)
  isProblem(t, await buyer.post('/returns', asking(orderId, 2)), 422, 'return-exceeds-delivered')
})

test('more than was delivered is refused with its figures, and says what would be taken', async (t) => {
  const orderId = await confirmedOrder(ops, 'D', [{ sku: 'S', quantity: 5 }])
  await ship(staff, `${orderId}.1`)
  isProblem(t, await buyer.post('/returns', asking(orderId, 1)), 422, 'return-exceeds-delivered')
  expectStatus(await warehouse.post(`/fulfilments/${orderId}.1/deliver`), 200)
  await asked(orderId, 3)
  const refused = await buyer.post('/returns', asking(orderId, 3))
  isProblem(t, refused, 422, 'return-exceeds-delivered')
  t.match(refused.body, {
    decision: {
      inputs: { lines: [{ sku: 'S', quantity: 3, delivered: 5, returned: 3, returnable: 2 }] },
      ways: ['return 2 or fewer of S'],
    },
  })
})

test('many ask for the same goods at once, and no more is promised than was delivered', async (t) => {
  const orderId = await deliveredOrder(10)
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => buyer.post('/returns', asking(orderId, 3))),
  )
  const statuses = answers.map(({ status }) => status).sort()
  t.same(statuses, [201, 201, 201, 422, 422, 422, 422, 422])
})

test('each step is for those whose business it is', async (t) => {
  const orderId = await deliveredOrder(2)
  isProblem(t, await stranger.post('/returns', asking(orderId, 1)), 403, 'not-your-dealer')
  isProblem(t, await finance.post('/returns', asking(orderId, 1)), 403, 'role-forbidden')
  const returnId = await asked(orderId, 1)
  const path = `/returns/${returnId}`
  isProblem(t, await buyer.post(`${path}/approve`, {}), 403, 'role-forbidden')
  isProblem(t, await warehouse.post(`${path}/reject`, { reason: 'x' }), 403, 'role-forbidden')
  isProblem(t, await buyer.post(`${path}/receive`, counted(1)), 403, 'role-forbidden')
  isProblem(t, await read(stranger, path), 403, 'not-your-dealer')
  const { body } = await read(stranger, '/returns')
  t.match(body, { items: [] })
})

test('what is unknown, out of turn or too much is refused', async (t) => {
  isProblem(t, await ops.post('/returns/X.r1/approve', {}), 404, 'order-unknown')
  isProblem(t, await buyer.post('/returns', asking('X', 1)), 404, 'order-unknown')
  const orderId = await deliveredOrder(6)
  isProblem(t, await ops.post(`/returns/${orderId}.r9/approve`, {}), 404, 'return-unknown')
  isProblem(t, await read(ops, `/returns/${orderId}.r9`), 404, 'return-unknown')
  const path = `/returns/${await asked(orderId, 6)}`
  isProblem(t, await ops.post(`${path}/receive`, counted(1)), 409, 'return-not-approved')
  isProblem(t, await ops.post(`${path}/approve`, counted(7)), 422, 'return-exceeds-requested')
  const dear = { restockingFee: '60.01' }
  isProblem(t, await ops.post(`${path}/approve`, dear), 422, 'fee-exceeds-worth')
  expectStatus(await ops.post(`${path}/approve`, counted(5)), 200)
  isProblem(t, await ops.post(`${path}/approve`, {}), 409, 'return-not-requested')
  isProblem(t, await ops.post(`${path}/receive`, { lines: [] }), 400, 'invalid-request')
  isProblem(t, await ops.post(`${path}/receive`, counted(6)), 422, 'return-exceeds-approved')
  const elsewhere = { ...counted(5), warehouseId: 'NOWHERE' }
  isProblem(t, await ops.post(`${path}/receive`, elsewhere), 404, 'warehouse-unknown')
  const tomorrow = { ...counted(5), effectiveOn: '2999-01-01' }
  isProblem(t, await ops.post(`${path}/receive`, tomorrow), 422, 'value-date-future')
  const rejected = expectStatus(await ops.post(`${path}/reject`, { reason: 'nothing came' }), 200)
  t.match(rejected.body, { orderId, status: 'rejected' })
  isProblem(t, await ops.post(`${path}/receive`, counted(5)), 409, 'return-not-approved')
  await asked(orderId, 6)
})
