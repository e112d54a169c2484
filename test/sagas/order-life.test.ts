import { test } from 'tap'
import type { World } from './small-world.ts'
import { createWorld, ORDER } from './small-world.ts'

const by = { carrier: 'SF', trackingNumber: 'SF1' }
const REVIEWER = { user: 'rita', role: 'brand-ops' }

const asked = (a: number, b: number, more = {}) => ({
  dealerId: 'D1',
  shipTo: { region: 'East' },
  lines: [
    { sku: 'A', quantity: a },
    { sku: 'B', quantity: b },
  ].filter(({ quantity }) => quantity > 0),
  payment: 'term',
  ...more,
})

/** A world in which an order was placed and everything has come to rest. */
function settled(options: Parameters<typeof createWorld>[0], input = asked(8, 6)): World {
  const world = createWorld(options)
  const refused = world.decide('PlaceOrder', input)
  if (refused) throw new Error(refused)
  world.settle()
  return world
}

function decided(world: World, ...[name, input, options]: Parameters<World['decide']>): void {
  const refused = world.decide(name, input, options)
  if (refused) throw new Error(`${name}: ${refused}`)
  world.settle()
}

const of = ({ log }: World, type: string) =>
  log.filter((event) => event.type === type).map(({ data }) => data as Record<string, unknown>)

const statusOf = (world: World) => world.order()?.status

const lines = (a: number, b: number) => asked(a, b).lines

function paid(world: World, amount: string, orderIds: readonly string[] = [ORDER]): void {
  decided(world, 'ReceivePayment', {
    ...{ facilityId: 'D1', dealerId: 'D1', paymentId: `P${world.log.length}`, amount },
    ...{ method: 'bank-transfer', orderIds, receivableIds: [] },
  })
}

const received = (world: World, warehouseId: string, sku: string, quantity: number) =>
  decided(world, 'ReceiveStock', { warehouseId, sku, quantity, unitCost: '1' })

const REVIEW = { limit: '50.00', policy: { overLimit: 'review' } } as const

test('over the limit the order waits in review with nothing set aside, and says what would help', async (t) => {
  const world = settled(REVIEW)
  t.equal(statusOf(world), 'review')
  t.match(of(world, 'ReviewRequested'), [
    { reasons: [{ code: 'over-limit', decision: { inputs: { shortfall: '49.98' } } }] },
  ])
  t.equal(of(world, 'ReservationReleased').length, 2)
})

test('a reviewer’s release lets the order through', async (t) => {
  const world = settled(REVIEW)
  decided(world, 'ApproveOrder', { orderId: ORDER }, { actor: REVIEWER })
  t.equal(statusOf(world), 'confirmed')
  t.match(of(world, 'HoldPlaced'), [{ amount: '99.98', release: '49.98' }])
})

test('money or a guarantee for an order over its limit lets it through by itself', async (t) => {
  const world = settled(REVIEW)
  paid(world, '20.00')
  t.equal(statusOf(world), 'review', 'not enough')
  t.equal(of(world, 'ReviewRequested').length, 2, 'with other figures')
  paid(world, '29.98')
  t.equal(statusOf(world), 'confirmed')
})

test('money that comes before the review is asked for is not overlooked', async (t) => {
  const world = createWorld(REVIEW)
  world.decide('PlaceOrder', asked(8, 6))
  const drain = () => {
    for (const stream of [...world.unseen.keys()]) {
      while (world.unseen.has(stream)) world.seeNext(stream)
    }
  }
  drain()
  while (world.inFlight.length > 0) world.arrive(0)
  world.decide('ReceivePayment', {
    ...{ facilityId: 'D1', dealerId: 'D1', paymentId: 'P1', amount: '49.98' },
    ...{ method: 'bank-transfer', orderIds: [ORDER], receivableIds: [] },
  })
  world.settle()
  t.equal(statusOf(world), 'confirmed')
  t.equal(of(world, 'ReviewRequested').length, 0)
})

