/** Returns over HTTP: from the request to stock, red letter, what is owed and what is given back. */

import tap, { test } from 'tap'
import { decimal } from '../../domain/kernel/money.ts'
import { startSimulator } from '../../infra/providers/simulator.ts'
import { until } from '../support/until.ts'
import { type Answer, type Body, listOf, textOf } from './http.ts'
import {
  addDealer,
  addProduct,
  addWarehouse,
  confirmedOrder,
  expectStatus,
  order,
  receive,
  ship,
  smallShop,
} from './shop.ts'
import { FIRST_DAY, type Person, startSystem } from './system.ts'

const secret = 'wechat-secret'
const wechat = await startSimulator({ provider: 'wechat', secret })
tap.teardown(() => wechat.stop())
const system = await startSystem(tap, {
  PROVIDER_URLS: `wechat:${wechat.url}`,
  PROVIDER_SECRETS: `wechat:${secret}`,
})
wechat.callBackTo(system.writeUrl)
const staff = await smallShop(system)
const { ops, finance, warehouse } = staff
const buyer = await system.person('dealer-buyer', 'D')
const service = await system.person('platform-service')
await addProduct(staff, { sku: 'MILK', basePrice: '11.00' })
await receive(staff, 'W', 'MILK', 500)

type Sent = Readonly<{ sku: string; quantity: number }>
type Counted = Readonly<Sent & { resalable: boolean }>

const milk = (quantity: number) => ({ sku: 'MILK', quantity })
const good = (quantity: number, sku = 'MILK'): Counted => ({ sku, quantity, resalable: true })
const bad = (quantity: number, sku = 'MILK'): Counted => ({ sku, quantity, resalable: false })

/** 120 MILK at 1,227.04, net 1,085.88 (DOMAIN: Money and quantities), and freight. */
async function workedOrder(): Promise<string> {
  const priceOverride = { unitPrice: '10.2253', reason: 'promotion' }
  const charges = [{ kind: 'freight', amount: '10.90', taxRate: '0.09' }]
  const { body } = await order(ops, 'D', [{ ...milk(120), priceOverride } as Sent], { charges })
  return textOf(body, 'orderId')
}

/** Ships and delivers all of a fulfilment. */
async function deliver(fulfilmentId: string): Promise<void> {
  await ship(staff, fulfilmentId)
  expectStatus(await warehouse.post(`/fulfilments/${fulfilmentId}/deliver`), 200)
}

async function read(path: string, person: Person = finance): Promise<Body> {
  await system.seen()
  return expectStatus(await person.get(path), 200).body
}

const ask = (orderId: string, lines: readonly Sent[], by: Person = buyer) =>
  by.post('/returns', { orderId, lines: lines.map((line) => ({ ...line, reason: 'leaks' })) })

async function requested(orderId: string, lines: readonly Sent[]): Promise<string> {
  return textOf(expectStatus(await ask(orderId, lines), 201).body, 'returnId')
}

async function approved(orderId: string, lines: readonly Sent[], body: Body = {}): Promise<string> {
  const returnId = await requested(orderId, lines)
  expectStatus(await ops.post(`/returns/${returnId}/approve`, body), 200)
  return returnId
}

const bring = (returnId: string, lines: readonly Counted[], more: Body = {}): Promise<Answer> =>
  warehouse.post(`/returns/${returnId}/receive`, { lines, ...more })

/** Brings goods back, and waits until all that follows from it is done. */
async function back(returnId: string, lines: readonly Counted[], more: Body = {}): Promise<Body> {
  expectStatus(await bring(returnId, lines, more), 200)
  return await closed(returnId)
}

async function closed(returnId: string): Promise<Body> {
  return await until(`${returnId} is closed`, async () => {
    const body = await read(`/returns/${returnId}`)
    return body.status === 'closed' && body
  })
}

/** Debits less credits by account, in a trial balance that balances. */
async function balances(): Promise<ReadonlyMap<string, string>> {
  const body = await read('/ledger/trial-balance')
  if (body.totalDebit !== body.totalCredit) throw new Error('the trial balance is off')
  return new Map(
    listOf(body, 'accounts').map((one) => [textOf(one, 'account'), textOf(one, 'balance')]),
  )
}

type Balances = ReadonlyMap<string, string>

/** What became of some accounts since. */
async function changes(before: Balances, ...accounts: readonly string[]) {
  const now = await balances()
  const of = (account: string) => decimal(now.get(account) ?? '0').minus(before.get(account) ?? '0')
  return Object.fromEntries(accounts.map((account) => [account, of(account).toFixed(2)]))
}

