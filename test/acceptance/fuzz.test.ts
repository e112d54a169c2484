import fc from 'fast-check'
import tap, { test } from 'tap'
import type { Role } from '../../domain/kernel/roles.ts'
import { signed } from '../../infra/callbacks/signature.ts'
import { type Answer, type Body, field, listOf, textOf } from './http.ts'
import {
  addProduct,
  addWarehouse,
  confirmedOrder,
  expectStatus,
  order,
  orderOf,
  ship,
  smallShop,
} from './shop.ts'
import { type Person, startSystem } from './system.ts'

/** More runs by `FUZZ_RUNS`; always the same ones, unless `FUZZ_SEED` names others. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 300)
const seed = Number(process.env.FUZZ_SEED ?? 20_260_302)

const CARRIER_SECRET = 'not-so-secret'
const PROVIDER_SECRET = 'no-secret-either'
const system = await startSystem(tap, {
  CARRIER_SECRETS: `SF:${CARRIER_SECRET}`,
  PROVIDER_URLS: 'wechat:http://127.0.0.1:9', // nobody answers there
  PROVIDER_SECRETS: `wechat:${PROVIDER_SECRET}`,
})
const staff = await smallShop(system)
const orderId = await confirmedOrder(staff.ops, 'D', [{ sku: 'S', quantity: 3 }])
await addProduct(staff, { sku: 'SPECIAL', basePrice: '10.00', special: true })
const inReview = textOf(
  (await order(staff.ops, 'D', [{ sku: 'SPECIAL', quantity: 1 }])).body,
  'orderId',
)
const amendable = await confirmedOrder(staff.ops, 'D', [{ sku: 'S', quantity: 4 }])
const returned = await confirmedOrder(staff.ops, 'D', [{ sku: 'S', quantity: 9 }])
await ship(staff, `${returned}.1`)
expectStatus(await staff.warehouse.post(`/fulfilments/${returned}.1/deliver`), 200)
const cameBack = { orderId: returned, lines: [{ sku: 'S', quantity: 3, reason: 'x' }] }
const returnId = textOf(
  expectStatus(await staff.ops.post('/returns', cameBack), 201).body,
  'returnId',
)
const wholeOrder = orderOf('D', [{ sku: 'S', quantity: 1 }], {
  shipTo: { region: 'East', address: 'x', contact: { name: 'x', phone: '1', email: 'a@b.cn' } },
  charges: [{ kind: 'freight', amount: '1.00', taxRate: '0.09' }],
  orderNumber: 'N',
  requestedOn: '2026-03-09',
  note: 'x',
})
await addWarehouse(staff, 'V', ['West'], 2)
const underWay = { fromWarehouseId: 'W', toWarehouseId: 'V', lines: [{ sku: 'S', quantity: 5 }] }
const transferId = textOf(
  expectStatus(await staff.ops.post('/stock/transfers', underWay), 201).body,
  'transferId',
)
const transfer = { dealerId: 'D', amount: '5.00', method: 'bank-transfer' }
const paymentId = textOf(
  expectStatus(await staff.finance.post('/payments', transfer), 201).body,
  'paymentId',
)
expectStatus(await staff.finance.post(`/payments/${paymentId}/capture`), 200)
const online = { dealerId: 'D', amount: '5.00', method: 'wechat' }
const onlineId = textOf(
  expectStatus(await staff.finance.post('/payments', online), 201).body,
  'paymentId',
)

/** Who sends: people by their role, and a carrier and a provider that sign what they send. */
type Sender = Role | 'carrier' | 'provider'
const senders = new Map<Sender, Pick<Person, 'post'>>()
for (const role of ['brand-admin', 'brand-ops', 'brand-finance'] as const) {
  senders.set(role, await system.person(role))
}
senders.set('dealer-approver', await system.person('dealer-approver', 'D'))
senders.set('carrier', signing(CARRIER_SECRET))
senders.set('provider', signing(PROVIDER_SECRET))

function signing(secret: string): Pick<Person, 'post'> {
  return {
    post: (path, event) => {
      const body = JSON.stringify(event)
      const headers = { 'content-type': 'application/json', ...signed(secret, body, new Date()) }
      return system.sendToWrite({ method: 'POST', path: `/v1${path}`, body, headers })
    },
  }
}

type Sample = Readonly<{
  params?: Readonly<Record<string, string>>
  body: Body
  sender: Sender
  headers?: Readonly<Record<string, string>>
}>

