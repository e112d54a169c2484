import tap, { test } from 'tap'
import type { Answer, Body } from './http.ts'
import { field, listOf, textOf } from './http.ts'
import {
  addDealer,
  addProduct,
  expectStatus,
  type Line,
  order,
  orderOf,
  receive,
  smallShop,
} from './shop.ts'
import { type Person, startSystem } from './system.ts'

const system = await startSystem(tap, { OVER_LIMIT: 'review' })
const staff = await smallShop(system)
const olga = await system.person('brand-ops', undefined, 'olga')
const otto = await system.person('brand-ops', undefined, 'otto')
const fei = await system.person('brand-finance', undefined, 'fei')
const ada = await system.person('brand-admin', undefined, 'ada')
await addProduct(staff, { sku: 'SWORD', basePrice: '10.00', special: true })
await receive(staff, 'W', 'SWORD', 1000)
await receive(staff, 'W', 'S', 20_000)
for (const dealerId of ['LIMITED', 'WATCHED', 'CUTTER', 'HURRIED', 'LARGE']) {
  const limit = dealerId === 'LIMITED' ? '1000' : '1000000'
  await addDealer(staff, { dealerId, parentDealerId: 'D', limit })
}
expectStatus(
  await staff.finance.post('/facilities/D/limit', { limit: '9000000', reason: 'x' }),
  200,
)
await system.seen()

const LINE = [{ sku: 'S', quantity: 1 }]

const buyerOf = (dealer: string) => system.person('dealer-buyer', dealer, `buyer-${dealer}`)

async function setRule(rule: Body): Promise<void> {
  expectStatus(await ada.post('/review-rules', { name: 'a rule', ...rule }), 201)
}

/** Places an order, which then is in review. */
async function inReview(dealerId: string, lines: readonly Line[], by?: Person): Promise<Answer> {
  const answer = await order(by ?? (await buyerOf(dealerId)), dealerId, lines)
  if (answer.body.status !== 'review') throw new Error(`not in review: ${answer.text}`)
  return answer
}

async function queue(query = ''): Promise<readonly Body[]> {
  await system.seen()
  return listOf(expectStatus(await ada.get(`/reviews?${query}`), 200).body)
}

async function reviewOf(orderId: string): Promise<Body> {
  const found = (await queue('limit=500')).find((item) => item.orderId === orderId)
  if (found === undefined) throw new Error(`${orderId} is not in the queue`)
  return found
}

/** Decides on the revision that the queue shows. */
async function decide(person: Person, orderId: string, what: string, body: Body = {}) {
  const { revision } = await reviewOf(orderId)
  return await person.post(`/orders/${orderId}/${what}`, body, { 'if-match': `W/"${revision}"` })
}

test('an order over the limit waits for approval, with its figures, and goes on', async (t) => {
  const { body } = await inReview('LIMITED', [{ sku: 'S', quantity: 150 }])
  const orderId = textOf(body, 'orderId')
  t.match(body.statusReason, { code: 'over-limit', decision: { inputs: { headroom: '1000.00' } } })
  t.match(await reviewOf(orderId), {
    dealerId: 'LIMITED',
    status: 'review',
    total: '1500.00',
    release: '500.00',
    reasons: [{ code: 'over-limit', decision: { inputs: { shortfall: '500.00' } } }],
    roles: ['brand-ops'],
    step: 0,
    escalatedTo: null,
  })
  t.match(await decide(olga, orderId, 'approve', { reason: 'pays well' }), {
    status: 200,
    body: { orderId, review: 1, approved: 'order' },
  })
  await system.seen()
  const answer = await olga.get(`/orders/${orderId}`)
  t.match(answer.body, { status: 'confirmed', statusReason: null, review: null })
})

