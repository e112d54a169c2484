import tap, { test } from 'tap'
import { until } from '../support/until.ts'
import { type Body, listOf, textOf } from './http.ts'
import {
  addDealer,
  addProduct,
  addWarehouse,
  confirmedOrder,
  expectStatus,
  ship,
  staffOf,
} from './shop.ts'
import { FIRST_DAY, startSystem } from './system.ts'

const NEXT_DAY = '2026-03-03'

const system = await startSystem(tap)
const staff = await staffOf(system)
const { warehouse } = staff

await addDealer(staff, { dealerId: 'D', limit: '100000' })
await addWarehouse(staff, 'W', ['East'], 1)
await addWarehouse(staff, 'FAR', ['North'], 1)

/** A SKU of its own for each test, so that none sees another's goods. */
async function addSku(sku: string): Promise<void> {
  await addProduct(staff, { sku, basePrice: '10.00', safetyStock: 2 })
}

async function receive(sku: string, quantity: number, batch: Body = {}): Promise<void> {
  const receipt = { warehouseId: 'W', sku, quantity, unitCost: '5.00', ...batch }
  expectStatus(await warehouse.post('/stock/receipts', receipt), 200)
}

async function shown(sku: string, warehouseId = 'W'): Promise<Body> {
  await system.seen()
  const { body } = await staff.ops.get(`/stock?warehouseId=${warehouseId}&sku=${sku}`)
  return listOf(body)[0] ?? {}
}

/** Debit less credit of an account, over all that was booked. */
async function balanceOf(account: string): Promise<number> {
  await system.seen()
  const { body } = await staff.auditor.get('/ledger/trial-balance')
  const line = listOf(body, 'accounts').find((one) => one.account === account)
  return Number(line?.balance ?? 0)
}

test('batches are shown, and leave first-expired-first-out', async (t) => {
  await addSku('FEFO')
  const late = { batch: 'B2', expiresOn: '2027-06-01' }
  const early = { batch: 'B1', expiresOn: '2027-01-01' }
  await receive('FEFO', 5, late)
  await receive('FEFO', 5, early)
  await receive('FEFO', 5)
  t.match(await shown('FEFO'), {
    onHand: 15,
    quarantined: 0,
    available: 15,
    safetyStock: 2,
    batches: [
      { ...early, quantity: 5, quarantined: 0 },
      { ...late, quantity: 5, quarantined: 0 },
      { batch: null, expiresOn: null, quantity: 5, quarantined: 0 },
    ],
  })
  const orderId = await confirmedOrder(staff.ops, 'D', [{ sku: 'FEFO', quantity: 7 }])
  await ship(staff, `${orderId}.1`)
  await until('the goods have left', async () => (await shown('FEFO')).onHand === 8)
  t.match(await shown('FEFO'), {
    reserved: 0,
    available: 8,
    value: '40.00',
    batches: [{ ...late, quantity: 3 }, { quantity: 5 }],
  })
  const differs = await warehouse.post('/stock/receipts', {
    ...{ warehouseId: 'W', sku: 'FEFO', quantity: 1, unitCost: '1' },
    ...{ ...late, expiresOn: '2027-06-02' },
  })
  t.match(expectStatus(differs, 422).body, {
    code: 'batch-date-differs',
    decision: { inputs: { known: '2027-06-01' } },
  })
})

test('quarantined goods are not promised until they are released', async (t) => {
  await addSku('QUAR')
  await receive('QUAR', 10)
  const goods = { warehouseId: 'W', sku: 'QUAR', reason: 'smells' }
  expectStatus(await warehouse.post('/stock/quarantines', { ...goods, quantity: 6 }), 200)
  t.match(await shown('QUAR'), { onHand: 10, quarantined: 6, available: 4 })
  const more = await warehouse.post('/stock/quarantines', { ...goods, quantity: 5 })
  t.match(expectStatus(more, 422).body, {
    code: 'not-on-hand',
    decision: { inputs: { wanted: 5, found: 4 } },
  })
  const lifted = { ...goods, quantity: 6, release: true }
  expectStatus(await warehouse.post('/stock/quarantines', lifted), 200)
  t.match(await shown('QUAR'), { quarantined: 0, available: 10 })
})