test('special goods are looked at before anything is asked of credit and stock', async (t) => {
  const world = createWorld({})
  decided(world, 'SetReviewRule', {
    ...{ ruleId: 'large', name: 'Large', when: { kind: 'amount', over: '50.00' } },
    chain: [{ role: 'brand-ops', hours: 24 }],
  })
  decided(world, 'PlaceOrder', asked(8, 6))
  t.equal(statusOf(world), 'review')
  t.equal(of(world, 'FulfilmentPlanned').length, 0)
  decided(world, 'ApproveOrder', { orderId: ORDER }, { actor: REVIEWER })
  t.equal(statusOf(world), 'confirmed')
})

const BACKORDER = { policy: { stockShort: 'backorder' } } as const

test('an order that is short waits, and is confirmed by itself when enough has come', async (t) => {
  const world = settled(BACKORDER, asked(8, 20))
  t.equal(statusOf(world), 'backordered')
  t.match(of(world, 'OrderBackordered'), [{ shortages: [{ sku: 'B', wanted: 20, missing: 8 }] }])
  t.match(of(world, 'HoldPlaced'), [], 'no credit meanwhile')
  received(world, 'BJ', 'B', 5)
  t.equal(statusOf(world), 'backordered')
  received(world, 'BJ', 'B', 3)
  t.equal(statusOf(world), 'confirmed')
})

test('an order that is short of two SKUs waits for both', async (t) => {
  const world = settled(BACKORDER, asked(20, 20))
  received(world, 'BJ', 'B', 8)
  t.equal(statusOf(world), 'backordered')
  t.match(of(world, 'OrderBackordered').at(-1), {
    shortages: [{ sku: 'A', missing: 6 }],
    waitedFor: ['B'],
  })
  received(world, 'SH', 'A', 6)
  t.equal(statusOf(world), 'confirmed')
})

test('a backordered order can be cancelled, and is then waited for by nobody', async (t) => {
  const world = settled(BACKORDER, asked(8, 20))
  decided(world, 'CancelOrder', { orderId: ORDER })
  t.equal(statusOf(world), 'cancelled')
  received(world, 'BJ', 'B', 20)
  t.equal(of(world, 'FulfilmentPlanned').length, 2)
  t.notOk(world.isThere())
})

test('where parts are served, the order is confirmed for what there is, and its amounts with it', async (t) => {
  const world = settled({ policy: { stockShort: 'partial' } }, asked(8, 20))
  t.equal(statusOf(world), 'confirmed')
  t.match(of(world, 'OrderConfirmed'), [
    { reducedTo: { total: '119.96', dropped: [{ sku: 'B', quantity: 8 }] } },
  ])
  t.match(of(world, 'HoldPlaced'), [{ amount: '119.96' }])
})

test('where nothing can be served, the order is rejected', async (t) => {
  const world = createWorld({ policy: { stockShort: 'partial' } })
  for (const [warehouseId, quantity] of [
    ['SH', 10],
    ['BJ', 4],
  ] as const) {
    const taken = { orderId: 'OTHER', attempt: 1, expiresAt: '2026-01-05T03:00:00Z' }
    const all = [{ sku: 'A', quantity }]
    decided(world, 'ReserveStock', { warehouseId, lines: all, ...taken })
  }
  decided(world, 'PlaceOrder', asked(8, 0))
  t.match(of(world, 'OrderRejected'), [{ code: 'stock-insufficient' }])
})

const PREPAID = asked(8, 6, { payment: 'prepaid' })

test('a prepaid order waits with its stock set aside until it is paid', async (t) => {
  const world = settled({ limit: '0.00' }, PREPAID)
  t.equal(statusOf(world), 'placed')
  t.match(of(world, 'PaymentAwaited'), [{ amount: '99.98', until: '2026-01-06T02:00:00.000Z' }])
  paid(world, '60.00')
  t.equal(statusOf(world), 'placed')
  paid(world, '39.98')
  t.equal(statusOf(world), 'confirmed')
})

test('a prepaid order that is not paid in time lapses, and what was paid is the dealer’s again', async (t) => {
  const world = settled({ limit: '0.00' }, PREPAID)
  paid(world, '60.00')
  world.fireTimers()
  world.settle()
  t.equal(statusOf(world), 'lapsed')
  t.match(of(world, 'HoldReleased'), [{ amount: '0.00', prepaymentFreed: '60.00' }])
  t.equal(of(world, 'ReservationReleased').length, 2)
  t.notOk(world.isThere())
})