test('nobody approves their own order', async (t) => {
  const { body } = await inReview('LIMITED', [{ sku: 'S', quantity: 160 }], olga)
  const orderId = textOf(body, 'orderId')
  const refused = {
    status: 403,
    body: { code: 'own-order', decision: { inputs: { user: 'olga' } } },
  }
  t.match(await decide(olga, orderId, 'approve'), refused)
  const given = { delegate: 'tom', from: '2026-01-01', to: '2999-01-01', reason: 'on leave' }
  const { delegationId } = expectStatus(await olga.post('/delegations', given), 201).body
  const tom = await system.person('brand-warehouse', undefined, 'tom')
  t.match(await decide(tom, orderId, 'approve'), refused, 'nor through a delegate')
  expectStatus(await olga.post(`/delegations/${delegationId}/end`), 200)
  t.equal(
    (await decide(otto, orderId, 'reject', { reason: 'too much', code: 'no-appetite' })).status,
    200,
  )
  await system.seen()
  t.match((await olga.get(`/orders/${orderId}`)).body, {
    status: 'rejected',
    statusReason: { code: 'no-appetite', message: 'too much' },
    review: null,
  })
})

test('a chain by amount takes a person of each step, in its order', async (t) => {
  await setRule({
    ruleId: 'large',
    when: { kind: 'amount', over: '1000.00' },
    chain: [
      { role: 'brand-ops', hours: 1 },
      { role: 'brand-finance', over: '2000.00' },
    ],
  })
  const small = textOf((await inReview('LARGE', [{ sku: 'S', quantity: 101 }])).body, 'orderId')
  t.match(await decide(olga, small, 'approve'), { body: { approved: 'order' } })
  const large = textOf((await inReview('LARGE', [{ sku: 'S', quantity: 201 }])).body, 'orderId')
  t.match(await decide(fei, large, 'approve'), {
    status: 403,
    body: { code: 'not-your-step', decision: { inputs: { roles: ['brand-ops'], steps: 2 } } },
  })
  t.match(await decide(olga, large, 'approve'), { body: { approved: 'step', review: 1 } })
  t.match(await reviewOf(large), {
    step: 1,
    roles: ['brand-finance'],
    approvals: [{ user: 'olga', role: 'brand-ops', onBehalfOf: null }],
  })
  const inQueueOf = async (role: string) =>
    (await queue(`role=${role}`)).some(({ orderId }) => orderId === large)
  t.notOk(await inQueueOf('brand-ops'))
  t.ok(await inQueueOf('brand-finance'))
  t.match(await decide(fei, large, 'approve'), { body: { approved: 'order' } })
  await system.seen()
  t.match((await olga.get(`/orders/${large}`)).body, { status: 'confirmed' })
  expectStatus(await ada.post('/review-rules/large/end', { reason: 'tried' }), 200)
})

test('a decision is bound to the revision that was looked at', async (t) => {
  const { body } = await inReview('D', [{ sku: 'SWORD', quantity: 1 }])
  const orderId = textOf(body, 'orderId')
  const path = `/orders/${orderId}/approve`
  for (const headers of [{}, { 'if-match': '*' }] as const) {
    t.match(await olga.post(path, {}, headers), {
      status: 428,
      body: { code: 'precondition-required' },
    })
  }
  t.match(await olga.post(`/orders/${orderId}/reject`), { status: 428 })
  t.equal((await olga.post(path, {}, { 'if-match': 'seven' })).status, 400)
  t.match(await olga.post(path, {}, { 'if-match': 'W/"0"' }), {
    status: 412,
    body: { code: 'revision-moved', decision: { inputs: { expected: '0', actual: '1' } } },
  })
  const { revision } = await reviewOf(orderId)
  const headers = { 'if-match': `W/"${revision}"`, 'idempotency-key': 'approve-once' }
  const first = expectStatus(await olga.post(path, {}, headers), 200)
  await system.seen()
  const again = expectStatus(await olga.post(path, {}, headers), 200)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.same(again.body, first.body)
  const current = (await olga.get(`/orders/${orderId}`)).headers.get('etag') ?? ''
  t.match(await otto.post(path, {}, { 'if-match': current }), {
    status: 409,
    body: { code: 'not-in-review' },
  })
  t.equal((await olga.post('/orders/NOBODY/approve', {}, { 'if-match': 'W/"1"' })).status, 412)
})

