import tap, { test } from 'tap'
import { decimal, sum } from '../../domain/kernel/money.ts'
import { type Body, listOf, textOf } from './http.ts'
import { confirmedOrder, expectStatus, ship, smallShop } from './shop.ts'
import { FIRST_DAY, startSystem } from './system.ts'

const system = await startSystem(tap)
const staff = await smallShop(system)
const { finance, auditor, ops } = staff
const orderId = await confirmedOrder(ops, 'D', [{ sku: 'S', quantity: 10 }])
await ship(staff, `${orderId}.1`)
await system.seen()

const amounts = (items: readonly Body[], side: string) =>
  sum(items.map((item) => decimal(textOf(item, side))))

test('the trial balance balances, and agrees with the entries of each account', async (t) => {
  const { body } = await finance.get('/ledger/trial-balance')
  t.match(body, { asOf: FIRST_DAY, totalDebit: '5150.00', totalCredit: '5150.00' })
  t.match(listOf(body, 'accounts'), [
    { account: '1122', name: String, debit: '100.00', credit: '0.00', balance: '100.00' },
    { account: '1405', debit: '5000.00', credit: '50.00', balance: '4950.00' },
    { account: '2202', balance: '-5000.00' },
    { account: '2221', balance: '-11.50' },
    { account: '6001', balance: '-88.50' },
    { account: '6401', balance: '50.00' },
  ])
  for (const account of listOf(body, 'accounts')) {
    const entries = await finance.get(`/ledger/entries?account=${account.account}&limit=500`)
    const items = listOf(entries.body)
    t.equal(amounts(items, 'debit').toFixed(2), account.debit)
    t.equal(amounts(items, 'credit').toFixed(2), account.credit)
  }
})

test('entries say what was booked, for whom, by which event', async (t) => {
  const { body } = await finance.get(`/ledger/entries?dealerId=D&from=${FIRST_DAY}&to=2026-03-03`)
  t.match(listOf(body), [
    {
      position: /^\d+$/,
      effectiveOn: FIRST_DAY,
      recordedAt: /Z$/,
      account: '1122',
      dealerId: 'D',
      debit: '100.00',
      credit: '0.00',
      event: 'ReceivableRecognised',
    },
  ])
  t.same(listOf((await finance.get(`/ledger/entries?to=${FIRST_DAY}`)).body), [])
})

test('what was not known yet is not in the balance as it was known', async (t) => {
  const { body } = await finance.get('/ledger/trial-balance?known=2026-01-01T00:00:00Z')
  t.match(body, { accounts: [], totalDebit: '0.00', totalCredit: '0.00' })
})

test('the audit gives whole events, by what one looks for', async (t) => {
  const { body } = await auditor.get(`/audit/events?stream=order-${orderId}&limit=500`)
  const events = listOf(body)
  t.match(events[0], {
    type: 'OrderPlaced',
    stream: `order-${orderId}`,
    revision: 0,
    position: /^\d+$/,
    data: { dealerId: 'D', total: '100.00' },
    metadata: {
      commandId: String,
      correlationId: String,
      causationId: String,
      actor: { user: 'brand-ops', role: 'brand-ops' },
      recordedAt: /Z$/,
      bookedOn: FIRST_DAY,
    },
  })
  const only = async (query: string) => {
    const found = await auditor.get(`/audit/events?limit=500&${query}`)
    return listOf(expectStatus(found, 200).body)
  }
  const placed = events[0] as Body
  const correlationId = textOf(placed, 'metadata.correlationId')
  const correlated = await only(`correlationId=${correlationId}`)
  t.ok(correlated.some(({ type }) => type === 'HoldPlaced'))
  t.ok((await only('type=OrderPlaced')).every(({ type }) => type === 'OrderPlaced'))
  t.ok((await only('actor=brand-warehouse')).length > 0)
  t.ok((await only('dealerId=D')).length > 0)
  t.same(await only('from=2999-01-01'), [])
  t.equal((await only(`fromPosition=${placed.position}`))[0]?.eventId, placed.eventId)
})

