/** Carriers call back over HTTP: who may, what is refused, and that an order ends delivered once. */

import tap, { type Test, test } from 'tap'
import { REPLAY_WINDOW_SECONDS, signed } from '../../infra/callbacks/signature.ts'
import { playCarrier } from '../../infra/carriers/simulator.ts'
import { until } from '../support/until.ts'
import { type Answer, type Body, field, listOf } from './http.ts'
import { confirmedOrder, expectStatus, order, smallShop } from './shop.ts'
import { FIRST_DAY, startSystem } from './system.ts'

const SECRET = 'not-so-secret'
const system = await startSystem(tap, { CARRIER_SECRETS: `SF:${SECRET},SF:older,YTO:other` })
const staff = await smallShop(system)
const { ops, warehouse, finance, auditor } = staff

type Signing = Readonly<{ carrier?: string; secret?: string; at?: Date; type?: string }>

/** Sends text as a carrier would. */
function callText(body: string, signing: Signing = {}): Promise<Answer> {
  const { carrier = 'SF', secret = SECRET, at = new Date(), type = 'application/json' } = signing
  const headers = { 'content-type': type, ...signed(secret, body, at) }
  const path = `/v1/carrier-callbacks/${encodeURIComponent(carrier)}`
  return system.sendToWrite({ method: 'POST', path, body, headers })
}

const call = (event: Body, signing?: Signing) => callText(JSON.stringify(event), signing)

let events = 0

function eventOf(trackingNumber: string, event: string, more: Body = {}): Body {
  events += 1
  const occurredAt = new Date(Date.now() - 60_000 + events).toISOString()
  return { eventId: `E${events}`, trackingNumber, event, occurredAt, ...more }
}

/** The id of an order that left whole under a tracking number. */
async function shippedAs(trackingNumber: string, more: Body = {}): Promise<string> {
  const { body } = await order(ops, 'D', [{ sku: 'S', quantity: 2 }], more)
  const orderId = String(body.orderId)
  const carriage = { carrier: 'SF', trackingNumber }
  expectStatus(await warehouse.post(`/fulfilments/${orderId}.1/ship`, carriage), 200)
  return orderId
}

async function read(orderId: string): Promise<Body> {
  const after = await system.head()
  return expectStatus(await ops.get(`/orders/${orderId}?after=${after}`), 200).body
}

async function typesIn(orderId: string): Promise<readonly unknown[]> {
  const after = await system.head()
  const { body } = await auditor.get(`/audit/events?stream=order-${orderId}&after=${after}`)
  return listOf(body).map(({ type }) => type)
}

function isProblem(t: Test, answer: Answer, status: number, code: string): void {
  t.match(answer, { status, body: { code, status, detail: String } }, answer.text)
}

test('a carrier says where the goods are, that they are late, and that they are there', async (t) => {
  const orderId = await shippedAs('WAY-1')
  const seen = await call(eventOf('WAY-1', 'in-transit', { location: 'Hangzhou' }))
  t.match(expectStatus(seen, 200).body, { position: /^\d+$/ })
  t.equal(seen.headers.get('tradeline-position'), seen.body.position)
  t.match(field(await read(orderId), 'fulfilments.0'), {
    status: 'shipped',
    transit: { carrier: 'SF', trackingNumber: 'WAY-1', place: 'Hangzhou', seenAt: String },
    late: false,
  })
  const more = { reason: 'snow', expectedOn: '2026-03-09' }
  expectStatus(await call(eventOf('WAY-1', 'delayed', more)), 200)
  t.match(field(await read(orderId), 'fulfilments.0'), {
    status: 'delayed',
    delay: more,
    expectedOn: '2026-03-09',
  })
  const delivered = eventOf('WAY-1', 'delivered')
  expectStatus(await call(delivered), 200)
  t.match(await read(orderId), { status: 'completed', fulfilments: [{ status: 'delivered' }] })
  const head = await system.head()
  const again = expectStatus(await call(delivered), 200)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  expectStatus(await call(eventOf('WAY-1', 'in-transit')), 200)
  t.equal(await system.head(), head, 'what comes late changes nothing')
})