test('special goods go to operations, and are rejected with a note', async (t) => {
  const { body } = await inReview('D', [{ sku: 'SWORD', quantity: 2 }, ...LINE])
  const orderId = textOf(body, 'orderId')
  t.match(body.statusReason, {
    code: 'special-goods',
    decision: { rule: 'special-goods', ruleVersion: 0, inputs: { lines: [{ sku: 'SWORD' }] } },
  })
  t.match(await decide(otto, orderId, 'reject'), { status: 200, body: { outcome: 'rejected' } })
  await system.seen()
  t.match((await olga.get(`/orders/${orderId}`)).body, {
    status: 'rejected',
    statusReason: { code: 'review-rejected', decision: { ways: ['leave out SWORD'] } },
  })
  t.equal((await order(olga, 'D', LINE)).body.status, 'confirmed', 'the way out works')
})

test('a burst of orders from one address, and an order cut into pieces, are looked at', async (t) => {
  await setRule({ ruleId: 'burst', when: { kind: 'burst', by: 'dealer', orders: 3, minutes: 60 } })
  const statuses = async (dealerId: string, quantities: readonly number[]) => {
    const buyer = await buyerOf(dealerId)
    const found: unknown[] = []
    for (const quantity of quantities) {
      found.push((await order(buyer, dealerId, [{ sku: 'S', quantity }])).body.status)
    }
    return found
  }
  t.same(await statuses('HURRIED', [1, 1, 1]), ['confirmed', 'confirmed', 'review'])
  expectStatus(await ada.post('/review-rules/burst/end'), 200)
  const cutUp = { kind: 'order-cut-up', threshold: '100.00', minutes: 60 }
  await setRule({ ruleId: 'cut-up', when: cutUp })
  t.same(await statuses('CUTTER', [6, 5]), ['confirmed', 'review'])
  const [item] = await queue('dealerId=CUTTER')
  t.match(item, {
    reasons: [
      { code: 'order-cut-up', decision: { rule: 'cut-up', inputs: { together: '110.00' } } },
    ],
  })
  expectStatus(await ada.post('/review-rules/cut-up/end'), 200)
  const byAddress = { kind: 'burst', by: 'address', orders: 2, minutes: 60 }
  await setRule({ ruleId: 'address', when: byAddress, effect: 'reject' })
  const rejected = await order(await buyerOf('D'), 'D', LINE)
  t.match(rejected.body, { status: 'rejected', statusReason: { code: 'review-rejected' } })
  expectStatus(await ada.post('/review-rules/address/end'), 200)
})

test('a delegate decides in the stead of a reviewer', async (t) => {
  await setRule({
    ruleId: 'watched',
    when: { kind: 'dealer', dealerId: 'WATCHED' },
    chain: [{ role: 'dealer-approver' }],
  })
  const orderId = textOf((await inReview('WATCHED', LINE)).body, 'orderId')
  const sibling = await system.person('dealer-approver', 'LARGE', 'sid')
  t.match(await decide(sibling, orderId, 'approve'), {
    status: 403,
    body: { code: 'not-your-dealer' },
  })
  const standIn = await system.person('dealer-buyer', 'WATCHED', 'sam')
  t.match(await decide(standIn, orderId, 'approve'), {
    status: 403,
    body: { code: 'not-your-step' },
  })
  const superior = await system.person('dealer-approver', 'D', 'dora')
  const delegation = { delegate: 'sam', from: '2026-01-01', to: '2999-01-01', reason: 'travelling' }
  expectStatus(await superior.post('/delegations', delegation), 201)
  t.match(await decide(standIn, orderId, 'approve'), {
    status: 200,
    body: { approved: 'order', onBehalfOf: 'dora' },
  })
  t.match(listOf((await ada.get('/delegations')).body).at(0), {
    ...{ delegator: 'dora', delegate: 'sam', role: 'dealer-approver', dealerId: 'D' },
    ...{ givenBy: 'dora', endedAt: null },
  })
  const sees = async (person: Person) => listOf((await person.get('/delegations')).body).length
  t.equal(await sees(superior), 1)
  t.equal(await sees(sibling), 0)
  expectStatus(await ada.post('/review-rules/watched/end'), 200)
})

