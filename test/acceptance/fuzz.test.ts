import fc from 'fast-check'
import tap, { test } from 'tap'
import type { Role } from '../../domain/kernel/roles.ts'
import { type Answer, type Body, field, listOf, textOf } from './http.ts'
import { addProduct, confirmedOrder, order, orderOf, smallShop } from './shop.ts'
import { type Person, startSystem } from './system.ts'

/** More runs by `FUZZ_RUNS`; always the same ones, unless `FUZZ_SEED` names others. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 300)
const seed = Number(process.env.FUZZ_SEED ?? 20_260_302)

const system = await startSystem(tap)
const staff = await smallShop(system)
const orderId = await confirmedOrder(staff.ops, 'D', [{ sku: 'S', quantity: 3 }])
await addProduct(staff, { sku: 'SPECIAL', basePrice: '10.00', special: true })
const inReview = textOf(
  (await order(staff.ops, 'D', [{ sku: 'SPECIAL', quantity: 1 }])).body,
  'orderId',
)
const people = new Map<Role, Person>()
for (const role of ['brand-admin', 'brand-ops', 'brand-finance'] as const) {
  people.set(role, await system.person(role))
}
people.set('dealer-approver', await system.person('dealer-approver', 'D'))

type Sample = Readonly<{
  params?: Readonly<Record<string, string>>
  body: Body
  role: Role
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
    role: 'brand-ops',
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
    role: 'brand-ops',
  },
  '/products/{productId}/list': {
    params: { productId: 'P-S' },
    body: { at: '2026-01-01T00:00:00Z', reason: 'x' },
    role: 'brand-ops',
  },
  '/products/{productId}/unlist': {
    params: { productId: 'P-S' },
    body: { at: '2999-01-01', reason: 'x' },
    role: 'brand-ops',
  },
  '/warehouses': {
    body: { warehouseId: 'F', name: 'F', regions: ['East'], priority: 3 },
    role: 'brand-ops',
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
    role: 'brand-ops',
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
    role: 'brand-finance',
  },
  '/facilities/{dealerId}/temporary-limits': {
    params: { dealerId: 'D' },
    body: { amount: '10', from: '2026-03-02', to: '2026-04-01T00:00:00Z', reason: 'x' },
    role: 'brand-finance',
  },
  '/facilities/{dealerId}/guarantees': {
    params: { dealerId: 'D' },
    body: { guarantorDealerId: 'D', amount: '10', until: '2026-04-01', orderId },
    role: 'dealer-approver',
  },
  '/guarantees/{guaranteeId}/revoke': {
    params: { guaranteeId: 'D.g1' },
    body: { reason: 'x' },
    role: 'dealer-approver',
  },
  '/orders': {
    body: orderOf('D', [{ sku: 'S', quantity: 1 }], {
      shipTo: { region: 'East', address: 'x', contact: { name: 'x', phone: '1', email: 'a@b.cn' } },
      charges: [{ kind: 'freight', amount: '1.00', taxRate: '0.09' }],
      orderNumber: 'N',
      requestedOn: '2026-03-09',
      note: 'x',
    }),
    role: 'brand-ops',
  },
  '/orders/{orderId}/cancel': {
    params: { orderId },
    body: { reason: 'x', code: 'no-longer-needed' },
    role: 'brand-ops',
  },
  '/orders/{orderId}/approve': {
    params: { orderId: inReview },
    body: { reason: 'x', code: 'fine' },
    role: 'brand-admin',
    headers: { 'if-match': 'W/"1"' },
  },
  '/orders/{orderId}/reject': {
    params: { orderId: inReview },
    body: { reason: 'x', code: 'too-much' },
    role: 'brand-admin',
    headers: { 'if-match': 'W/"1"' },
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
    role: 'brand-ops',
  },
  '/review-rules/{ruleId}/end': {
    params: { ruleId: 'F' },
    body: { reason: 'x' },
    role: 'brand-ops',
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
    role: 'brand-admin',
  },
  '/delegations/{delegationId}/end': {
    params: { delegationId: 'F' },
    body: { reason: 'x' },
    role: 'brand-admin',
  },
  '/fulfilments/{fulfilmentId}/pick': {
    params: { fulfilmentId: `${orderId}.1` },
    body: {},
    role: 'brand-ops',
  },
  '/fulfilments/{fulfilmentId}/ship': {
    params: { fulfilmentId: `${orderId}.1` },
    body: {
      lines: [{ sku: 'S', quantity: 1 }],
      carrier: 'SF',
      trackingNumber: '1',
      effectiveOn: '2026-03-01',
    },
    role: 'brand-ops',
  },
  '/fulfilments/{fulfilmentId}/deliver': {
    params: { fulfilmentId: `${orderId}.1` },
    body: { effectiveOn: '2026-03-02' },
    role: 'brand-ops',
  },
  '/fulfilments/{fulfilmentId}/delay': {
    params: { fulfilmentId: `${orderId}.1` },
    body: { reason: 'x', expectedOn: '2026-04-01' },
    role: 'brand-ops',
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
    role: 'brand-finance',
  },
  '/payments/{paymentId}/capture': {
    params: { paymentId: 'F' },
    body: { reference: 'x', effectiveOn: '2026-03-01' },
    role: 'brand-finance',
  },
  '/payments/{paymentId}/fail': {
    params: { paymentId: 'F' },
    body: { reason: 'x', reference: 'x', effectiveOn: '2026-03-01' },
    role: 'brand-finance',
  },
  '/business-days/{date}/close': {
    params: { date: '2999-01-01' },
    body: {},
    role: 'brand-finance',
  },
  '/sagas/{sagaId}/resume': {
    params: { sagaId: 'order-fulfilment.x' },
    body: {},
    role: 'brand-admin',
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
  for (const { at, kind, value: put } of mutations) {
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
    async ([path, { params = {}, body, role, headers = {} }], mutations, param) => {
      const named =
        param === null
          ? params
          : Object.fromEntries(Object.keys(params).map((name) => [name, param.toWellFormed()]))
      const answer = await people
        .get(role)
        ?.post(pathWith(path, named), mutated(body, mutations), headers)
      const fault = answer === undefined ? 'nobody sends it' : faultOf(answer)
      if (fault !== undefined) throw new Error(`${path}: ${fault}`)
    },
  )
  await fc.assert(property, { seed, numRuns, endOnFailure: false, maxSkipsPerRun: 1 })
  t.pass(`${numRuns} requests`)
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
