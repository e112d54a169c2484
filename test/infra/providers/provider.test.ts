import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'tap'
import { httpProvider, ProviderSilent } from '../../../infra/providers/http-provider.ts'
import { type SimulatorOptions, startSimulator } from '../../../infra/providers/simulator.ts'
import { until } from '../../support/until.ts'

const SECRET = 'provider-secret'
const order = { paymentId: 'P1', amount: '12.50', description: 'P1' }

type Tap = Readonly<{ teardown: (fn: () => Promise<void>) => void }>

/** A simulated provider, our port to it, and what it calls back. */
async function start(t: Tap, options: Partial<SimulatorOptions> = {}) {
  const simulator = await startSimulator({ provider: 'wechat', secret: SECRET, ...options })
  t.teardown(simulator.stop)
  const provider = httpProvider({ url: simulator.url, secrets: [SECRET] })
  const heard: { eventId: string; status: string }[] = []
  const hearing = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks)
      const isTheirs = provider.isTheirs({ headers: request.headers, raw }, new Date())
      const read = provider.read(JSON.parse(raw.toString()))
      if (isTheirs && read.success) {
        heard.push({ eventId: read.data.messageId, status: read.data.message.view.status })
      }
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => hearing.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => void hearing.close())
  simulator.callBackTo(`http://127.0.0.1:${(hearing.address() as AddressInfo).port}`)
  return { simulator, provider, heard }
}

const within = (ms = 5_000) => AbortSignal.timeout(ms)

test('an order is opened once, paid once, and said so, signed', async (t) => {
  const { simulator, provider, heard } = await start(t)
  const opened = await provider.createOrder(order, within())
  t.match(opened, { status: 'pending', providerReference: 'wechat-P1' })
  t.strictSame(await provider.createOrder(order, within()), opened)
  t.equal(await provider.findPayment('P2', within()), undefined)
  t.equal(simulator.pay('P2'), false)
  const paid = await fetch(opened.status === 'pending' ? (opened.qr ?? '') : '', { method: 'POST' })
  t.equal(paid.status, 200)
  await until('it was said', () => heard.length > 0)
  t.strictSame(heard, [{ eventId: 'P1-paid', status: 'captured' }])
  t.match(await provider.findPayment('P1', within()), { status: 'captured', amount: '12.50' })
  t.match(await provider.createOrder(order, within()), { status: 'captured' })
})

test('a payer who says no, and pays all the same', async (t) => {
  const { simulator, provider } = await start(t)
  await provider.createOrder(order, within())
  simulator.deny('P1')
  t.match(await provider.findPayment('P1', within()), { status: 'failed' })
  simulator.pay('P1')
  simulator.deny('P1')
  t.match(await provider.findPayment('P1', within()), { status: 'captured' })
})

test('callbacks are lost, or come more than once', async (t) => {
  const lost = await start(t, { temper: { losesCallbacks: 1000 } })
  await lost.provider.createOrder(order, within())
  lost.simulator.pay('P1')
  const said = await start(t, { mostRepeats: 5, pauseMs: 20, seed: 2 })
  for (const paymentId of ['P1', 'P2', 'P3', 'P4']) {
    await said.provider.createOrder({ ...order, paymentId }, within())
    said.simulator.pay(paymentId)
  }
  await until('some came again', () => said.heard.length > 4)
  t.strictSame(lost.heard, [])
})

test('an answer that got lost hides an order that may be paid', async (t) => {
  const { simulator, provider } = await start(t, { temper: { losesAnswers: 1000 }, slowMs: 20 })
  await t.rejects(provider.createOrder(order, within()), { name: 'ProviderSilent' })
  t.ok(simulator.pay('P1'))
})

test('a provider that hangs is cut off', async (t) => {
  const { provider } = await start(t, { temper: { isSlow: 1000 }, slowMs: 60_000 })
  await t.rejects(provider.createOrder(order, within(50)), new ProviderSilent('no answer in time'))
})

test('a provider that fails, and one that takes our signature for none, say nothing', async (t) => {
  const { provider } = await start(t, { temper: { fails: 1000 } })
  await t.rejects(provider.createOrder(order, within()), { message: /it answered 500/ })
  const { simulator } = await start(t)
  const other = httpProvider({ url: simulator.url, secrets: ['another'] })
  await t.rejects(other.createOrder(order, within()), { message: /it answered 401/ })
})

test('a debit is taken at once, unless there is no cover', async (t) => {
  const { provider, heard } = await start(t)
  const debit = { paymentId: 'D1', amount: '10.00', mandateReference: 'M-1' }
  t.match(await provider.debit(debit, within()), { status: 'captured', amount: '10.00' })
  const empty = { ...debit, paymentId: 'D2', mandateReference: 'M-empty' }
  t.match(await provider.debit(empty, within()), { status: 'failed', reason: 'no cover' })
  await until('both are said', () => heard.length === 2)
})

test('no more is refunded than was paid, and each refund once', async (t) => {
  const { simulator, provider } = await start(t)
  const refund = { paymentId: 'P1', refundId: 'F1', amount: '10.00' }
  await provider.createOrder(order, within())
  t.strictSame(await provider.refund(refund, within()), {
    status: 'failed',
    reason: 'nothing was paid',
  })
  simulator.pay('P1')
  const done = { status: 'refunded', providerReference: 'wechat-F1' }
  t.strictSame(await provider.refund(refund, within()), done)
  t.strictSame(await provider.refund(refund, within()), done)
  t.strictSame(await provider.findRefund(refund, within()), done)
  t.strictSame(await provider.refund({ ...refund, refundId: 'F2' }, within()), {
    status: 'failed',
    reason: 'no more than 2.50 is left',
  })
  t.equal(await provider.findRefund({ ...refund, refundId: 'F2' }, within()), undefined)
})

test('refunds fail, or take their time', async (t) => {
  const failing = await start(t, { temper: { refundsFail: 1000 } })
  const slow = await start(t, { temper: { refundsAreSlow: 1000 } })
  const refund = { paymentId: 'P1', refundId: 'F1', amount: '10.00' }
  for (const { provider, simulator } of [failing, slow]) {
    await provider.createOrder(order, within())
    simulator.pay('P1')
  }
  t.match(await failing.provider.refund(refund, within()), { status: 'failed' })
  t.strictSame(await slow.provider.refund(refund, within()), { status: 'pending' })
  t.match(await slow.provider.findRefund(refund, within()), { status: 'refunded' })
})