async function stockOf(warehouseId: string, sku: string): Promise<number> {
  const [item] = listOf(await read(`/stock?warehouseId=${warehouseId}&sku=${sku}`))
  return Number(item?.onHand ?? 0)
}

async function receivableOf(orderId: string): Promise<Body> {
  const found = listOf(await read('/receivables?dealerId=D&limit=500')).find(
    (item) => item.orderId === orderId,
  )
  if (found === undefined) throw new Error(`${orderId} owes nothing`)
  return found
}

/** Money by bank for one receivable. */
async function pay(receivableId: unknown, amount: string): Promise<string> {
  const transfer = { dealerId: 'D', amount, method: 'bank-transfer', receivableIds: [receivableId] }
  const started = expectStatus(await finance.post('/payments', transfer), 201)
  const paymentId = textOf(started.body, 'paymentId')
  expectStatus(await finance.post(`/payments/${paymentId}/capture`), 200)
  await system.seen()
  return paymentId
}

const INVOICE = { kind: 'electronic', buyerTaxId: '91310000MA1FL0000X', title: '上海某某' }

test('goods come back in two parts: what is owed shrinks first, then money goes back', async (t) => {
  const orderId = await workedOrder()
  const before = await balances()
  const onHand = await stockOf('W', 'MILK')
  await deliver(`${orderId}.1`)
  const invoice = await finance.post('/invoices', { orderId, ...INVOICE }, { prefer: 'wait=10' })
  const invoiceId = textOf(expectStatus(invoice, 201).body, 'invoiceId')
  await until('it has a number', async () => {
    return (await read(`/invoices/${invoiceId}`)).status === 'issued'
  })
  const { receivableId } = await receivableOf(orderId)
  const paymentId = await pay(receivableId, '600.00')
  const sold = await balances()

  const first = await ask(orderId, [milk(50)])
  const firstId = `${orderId}.r1`
  t.match(expectStatus(first, 201).body, {
    ...{ returnId: firstId, status: 'requested' },
    lines: [{ sku: 'MILK', quantity: 50, reason: 'leaks' }],
  })
  t.equal(first.headers.get('location'), `/v1/returns/${firstId}`)
  const fee = { restockingFee: '10.00' }
  t.match(expectStatus(await ops.post(`/returns/${firstId}/approve`, fee), 200).body, {
    ...{ returnId: firstId, status: 'approved', ...fee },
  })
  t.match(expectStatus(await bring(firstId, [good(40), bad(10)]), 200).body, {
    ...{ returnId: firstId, status: 'received', ...fee },
    ...{ amount: '511.27', net: '452.45', tax: '58.82' },
  })
  t.match(await closed(firstId), {
    ...{ orderId, dealerId: 'D', effectiveOn: FIRST_DAY, restockingFee: '10.00' },
    received: [{ sku: 'MILK', quantity: 50, resalable: 40, amount: '511.27', net: '452.45' }],
    places: [{ warehouseId: 'W', lines: [{ sku: 'MILK', restocked: 40, scrapped: 10 }] }],
    credit: {
      allocations: [{ receivableId, amount: '501.27' }],
      ...{ discountBack: '0.00', refundPayable: '0.00' },
    },
    refunds: [],
  })
  t.match(await receivableOf(orderId), { amount: '1237.94', outstanding: '136.67' })
  t.equal(await stockOf('W', 'MILK'), onHand - 80)
  t.strictSame(await changes(before, '6001.02', '1405', '6602', '6401', '6301'), {
    ...{ '6001.02': '452.45', '6301': '-10.00' },
    ...{ '1405': '-400.00', '6602': '50.00', '6401': '350.00' },
  })
  t.strictSame(await changes(sold, '1122', '2221', '2241.02'), {
    ...{ '1122': '-501.27', '2221': '58.82', '2241.02': '0.00' },
  })
  t.match(await read('/dealers/D/credit'), { receivables: '136.67' }, 'it frees credit')

  const rest = await back(await approved(orderId, [milk(70)]), [good(70)])
  const refundId = `${orderId}.r2.f1`
  t.match(rest, {
    ...{ amount: '715.77', net: '633.43', tax: '82.34' },
    credit: { allocations: [{ receivableId, amount: '136.67' }], refundPayable: '579.10' },
    refunds: [{ refundId, paymentId, amount: '579.10', to: 'original' }],
  })
  t.match(await receivableOf(orderId), { outstanding: '0.00', status: 'paid' })
  t.strictSame(await changes(before, '6001.02', '1405', '6602', '6401', '2241.02'), {
    ...{ '6001.02': '1085.88', '2241.02': '-579.10' },
    ...{ '1405': '-50.00', '6602': '50.00', '6401': '0.00' },
  })
  await until('it is to be paid', async () => {
    return (await read(`/refunds/${refundId}`)).status === 'due'
  })
  expectStatus(await finance.post(`/refunds/${refundId}/paid`, { reference: 'BK-1' }), 200)
  await until('it is paid out', async () => {
    return (await changes(before, '2241.02'))['2241.02'] === '0.00'
  })
  t.match(await read(`/returns/${orderId}.r2`), { refunds: [{ refundId, status: 'paid' }] })
  await until('the red letters have numbers', async () => {
    const { redLetters } = await read(`/invoices/${invoiceId}`)
    const all = Array.isArray(redLetters) ? redLetters : []
    return all.length === 2 && all.every(({ status }) => status === 'issued')
  })
  t.match(await read(`/invoices/${invoiceId}`), { left: '10.90' }, 'freight is not given back')
  t.match(await read(`/returns/${firstId}`), { redLetters: [{ status: 'issued', invoiceId }] })
  t.match(await read(`/orders/${orderId}`), {
    status: 'completed',
    returns: [
      { returnId: firstId, status: 'closed', amount: '511.27' },
      { returnId: `${orderId}.r2`, status: 'closed', amount: '715.77' },
    ],
  })
  t.match(await ask(orderId, [milk(1)]), {
    status: 422,
    body: {
      code: 'return-exceeds-delivered',
      decision: { inputs: { lines: [{ delivered: 120 }] } },
    },
  })
})