test('an amendment of a confirmed order is reviewed by itself, and the order stands', async (t) => {
  await setRule({ ruleId: 'large', when: { kind: 'amount', over: '500.00' } })
  const amended = async (quantity: number) => {
    const { body } = await order(await buyerOf('LARGE'), 'LARGE', [{ sku: 'S', quantity: 40 }])
    const orderId = textOf(body, 'orderId')
    const lines = [{ sku: 'S', quantity }]
    expectStatus(await (await buyerOf('LARGE')).post(`/orders/${orderId}/amend`, { lines }), 200)
    t.match(await reviewOf(orderId), {
      status: 'confirmed',
      amendment: 1,
      total: `${quantity}0.00`,
    })
    return orderId
  }
  const granted = await amended(51)
  t.match(await decide(olga, granted, 'approve'), { status: 200, body: { approved: 'amendment' } })
  await system.seen()
  const after = { status: 'confirmed', total: '510.00', review: null }
  t.match((await olga.get(`/orders/${granted}`)).body, after)
  const refused = await amended(52)
  const answer = await decide(olga, refused, 'reject')
  t.match(answer, { status: 200, body: { outcome: 'amendment-refused' } })
  await system.seen()
  const before = { status: 'confirmed', total: '400.00', review: null }
  t.match((await olga.get(`/orders/${refused}`)).body, before)
  expectStatus(await ada.post('/review-rules/large/end'), 200)
})

test('an order amended in review is judged anew, and what was approved is void', async (t) => {
  const chain = [{ role: 'brand-ops' }, { role: 'brand-finance' }]
  await setRule({ ruleId: 'large', when: { kind: 'amount', over: '500.00' }, chain })
  const buyer = await buyerOf('LARGE')
  const orderId = textOf((await inReview('LARGE', [{ sku: 'S', quantity: 60 }])).body, 'orderId')
  t.match(await decide(olga, orderId, 'approve'), { body: { approved: 'step' } })
  const amend = async (quantity: number) =>
    expectStatus(
      await buyer.post(`/orders/${orderId}/amend`, { lines: [{ sku: 'S', quantity }] }),
      200,
    )
  await amend(70)
  t.match(await reviewOf(orderId), { review: 2, step: 0, roles: ['brand-ops'], approvals: [] })
  await amend(50)
  await system.seen()
  t.match((await olga.get(`/orders/${orderId}`)).body, { status: 'confirmed', review: null })
  expectStatus(await ada.post('/review-rules/large/end'), 200)
})

test('an order cancelled in review leaves the queue', async (t) => {
  const orderId = textOf((await inReview('D', [{ sku: 'SWORD', quantity: 1 }])).body, 'orderId')
  expectStatus(await olga.post(`/orders/${orderId}/cancel`), 200)
  const items = await queue('limit=500')
  t.notOk(items.some((item) => item.orderId === orderId))
})

test('the queue goes on from a cursor, the oldest deadline first', async (t) => {
  for (const quantity of [1, 2, 3]) await inReview('D', [{ sku: 'SWORD', quantity }])
  const whole = await queue('limit=500')
  const due = whole.map(({ dueAt }) => String(dueAt))
  t.same(due, due.toSorted())
  const paged: unknown[] = []
  for (let cursor = ''; ; ) {
    const { body } = expectStatus(await ada.get(`/reviews?limit=2${cursor}`), 200)
    paged.push(...listOf(body).map(({ orderId }) => orderId))
    if (field(body, 'nextCursor') === null) break
    cursor = `&cursor=${textOf(body, 'nextCursor')}`
  }
  t.same(
    paged,
    whole.map(({ orderId }) => orderId),
  )
  const buyer = await buyerOf('LARGE')
  t.same(listOf((await buyer.get('/reviews')).body), [], 'a dealer sees its own only')
})