/** A body that each route takes; what is taken twice answers with a refusal, which is as good here. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  '/dealers': {
    body: {
      dealerId: 'F',
      name: 'F',
      level: 'gold',
      region: 'East',
      parentDealerId: 'D',
      contact: { name: 'F', phone: '1', email: 'f@f.cn' },
      assortment: { categories: ['food'], skus: ['S'] },
    },
    sender: 'brand-ops',
  },
  '/products': {
    body: {
      productId: 'F',
      name: 'F',
      category: 'food',
      taxRate: '0.13',
      skus: [{ sku: 'F', name: 'F', basePrice: '1.5', moq: 2, attributes: { size: 'L' } }],
      listed: true,
    },
    sender: 'brand-ops',
  },
  '/products/{productId}/list': {
    params: { productId: 'P-S' },
    body: { at: '2026-01-01T00:00:00Z', reason: 'x' },
    sender: 'brand-ops',
  },
  '/products/{productId}/unlist': {
    params: { productId: 'P-S' },
    body: { at: '2999-01-01', reason: 'x' },
    sender: 'brand-ops',
  },
  '/warehouses': {
    body: { warehouseId: 'F', name: 'F', regions: ['East'], priority: 3 },
    sender: 'brand-ops',
  },
  '/stock/receipts': {
    body: {
      warehouseId: 'W',
      sku: 'S',
      quantity: 5,
      unitCost: '1.25',
      batch: 'B',
      expiresOn: '2027-01-01',
      reference: 'x',
    },
    sender: 'brand-ops',
  },
  '/stock/quarantines': {
    body: { warehouseId: 'W', sku: 'S', quantity: 2, batch: 'B', reason: 'x', release: true },
    sender: 'brand-ops',
  },
  '/stock/spoilage': {
    body: { warehouseId: 'W', sku: 'S', quantity: 1, batch: 'B', reason: 'x' },
    sender: 'brand-ops',
  },
  '/stock/counts': {
    body: {
      warehouseId: 'W',
      sku: 'S',
      quantity: 900,
      batch: 'B',
      expiresOn: '2027-01-01',
      reason: 'x',
    },
    sender: 'brand-ops',
  },
  '/stock/transfers': {
    body: {
      fromWarehouseId: 'W',
      toWarehouseId: 'V',
      lines: [{ sku: 'S', quantity: 2, batch: 'B' }],
      reference: 'x',
    },
    sender: 'brand-ops',
  },
  '/stock/transfers/{transferId}/receive': {
    params: { transferId },
    body: { warehouseId: 'V', lines: [{ sku: 'S', quantity: 1 }] },
    sender: 'brand-ops',
  },
  '/facilities/{dealerId}/limit': {
    params: { dealerId: 'D' },
    body: {
      limit: '1000',
      terms: { type: 'instalments', parts: [{ share: '0.3', days: 30 }] },
      graceDays: 3,
      lateFeeDailyRate: '0.0005',
      effectiveOn: '2026-03-01',
      reason: 'x',
    },
    sender: 'brand-finance',
  },
  '/facilities/{dealerId}/temporary-limits': {
    params: { dealerId: 'D' },
    body: { amount: '10', from: '2026-03-02', to: '2026-04-01T00:00:00Z', reason: 'x' },
    sender: 'brand-finance',
  },
  '/facilities/{dealerId}/freeze': {
    params: { dealerId: 'D' },
    body: { reason: 'x' },
    sender: 'brand-finance',
  },
  '/facilities/{dealerId}/unfreeze': {
    params: { dealerId: 'D' },
    body: { reason: 'x' },
    sender: 'brand-finance',
  },
  '/dealers/{dealerId}/move': {
    params: { dealerId: 'D' },
    body: { parentDealerId: null, reason: 'x' },
    sender: 'brand-ops',
  },
  '/facilities/{dealerId}/guarantees': {
    params: { dealerId: 'D' },
    body: { guarantorDealerId: 'D', amount: '10', until: '2026-04-01', orderId },
    sender: 'dealer-approver',
  },
  '/guarantees/{guaranteeId}/revoke': {
    params: { guaranteeId: 'D.g1' },
    body: { reason: 'x' },
    sender: 'dealer-approver',
  },
  '/orders': { body: wholeOrder, sender: 'brand-ops' },
  '/orders/quote': { body: wholeOrder, sender: 'brand-ops' },
  '/orders/{orderId}/amend': {
    params: { orderId: amendable },
    body: {
      lines: [{ sku: 'S', quantity: 2, priceOverride: { unitPrice: '9.00', reason: 'x' } }],
    },
    sender: 'brand-ops',
  },
  '/orders/{orderId}/cancel': {
    params: { orderId },
    body: { reason: 'x', code: 'no-longer-needed' },
    sender: 'brand-ops',
  },
  '/orders/{orderId}/approve': {
    params: { orderId: inReview },
    body: { reason: 'x', code: 'fine' },
    sender: 'brand-admin',
    headers: { 'if-match': 'W/"1"' },
  },
  '/orders/{orderId}/reject': {
    params: { orderId: inReview },
    body: { reason: 'x', code: 'too-much' },
    sender: 'brand-admin',
    headers: { 'if-match': 'W/"1"' },
  },
  '/reconciliation/{lineId}/match': {
    params: { lineId: 'S.1' },
    body: { receivableIds: ['D.1'] },
    sender: 'brand-finance',
  },
  '/reconciliation/{lineId}/ignore': {
    params: { lineId: 'S.1' },
    body: { reason: 'x' },
    sender: 'brand-finance',
  },
  '/review-rules': {
    body: {
      ruleId: 'F',
      name: 'x',
      when: { kind: 'burst', by: 'address', orders: 200, minutes: 1 },
      effect: 'review',
      chain: [{ role: 'brand-ops', over: '1000000', hours: 1 }, { role: 'brand-finance' }],
      escalateTo: 'brand-finance',
      from: '2026-03-02',
      to: '2999-01-01T00:00:00Z',
    },
    sender: 'brand-ops',
  },
  '/review-rules/{ruleId}/end': {
    params: { ruleId: 'F' },
    body: { reason: 'x' },
    sender: 'brand-ops',
  },
  '/delegations': {
    body: {
      delegationId: 'F',
      delegate: 'x',
      delegator: 'y',
      role: 'dealer-approver',
      dealerId: 'D',
      from: '2026-03-02',
      to: '2999-01-01T00:00:00Z',
      reason: 'x',
    },
    sender: 'brand-admin',
  },
  '/delegations/{delegationId}/end': {
    params: { delegationId: 'F' },
    body: { reason: 'x' },
    sender: 'brand-admin',
  },
  '/fulfilments/{fulfilmentId}/pick': {
    params: { fulfilmentId: `${orderId}.1` },
    body: {},
    sender: 'brand-ops',
  },
  '/fulfilments/{fulfilmentId}/ship': {
    params: { fulfilmentId: `${orderId}.1` },
    body: {
      lines: [{ sku: 'S', quantity: 1 }],
      carrier: 'SF',
      trackingNumber: '1',
      effectiveOn: '2026-03-01',
    },
    sender: 'brand-ops',
  },
  '/fulfilments/{fulfilmentId}/deliver': {
    params: { fulfilmentId: `${orderId}.1` },
    body: { effectiveOn: '2026-03-02' },
    sender: 'brand-ops',
  },
  '/fulfilments/{fulfilmentId}/delay': {
    params: { fulfilmentId: `${orderId}.1` },
    body: { reason: 'x', expectedOn: '2026-04-01' },
    sender: 'brand-ops',
  },
  '/carrier-callbacks/{carrier}': {
    params: { carrier: 'SF' },
    body: {
      eventId: 'E',
      trackingNumber: '1',
      event: 'delayed',
      occurredAt: '2026-03-02T08:00:00Z',
      location: 'Hangzhou',
      reason: 'x',
      expectedOn: '2026-03-09',
    },
    sender: 'carrier',
  },
  '/facilities/{dealerId}/debit-mandate': {
    params: { dealerId: 'D' },
    body: { method: 'wechat', mandateReference: 'M-1', reason: 'x' },
    sender: 'brand-finance',
  },
  '/facilities/{dealerId}/debit-mandate/revoke': {
    params: { dealerId: 'D' },
    body: { reason: 'x' },
    sender: 'brand-finance',
  },
  '/payment-callbacks/{provider}': {
    params: { provider: 'wechat' },
    body: {
      eventId: 'E1',
      payment: {
        paymentId: onlineId,
        status: 'paid',
        providerReference: 'WX-1',
        amount: '5.00',
        paidAt: '2026-03-02T08:00:00+08:00',
      },
    },
    sender: 'provider',
  },
  '/payments': {
    body: {
      dealerId: 'D',
      amount: '10',
      method: 'bank-transfer',
      orderIds: [orderId],
      receivableIds: ['D.1'],
      effectiveOn: '2026-03-01',
      reference: 'x',
    },
    sender: 'brand-finance',
  },
  '/payments/{paymentId}/refunds': {
    params: { paymentId },
    body: { refundId: 'F1', amount: '1', reason: 'x', to: 'bank' },
    sender: 'brand-finance',
  },
  '/refunds/{failedRefundId}/repeat': {
    params: { failedRefundId: 'F1' },
    body: { refundId: 'F2', reason: 'x', to: 'bank' },
    sender: 'brand-finance',
  },
  '/refunds/{refundId}/approve': {
    params: { refundId: 'F1' },
    body: { reason: 'x' },
    sender: 'brand-admin',
  },
  '/refunds/{refundId}/reject': {
    params: { refundId: 'F1' },
    body: { reason: 'x' },
    sender: 'brand-admin',
  },
  '/refunds/{refundId}/paid': {
    params: { refundId: 'F1' },
    body: { reference: 'x', effectiveOn: '2026-03-01' },
    sender: 'brand-finance',
  },
  '/refunds/{refundId}/fail': {
    params: { refundId: 'F1' },
    body: { reason: 'x' },
    sender: 'brand-finance',
  },
  '/payments/{paymentId}/reallocate': {
    params: { paymentId },
    body: { to: [{ receivableId: 'D.1', amount: '1' }], reason: 'x' },
    sender: 'brand-finance',
  },
  '/receivables/{receivableId}/write-off': {
    params: { receivableId: 'D.1' },
    body: { amount: '1', reason: 'x' },
    sender: 'brand-finance',
  },
  '/receivables/{receivableId}/recover': {
    params: { receivableId: 'D.1' },
    body: { amount: '1', reason: 'x' },
    sender: 'brand-finance',
  },
  '/payments/{paymentId}/redate': {
    params: { paymentId },
    body: { effectiveOn: '2026-03-01', reason: 'x' },
    sender: 'brand-finance',
  },
  '/payments/{paymentId}/capture': {
    params: { paymentId: 'F' },
    body: { amount: '1', reference: 'x', effectiveOn: '2026-03-01' },
    sender: 'brand-finance',
  },
  '/payments/{paymentId}/bounce': {
    params: { paymentId: 'F' },
    body: { reason: 'x', effectiveOn: '2026-03-01' },
    sender: 'brand-finance',
  },
  '/payments/{paymentId}/fail': {
    params: { paymentId: 'F' },
    body: { reason: 'x', reference: 'x', effectiveOn: '2026-03-01' },
    sender: 'brand-finance',
  },
  '/invoices': {
    body: { orderId, kind: 'electronic', buyerTaxId: '91310000MA1FL0000X', title: '上海' },
    sender: 'brand-finance',
  },
  '/invoices/{invoiceId}/red-letter': {
    params: { invoiceId: `${orderId}.i1` },
    body: { lines: [{ sku: 'S', quantity: 1 }], reason: 'x' },
    sender: 'brand-finance',
  },
  '/returns': { body: cameBack, sender: 'dealer-approver' },
  '/returns/{returnId}/approve': {
    params: { returnId },
    body: {
      restockingFee: '1',
      lines: [{ sku: 'S', quantity: 2, resalable: true }],
      note: 'x',
    },
    sender: 'brand-ops',
  },
  '/returns/{returnId}/reject': {
    params: { returnId: `${returned}.r2` },
    body: { reason: 'x' },
    sender: 'brand-ops',
  },
  '/returns/{returnId}/receive': {
    params: { returnId },
    body: {
      lines: [{ sku: 'S', quantity: 1, resalable: false }],
      warehouseId: 'W',
      effectiveOn: '2026-03-02',
    },
    sender: 'brand-ops',
  },
  '/business-days/{date}/close': {
    params: { date: '2999-01-01' },
    body: {},
    sender: 'brand-finance',
  },
  '/periods/{period}/close': {
    params: { period: '2999-01' },
    body: {},
    sender: 'brand-finance',
  },
  '/sagas/{sagaId}/resume': {
    params: { sagaId: 'order-fulfilment.x' },
    body: {},
    sender: 'brand-admin',
  },
}

const STRANGE: readonly unknown[] = [
  '',
  ' ',
  'a\u0000b',
  '\ud800',
  '\u202e',
  'x'.repeat(5_000),
  '界'.repeat(499),
  '../../etc',
  '__proto__',
  'constructor',
  '-1',
  '1e400',
  'NaN',
  '9'.repeat(15),
  '0.00001',
  '0000-01-01',
  '2026-02-30',
  '9999-12-31',
  '9999-12-31T23:59:60Z',
  0,
  -1,
  0.1,
  1e308,
  2 ** 53,
  1_000_000_000,
  null,
  true,
  [],
  {},
  [[]],
  { toString: 1 },
]

const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...STRANGE) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
)

type Mutation = Readonly<{ at: number; kind: 'set' | 'drop' | 'add' | 'twice'; value: unknown }>

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(1_000),
  kind: fc.constantFrom('set', 'set', 'set', 'drop', 'add', 'twice'),
  value,
})

type Holder = Record<string, unknown>

/** Every place in a value that holds another, the outermost first. */
function places(holder: Holder): readonly (readonly [Holder, string])[] {
  return Object.keys(holder).flatMap((name) => {
    const inner = holder[name]
    const own = [[holder, name]] as const
    return typeof inner === 'object' && inner !== null ? [...own, ...places(inner as Holder)] : own
  })
}

