import tap, { test } from 'tap'
import { addDays } from '../../domain/kernel/dates.ts'
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
  staffOf,
} from './shop.ts'
import { startSystem } from './system.ts'

const DUE = '2026-03-31'

const system = await startSystem(tap, {}, DUE)
const staff = await staffOf(system)
const { finance, ops, auditor } = staff
await addProduct(staff, { sku: 'S', basePrice: '10.00' })
await addWarehouse(staff, 'W', ['East'], 1)
await receive(staff, 'W', 'S', 100_000)

/** A dealer that owes 100,000.00, due today, with grace of 3 days and 0.05% a day. */
async function owing(dealerId: string): Promise<string> {
  await addDealer(staff, { dealerId })
  const agreed = {
    ...{ limit: '900000', terms: { type: 'net', days: 0 }, reason: 'as agreed' },
    ...{ graceDays: 3, lateFeeDailyRate: '0.0005' },
  }
  expectStatus(await finance.post(`/facilities/${dealerId}/limit`, agreed), 200)
  const orderId = await confirmedOrder(ops, dealerId, [{ sku: 'S', quantity: 10_000 }])
  await ship(staff, `${orderId}.1`)
  return orderId
}

const [onTheTenth, redated, late, lifted] = ['D1', 'D2', 'D3', 'D4'] as const
const orders = new Map<string, string>()
for (const dealerId of [onTheTenth, redated, late, lifted]) {
  orders.set(dealerId, await owing(dealerId))
}

async function pay(dealerId: string, amount: string, more: Body = {}): Promise<string> {
  const named = { receivableIds: [`${dealerId}.1`], method: 'bank-transfer' }
  const started = await finance.post('/payments', { dealerId, amount, ...named, ...more })
  const paymentId = textOf(expectStatus(started, 201).body, 'paymentId')
  expectStatus(await finance.post(`/payments/${paymentId}/capture`), 200)
  await system.seen()
  return paymentId
}

async function closeDays(from: string, through: string): Promise<Answer | undefined> {
  let answer: Answer | undefined
  for (let date = from; date <= through; date = addDays(date, 1)) {
    answer = expectStatus(await finance.post(`/business-days/${date}/close`), 200)
    if (answer.body.status !== 'closed') throw new Error(answer.text)
  }
  await system.seen()
  return answer
}

async function feeOf(dealerId: string, query = ''): Promise<Body | undefined> {
  const { body } = await finance.get(`/receivables?dealerId=${dealerId}${query}`)
  return listOf(body).find(({ kind }) => kind === 'late-fee')
}

async function events(dealerId: string, type: string): Promise<readonly Body[]> {
  const path = `/audit/events?stream=facility-${dealerId}&type=${type}&limit=500`
  return listOf((await auditor.get(path)).body)
}

async function creditOf(dealerId: string): Promise<Body> {
  return (await finance.get(`/dealers/${dealerId}/credit`)).body
}

await system.seen()
await closeDays(DUE, '2026-04-04')

test('past due date and grace, orders are refused until finance lifts the freeze', async (t) => {
  t.match((await creditOf(lifted)).frozen, true)
  const frozen = await order(ops, lifted, [{ sku: 'S', quantity: 1 }])
  t.match(frozen.body, { status: 'rejected', statusReason: { code: 'ordering-frozen' } })
  const path = `/facilities/${lifted}`
  const lifting = await finance.post(`${path}/unfreeze`, { reason: 'pays next week' })
  t.match(lifting, { status: 200, body: { dealerId: lifted, facilityId: lifted } })
  await confirmedOrder(ops, lifted, [{ sku: 'S', quantity: 1 }])
  t.equal((await finance.post(`${path}/freeze`, {})).status, 400)
  t.equal((await ops.post(`${path}/freeze`, { reason: 'no' })).status, 403)
  t.equal((await finance.post('/facilities/X/freeze', { reason: 'no' })).status, 404)
  expectStatus(await finance.post(`${path}/freeze`, { reason: 'fraud' }), 200)
  const again = await order(ops, lifted, [{ sku: 'S', quantity: 1 }])
  t.match(again.body, { status: 'rejected', statusReason: { code: 'ordering-frozen' } })
})

const paid = { first: '', second: '' }

