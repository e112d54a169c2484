/** Invoices over HTTP: what is shipped, numbered by the tax authority, printed, and taken back. */

import tap, { type Test, test } from 'tap'
import { extractText, getDocumentProxy } from 'unpdf'
import { until } from '../support/until.ts'
import { type Answer, type Body, field, listOf, textOf } from './http.ts'
import {
  addDealer,
  addProduct,
  confirmedOrder,
  expectStatus,
  receive,
  ship,
  smallShop,
} from './shop.ts'
import { type Person, startSystem } from './system.ts'

const system = await startSystem(tap, {
  SELLER_NAME: '极品食品',
  SELLER_TAX_ID: '91310000000000000X',
})
const staff = await smallShop(system)
const { ops, finance, auditor } = staff
await addProduct(staff, { sku: 'T', basePrice: '33.33', name: '茶 Tea' })
await receive(staff, 'W', 'T', 100)
await addDealer(staff, { dealerId: 'E', limit: '1000' })
const buyer = await system.person('dealer-buyer', 'D')

const BUYER = {
  kind: 'electronic',
  buyerTaxId: '91310000ma1fl0000x',
  title: '上海某某商贸有限公司',
}

/** An order of 10 S at 10.00 and 3 T at 33.33: 199.99, confirmed. */
const anOrder = () =>
  confirmedOrder(ops, 'D', [
    { sku: 'S', quantity: 10 },
    { sku: 'T', quantity: 3 },
  ])

const ask = (person: Person, body: Body) => person.post('/invoices', { ...BUYER, ...body })

async function read(path: string, person: Person = finance): Promise<Body> {
  const after = await system.head()
  return expectStatus(await person.get(`${path}?after=${after}`), 200).body
}

/** Waits until the authority has said what becomes of an invoice or a red letter. */
async function settled(id: string): Promise<Body> {
  return await until(`${id} is settled`, async () => {
    const body = await read(`/invoices/${id}`)
    return body.status === 'requested' ? undefined : body
  })
}

async function issued(body: Body): Promise<string> {
  const asked = expectStatus(await ask(finance, body), 201)
  const invoiceId = textOf(asked.body, 'invoiceId')
  const { status, statusReason } = await settled(invoiceId)
  if (status !== 'issued') throw new Error(`${status}: ${JSON.stringify(statusReason)}`)
  return invoiceId
}

async function printed(id: string, person: Person = finance): Promise<string> {
  const answer = await fetch(`${system.readUrl}/v1/invoices/${id}.pdf`, {
    headers: { authorization: `Bearer ${person.token}` },
  })
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const { text } = await extractText(await getDocumentProxy(bytes), { mergePages: true })
  return text
}

function isProblem(t: Test, answer: Answer, status: number, code: string): void {
  t.match(answer, { status, body: { code, status, detail: String } }, answer.text)
}

test('a dealer has what was shipped invoiced, part by part, and prints it', async (t) => {
  const orderId = await anOrder()
  isProblem(t, await ask(buyer, { orderId }), 409, 'nothing-to-invoice')
  await ship(staff, `${orderId}.1`, [{ sku: 'S', quantity: 4 }])
  const first = expectStatus(await ask(buyer, { orderId }), 201)
  t.match(first.body, {
    ...{ invoiceId: `${orderId}.i1`, orderId, status: 'requested', amount: '40.00' },
    lines: [{ sku: 'S', quantity: 4, amount: '40.00', net: '35.40', tax: '4.60', taxRate: '0.13' }],
  })
  t.equal(first.headers.get('location'), `/v1/invoices/${orderId}.i1`)
  isProblem(t, await ask(buyer, { orderId }), 409, 'nothing-to-invoice')
  await ship(staff, `${orderId}.1`)
  const second = await issued({ fulfilmentId: `${orderId}.1`, kind: 'paper' })
  t.match(await read(`/invoices/${second}`, buyer), {
    ...{ kind: 'paper', status: 'issued', buyerTaxId: '91310000MA1FL0000X', amount: '159.99' },
    ...{ number: /^\d{8}$/, code: /^\d+$/, left: '159.99', seller: { name: '极品食品' } },
    lines: [
      { sku: 'S', quantity: 6 },
      { sku: 'T', quantity: 3, name: '茶 Tea' },
    ],
  })
  const text = await printed(second, buyer)
  for (const words of ['上海某某商贸有限公司', '极品食品', '茶 Tea', '壹佰伍拾玖圆玖角玖分']) {
    t.ok(text.includes(words), `${words} in ${text}`)
  }
  const invoices = listOf(await read(`/orders/${orderId}`), 'invoices')
  t.match(invoices, [
    { invoiceId: `${orderId}.i1`, status: 'issued', amount: '40.00' },
    { invoiceId: second, kind: 'paper', status: 'issued', amount: '159.99' },
  ])
  t.match(listOf(await read('/invoices', buyer)), [{ invoiceId: second }, {}])
})