test('a prepaid order that is amended waits for the new total, and what was paid counts', async (t) => {
  const world = settled({ limit: '0.00' }, PREPAID)
  paid(world, '60.00')
  decided(world, 'AmendOrder', { orderId: ORDER, lines: lines(6, 0) })
  t.equal(statusOf(world), 'confirmed', '60.00 was enough')
  t.match(of(world, 'OrderConfirmed'), [{ fulfilments: [{ lines: [{ sku: 'A', quantity: 6 }] }] }])
})

test('more of a confirmed order asks for the difference only', async (t) => {
  const world = settled({})
  decided(world, 'AmendOrder', { orderId: ORDER, lines: lines(10, 8) })
  t.match(of(world, 'OrderAmended'), [{ total: '126.64', amendment: 1 }])
  t.same(
    of(world, 'StockReserved').map((event) => [event.attempt, event.warehouseId, event.lines]),
    [
      [1, 'SH', [{ sku: 'A', quantity: 8 }]],
      [1, 'BJ', [{ sku: 'B', quantity: 6 }]],
      [2, 'SH', [{ sku: 'A', quantity: 2 }]],
      [2, 'BJ', [{ sku: 'B', quantity: 2 }]],
    ],
  )
  t.equal(of(world, 'HoldPlaced').at(-1)?.amount, '126.64')
  t.same(
    world.order()?.fulfilments.map(({ fulfilmentId, left }) => [fulfilmentId, left]),
    [
      [`${ORDER}.1`, [{ sku: 'A', quantity: 10 }]],
      [`${ORDER}.2`, [{ sku: 'B', quantity: 8 }]],
    ],
  )
})

test('less of a confirmed order is given back only once the order says so', async (t) => {
  const world = settled({})
  decided(world, 'AmendOrder', { orderId: ORDER, lines: lines(3, 0) })
  const types = world.log.map(({ type }) => type)
  t.ok(types.indexOf('OrderAmended') < types.indexOf('ReservationReduced'))
  t.match(of(world, 'HoldPlaced').at(-1), { amount: '30.00' })
  decided(world, 'ShipFulfilment', { fulfilmentId: `${ORDER}.1`, ...by })
  decided(world, 'DeliverFulfilment', { fulfilmentId: `${ORDER}.1` })
  t.equal(statusOf(world), 'completed', 'the other fulfilment went')
  t.notOk(world.isThere())
})

test('an amendment that credit or stock refuses leaves the order, its hold and its stock as they were', async (t) => {
  for (const [options, wanted, code] of [
    [{ limit: '100.00' }, lines(10, 8), 'credit-insufficient'],
    [{}, lines(8, 60), 'stock-insufficient'],
  ] as const) {
    const world = settled(options)
    decided(world, 'AmendOrder', { orderId: ORDER, lines: wanted })
    t.match(of(world, 'AmendmentRefused'), [{ code }])
    t.match(world.order(), { status: 'confirmed', total: '99.98', amendment: undefined })
    decided(world, 'CancelOrder', { orderId: ORDER })
    t.match(of(world, 'HoldReleased').at(-1), { amount: '99.98', reason: 'cancelled' })
    t.notOk(world.isThere())
  }
})

