import tap, { test } from 'tap'
import { signed } from '../../infra/callbacks/signature.ts'
import { startSimulator } from '../../infra/providers/simulator.ts'
import { until } from '../support/until.ts'
import { type Body, textOf } from './http.ts'
import { addDealer, confirmedOrder, expectStatus, order, ship, smallShop } from './shop.ts'
import { startSystem } from './system.ts'

const SECRET = 'wechat-secret'
const OTHER_SECRET = 'alipay-secret'
const WAITING = { prefer: 'wait=10' }

/** Says everything up to four times, in any order; payers wait until they are told to pay. */
const wechat = await startSimulator({
  ...{ provider: 'wechat', secret: SECRET, seed: 7 },
  ...{ mostRepeats: 4, pauseMs: 60 },
})
/** Takes every order and loses the answer. */
const alipay = await startSimulator({
  ...{ provider: 'alipay', secret: OTHER_SECRET },
  ...{ temper: { losesAnswers: 1000 }, slowMs: 20 },
})
tap.teardown(async () => {
  await Promise.all([wechat.stop(), alipay.stop()])
})
const system = await startSystem(tap, {
  PROVIDER_URLS: `wechat:${wechat.url},alipay:${alipay.url}`,
  PROVIDER_SECRETS: `wechat:${SECRET},alipay:${OTHER_SECRET}`,
})
wechat.callBackTo(system.writeUrl)
alipay.callBackTo(system.writeUrl)

const staff = await smallShop(system)
await addDealer(staff, { dealerId: 'CASH', limit: '0' })
const payer = await system.person('dealer-buyer', 'CASH')
const buyer = await system.person('dealer-buyer', 'D')

async function start(payment: Body, by = payer) {
  const started = await by.post('/payments', payment, WAITING)
  return expectStatus(started, 201).body
}

async function paymentIs(paymentId: string, status: string): Promise<Body> {
  return await until(`${paymentId} is ${status}`, async () => {
    const { body } = await staff.finance.get(`/payments/${paymentId}`)
    return body.status === status && body
  })
}

async function orderIs(orderId: string, status: string): Promise<Body> {
  return await until(`${orderId} is ${status}`, async () => {
    const { body } = await staff.ops.get(`/orders/${orderId}`)
    return body.status === status && body
  })
}

const prepaid = async (quantity: number) => {
  const lines = [{ sku: 'S', quantity }]
  return textOf((await order(payer, 'CASH', lines, { payment: 'prepaid' })).body, 'orderId')
}

async function eventsOf(type: string, stream: string) {
  await system.seen()
  const { body } = await staff.auditor.get(`/audit/events?type=${type}&stream=${stream}`)
  return body.items as readonly Body[]
}

const by = (method: string, amount: string, more: Body = {}) => ({
  dealerId: 'CASH',
  amount,
  method,
  ...more,
})

test('a prepaid order is confirmed when its payer has scanned and paid, however often it is said', async (t) => {
  const orderId = await prepaid(3)
  const payment = await start(by('wechat', '30.00', { orderIds: [orderId] }))
  t.match(payment, { status: 'pending', amount: '30.00', method: 'wechat' })
  const paymentId = textOf(payment, 'paymentId')
  t.match((await staff.finance.get('/payments?status=pending')).body, { items: [{ paymentId }] })
  expectStatus(await staff.finance.post(`/payments/${paymentId}/capture`), 409)
  t.equal((await fetch(textOf(payment, 'qr'), { method: 'POST' })).status, 200)
  await orderIs(orderId, 'confirmed')
  wechat.pay(paymentId)
  wechat.deny(paymentId)
  t.match(await paymentIs(paymentId, 'captured'), {
    providerReference: `wechat-${paymentId}`,
    timesAsked: 0,
    askAgainAt: null,
  })
  t.equal((await eventsOf('PaymentCaptured', `payment-${paymentId}`)).length, 1)
})

test('one payment pays several orders, and several pay one', async (t) => {
  const [one, other] = [await prepaid(1), await prepaid(2)]
  const both = await start(by('wechat', '30.00', { orderIds: [one, other] }))
  wechat.pay(textOf(both, 'paymentId'))
  await orderIs(one, 'confirmed')
  await orderIs(other, 'confirmed')
  const large = await prepaid(5)
  const first = await start(by('wechat', '20.00', { orderIds: [large] }))
  wechat.pay(textOf(first, 'paymentId'))
  await paymentIs(textOf(first, 'paymentId'), 'captured')
  t.equal((await staff.ops.get(`/orders/${large}`)).body.status, 'placed')
  const rest = await start(by('wechat', '30.00', { orderIds: [large] }))
  wechat.pay(textOf(rest, 'paymentId'))
  const { payments } = await orderIs(large, 'confirmed')
  t.equal((payments as readonly Body[]).length, 2)
})

test('an answer that got lost leaves the outcome unknown, until the provider is heard of', async (t) => {
  const payment = await start(by('alipay', '10.00'))
  t.match(payment, { status: 'unknown' })
  const paymentId = textOf(payment, 'paymentId')
  const { askAgainAt, timesAsked } = await paymentIs(paymentId, 'unknown')
  t.type(askAgainAt, 'string')
  t.equal(timesAsked, 0)
  const byHand = await staff.finance.post(`/payments/${paymentId}/capture`)
  t.match(expectStatus(byHand, 409).body, { code: 'payment-with-provider' })
  alipay.pay(paymentId)
  t.match(await paymentIs(paymentId, 'captured'), { amount: '10.00', askAgainAt: null })
})

