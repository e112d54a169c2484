import tap, { test } from 'tap'
import { decimal } from '../../domain/kernel/money.ts'
import { signToken } from '../../infra/keys.ts'
import { startSimulator } from '../../infra/providers/simulator.ts'
import { until } from '../support/until.ts'
import { type Answer, type Body, listOf, send, textOf } from './http.ts'
import { addDealer, expectStatus, smallShop } from './shop.ts'
import { FIRST_DAY, startSystem } from './system.ts'

const SECRETS = { wechat: 'wechat-secret', alipay: 'alipay-secret' }
const wechat = await startSimulator({ provider: 'wechat', secret: SECRETS.wechat })
/** Takes payments, and gives nothing back. */
const alipay = await startSimulator({
  ...{ provider: 'alipay', secret: SECRETS.alipay },
  temper: { refundsFail: 1000 },
})
tap.teardown(async () => {
  await Promise.all([wechat.stop(), alipay.stop()])
})
const system = await startSystem(tap, {
  PROVIDER_URLS: `wechat:${wechat.url},alipay:${alipay.url}`,
  PROVIDER_SECRETS: `wechat:${SECRETS.wechat},alipay:${SECRETS.alipay}`,
  REFUND_APPROVAL_OVER: '1000.00',
})
wechat.callBackTo(system.writeUrl)
alipay.callBackTo(system.writeUrl)
const staff = await smallShop(system)
const ann = await system.person('brand-finance', undefined, 'ann')
const ben = await system.person('brand-finance', undefined, 'ben')
const WAITING = { prefer: 'wait=10' }

/** A payment of a new dealer's whose money came. */
async function paidBy(dealerId: string, method: string, amount: string): Promise<string> {
  await addDealer(staff, { dealerId, limit: '0' })
  return await paid(dealerId, method, amount)
}

async function paid(dealerId: string, method: string, amount: string): Promise<string> {
  const payer = await system.person('dealer-buyer', dealerId)
  const started = await payer.post('/payments', { dealerId, amount, method }, WAITING)
  const paymentId = textOf(expectStatus(started, 201).body, 'paymentId')
  if (method === 'bank-transfer') {
    expectStatus(await ann.post(`/payments/${paymentId}/capture`), 200)
    return paymentId
  }
  if (method === 'wechat') wechat.pay(paymentId)
  else alipay.pay(paymentId)
  await until('it is captured', async () => {
    const { body } = await ann.get(`/payments/${paymentId}`)
    return body.status === 'captured'
  })
  return paymentId
}

const asking = (paymentId: string, refund: Body, by = ann, headers = {}) =>
  by.post(`/payments/${paymentId}/refunds`, { reason: 'paid too much', ...refund }, headers)

async function refundIs(refundId: string, status: string): Promise<Body> {
  return await until(`${refundId} is ${status}`, async () => {
    const { body } = await ann.get(`/refunds/${refundId}`)
    return body.status === status && body
  })
}

async function creditOf(dealerId: string): Promise<Body> {
  await system.seen()
  return expectStatus(await ann.get(`/dealers/${dealerId}/credit`), 200).body
}

/** What was booked for a dealer by refunds. */
async function bookedOf(dealerId: string): Promise<readonly Body[]> {
  await system.seen()
  const { body } = await ann.get(`/ledger/entries?dealerId=${dealerId}&limit=500`)
  return listOf(body).filter(({ event }) => event === 'RefundPaidOut')
}

/** Of an account, in a trial balance that balances. */
async function balanceOf(account: string): Promise<string> {
  await system.seen()
  const { body } = await ann.get('/ledger/trial-balance')
  const { totalDebit, totalCredit } = body
  if (totalDebit !== totalCredit) throw new Error(`${totalDebit} is not ${totalCredit}`)
  const booked = listOf(body, 'accounts').find((one) => one.account === account)
  return textOf(booked, 'balance')
}

test('unapplied cash goes back the way it came, by the provider, and is booked', async (t) => {
  const paymentId = await paidBy('W', 'wechat', '500.00')
  t.match(await creditOf('W'), { unappliedCash: '500.00' })
  const answer = await asking(paymentId, { refundId: 'W1', amount: '120.5', to: 'original' })
  t.match(expectStatus(answer, 201).body, {
    ...{ refundId: 'W1', paymentId, amount: '120.50', to: 'original', status: 'approved' },
  })
  t.equal(answer.headers.get('location'), '/v1/refunds/W1')
  t.match(await refundIs('W1', 'paid'), {
    ...{ dealerId: 'W', method: 'wechat', source: 'unapplied-cash', requestedBy: 'ann' },
    ...{ needsApproval: false, reference: String, effectiveOn: FIRST_DAY },
  })
  t.match(await creditOf('W'), { unappliedCash: '379.50' })
  t.match((await ann.get(`/payments/${paymentId}`)).body, {
    amount: '500.00',
    refunds: [{ refundId: 'W1', amount: '120.50', to: 'original', status: 'paid' }],
  })
  t.match(await bookedOf('W'), [{ account: '2203', debit: '120.50', credit: '0.00' }])
  t.equal(await balanceOf('1012'), '379.50')
})