test('what is not signed by the carrier, lately, is refused and writes nothing', async (t) => {
  await shippedAs('SIGNED-1')
  await system.seen()
  const head = await system.head()
  const event = eventOf('SIGNED-1', 'delivered')
  const late = new Date(Date.now() - (REPLAY_WINDOW_SECONDS + 5) * 1000)
  const ahead = new Date(Date.now() + (REPLAY_WINDOW_SECONDS + 5) * 1000)
  isProblem(t, await call(event, { secret: 'guessed' }), 401, 'signature-invalid')
  isProblem(t, await call(event, { secret: 'other' }), 401, 'signature-invalid')
  isProblem(t, await call(event, { at: late }), 401, 'signature-invalid')
  isProblem(t, await call(event, { at: ahead }), 401, 'signature-invalid')
  isProblem(t, await call(event, { carrier: 'YTO' }), 401, 'signature-invalid')
  isProblem(t, await call(event, { carrier: 'DHL' }), 404, 'carrier-unknown')
  const path = '/v1/carrier-callbacks/SF'
  const body = JSON.stringify(event)
  const bare = { method: 'POST', path, body }
  const { token } = ops
  const forged: readonly Record<string, string>[] = [
    {},
    { authorization: `Bearer ${token}` },
    { ...signed(SECRET, `${body} `, new Date()) },
    { ...signed(SECRET, body, new Date()), 'tradeline-timestamp': 'x' },
    { ...signed(SECRET, body, new Date()), 'tradeline-signature': 'sha256=00' },
  ]
  for (const headers of forged) {
    isProblem(t, await system.sendToWrite({ ...bare, headers }), 401, 'signature-invalid')
  }
  isProblem(t, await call(event, { carrier: 'YTO', secret: 'other' }), 404, 'callback-unmatched')
  t.equal(await system.head(), head)
  expectStatus(await call(event, { secret: 'older' }), 200)
})

test('a signed message that says nothing readable is refused with the field that is wrong', async (t) => {
  const event = eventOf('BAD-1', 'in-transit')
  const wrong: readonly (readonly [string, Body])[] = [
    ['event', { ...event, event: 'lost' }],
    ['eventId', { ...event, eventId: '' }],
    ['eventId', { ...event, eventId: 'x'.repeat(129) }],
    ['occurredAt', { ...event, occurredAt: 'yesterday' }],
    ['occurredAt', { ...event, occurredAt: '0001-01-01T00:00:00Z' }],
    ['trackingNumber', { ...event, trackingNumber: 'a\u0000' }],
    ['expectedOn', { ...event, expectedOn: '2026-02-30' }],
    ['', { ...event, colour: 'red' }],
  ]
  for (const [path, body] of wrong) {
    const answer = await call(body)
    isProblem(t, answer, 400, 'invalid-request')
    t.equal(field(answer.body, 'errors.0.path'), path)
  }
  for (const body of ['{', '[]', '7', '', '{"__proto__":{}}', `${'['.repeat(30_000)}`]) {
    t.equal((await callText(body)).status, 400, body.slice(0, 20))
  }
  t.equal((await callText('<a/>', { type: 'application/xml' })).status, 415)
  t.equal((await callText(`"${'x'.repeat(65 * 1024)}"`)).status, 413)
  t.equal(
    (await system.sendToWrite({ method: 'GET', path: '/v1/carrier-callbacks/SF' })).status,
    405,
  )
})

test('an event id that was used for something else is refused', async (t) => {
  await shippedAs('TWICE-1')
  const event = eventOf('TWICE-1', 'in-transit')
  expectStatus(await call(event), 200)
  isProblem(t, await call({ ...event, event: 'delivered' }), 422, 'idempotency-key-reused')
})

test('a tracking number that is not known yet may be said again', async (t) => {
  const event = eventOf('EARLY-1', 'delivered')
  isProblem(t, await call(event), 404, 'callback-unmatched')
  const orderId = await shippedAs('EARLY-1')
  expectStatus(await call(event), 200)
  t.match(await read(orderId), { status: 'completed' })
})

test('a fulfilment in two parcels is delivered with the second', async (t) => {
  const orderId = await confirmedOrder(ops, 'D', [{ sku: 'S', quantity: 4 }])
  const path = `/fulfilments/${orderId}.1/ship`
  const part = { carrier: 'SF', lines: [{ sku: 'S', quantity: 1 }] }
  expectStatus(await warehouse.post(path, { ...part, trackingNumber: 'PART-1' }), 200)
  expectStatus(await warehouse.post(path, { carrier: 'SF', trackingNumber: 'PART-2' }), 200)
  expectStatus(await call(eventOf('PART-2', 'delivered')), 200)
  t.match(await read(orderId), { status: 'shipping', fulfilments: [{ status: 'shipped' }] })
  expectStatus(await call(eventOf('PART-1', 'delivered')), 200)
  t.match(await read(orderId), { status: 'completed', fulfilments: [{ status: 'delivered' }] })
})