function mutated(body: Body, mutations: readonly Mutation[]): Body {
  const copy: Holder = structuredClone(body) as Holder
  for (const { at, kind, value: shared } of mutations) {
    const put = structuredClone(shared) // a later mutation may reach into it
    const all = places(copy)
    const place = all[at % Math.max(all.length, 1)]
    if (place === undefined || kind === 'add') {
      copy[typeof put === 'string' && put !== '__proto__' ? put : 'extra'] = put
      continue
    }
    const [holder, name] = place
    if (kind === 'set') holder[name] = put
    else if (kind === 'drop') delete holder[name]
    else holder[name] = [holder[name], holder[name]]
  }
  return copy
}

function pathWith(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

/** What is wrong with an answer; undefined: nothing. */
function faultOf({ status, headers, body, text }: Answer): string | undefined {
  if (status >= 500) return `${status} ${text}`
  if (status < 400) return undefined
  const isProblem = (headers.get('content-type') ?? '').startsWith('application/problem+json')
  const whole = [body.type, body.title, body.detail, body.code, body.instance].every(
    (one) => typeof one === 'string' && one !== '',
  )
  return isProblem && whole && body.status === status ? undefined : `no problem: ${status} ${text}`
}

test('there is a sample for every command of the OpenAPI document', async (t) => {
  const { body } = await system.sendToWrite({ method: 'GET', path: '/openapi.json' })
  const paths = Object.entries(body.paths as Body).flatMap(([path, methods]) =>
    isFile(field(methods, 'post')) ? [] : path.replace(/^\/v1/, ''),
  )
  t.same(
    paths.filter((path) => !Object.hasOwn(SAMPLES, path)),
    [],
  )
})

/** Files have fuzz tests of their own, beside what reads them. */
function isFile(operation: unknown): boolean {
  return field(operation, 'requestBody.content.multipart/form-data') !== undefined
}

test('no mutation of a valid request is answered by a fault of ours', async (t) => {
  const property = fc.asyncProperty(
    fc.constantFrom(...Object.entries(SAMPLES)),
    fc.array(mutation, { minLength: 1, maxLength: 3 }),
    fc.option(fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }), { freq: 6 }),
    async ([path, { params = {}, body, sender, headers = {} }], mutations, param) => {
      const named =
        param === null
          ? params
          : Object.fromEntries(Object.keys(params).map((name) => [name, param.toWellFormed()]))
      const answer = await senders
        .get(sender)
        ?.post(pathWith(path, named), mutated(body, mutations), headers)
      const fault = answer === undefined ? 'nobody sends it' : faultOf(answer)
      if (fault !== undefined) throw new Error(`${path}: ${fault}`)
    },
  )
  await fc.assert(property, { seed, numRuns, endOnFailure: false, maxSkipsPerRun: 1 })
  t.pass(`${numRuns} requests`)
})

test('the samples themselves are well formed, so that mutations reach the rules', async (t) => {
  for (const [path, { params = {}, body, sender, headers = {} }] of Object.entries(SAMPLES)) {
    const answer = await senders.get(sender)?.post(pathWith(path, params), body, headers)
    t.not(answer?.status ?? 400, 400, `${path}: ${answer?.text}`)
  }
})

test('what was taken meanwhile stops no read model and parks no saga', async (t) => {
  await system.seen()
  const operator = await system.person('brand-admin')
  for (const model of listOf((await operator.get('/projections')).body)) {
    t.match(model, { status: 'active', error: null }, String(model.name))
  }
  t.same(listOf((await operator.get('/sagas?status=parked')).body), [])
  const { body } = await staff.finance.get('/ledger/trial-balance')
  t.equal(body.totalDebit, body.totalCredit)
})