test('a refund by bank waits until it is seen to leave', async (t) => {
  const paymentId = await paidBy('B', 'bank-transfer', '800.00')
  const refund = { refundId: 'B1', amount: '300.00', to: 'bank' }
  t.match((await asking(paymentId, refund, ann, WAITING)).body, { status: 'due' })
  t.match(await creditOf('B'), { unappliedCash: '800.00', headroom: '500.00' })
  t.same(await bookedOf('B'), [])
  const bank = await balanceOf('1002')
  const left = { reference: 'BK-7', effectiveOn: FIRST_DAY }
  t.match(expectStatus(await ben.post('/refunds/B1/paid', left), 200).body, { status: 'paid' })
  expectStatus(await ben.post('/refunds/B1/paid', left), 200)
  t.match(await refundIs('B1', 'paid'), { method: 'bank-transfer', reference: 'BK-7' })
  t.match(await creditOf('B'), { unappliedCash: '500.00', headroom: '500.00' })
  t.match(await bookedOf('B'), [{ account: '2203', debit: '300.00' }])
  t.equal(
    decimal(bank)
      .minus(await balanceOf('1002'))
      .toFixed(2),
    '300.00',
  )
  t.match((await ben.post('/refunds/B1/fail', { reason: 'x' })).body, { code: 'refund-paid' })
})

test('a transfer that will not leave sets its money free, and can be asked for again', async (t) => {
  const paymentId = await paidBy('N', 'bank-transfer', '100.00')
  await asking(paymentId, { refundId: 'N1', amount: '100.00', to: 'original' }, ann, WAITING)
  const more = { refundId: 'N2', amount: '0.01', to: 'bank' }
  t.match((await asking(paymentId, more)).body, { code: 'refund-exceeds-cash' })
  expectStatus(await ben.post('/refunds/N1/fail', { reason: 'account closed' }), 200)
  const reason = { code: 'not-paid', message: 'account closed' }
  t.match(await refundIs('N1', 'failed'), { statusReason: reason })
  await until('it is free again', async () => (await creditOf('N')).headroom === '100.00')
  const again = { refundId: 'N3', reason: 'to the other account' }
  const repeated = await ann.post('/refunds/N1/repeat', again, WAITING)
  t.match(expectStatus(repeated, 201).body, { amount: '100.00', to: 'bank', status: 'due' })
  t.match((await ann.post('/refunds/N3/repeat', { ...again, refundId: 'N4' })).status, 409)
  expectStatus(await ben.post('/refunds/N3/paid'), 200)
  t.match(await refundIs('N3', 'paid'), { repeats: 'N1' })
  t.match(await creditOf('N'), { unappliedCash: '0.00' })
})

test('what the provider refuses is free again, and goes by bank if that is asked for', async (t) => {
  const paymentId = await paidBy('R', 'alipay', '90.00')
  await asking(paymentId, { refundId: 'R1', amount: '90.00', to: 'original' })
  t.match(await refundIs('R1', 'failed'), { statusReason: { code: 'provider-refused' } })
  await until('it is free again', async () => (await creditOf('R')).headroom === '90.00')
  t.same(await bookedOf('R'), [])
  const byBank = { refundId: 'R2', amount: '90.00', to: 'bank' }
  t.match((await asking(paymentId, byBank, ann, WAITING)).body, { status: 'due' })
  expectStatus(await ann.post('/refunds/R2/paid'), 200)
  t.match(await creditOf('R'), { unappliedCash: '0.00' })
  t.match((await ann.get('/refunds?dealerId=R')).body, {
    items: [
      { refundId: 'R2', status: 'paid' },
      { refundId: 'R1', status: 'failed' },
    ],
  })
})

test('over the threshold it takes another person, who is not the same in another role', async (t) => {
  const paymentId = await paidBy('L', 'wechat', '5000.00')
  const large = { refundId: 'L1', amount: '1000.01', to: 'original' }
  t.match((await asking(paymentId, large, ann, { prefer: 'wait=1' })).body, { status: 'requested' })
  t.match((await ann.get('/refunds?status=requested')).body, { items: [{ refundId: 'L1' }] })
  const own = { status: 403, body: { code: 'own-refund' } }
  t.match(await ann.post('/refunds/L1/approve'), own)
  const annAsAdmin = await system.person('brand-admin', undefined, 'ann')
  t.match(await annAsAdmin.post('/refunds/L1/approve'), own)
  t.match(await staff.ops.post('/refunds/L1/approve'), { body: { code: 'role-forbidden' } })
  expectStatus(await ben.post('/refunds/L1/approve', { reason: 'seen' }), 200)
  t.match(await refundIs('L1', 'paid'), { needsApproval: true, decidedBy: 'ben' })
  t.match(await creditOf('L'), { unappliedCash: '3999.99' })
  await asking(paymentId, { ...large, refundId: 'L2' })
  expectStatus(await ben.post('/refunds/L2/reject', { reason: 'why?' }), 200)
  t.match(await refundIs('L2', 'rejected'), { statusReason: { message: 'why?' } })
  t.match((await ben.post('/refunds/L2/approve')).body, { code: 'refund-rejected' })
  t.match(await creditOf('L'), { unappliedCash: '3999.99', headroom: '3999.99' })
})

