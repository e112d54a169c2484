import fc from 'fast-check'
import { test } from 'tap'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import { decimal, sum } from '../../domain/kernel/money.ts'
import type { World } from './small-world.ts'
import { createWorld, ORDER } from './small-world.ts'

const FIRST = `${ORDER}.1`
const SECOND = `${ORDER}.2`
const by = { carrier: 'SF', trackingNumber: 'SF1' }

const asked = (a: number, b: number) => ({
  dealerId: 'D1',
  shipTo: { region: 'East' },
  lines: [
    { sku: 'A', quantity: a },
    { sku: 'B', quantity: b },
  ],
  payment: 'term',
})

/** A world with an order for 8 A (from SH) and 6 B (from BJ), placed and not yet seen by the saga. */
function placed(options: Parameters<typeof createWorld>[0] = {}, input = asked(8, 6)): World {
  const world = createWorld(options)
  const refused = world.decide('PlaceOrder', input, { fresh: false })
  if (refused) throw new Error(refused)
  return world
}

/** Another order takes stock away. */
function taken(world: World, warehouseId: string, sku: string, quantity: number): void {
  const lines = [{ sku, quantity }]
  const expiresAt = '2026-01-05T03:00:00Z'
  world.decide('ReserveStock', { warehouseId, orderId: 'OTHER', attempt: 1, lines, expiresAt })
}

const sent = ({ inFlight }: World) => inFlight.map(({ command }) => command)

const of = ({ log }: World, type: string) =>
  log.filter((event) => event.type === type).map(({ data }) => data as Record<string, unknown>)

const statusOf = (world: World) => world.order()?.status

function see(world: World): void {
  for (const stream of [...world.unseen.keys()]) {
    while (world.unseen.has(stream)) world.seeNext(stream)
  }
}

test('credit is held and stock is reserved at the same time', async (t) => {
  const world = placed()
  see(world)
  t.same(sent(world), ['PlaceHold', 'ReserveStock', 'ReserveStock'])
})

test('an order with credit and stock is confirmed with its split', async (t) => {
  const world = placed()
  world.settle()
  t.equal(statusOf(world), 'confirmed')
  t.match(of(world, 'OrderConfirmed'), [
    { fulfilments: [{ warehouseId: 'SH' }, { warehouseId: 'BJ' }] },
  ])
  t.match(of(world, 'HoldPlaced'), [{ amount: '99.98' }])
})

test('over the limit the order is rejected with its figures, and stock comes back', async (t) => {
  const world = placed({ limit: '50.00' })
  world.settle()
  t.match(of(world, 'OrderRejected'), [
    {
      code: 'credit-insufficient',
      decision: { inputs: { headroom: '50.00', shortfall: '49.98' } },
    },
  ])
  t.equal(of(world, 'ReservationReleased').length, 2)
  t.notOk(world.isThere())
})

test('stock lost to another order is planned again, once what was reserved is back', async (t) => {
  const world = placed({}, asked(8, 2))
  taken(world, 'SH', 'B', 1)
  world.settle()
  t.equal(statusOf(world), 'confirmed')
  const types = world.log.map(({ type }) => type).filter((type) => /^(Fulfil|Reserv)/.test(type))
  t.same(types, ['FulfilmentPlanned', 'ReservationRefused', 'FulfilmentPlanned'])
  t.equal(of(world, 'HoldPlaced').length, 1, 'held once')
})

test('a part that was reserved is released before the next plan is made', async (t) => {
  const world = placed({}, asked(8, 6))
  taken(world, 'BJ', 'B', 6)
  see(world)
  while (world.inFlight.length > 0) world.arrive(0)
  see(world)
  t.same(sent(world), ['ReleaseReservation'])
  world.arrive(0)
  see(world)
  t.same(sent(world), ['PlanFulfilment'])
})

test('an order is rejected with what is missing, and its hold released', async (t) => {
  const world = placed()
  taken(world, 'BJ', 'B', 8)
  world.settle()
  t.match(of(world, 'OrderRejected'), [
    {
      code: 'stock-insufficient',
      decision: {
        inputs: { shortages: [{ sku: 'B', wanted: 6, available: 4 }] },
        ways: ['order at most 4 of B'],
      },
    },
  ])
  t.match(of(world, 'HoldReleased'), [{ amount: '99.98', reason: 'compensation' }])
})