test('spoilage and counts are booked as stock loss at moving average', async (t) => {
  await addSku('LOSS')
  await receive('LOSS', 10)
  const loss = await balanceOf('6602')
  const inventory = await balanceOf('1405')
  const goods = { warehouseId: 'W', sku: 'LOSS', reason: 'broken' }
  expectStatus(await warehouse.post('/stock/spoilage', { ...goods, quantity: 2 }), 200)
  expectStatus(await warehouse.post('/stock/counts', { ...goods, quantity: 5 }), 200)
  expectStatus(await warehouse.post('/stock/counts', { ...goods, quantity: 6 }), 200)
  t.match(await shown('LOSS'), { onHand: 6, available: 6, value: '30.00' })
  t.equal((await balanceOf('6602')) - loss, 20)
  t.equal((await balanceOf('1405')) - inventory, -20)
  const all = await warehouse.post('/stock/spoilage', { ...goods, quantity: 7 })
  t.match(expectStatus(all, 422).body, { code: 'not-on-hand' })
})

test('a count below what is reserved lets the newest reservations go', async (t) => {
  await addSku('SHORT')
  await receive('SHORT', 10)
  const first = await confirmedOrder(staff.ops, 'D', [{ sku: 'SHORT', quantity: 4 }])
  const second = await confirmedOrder(staff.ops, 'D', [{ sku: 'SHORT', quantity: 4 }])
  const counted = { warehouseId: 'W', sku: 'SHORT', quantity: 5, reason: 'stock-take' }
  expectStatus(await warehouse.post('/stock/counts', counted), 200)
  await system.seen()
  const { body } = await staff.auditor.get('/audit/events?stream=stock-W&type=ReservationReleased')
  const released = listOf(body).map(({ data }) => data as Body)
  t.ok(released.some((one) => one.orderId === second && one.reason === 'counted-short'))
  t.notOk(released.some((one) => one.orderId === first))
  t.match(await shown('SHORT'), { onHand: 5, reserved: 4, available: 1 })
})

test('goods in transit are promised to nobody until the other warehouse has counted them', async (t) => {
  await addSku('MOVE')
  const batch = { batch: 'B1', expiresOn: '2027-01-01' }
  await receive('MOVE', 10, batch)
  const inventory = await balanceOf('1405')
  const loss = await balanceOf('6602')
  const transfer = { fromWarehouseId: 'W', toWarehouseId: 'FAR' }
  const too = { ...transfer, lines: [{ sku: 'MOVE', quantity: 11 }] }
  t.match(expectStatus(await warehouse.post('/stock/transfers', too), 422).body, {
    code: 'stock-insufficient',
    decision: { inputs: { wanted: 11, found: 10 } },
  })
  const lines = [{ sku: 'MOVE', quantity: 6, batch: 'B1' }]
  const sent = expectStatus(await warehouse.post('/stock/transfers', { ...transfer, lines }), 201)
  const transferId = textOf(sent.body, 'transferId')
  t.match(await shown('MOVE'), { onHand: 4, inTransit: 0, value: '20.00' })
  t.match(await shown('MOVE', 'FAR'), { onHand: 0, inTransit: 6, available: 0, batches: [] })
  t.equal(await balanceOf('1405'), inventory, 'it is inventory still')

  const path = `/stock/transfers/${transferId}/receive`
  const wrong = { warehouseId: 'FAR', lines: [{ sku: 'MOVE', quantity: 7 }] }
  t.match(expectStatus(await warehouse.post(path, wrong), 422).body, { code: 'transfer-count' })
  const elsewhere = await warehouse.post(path, { warehouseId: 'W' })
  t.match(expectStatus(elsewhere, 404).body, { code: 'transfer-unknown' })
  const counted = { warehouseId: 'FAR', lines: [{ sku: 'MOVE', quantity: 5 }] }
  expectStatus(await warehouse.post(path, counted), 200)
  t.match(await shown('MOVE', 'FAR'), {
    ...{ onHand: 5, inTransit: 0, available: 5, value: '25.00' },
    batches: [{ ...batch, quantity: 5 }],
  })
  t.equal((await balanceOf('1405')) - inventory, -5)
  t.equal((await balanceOf('6602')) - loss, 5)
  t.match(expectStatus(await warehouse.post(path, counted), 409).body, {
    code: 'transfer-received',
  })
})