test('who said no and pays all the same has paid', async (t) => {
  const { paymentId } = await start(by('wechat', '10.00'))
  wechat.deny(String(paymentId))
  t.match(await paymentIs(String(paymentId), 'failed'), {
    statusReason: { code: 'payment-failed', message: 'the payer said no' },
  })
  wechat.pay(String(paymentId))
  t.match(await paymentIs(String(paymentId), 'captured'), { statusReason: null })
  t.equal((await eventsOf('PaymentReceived', 'facility-CASH')).length > 0, true)
})

test('what another signed, or says of a payment that is not by them, is not believed', async (t) => {
  const { paymentId } = await start(by('wechat', '10.00'))
  const payment = {
    ...{ paymentId, status: 'paid', providerReference: 'X', amount: '10.00' },
    paidAt: '2026-03-02T02:00:00Z',
  }
  const body = JSON.stringify({ eventId: 'E1', payment })
  const say = async (provider: string, secret: string) =>
    await fetch(`${system.writeUrl}/v1/payment-callbacks/${provider}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...signed(secret, body, new Date()) },
    })
  t.equal((await say('wechat', OTHER_SECRET)).status, 401)
  t.equal((await say('alipay', OTHER_SECRET)).status, 404)
  t.equal((await say('nobody', SECRET)).status, 404)
  await system.seen()
  t.match(await paymentIs(String(paymentId), 'pending'), { paymentId })
})

test('less than was asked for is what came, and a payment that bounces is owed again', async (t) => {
  const orderId = await confirmedOrder(buyer, 'D', [{ sku: 'S', quantity: 10 }])
  await ship(staff, `${orderId}.1`)
  const named = { dealerId: 'D', method: 'bank-transfer', orderIds: [orderId] }
  const { paymentId } = await start({ ...named, amount: '100.00' }, buyer)
  const path = `/payments/${paymentId}`
  expectStatus(await staff.finance.post(`${path}/capture`, { amount: '90.00' }), 200)
  t.match(await paymentIs(String(paymentId), 'captured'), { amount: '90.00', asked: '100.00' })
  await system.seen()
  const owed = async () =>
    (await staff.finance.get('/receivables?dealerId=D')).body.items as readonly Body[]
  t.match(await owed(), [{ outstanding: '10.00' }])
  expectStatus(await buyer.post(`${path}/bounce`, { reason: 'no cover' }), 403)
  expectStatus(await staff.finance.post(`${path}/bounce`, { reason: 'no cover' }), 200)
  await system.seen()
  t.match(await owed(), [{ outstanding: '100.00' }])
  t.match((await staff.finance.get(path)).body, {
    status: 'failed',
    statusReason: { code: 'payment-bounced', message: 'no cover' },
  })
})

test('what falls due is debited by the mandate, once, and dunned if there is no cover', async (t) => {
  const terms = { type: 'net', days: 2 }
  for (const dealerId of ['AUTO', 'EMPTY']) {
    await addDealer(staff, { dealerId, limit: '1000' })
    const agreed = { limit: '1000', terms, reason: 'as agreed' }
    expectStatus(await staff.finance.post(`/facilities/${dealerId}/limit`, agreed), 200)
    const approver = await system.person('dealer-approver', dealerId)
    const mandateReference = dealerId === 'AUTO' ? 'M-1' : 'M-empty'
    const mandate = { method: 'wechat', mandateReference }
    expectStatus(await approver.post(`/facilities/${dealerId}/debit-mandate`, mandate), 200)
    const orderId = await confirmedOrder(staff.ops, dealerId, [{ sku: 'S', quantity: 4 }])
    await ship(staff, `${orderId}.1`)
  }
  t.match((await staff.finance.get('/dealers/AUTO/credit')).body, {
    debitMandate: { method: 'wechat', mandateReference: 'M-1' },
  })
  for (const date of ['2026-03-02', '2026-03-03']) {
    expectStatus(await staff.finance.post(`/business-days/${date}/close`), 200)
  }
  const paymentOf = async (dealerId: string, status: string) =>
    await until(`the debit of ${dealerId} is ${status}`, async () => {
      const { body } = await staff.finance.get(`/payments?dealerId=${dealerId}&status=${status}`)
      return (body.items as readonly Body[])[0]
    })
  t.match(await paymentOf('AUTO', 'captured'), { amount: '40.00', mandateReference: 'M-1' })
  t.match(await paymentOf('EMPTY', 'failed'), {
    statusReason: { code: 'payment-failed', message: 'no cover' },
  })
  await system.seen()
  const owed = async (dealerId: string) =>
    (await staff.finance.get(`/receivables?dealerId=${dealerId}`)).body.items as readonly Body[]
  t.match(await owed('AUTO'), [{ outstanding: '0.00', status: 'paid' }])
  t.match(await owed('EMPTY'), [{ outstanding: '40.00' }])
  expectStatus(await staff.finance.post('/business-days/2026-03-04/close'), 200)
  await system.seen()
  const { body } = await staff.finance.get('/payments?dealerId=EMPTY')
  t.equal((body.items as readonly Body[]).length, 1)
  expectStatus(await staff.finance.post('/facilities/EMPTY/debit-mandate/revoke'), 200)
})