test('a placing that saw too little stock is planned once more before it is believed', async (t) => {
  const world = placed({}, asked(8, 20))
  world.decide('ReceiveStock', { warehouseId: 'BJ', sku: 'B', quantity: 20, unitCost: '1' })
  world.settle()
  t.equal(statusOf(world), 'confirmed')
})

test('an order that is cancelled while its answers are on their way gets nothing to keep', async (t) => {
  const world = placed()
  see(world)
  world.decide('CancelOrder', { orderId: ORDER })
  see(world)
  t.ok(world.isThere(), 'answers are still to come')
  world.settle()
  t.equal(statusOf(world), 'cancelled')
  t.equal(of(world, 'ReservationReleased').length, 2)
  t.match(of(world, 'HoldReleased'), [{ reason: 'cancelled' }])
  t.notOk(world.isThere())
})

test('what is not confirmed in time is let go', async (t) => {
  const world = placed()
  see(world)
  world.fireTimers()
  see(world)
  world.settle()
  t.match(of(world, 'OrderRejected'), [{ code: 'reservation-expired' }])
  t.match(of(world, 'ReservationReleased'), [{ reason: 'expired' }, { reason: 'expired' }])
  t.same(leftOver(world), {})
})

test('confirmation ends the waiting', async (t) => {
  const world = placed()
  world.settle()
  world.fireTimers()
  world.settle()
  t.equal(statusOf(world), 'confirmed')
})

test('each shipment is issued and recognised, and what is left is released at the end', async (t) => {
  const world = placed()
  world.settle()
  world.decide('ShipFulfilment', { fulfilmentId: FIRST, lines: [{ sku: 'A', quantity: 3 }], ...by })
  see(world)
  t.same(sent(world), ['IssueStock', 'RecogniseReceivable'])
  world.settle()
  world.decide('ShipFulfilment', { fulfilmentId: FIRST, ...by })
  world.decide('ShipFulfilment', { fulfilmentId: SECOND, ...by })
  world.settle()
  t.match(of(world, 'ReceivableRecognised'), [
    { fulfilmentId: FIRST, amount: '30.00' },
    { fulfilmentId: `${FIRST}.2`, amount: '50.00' },
    { fulfilmentId: SECOND, amount: '19.98' },
  ])
  world.decide('DeliverFulfilment', { fulfilmentId: FIRST })
  world.decide('DeliverFulfilment', { fulfilmentId: SECOND })
  world.settle()
  t.match(of(world, 'HoldReleased'), [{ amount: '0.00', reason: 'completed' }])
  t.notOk(world.isThere())
})

test('the value date of what is posted is the day it was shipped', async (t) => {
  const world = placed()
  world.settle()
  world.decide('ShipFulfilment', { fulfilmentId: FIRST, ...by, effectiveOn: '2026-01-02' })
  see(world)
  t.match(world.inFlight, [
    { input: { effectiveOn: '2026-01-02' } },
    { input: { effectiveOn: '2026-01-02' } },
  ])
})

test('cancelling the rest releases it only after what was shipped is posted', async (t) => {
  const world = placed()
  world.settle()
  world.decide('ShipFulfilment', { fulfilmentId: FIRST, lines: [{ sku: 'A', quantity: 3 }], ...by })
  world.decide('CancelOrder', { orderId: ORDER })
  see(world)
  t.same(sent(world), ['IssueStock', 'RecogniseReceivable'])
  world.arrive(0)
  see(world)
  t.same(sent(world), ['RecogniseReceivable'])
  world.settle()
  t.match(of(world, 'HoldReleased'), [{ amount: '69.98', reason: 'cancelled' }])
  t.same(leftOver(world), {})
  t.notOk(world.isThere())
})

test('a plan that comes after the time is over asks for nothing', async (t) => {
  const world = placed({}, asked(8, 20))
  see(world)
  t.same(sent(world), ['PlanFulfilment'])
  world.decide('ReceiveStock', { warehouseId: 'BJ', sku: 'B', quantity: 20, unitCost: '1' })
  world.arrive(0)
  world.decide('CancelOrder', { orderId: ORDER })
  const [plan, cancellation] = world.unseen.get(`order-${ORDER}`) ?? []
  if (cancellation) world.see(cancellation)
  t.notOk(world.isThere())
  if (plan) world.see(plan)
  t.notOk(world.isThere())
  t.same(sent(world), [])
})