test('one parcel may hold the goods of two orders', async (t) => {
  const both = [await shippedAs('BOTH'), await shippedAs('BOTH')]
  expectStatus(await call(eventOf('BOTH', 'delivered')), 200)
  for (const orderId of both) t.match(await read(orderId), { status: 'completed' })
})

test('whatever a carrier does, an order ends delivered once', async (t) => {
  const trackingNumbers = ['SIM-1', 'SIM-2', 'SIM-3', 'SIM-4']
  const [first = '', second = '', ...late] = trackingNumbers
  const orders = [await shippedAs(first), await shippedAs(second)]
  const playing = playCarrier({
    ...{ url: system.writeUrl, carrier: 'SF', secret: SECRET, trackingNumbers },
    ...{ seed: 7, pauseMs: 5 },
  })
  for (const trackingNumber of late) orders.push(await shippedAs(trackingNumber))
  const { lost, answers } = await playing
  t.same(lost, [], `answers: ${JSON.stringify([...answers])}`)
  for (const orderId of orders) {
    t.match(await read(orderId), { status: 'completed', fulfilments: [{ status: 'delivered' }] })
    const types = await typesIn(orderId)
    for (const type of ['ParcelDelivered', 'FulfilmentDelivered', 'OrderCompleted']) {
      t.equal(types.filter((one) => one === type).length, 1, `${type} once`)
    }
  }
})

test('goods that miss their day are warned of once it is closed, once for each day', async (t) => {
  const expected = { requestedOn: FIRST_DAY }
  const late = await shippedAs('LATE-1', expected)
  const there = await shippedAs('LATE-2', expected)
  const { body: unshipped } = await order(ops, 'D', [{ sku: 'S', quantity: 1 }], expected)
  await shippedAs('LATE-3', { requestedOn: '2026-03-30' })
  expectStatus(await call(eventOf('LATE-2', 'delivered')), 200)
  const warned = async () => {
    const after = await system.head()
    const { body } = await ops.get(`/orders?late=true&after=${after}`)
    return listOf(body).map(({ orderId }) => orderId)
  }
  t.same(await warned(), [])
  const close = (date: string) => finance.post(`/business-days/${date}/close`)
  expectStatus(await close(FIRST_DAY), 200)
  await until('both are late', async () => (await warned()).length === 2)
  t.same(await warned(), [unshipped.orderId, late], 'the newest first, and not what is there')
  t.match(field(await read(late), 'fulfilments.0'), { late: true, expectedOn: FIRST_DAY })
  t.match(field(await read(there), 'fulfilments.0'), { late: false })
  const promised = { expectedOn: '2026-03-04', reason: 'flood' }
  expectStatus(await call(eventOf('LATE-1', 'delayed', promised)), 200)
  for (const date of ['2026-03-03', '2026-03-04']) expectStatus(await close(date), 200)
  const lates = async () => (await typesIn(late)).filter((type) => type === 'FulfilmentLate')
  await until('it is late again', async () => (await lates()).length === 2)
  expectStatus(await close('2026-03-05'), 200)
  await system.seen()
  t.equal((await lates()).length, 2)
  expectStatus(await call(eventOf('LATE-1', 'delivered')), 200)
  t.same(await warned(), [unshipped.orderId])
  t.match(field(await read(late), 'fulfilments.0'), { late: false, status: 'delivered' })
  const others = await ops.get('/orders?late=false')
  t.notOk(listOf(others.body).some(({ orderId }) => orderId === unshipped.orderId))
  t.equal((await ops.get('/orders?late=perhaps')).status, 400)
})

test('the callback is in the OpenAPI document, with no bearer token', async (t) => {
  const { body } = await system.sendToWrite({ method: 'GET', path: '/openapi.json' })
  const route = field(body, 'paths') as Body
  t.match(route['/v1/carrier-callbacks/{carrier}'], {
    post: { operationId: 'HearCarrier', security: [], responses: { 200: Object } },
  })
})