test('who has no part in a warehouse changes nothing in it', async (t) => {
  const buyer = await system.person('dealer-buyer', 'D')
  const finance = staff.finance
  const goods = { warehouseId: 'W', sku: 'MOVE', quantity: 1, reason: 'mine' }
  for (const path of ['/stock/quarantines', '/stock/spoilage', '/stock/counts']) {
    t.equal((await buyer.post(path, goods)).status, 403)
    t.equal((await finance.post(path, goods)).status, 403)
  }
  const erp = await system.person('erp')
  expectStatus(await erp.post('/stock/counts', { ...goods, quantity: 4 }), 200)
})

test('bad input names its field, and nothing is written', async (t) => {
  const head = await system.head()
  const goods = { warehouseId: 'W', sku: 'MOVE', quantity: 1, reason: 'seen' }
  const transfer = {
    fromWarehouseId: 'W',
    toWarehouseId: 'FAR',
    lines: [{ sku: 'MOVE', quantity: 1 }],
  }
  const bad: readonly (readonly [string, Body, string])[] = [
    ['/stock/quarantines', { ...goods, quantity: 0 }, 'quantity'],
    ['/stock/quarantines', { ...goods, release: 'yes' }, 'release'],
    ['/stock/spoilage', { ...goods, reason: ' ' }, 'reason'],
    ['/stock/spoilage', { ...goods, batch: '../B' }, 'batch'],
    ['/stock/counts', { ...goods, quantity: -1 }, 'quantity'],
    ['/stock/counts', { ...goods, expiresOn: '2026-02-30' }, 'expiresOn'],
    ['/stock/transfers', { ...transfer, lines: [] }, 'lines'],
    ['/stock/transfers', { ...transfer, lines: [{ sku: 'MOVE', quantity: 1.5 }] }, 'lines'],
    ['/stock/transfers/T1/receive', { lines: [{ sku: 'MOVE', quantity: 1 }] }, 'warehouseId'],
  ]
  for (const [path, body, name] of bad) {
    const answer = expectStatus(await warehouse.post(path, body), 400)
    t.match(textOf(listOf(answer.body, 'errors')[0], 'path'), name, path)
  }
  const unknown = [
    ['/stock/counts', { ...goods, sku: 'NONE' }, 422, 'sku-unknown'],
    ['/stock/spoilage', { ...goods, warehouseId: 'NONE' }, 404, 'warehouse-unknown'],
    ['/stock/transfers', { ...transfer, toWarehouseId: 'W' }, 422, 'same-warehouse'],
  ] as const
  for (const [path, body, status, code] of unknown) {
    t.match(expectStatus(await warehouse.post(path, body), status).body, { code })
  }
  t.equal(await system.head(), head)
})

test('a batch is in quarantine from the day it expires on', async (t) => {
  await addSku('AGE')
  await receive('AGE', 5, { batch: 'B1', expiresOn: NEXT_DAY })
  await receive('AGE', 3)
  const first = await confirmedOrder(staff.ops, 'D', [{ sku: 'AGE', quantity: 3 }])
  const second = await confirmedOrder(staff.ops, 'D', [{ sku: 'AGE', quantity: 4 }])
  t.match(await shown('AGE'), { onHand: 8, quarantined: 0, reserved: 7 })
  const { admin } = staff
  expectStatus(
    await admin.post(`/business-days/${FIRST_DAY}/close`, {}, { prefer: 'wait=20' }),
    200,
  )
  await until('the batch is set apart', async () => (await shown('AGE')).quarantined === 5)
  t.match(await shown('AGE'), {
    ...{ onHand: 8, reserved: 3, available: 0 },
    batches: [{ batch: 'B1', quantity: 5, quarantined: 5 }, { quantity: 3 }],
  })
  const { body } = await staff.auditor.get('/audit/events?stream=stock-W&type=ReservationReleased')
  const released = listOf(body).map(({ data }) => (data as Body).orderId)
  t.ok(released.includes(second))
  t.notOk(released.includes(first))
  const lifted = { warehouseId: 'W', sku: 'AGE', quantity: 1, reason: 'fine', release: true }
  t.match(expectStatus(await warehouse.post('/stock/quarantines', lifted), 422).body, {
    code: 'not-on-hand',
  })
})