test('a refund id counts once: the same again is answered alike, another content is refused', async (t) => {
  const paymentId = await paidBy('K', 'bank-transfer', '50.00')
  const refund = { refundId: 'K1', amount: '20.00', to: 'bank' }
  const plain = ({ body: { position: _, ...rest } }: Answer) => rest
  const first = expectStatus(await asking(paymentId, refund), 201)
  const again = expectStatus(await asking(paymentId, refund), 201)
  t.same(plain(again), plain(first))
  const keyed = { 'idempotency-key': 'key-1' }
  t.same(plain(await asking(paymentId, refund, ben, keyed)), plain(first))
  for (const other of [{ amount: '20.01' }, { to: 'original' }, { reason: 'another' }]) {
    const answer = await asking(paymentId, { ...refund, ...other })
    t.match(answer, { status: 422, body: { code: 'idempotency-key-reused' } })
  }
  await refundIs('K1', 'due')
  expectStatus(await ann.post('/refunds/K1/paid'), 200)
  t.match(await creditOf('K'), { unappliedCash: '30.00' })
})

test('of two refunds at once for more than there is, exactly one passes', async (t) => {
  const paymentId = await paidBy('T', 'wechat', '100.00')
  await paid('T', 'bank-transfer', '500.00')
  const refund = { amount: '60.00', to: 'original' }
  const both = await Promise.all(
    ['T1', 'T2'].map((refundId) => asking(paymentId, { refundId, ...refund }, ann, WAITING)),
  )
  const refused = both.filter(({ status, body }) => status === 422 || body.status === 'failed')
  t.equal(refused.length, 1, both.map(({ text }) => text).join())
  await system.seen()
  await until('one is paid', async () => {
    const items = listOf((await ann.get('/refunds?dealerId=T&status=paid')).body)
    return items.length === 1
  })
  t.match(await creditOf('T'), { unappliedCash: '540.00', headroom: '540.00' })
})

test('nothing goes back that did not come, is spent, or is not there', async (t) => {
  const paymentId = await paidBy('M', 'wechat', '100.00')
  await paid('M', 'bank-transfer', '500.00')
  const more = { refundId: 'M1', amount: '100.01', to: 'original' }
  t.match(await asking(paymentId, more), {
    status: 422,
    body: {
      code: 'refund-exceeds-payment',
      decision: { inputs: { captured: '100.00', refundable: '100.00', wanted: '100.01' } },
    },
  })
  const moreYet = { refundId: 'M1', amount: '600.01', to: 'bank' }
  t.match(await asking(paymentId, moreYet), {
    status: 422,
    body: { code: 'refund-exceeds-cash', decision: { inputs: { available: '600.00' } } },
  })
  t.equal((await asking('NOBODY', more)).status, 404)
  const open = await ann.post('/payments', { dealerId: 'M', amount: '9', method: 'bank-transfer' })
  const opened = textOf(open.body, 'paymentId')
  t.match((await asking(opened, { ...more, amount: '9' })).body, { code: 'payment-not-captured' })
  t.equal((await ann.get('/refunds/M1')).status, 404)
})

test('it takes a second factor, and a role', async (t) => {
  const paymentId = await paidBy('S2', 'bank-transfer', '10.00')
  const refund = { refundId: 'S1', amount: '1.00', reason: 'x', to: 'bank' }
  const token = await signToken(system.dataDir, { role: 'brand-finance', amr: ['pwd'] })
  const post = (path: string, body: Body) =>
    send(system.writeUrl, {
      ...{ method: 'POST', path: `/v1${path}`, body },
      headers: { authorization: `Bearer ${token}` },
    })
  const needed = { status: 403, body: { code: 'second-factor-required' } }
  t.match(await post(`/payments/${paymentId}/refunds`, refund), needed)
  t.match(await post('/facilities/S2/limit', { limit: '5', reason: 'x' }), needed)
  t.match(await post('/refunds/L2/approve', {}), needed)
  t.equal((await post('/payments', { dealerId: 'S2', amount: '1', method: 'wechat' })).status, 201)
  const buyer = await system.person('dealer-buyer', 'S2')
  t.match(await asking(paymentId, refund, buyer), { body: { code: 'role-forbidden' } })
  t.equal((await buyer.get('/refunds/L2')).status, 403)
  t.same(listOf((await buyer.get('/refunds')).body), [])
  t.match(await creditOf('S2'), { unappliedCash: '10.00' })
})