test('what a prepaid order was paid by goes back by its provider', async (t) => {
  await addDealer(staff, { dealerId: 'P', limit: '0' })
  const payer = await system.person('dealer-buyer', 'P')
  const lines = [{ sku: 'S', quantity: 10 }]
  const placed = await payer.post('/orders', {
    ...{ dealerId: 'P', shipTo: { region: 'East' }, lines, payment: 'prepaid' },
  })
  const orderId = textOf(expectStatus(placed, 201).body, 'orderId')
  const payment = { dealerId: 'P', amount: '100.00', method: 'wechat', orderIds: [orderId] }
  const started = await payer.post('/payments', payment, { prefer: 'wait=10' })
  const paymentId = textOf(expectStatus(started, 201).body, 'paymentId')
  wechat.pay(paymentId)
  await until('it is confirmed', async () => {
    return (await read(`/orders/${orderId}`)).status === 'confirmed'
  })
  await deliver(`${orderId}.1`)
  const asked = await ask(orderId, [{ sku: 'S', quantity: 4 }], payer)
  const returnId = textOf(expectStatus(asked, 201).body, 'returnId')
  expectStatus(await service.post(`/returns/${returnId}/approve`, { restockingFee: '2.50' }), 200)
  const refundId = `${returnId}.f1`
  t.match(await back(returnId, [good(4, 'S')]), {
    credit: { allocations: [], refundPayable: '37.50' },
    refunds: [{ refundId, paymentId, amount: '37.50' }],
  })
  await until('it is paid', async () => (await read(`/refunds/${refundId}`)).status === 'paid')
  t.match(await read(`/refunds/${refundId}`), { method: 'wechat', to: 'original', returnId })
  t.match(await read(`/payments/${paymentId}`), { refunds: [{ refundId, status: 'paid' }] })
})

test('goods go where they were shipped from, or where they came', async (t) => {
  await addWarehouse(staff, 'N', ['North'], 1)
  await addProduct(staff, { sku: 'TEA', basePrice: '20.00' })
  await receive(staff, 'W', 'TEA', 6)
  await addWarehouse(staff, 'E', ['East'], 2)
  await receive(staff, 'E', 'TEA', 6)
  const orderId = await confirmedOrder(ops, 'D', [{ sku: 'TEA', quantity: 10 }])
  const { fulfilments } = await read(`/orders/${orderId}`)
  for (const part of Array.isArray(fulfilments) ? fulfilments : []) {
    await deliver(textOf(part, 'fulfilmentId'))
  }
  const tea = (quantity: number) => ({ sku: 'TEA', quantity })
  t.match(await back(await approved(orderId, [tea(8)]), [good(7, 'TEA'), bad(1, 'TEA')]), {
    places: [
      { warehouseId: 'W', lines: [{ sku: 'TEA', restocked: 6, scrapped: 0 }] },
      { warehouseId: 'E', lines: [{ sku: 'TEA', restocked: 1, scrapped: 1 }] },
    ],
  })
  t.same([await stockOf('W', 'TEA'), await stockOf('E', 'TEA')], [6, 3])
  const there = { warehouseId: 'N' }
  t.match(await back(await approved(orderId, [tea(2)]), [good(2, 'TEA')], there), {
    places: [{ warehouseId: 'N', lines: [{ sku: 'TEA', restocked: 2, scrapped: 0 }] }],
  })
  t.equal(await stockOf('N', 'TEA'), 2)
  t.match(await bring(await approvedAgain(), [good(1, 'S')], { warehouseId: 'X' }), {
    ...{ status: 404, body: { code: 'warehouse-unknown' } },
  })
})