test('an amendment over the limit is refused, so it offers no reviewer’s release', async (t) => {
  const world = settled({ limit: '100.00', policy: { overLimit: 'review' } })
  decided(world, 'AmendOrder', { orderId: ORDER, lines: lines(10, 8) })
  const refused = of(world, 'AmendmentRefused')
  t.match(refused, [{ code: 'credit-insufficient', decision: { ways: [/^prepay/] } }])
  t.notMatch(JSON.stringify(refused), /a reviewer's release/)
})

test('stock lost to another while an amendment is asked for: the larger hold goes back', async (t) => {
  const world = settled({})
  world.decide('AmendOrder', { orderId: ORDER, lines: lines(10, 8) })
  while (!world.inFlight.some(({ command }) => command === 'ReserveStock')) {
    for (const stream of [...world.unseen.keys()]) world.seeNext(stream)
    if (world.inFlight[0]?.command === 'PlanAmendment') world.arrive(0)
  }
  const other = { orderId: 'OTHER', attempt: 1, expiresAt: '2026-01-05T03:00:00Z' }
  const all = [{ sku: 'A', quantity: 2 }]
  world.decide('ReserveStock', { warehouseId: 'SH', lines: all, ...other })
  world.settle()
  t.match(of(world, 'AmendmentRefused'), [{ code: 'stock-insufficient' }])
  t.same(
    of(world, 'HoldPlaced').map(({ amount }) => amount),
    ['99.98', '126.64', '99.98'],
  )
})

test('nothing is picked or shipped while an amendment is not decided', async (t) => {
  const world = settled({})
  decided(world, 'SetReviewRule', {
    ...{ ruleId: 'large', name: 'Large', when: { kind: 'amount', over: '110.00' } },
    chain: [{ role: 'brand-ops', hours: 24 }],
  })
  decided(world, 'AmendOrder', { orderId: ORDER, lines: lines(10, 8) })
  t.match(of(world, 'ReviewRequested'), [{ amendment: 1 }])
  t.equal(
    world.decide('ShipFulfilment', { fulfilmentId: `${ORDER}.1`, ...by }),
    'amendment-pending',
  )
  t.equal(world.decide('PickFulfilment', { fulfilmentId: `${ORDER}.1` }), 'amendment-pending')
  decided(world, 'ApproveOrder', { orderId: ORDER }, { actor: REVIEWER })
  t.match(of(world, 'OrderAmended'), [{ total: '126.64' }])
  t.equal(world.decide('ShipFulfilment', { fulfilmentId: `${ORDER}.1`, ...by }), undefined)
})

test('a confirmed order that lost its stock is planned anew once people approve', async (t) => {
  const world = settled({})
  received(world, 'BJ', 'A', 4)
  decided(world, 'CountStock', { ...counting('SH', 'A', 1) })
  t.equal(statusOf(world), 'review')
  t.match(of(world, 'FulfilmentStockLost'), [{ lost: [{ sku: 'A', quantity: 8 }] }])
  decided(world, 'ShipFulfilment', { fulfilmentId: `${ORDER}.2`, ...by })
  t.equal(statusOf(world), 'shipping', 'the rest is in review')
  decided(world, 'ApproveOrder', { orderId: ORDER }, { actor: REVIEWER })
  t.match(of(world, 'OrderAmended'), [{ total: '99.98' }])
  t.match(world.order()?.fulfilments, [
    { stage: 'cancelled' },
    { stage: 'shipped' },
    { warehouseId: 'BJ', left: [{ sku: 'A', quantity: 8 }] },
  ])
  t.equal(statusOf(world), 'shipping')
})

test('where the lost stock is nowhere else, people are asked again; a rejection cancels the rest', async (t) => {
  const world = settled({}, asked(8, 6))
  decided(world, 'CountStock', { ...counting('SH', 'A', 1) })
  decided(world, 'ApproveOrder', { orderId: ORDER }, { actor: REVIEWER })
  t.equal(statusOf(world), 'review')
  t.match(of(world, 'AmendmentRefused'), [{ code: 'stock-insufficient' }])
  decided(world, 'RejectReview', { orderId: ORDER }, { actor: REVIEWER })
  t.equal(statusOf(world), 'cancelled')
  t.match(of(world, 'HoldReleased').at(-1), { amount: '99.98', reason: 'cancelled' })
  t.notOk(world.isThere())
})

function counting(warehouseId: string, sku: string, quantity: number) {
  return { warehouseId, sku, quantity, reason: 'counted' }
}

test('an order in review is amended and judged again', async (t) => {
  const world = settled(REVIEW)
  decided(world, 'AmendOrder', { orderId: ORDER, lines: lines(2, 2) })
  t.equal(statusOf(world), 'confirmed', '26.66 is within the limit')
})

test('a dealer’s late money for a lapsed order changes nothing', async (t) => {
  const world = settled({ limit: '0.00' }, PREPAID)
  world.fireTimers()
  world.settle()
  paid(world, '99.98')
  t.equal(statusOf(world), 'lapsed')
  t.notOk(world.isThere())
})
