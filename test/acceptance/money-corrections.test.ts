import tap, { test } from 'tap'
import { decimal, sum } from '../../domain/kernel/money.ts'
import { type Body, listOf, textOf } from './http.ts'
import { confirmedOrder, expectStatus, ship, smallShop } from './shop.ts'
import { FIRST_DAY, startSystem } from './system.ts'

const system = await startSystem(tap)
const staff = await smallShop(system)
const { finance, ops } = staff
const terms = { type: 'net', days: 30, earlyDiscount: { rate: '0.02', days: 10 } }
expectStatus(
  await finance.post('/facilities/D/limit', { limit: '100000', terms, reason: 'as agreed' }),
  200,
)

/** Goods for so many tens, shipped: a receivable of its own. */
async function owing(quantity: number): Promise<string> {
  const orderId = await confirmedOrder(ops, 'D', [{ sku: 'S', quantity }])
  await ship(staff, `${orderId}.1`)
  await system.seen()
  return orderId
}

async function pay(amount: string, receivableIds: readonly string[] = []): Promise<string> {
  const transfer = { dealerId: 'D', amount, method: 'bank-transfer', receivableIds }
  const started = expectStatus(await finance.post('/payments', transfer), 201)
  const paymentId = textOf(started.body, 'paymentId')
  expectStatus(await finance.post(`/payments/${paymentId}/capture`), 200)
  await system.seen()
  return paymentId
}

async function receivable(receivableId: string): Promise<Body | undefined> {
  await system.seen()
  const { body } = await finance.get('/receivables?dealerId=D&limit=500')
  return listOf(body).find((item) => item.receivableId === receivableId)
}

/** Debits less credits of an account, over all that was booked. */
async function balanceOf(account: string): Promise<string> {
  await system.seen()
  const { body } = expectStatus(await finance.get('/ledger/trial-balance'), 200)
  mustBalance(body)
  const found = listOf(body, 'accounts').find((one) => one.account === account)
  return found === undefined ? '0.00' : textOf(found, 'balance')
}

function mustBalance(body: Body): void {
  const total = sum(listOf(body, 'accounts').map((one) => decimal(textOf(one, 'balance'))))
  if (!total.isZero()) throw new Error(`the trial balance is ${total} off`)
}

for (const quantity of [10, 20, 30]) await owing(quantity)

test('a payment is reallocated: the discount it was given goes, and comes where it is due', async (t) => {
  const paymentId = await pay('98.00', ['D.1'])
  t.match(await receivable('D.1'), {
    status: 'paid',
    allocations: [
      { kind: 'payment', paymentId, amount: '98.00', discount: '2.00', effectiveOn: FIRST_DAY },
    ],
  })
  t.equal(await balanceOf('6603'), '2.00')
  const to = [{ receivableId: 'D.2', amount: '60.00' }]
  const path = `/payments/${paymentId}/reallocate`
  const answer = await finance.post(path, { to, reason: 'meant for the second' })
  t.match(answer, { status: 200, body: { paymentId, to } })
  t.match(await receivable('D.2'), {
    outstanding: '140.00',
    allocations: [{ paymentId, amount: '60.00', discount: '0.00' }],
  })
  t.match(
    await receivable('D.1'),
    { outstanding: '62.00', status: 'open', allocations: [{ paymentId, amount: '38.00' }] },
    'what is left goes to what is due first, as ever',
  )
  t.equal(await balanceOf('6603'), '0.00')
  t.equal(await balanceOf('1122'), '502.00')
  const { body } = await finance.get(`/payments/${paymentId}`)
  t.match(body, { amount: '98.00', status: 'captured' })
})