test('the audit folds the state of an aggregate as of a revision and an instant', async (t) => {
  const path = `/audit/streams/order-${orderId}/state`
  t.match((await auditor.get(`${path}?revision=0`)).body, {
    revision: 0,
    state: { status: 'placed' },
  })
  t.match((await auditor.get(path)).body, { state: { status: 'shipping', total: '100.00' } })
  t.equal((await auditor.get(`${path}?at=2026-01-01`)).status, 404, 'it was not there then')
  t.match((await auditor.get(`${path}?at=2999-01-01T00:00:00Z`)).body, {
    state: { status: 'shipping' },
  })
  t.equal((await auditor.get('/audit/streams/order-nothing/state')).status, 404)
  t.equal((await auditor.get('/audit/streams/nothing/state')).status, 404)
  t.equal((await auditor.get(`${path}?revision=0&at=2026-01-01`)).status, 400)
})

test('a business day closes once, in order, with its totals, and never before its time', async (t) => {
  const close = (date: string) => finance.post(`/business-days/${date}/close`)
  const early = await close('2999-01-01')
  t.match(early, { status: 422, body: { code: 'day-still-to-come', decision: Object } })
  t.equal((await close('2026-03-03')).status, 409, 'the day before is still open')
  const { status, body } = await close(FIRST_DAY)
  t.equal(status, 200)
  t.match(body, {
    date: FIRST_DAY,
    status: 'closed',
    totals: { debit: '5150.00', credit: '5150.00' },
  })
  t.match(listOf(body, 'totals.accounts')[0], { account: '1122', debit: '100.00' })
  const again = await close(FIRST_DAY)
  t.match(again, { status: 409, body: { code: 'day-not-open' } })
  t.equal((await ops.post('/business-days/2026-03-03/close')).status, 403)
  await system.seen()
  t.match(listOf((await finance.get('/business-days')).body), [
    { date: '2026-03-03', status: 'open' },
    { date: FIRST_DAY, status: 'closed', totals: { debit: '5150.00' } },
  ])
})

test('what lands after a day was closed is in the books of the next', async (t) => {
  const later = await confirmedOrder(ops, 'D', [{ sku: 'S', quantity: 1 }])
  await ship(staff, `${later}.1`)
  await system.seen()
  t.match((await finance.get(`/ledger/trial-balance?asOf=${FIRST_DAY}`)).body, {
    totalDebit: '5150.00',
  })
  t.match((await finance.get('/ledger/trial-balance')).body, {
    asOf: '2026-03-03',
    totalDebit: '5165.00',
    totalCredit: '5165.00',
  })
})

test('the next day may close though nothing belongs to it but its own', async (t) => {
  const { body } = await finance.post('/business-days/2026-03-03/close')
  t.match(body, { status: 'closed', totals: { debit: '15.00', credit: '15.00' } })
  const { body: empty } = await finance.post('/business-days/2026-03-04/close')
  t.match(empty, { status: 'closed', totals: { debit: '0.00', credit: '0.00', accounts: [] } })
})

test('who asks for a closing that is under way waits for its end, and gets its totals too', async (t) => {
  const close = () => finance.post('/business-days/2026-03-05/close')
  const answers = await Promise.all([close(), close()])
  for (const { status, body } of answers) {
    t.match([status, body], [200, { status: 'closed', totals: { debit: '0.00' } }])
  }
})

test('operators see the machinery at work', async (t) => {
  await system.seen()
  const models = listOf((await ops.get('/projections')).body)
  t.ok(models.length >= 8)
  for (const model of models) {
    t.match(model, { name: String, version: Number, position: /^\d+$/, lag: '0' })
  }
  t.same(listOf((await ops.get('/sagas?status=parked')).body), [])
  const unknown = await staff.admin.post('/sagas/order-fulfilment.nothing/resume')
  t.match(unknown, { status: 404, body: { code: 'saga-unknown' } })
  t.equal((await ops.get('/feed/status')).status, 200)
})