test('the worked figures, charged up to the close of the 20th', async (t) => {
  await closeDays('2026-04-05', '2026-04-09')
  paid.first = await pay(onTheTenth, '40000')
  paid.second = await pay(redated, '40000')
  const closing = await closeDays('2026-04-10', '2026-04-20')
  t.match(closing?.body, { totals: { debit: '160.00', credit: '160.00' } })
  t.match(await feeOf(onTheTenth), {
    receivableId: `${onTheTenth}.2`,
    orderId: orders.get(onTheTenth),
    dueOn: DUE,
    amount: '780.00',
    outstanding: '780.00',
    status: 'overdue',
    daysOverdue: 21,
    feeOf: `${onTheTenth}.1`,
  })
  t.match(await feeOf(late), { amount: '1000.00' })
  t.match(await creditOf(onTheTenth), { lateFees: '780.00', overdue: '60780.00' })
  t.match(await feeOf(onTheTenth, '&asOf=2026-04-09'), { amount: '450.00', daysOverdue: 9 })
})

test('fees are in the books of the day that closed, not of the next', async (t) => {
  const entries = await finance.get('/ledger/entries?account=6301&from=2026-04-20&to=2026-04-21')
  t.equal(listOf(entries.body).length, 4)
  t.match(listOf(entries.body)[0], { bookedOn: '2026-04-20', effectiveOn: '2026-04-20' })
  const [charged] = (await events(late, 'LateFeesCharged')).slice(-1)
  t.match(charged, { metadata: { bookedOn: '2026-04-20' } })
})

test('re-dating a receipt refuses what it can not do', async (t) => {
  const redate = (paymentId: string, body: Body) =>
    finance.post(`/payments/${paymentId}/redate`, body)
  t.equal((await redate(paid.first, { effectiveOn: '2026-04-05' })).status, 400)
  t.equal((await redate(paid.first, { effectiveOn: 'x', reason: 'seen' })).status, 400)
  const unknown = await redate('P9', { effectiveOn: '2026-04-05', reason: 'seen' })
  t.match(unknown, { status: 404, body: { code: 'payment-unknown' } })
  const future = await redate(paid.first, { effectiveOn: '2026-04-22', reason: 'seen' })
  t.match(future, { status: 422, body: { code: 'value-date-future' } })
  const body = { effectiveOn: '2026-04-05', reason: 'seen' }
  t.equal((await ops.post(`/payments/${paid.first}/redate`, body)).status, 403)
})

test('the worked corrections: re-dated to the 5th, and booked on the 21st for the 5th', async (t) => {
  const body = { effectiveOn: '2026-04-05', reason: 'the bank was early' }
  const answer = await finance.post(`/payments/${paid.second}/redate`, body)
  t.match(answer, { status: 200, body: { paymentId: paid.second, effectiveOn: '2026-04-05' } })
  await pay(late, '40000', { effectiveOn: '2026-04-05' })
  await closeDays('2026-04-21', '2026-04-21')
  t.match(await events(redated, 'LateFeesCorrected'), [
    { data: { corrections: [{ open: '100.00' }] }, metadata: { bookedOn: '2026-04-21' } },
  ])
  t.match(await events(late, 'LateFeesCorrected'), [
    { data: { corrections: [{ open: '320.00' }] } },
  ])
  // 680.00 up to the 20th, and one day more of 60,000.00.
  t.match(await feeOf(redated), { amount: '710.00', outstanding: '710.00' })
  t.match(await feeOf(late), { amount: '710.00' })
  t.match(await feeOf(onTheTenth), { amount: '810.00' })
  t.match((await finance.get(`/payments/${paid.second}`)).body, { effectiveOn: '2026-04-05' })
})

test('what pays the rest lets the dealer order again, at once', async (t) => {
  await pay(onTheTenth, '60000')
  t.match((await creditOf(onTheTenth)).frozen, true, 'its fee is overdue')
  await pay(onTheTenth, '810', { receivableIds: [] })
  t.notOk((await creditOf(onTheTenth)).frozen)
  await confirmedOrder(ops, onTheTenth, [{ sku: 'S', quantity: 1 }])
  t.match(listOf((await finance.get(`/receivables?dealerId=${onTheTenth}&status=paid`)).body), [
    { kind: 'shipment', outstanding: '0.00' },
    { kind: 'late-fee', outstanding: '0.00' },
  ])
})

test('receivables are listed by due date, a page at a time', async (t) => {
  const page = await finance.get('/receivables?limit=3')
  const next = await finance.get(`/receivables?limit=500&cursor=${page.body.nextCursor}`)
  const ids = [...listOf(page.body), ...listOf(next.body)].map((item) => item.receivableId)
  const all = listOf((await finance.get('/receivables?limit=500')).body)
  t.same(
    ids,
    all.map((item) => item.receivableId),
  )
  t.equal((await finance.get('/receivables?cursor=bm90aGluZw')).status, 400)
})