test('an invoice is taken back by red letters, and its goods are invoiced anew', async (t) => {
  const orderId = await anOrder()
  await ship(staff, `${orderId}.1`)
  const invoiceId = await issued({ orderId })
  const red = (body: Body) => finance.post(`/invoices/${invoiceId}/red-letter`, body)
  const tooMuch = await red({ lines: [{ sku: 'S', quantity: 11 }], reason: 'wrong' })
  isProblem(t, tooMuch, 422, 'quantity-exceeds-left')
  const part = await red({ lines: [{ sku: 'S', quantity: 3 }], reason: 'wrong quantity' })
  t.match(expectStatus(part, 201).body, {
    ...{ redLetterId: `${invoiceId}.r1`, invoiceId, amount: '-30.00', net: '-26.55' },
    lines: [{ sku: 'S', quantity: -3, amount: '-30.00' }],
  })
  const invoice = await read(`/invoices/${invoiceId}`)
  t.match(await settled(`${invoiceId}.r1`), {
    ...{ status: 'issued', amount: '-30.00', reason: 'wrong quantity' },
    of: { code: invoice.code, number: invoice.number },
  })
  t.match(await read(`/invoices/${invoiceId}`), { status: 'issued', left: '169.99' })
  expectStatus(await red({ reason: 'wrong buyer' }), 201)
  t.match(await settled(`${invoiceId}.r2`), { amount: '-169.99' })
  t.match(await read(`/invoices/${invoiceId}`), { status: 'reversed', left: '0.00' })
  isProblem(t, await red({ reason: 'again' }), 409, 'nothing-left-to-reverse')
  const text = await printed(`${invoiceId}.r2`)
  for (const words of ['红字发票', String(invoice.number), '-169.99', 'wrong buyer']) {
    t.ok(text.includes(words), `${words} in ${text}`)
  }
  const again = await until('the goods are free', async () => {
    const answer = await ask(finance, { orderId })
    return answer.status === 201 ? answer.body : undefined
  })
  t.match(again, { invoiceId: `${orderId}.i2`, amount: '199.99' })
})

test('what the tax authority refuses says so, and may be asked for anew', async (t) => {
  const orderId = await anOrder()
  await ship(staff, `${orderId}.1`)
  const asked = await ask(buyer, { orderId, buyerTaxId: '000000000000000000' })
  const invoiceId = textOf(expectStatus(asked, 201).body, 'invoiceId')
  t.match(await settled(invoiceId), {
    ...{ status: 'refused', number: null, statusReason: { code: 'tax-id-invalid' } },
  })
  const pdf = await finance.get(`/invoices/${invoiceId}.pdf`)
  isProblem(t, pdf, 409, 'invoice-refused')
  const red = await finance.post(`/invoices/${invoiceId}/red-letter`, { reason: 'x' })
  isProblem(t, red, 409, 'invoice-refused')
  await until('the goods are free', async () => (await ask(buyer, { orderId })).status === 201)
})