test('rules are listed with their versions, the built-in ones too', async (t) => {
  await setRule({ ruleId: 'versioned', when: { kind: 'amount', over: '900000' } })
  const second = await ada.post('/review-rules', {
    ...{ ruleId: 'versioned', name: 'again', when: { kind: 'amount', over: '950000' } },
  })
  t.match(second, { status: 201, body: { ruleId: 'versioned', version: 2 } })
  await system.seen()
  const rules = listOf((await olga.get('/review-rules?limit=500')).body)
  const found = (id: string) => rules.find(({ ruleId }) => ruleId === id)
  t.match(found('versioned'), {
    ...{ version: 2, name: 'again', effect: 'review', setBy: 'ada', endedAt: null },
    ...{ when: { kind: 'amount', over: '950000' }, chain: [{ role: 'brand-ops', hours: 24 }] },
  })
  t.match(found('special-goods'), { version: 0, setBy: null })
  t.match(found('burst'), { version: 1, endedAt: String })
  const first = (await olga.get('/review-rules?limit=2')).body
  const next = await olga.get(`/review-rules?limit=2&cursor=${textOf(first, 'nextCursor')}`)
  t.same([...listOf(first), ...listOf(next.body)], rules.slice(0, 4))
  t.equal((await (await buyerOf('D')).get('/review-rules')).status, 403)
})

test('what is wrong with a rule or a delegation is said', async (t) => {
  const rule = { name: 'x', when: { kind: 'amount', over: '1' } }
  const bad: readonly (readonly [Body, string])[] = [
    [{ ...rule, when: { kind: 'moon' } }, 'when.kind'],
    [{ ...rule, when: { kind: 'amount', over: '-1' } }, 'when.over'],
    [{ ...rule, when: { kind: 'burst', by: 'dealer', orders: 1, minutes: 5 } }, 'when.orders'],
    [{ ...rule, chain: [] }, 'chain'],
    [{ ...rule, chain: [{ role: 'auditor' }] }, 'chain.0.role'],
    [{ ...rule, from: 'yesterday' }, 'from'],
  ]
  for (const [body, path] of bad) {
    const answer = await ada.post('/review-rules', body)
    t.match(answer, { status: 400, body: { errors: [{ path }] } }, path)
  }
  const open = { ...rule, chain: [{ role: 'brand-ops', over: '5' }] }
  t.match(await ada.post('/review-rules', open), {
    status: 422,
    body: { code: 'review-chain-open' },
  })
  t.equal((await fei.post('/review-rules', rule)).status, 403)
  t.match(await ada.post('/review-rules/unheard/end'), { status: 404 })
  const lent = { delegate: 'tom', from: '2026-01-01', to: '2999-01-01', reason: 'x' }
  t.match(await olga.post('/delegations', { ...lent, delegator: 'fei', role: 'brand-finance' }), {
    status: 403,
    body: { code: 'delegation-forbidden' },
  })
  t.match(await olga.post('/delegations', { ...lent, to: '2026-01-01' }), { status: 422 })
  t.equal((await olga.post('/delegations', { ...lent, from: 'soon' })).status, 400)
  t.match(await olga.post('/delegations/unheard/end'), { status: 404 })
  for (const cursor of ['x', 'WzFd']) {
    for (const path of ['/reviews', '/review-rules', '/delegations']) {
      t.equal((await ada.get(`${path}?cursor=${cursor}`)).status, 400, `${path} ${cursor}`)
    }
  }
  t.equal((await ada.get('/reviews?role=king')).status, 400)
  const asked = await ada.post('/orders', orderOf('D', LINE))
  t.match(await decideNothing(textOf(asked.body, 'orderId')), { status: 412 })
})

/** An approval of an order that nobody has looked at. */
async function decideNothing(orderId: string): Promise<Answer> {
  return await olga.post(`/orders/${orderId}/approve`, {}, { 'if-match': 'W/"999"' })
}