test('each unit comes back at what its own parcel had cost', async (t) => {
  await addProduct(staff, { sku: 'OIL', basePrice: '20.00' })
  await receive(staff, 'W', 'OIL', 10)
  const oil = (quantity: number) => ({ sku: 'OIL', quantity })
  const orderId = await confirmedOrder(ops, 'D', [oil(10)])
  const fulfilmentId = `${orderId}.1`
  await ship(staff, fulfilmentId, [oil(4)])
  await until('the first parcel has left', async () => (await stockOf('W', 'OIL')) === 6)
  const dearer = { warehouseId: 'W', ...oil(6), unitCost: '8.00' }
  expectStatus(await warehouse.post('/stock/receipts', dearer), 200)
  const early = await ask(orderId, [oil(1)])
  t.match(early, { status: 422, body: { code: 'return-exceeds-delivered' } }, 'the rest is here')
  const before = await balances()
  await deliver(fulfilmentId)
  await until('the second parcel has left', async () => (await stockOf('W', 'OIL')) === 6)
  t.match(await changes(before, '6401'), { '6401': '39.00' }, '6 at 6.50')
  const left = await balances()
  const came = await back(await approved(orderId, [oil(5)]), [good(3, 'OIL'), bad(2, 'OIL')])
  t.match(came, { places: [{ warehouseId: 'W', lines: [{ restocked: 3, scrapped: 2 }] }] })
  t.strictSame(await changes(left, '1405', '6602', '6401'), {
    ...{ '1405': '15.00', '6602': '11.50', '6401': '-26.50' },
  })
  await back(await approved(orderId, [oil(5)]), [good(5, 'OIL')])
  t.strictSame(await changes(left, '1405', '6602', '6401'), {
    ...{ '1405': '47.50', '6602': '11.50', '6401': '-59.00' },
  })
  t.equal(await stockOf('W', 'OIL'), 14)
})

/** A return of a new order of one S, approved. */
async function approvedAgain(quantity = 1): Promise<string> {
  const orderId = await confirmedOrder(ops, 'D', [{ sku: 'S', quantity }])
  await deliver(`${orderId}.1`)
  return await approved(orderId, [{ sku: 'S', quantity }])
}

test('less may come than was approved: the fee shrinks, and the rest is free again', async (t) => {
  const orderId = await confirmedOrder(ops, 'D', [{ sku: 'S', quantity: 10 }])
  await deliver(`${orderId}.1`)
  const all = [{ sku: 'S', quantity: 10 }]
  const returnId = await approved(orderId, all, { restockingFee: '5.00' })
  t.match((await ask(orderId, [{ sku: 'S', quantity: 1 }])).body, {
    code: 'return-exceeds-delivered',
  })
  t.match(await bring(returnId, [good(11, 'S')]), {
    ...{ status: 422, body: { code: 'return-exceeds-approved' } },
  })
  const effectiveOn = '2026-02-20'
  t.match(await back(returnId, [good(3, 'S')], { effectiveOn }), {
    ...{ amount: '30.00', restockingFee: '1.50', effectiveOn },
  })
  t.match((await receivableOf(orderId)).outstanding, '71.50')
  expectStatus(await bring(returnId, [good(3, 'S')], { effectiveOn }), 200)
  t.match(await bring(returnId, [good(4, 'S')]), { status: 409 })
  const rest = await requested(orderId, [{ sku: 'S', quantity: 7 }])
  expectStatus(await ops.post(`/returns/${rest}/reject`, { reason: 'opened' }), 200)
  t.match(await read(`/returns/${rest}`), {
    ...{ status: 'rejected', statusReason: { code: 'rejected', message: 'opened' } },
  })
  t.match(await ops.post(`/returns/${rest}/approve`), { status: 409 })
  await requested(orderId, [{ sku: 'S', quantity: 7 }])
})