test('nothing is orphaned, whatever comes late, twice, or in another order', async (t) => {
  const choices = fc.array(fc.nat(9999), { minLength: 5, maxLength: 100 })
  const limit = fc.constantFrom('1000.00', '99.98', '50.00')
  const quantity = fc.integer({ min: 1, max: 12 })
  const law = fc.property(choices, choices, limit, quantity, quantity, (...drawn) => {
    const [early, late, credit, a, b] = drawn
    const world = placed({ limit: credit }, asked(a, b))
    for (const choice of early) happen(world, choice)
    world.settle()
    if (statusOf(world) === 'placed') throw new Error('the order is not decided')
    for (const choice of late) happen(world, choice)
    finish(world)
    const left = { ...leftOver(world), ...(world.isThere() ? { instance: 'lives on' } : {}) }
    if (Object.keys(left).length > 0 || world.failures.length > 0) {
      throw new Error(JSON.stringify({ left, failures: world.failures, status: statusOf(world) }))
    }
  })
  t.doesNotThrow(() => fc.assert(law, { numRuns: 400 }))
})

/** Something that can happen at any time; what, and to which, the choice says. */
function happen(world: World, choice: number): void {
  const which = Math.floor(choice / 20)
  const kind = choice % 20
  const streams = [...world.unseen.keys()]
  const stream = streams[which % Math.max(streams.length, 1)]
  if (kind < 8 && stream) world.seeNext(stream)
  else if (kind < 14) world.arrive(which % Math.max(world.inFlight.length, 1))
  else if (kind === 14) world.arrive(which % Math.max(world.inFlight.length, 1), true)
  else if (kind === 15) seeAgain(world, which)
  else if (kind === 16)
    taken(world, which % 2 ? 'SH' : 'BJ', which % 3 ? 'B' : 'A', 1 + (which % 6))
  else if (kind === 17) shipSome(world, which)
  else if (kind === 18)
    world.decide('DeliverFulfilment', { fulfilmentId: which % 2 ? FIRST : SECOND })
  else if (which % 5 === 0) world.decide('CancelOrder', { orderId: ORDER })
  else if (which % 5 === 1) world.fireTimers()
}

/** A doubled event; the runner gives an order's first plan only once (it ends with its checkpoint). */
function seeAgain(world: World, which: number): void {
  const waiting = [...world.unseen.values()].flat()
  const seen = world.log
    .filter((event) => !waiting.includes(event))
    .filter(({ category }) => which % 2 === 0 || category === 'order')
  const event = seen[which % Math.max(seen.length, 1)]
  if (event && (world.isThere() || event.type !== 'FulfilmentPlanned')) world.see(event)
}

function shipSome(world: World, which: number): void {
  const fulfilmentId = which % 2 ? FIRST : SECOND
  const order = world.order()
  const left = order?.fulfilments.find((part) => part.fulfilmentId === fulfilmentId)?.left ?? []
  if (left.length === 0) return
  const lines = left.map(({ sku, quantity }) => ({ sku, quantity: 1 + (which % quantity) }))
  world.decide('ShipFulfilment', { fulfilmentId, lines, ...by })
}

/** Lets everything arrive, and brings the order to its end. */
function finish(world: World): void {
  world.settle()
  for (const fulfilmentId of [FIRST, SECOND]) {
    world.decide('ShipFulfilment', { fulfilmentId, ...by })
    world.settle()
    world.decide('DeliverFulfilment', { fulfilmentId })
    world.settle()
  }
}

/** What the order still holds, counted from the bare events; nothing if it holds nothing. */
function leftOver({ log }: World): Record<string, string> {
  const held = sum(log.map((event) => decimal(holdOf(event))))
  const reserved = log.reduce((total, event) => total + reservedOf(event), 0)
  return {
    ...(held.isZero() ? {} : { held: held.toFixed(2) }),
    ...(reserved === 0 ? {} : { reserved: String(reserved) }),
  }
}

function holdOf({ type, data }: RecordedEvent): string {
  const { amount = '0', holdReduced = '0' } = data as { amount?: string; holdReduced?: string }
  if (type === 'HoldPlaced') return amount
  if (type === 'HoldReleased') return `-${amount}`
  return type === 'ReceivableRecognised' ? `-${holdReduced}` : '0'
}

const RESERVED: Readonly<Record<string, number>> = {
  StockReserved: 1,
  ReservationReleased: -1,
  StockIssued: -1,
}

function reservedOf({ type, data }: RecordedEvent): number {
  const { orderId, lines = [] } = data as { orderId?: string; lines?: { quantity: number }[] }
  if (orderId !== ORDER) return 0
  return (RESERVED[type] ?? 0) * lines.reduce((total, { quantity }) => total + quantity, 0)
}