test('a reallocation refuses what can not be', async (t) => {
  const paymentId = await pay('10.00', ['D.3'])
  const path = `/payments/${paymentId}/reallocate`
  const asked = async (receivableId: string, amount: string) =>
    await finance.post(path, { to: [{ receivableId, amount }], reason: 'no' })
  t.match(await asked('D.9', '1'), { status: 422, body: { code: 'receivable-unknown' } })
  t.match(await asked('D.2', '11'), {
    status: 422,
    body: { code: 'payment-exceeded', decision: { inputs: { available: '10.00' } } },
  })
  t.match(await asked('D.2', '500'), { status: 422, body: { code: 'receivable-exceeded' } })
  const twice = [
    { receivableId: 'D.2', amount: '1' },
    { receivableId: 'D.2', amount: '2' },
  ]
  t.equal((await finance.post(path, { to: twice, reason: 'no' })).status, 400)
  const to = [{ receivableId: 'D.2', amount: '1' }]
  t.equal((await ops.post(path, { to, reason: 'no' })).status, 403)
  const unknown = await finance.post('/payments/P9/reallocate', { to, reason: 'no' })
  t.match(unknown, { status: 404, body: { code: 'payment-unknown' } })
  const transfer = { dealerId: 'D', amount: '1.00', method: 'bank-transfer' }
  const { paymentId: awaited } = (await finance.post('/payments', transfer)).body
  const early = { status: 409, body: { code: 'payment-not-captured' } }
  t.match(await finance.post(`/payments/${awaited}/reallocate`, { to, reason: 'no' }), early)
  const redate = { effectiveOn: '2026-03-02', reason: 'no' }
  t.match(await finance.post(`/payments/${awaited}/redate`, redate), early)
})

test('a payment that bounces is owed again, and so says the credit of its dealer', async (t) => {
  const before = (await finance.get('/dealers/D/credit')).body
  const paymentId = await pay('300.00', ['D.3'])
  const { body: paid } = await finance.get('/dealers/D/credit')
  const less = decimal(textOf(before, 'receivables')).minus(textOf(paid, 'receivables'))
  t.ok(less.greaterThanOrEqualTo(300), `it owes ${less} less`)
  const bank = await balanceOf('1002')
  expectStatus(await finance.post(`/payments/${paymentId}/bounce`, { reason: 'not covered' }), 200)
  t.equal(
    decimal(bank)
      .minus(await balanceOf('1002'))
      .toFixed(2),
    '300.00',
  )
  t.match((await finance.get('/dealers/D/credit')).body, {
    receivables: before.receivables,
    headroom: before.headroom,
    unappliedCash: before.unappliedCash,
  })
  const again = await finance.post(`/payments/${paymentId}/reallocate`, { to: [], reason: 'no' })
  t.match(again, { status: 409, body: { code: 'payment-bounced' } })
})

test('what is given up is written off, and shown as what came of it after all', async (t) => {
  const open = textOf(await receivable('D.2'), 'outstanding')
  const writeOff = (amount: string) =>
    finance.post('/receivables/D.2/write-off', { amount, reason: 'insolvent' })
  t.match(await writeOff('1000'), {
    status: 422,
    body: { code: 'receivable-exceeded', decision: { inputs: { most: open } } },
  })
  t.equal((await ops.post('/receivables/D.2/write-off', { amount: '1', reason: 'no' })).status, 403)
  t.match(await writeOff(open), { status: 200, body: { receivableId: 'D.2', amount: open } })
  t.match(await receivable('D.2'), {
    ...{ status: 'written-off', outstanding: '0.00', writtenOff: open, recovered: '0.00' },
    allocations: [{ kind: 'payment' }, { kind: 'write-off', amount: open }],
  })
  t.equal(await balanceOf('6702'), open)
  const listed = await finance.get('/receivables?dealerId=D&status=written-off')
  t.match(listOf(listed.body), [{ receivableId: 'D.2' }])
  const recover = (amount: string) =>
    finance.post('/receivables/D.2/recover', { amount, reason: 'a dividend' })
  t.match(await recover('40.00'), { status: 200 })
  t.match(await recover(open), { status: 422, body: { code: 'receivable-exceeded' } })
  t.match(await receivable('D.2'), { status: 'written-off', recovered: '40.00' })
  const unknown = await finance.post('/receivables/D.99/write-off', { amount: '1', reason: 'no' })
  t.match(unknown, { status: 404, body: { code: 'receivable-unknown' } })
})

test('what dealers owe is what the books say they owe', async (t) => {
  const owed = sum(
    listOf((await finance.get('/receivables?limit=500')).body).map((item) =>
      decimal(textOf(item, 'outstanding')),
    ),
  )
  t.equal(owed.toFixed(2), await balanceOf('1122'))
  t.match((await finance.get('/dealers/D/credit')).body, { receivables: owed.toFixed(2) })
})