test('a repeated request with its key is one invoice', async (t) => {
  const orderId = await anOrder()
  await ship(staff, `${orderId}.1`)
  const body = { ...BUYER, orderId }
  const key = { 'idempotency-key': 'invoice-once' }
  const first = expectStatus(await buyer.post('/invoices', body, key), 201)
  const again = expectStatus(await buyer.post('/invoices', body, key), 201)
  t.same(again.body, first.body)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
})

test('who may not is refused, and what is malformed is named', async (t) => {
  const orderId = await anOrder()
  await ship(staff, `${orderId}.1`)
  const sibling = await system.person('dealer-buyer', 'E')
  const warehouse = await system.person('dealer-warehouse', 'D')
  isProblem(t, await ask(sibling, { orderId }), 403, 'not-your-dealer')
  isProblem(t, await ask(warehouse, { orderId }), 403, 'role-forbidden')
  isProblem(t, await ask(auditor, { orderId }), 403, 'role-forbidden')
  isProblem(t, await ask(buyer, { orderId: 'nobody' }), 404, 'order-unknown')
  isProblem(t, await ask(buyer, { fulfilmentId: `${orderId}.7` }), 404, 'fulfilment-unknown')
  for (const wrong of [
    {},
    { orderId, fulfilmentId: `${orderId}.1` },
    { orderId, buyerTaxId: '12345' },
    { orderId, buyerTaxId: '91310000-MA1FL0000' },
    { orderId, kind: 'oral' },
    { orderId, title: ' ' },
    { orderId, colour: 'red' },
  ]) {
    isProblem(t, await ask(buyer, wrong), 400, 'invalid-request')
  }
  const invoiceId = await issued({ orderId })
  const path = `/invoices/${invoiceId}`
  isProblem(t, await buyer.post(`${path}/red-letter`, { reason: 'x' }), 403, 'role-forbidden')
  isProblem(t, await sibling.get(path), 403, 'not-your-dealer')
  isProblem(t, await sibling.get(`${path}.pdf`), 403, 'not-your-dealer')
  t.same(listOf((await sibling.get('/invoices')).body), [])
  isProblem(t, await finance.get('/invoices/none.i1'), 404, 'invoice-unknown')
  isProblem(t, await finance.get('/invoices/none.i1.pdf'), 404, 'invoice-unknown')
  isProblem(t, await finance.get('/invoices?status=lost'), 400, 'invalid-request')
  const unknown = await finance.post('/invoices/none.i1/red-letter', { reason: 'x' })
  isProblem(t, unknown, 404, 'invoice-unknown')
})

test('lists are searched, and go on from a cursor', async (t) => {
  const all = listOf(await read('/invoices'))
  const first = expectStatus(await finance.get('/invoices?limit=2'), 200).body
  const more = await finance.get(`/invoices?limit=500&cursor=${textOf(first, 'nextCursor')}`)
  t.same(
    [...listOf(first), ...listOf(more.body)].map(({ invoiceId }) => invoiceId),
    all.map(({ invoiceId }) => invoiceId),
  )
  const reversed = listOf((await finance.get('/invoices?status=reversed')).body)
  t.equal(reversed.length, 1)
  t.equal(listOf(reversed[0], 'redLetters').length, 2)
  const orderId = textOf(reversed[0], 'orderId')
  t.equal(listOf((await finance.get(`/invoices?orderId=${orderId}`)).body).length, 2)
  t.equal(listOf((await finance.get('/invoices?to=2026-03-02')).body).length, 0)
  const number = field(reversed[0], 'number')
  t.match(listOf((await finance.get(`/invoices?number=${number}`)).body), [{ number }])
})

test('the story of an order tells of its invoices', async (t) => {
  const [{ orderId = '' } = {}] = listOf((await finance.get('/invoices?status=reversed')).body)
  const story = listOf(await read(`/orders/${orderId}/timeline`)).map(({ type }) => type)
  for (const type of ['InvoiceRequested', 'InvoiceIssued', 'RedLetterIssued', 'InvoiceReversed']) {
    t.ok(story.includes(type), type)
  }
})
