import fc from 'fast-check'
import { test } from 'tap'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { Decimal } from '../../domain/kernel/money.ts'
import { decimal, runningPart, sum, ZERO } from '../../domain/kernel/money.ts'
import type { Order } from '../../domain/order/state.ts'
import type { World } from './small-world.ts'
import { createWorld, ORDER } from './small-world.ts'

/** More runs, or others, on request. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 300)
const SEED = Number(process.env.PROPERTY_SEED ?? 20260105)

const by = { carrier: 'SF', trackingNumber: 'SF1' }
const REVIEWER = { user: 'rita', role: 'brand-ops' }
const WAREHOUSES = ['SH', 'BJ']

const lines = (a: number, b: number) =>
  [
    { sku: 'A', quantity: a },
    { sku: 'B', quantity: b },
  ].filter(({ quantity }) => quantity > 0)

const situation = fc.record({
  limit: fc.constantFrom('1000.00', '99.98', '50.00'),
  overLimit: fc.constantFrom('reject' as const, 'review' as const),
  stockShort: fc.constantFrom('reject' as const, 'backorder' as const, 'partial' as const),
  payment: fc.constantFrom('term', 'term', 'prepaid'),
  /** Everything over this amount is reviewed first. */
  reviewOver: fc.constantFrom(undefined, undefined, '60.00', '10.00'),
  a: fc.integer({ min: 1, max: 16 }),
  b: fc.integer({ min: 0, max: 14 }),
})
type Situation = typeof situation extends fc.Arbitrary<infer One> ? One : never

function placed({ limit, overLimit, stockShort, payment, reviewOver, a, b }: Situation): World {
  const world = createWorld({ limit, policy: { overLimit, stockShort } })
  if (reviewOver !== undefined) {
    world.decide('SetReviewRule', {
      ...{ ruleId: 'large', name: 'Large', when: { kind: 'amount', over: reviewOver } },
      chain: [{ role: 'brand-ops', hours: 24 }],
    })
  }
  const order = { dealerId: 'D1', shipTo: { region: 'East' }, lines: lines(a, b), payment }
  const refused = world.decide('PlaceOrder', order, { fresh: false })
  if (refused) throw new Error(refused)
  return world
}

const ENDS = ['completed', 'rejected', 'cancelled', 'lapsed']

/** Something that can happen at any time; what, and to which, the choice says. */
function happen(world: World, choice: number): void {
  const which = Math.floor(choice / 40)
  const kind = choice % 40
  if (kind < 14) seeOne(world, which)
  else if (kind < 25) world.arrive(which)
  else if (kind === 25) world.arrive(which, true)
  else if (kind === 26) seeAgain(world, which)
  else OUTSIDE[kind % OUTSIDE.length]?.(world, which)
}

const OUTSIDE: readonly ((world: World, which: number) => void)[] = [
  (world, which) => take(world, which),
  (world, which) => shipSome(world, which),
  (world, which) => deliver(world, which),
  (world) => world.fireTimers(),
  (world, which) => which % 3 === 0 && world.decide('CancelOrder', { orderId: ORDER }),
  (world, which) => amend(world, which),
  (world, which) => amend(world, which),
  (world) => world.decide('ApproveOrder', { orderId: ORDER }, { actor: REVIEWER }),
  (world, which) =>
    which % 4 === 0 && world.decide('RejectReview', { orderId: ORDER }, { actor: REVIEWER }),
  (world, which) => pay(world, `${10 + (which % 90)}.00`),
  (world, which) => receive(world, which, 1 + (which % 9)),
  (world, which) => count(world, which),
]

function seeOne(world: World, which: number): void {
  const streams = [...world.unseen.keys()]
  const stream = streams[which % Math.max(streams.length, 1)]
  if (stream) world.seeNext(stream)
}

/** Events that an instance begins with; the runner gives them once, for it ends with its checkpoint. */
const BEGINNINGS = ['FulfilmentPlanned', 'OrderApproved', 'OrderAmended', 'OrderBackordered']

function seeAgain(world: World, which: number): void {
  const waiting = [...world.unseen.values()].flat()
  const seen = world.log.filter((event) => !waiting.includes(event) && isRepeatable(world, event))
  const event = seen[which % Math.max(seen.length, 1)]
  if (event) world.see(event)
}

/** Money counts by its sum: that it is there is said once for each sum. */
function isRepeatable(world: World, { type }: RecordedEvent): boolean {
  return type !== 'PrepaymentCovered' && (world.isThere() || !BEGINNINGS.includes(type))
}

function take(world: World, which: number): void {
  const warehouseId = which % 2 ? 'SH' : 'BJ'
  const taken = [{ sku: which % 3 ? 'B' : 'A', quantity: 1 + (which % 6) }]
  const other = { orderId: 'OTHER', attempt: 1, expiresAt: '2026-01-05T03:00:00Z' }
  world.decide('ReserveStock', { warehouseId, lines: taken, ...other })
}

/** A count is on its way to the order: what it took is not there to be shipped. */
function isLosing({ unseen, inFlight, progress }: World): boolean {
  const news = [...unseen.values()].flat()
  return (
    news.some(({ data }) => (data as Readonly<{ reason?: string }>).reason === 'counted-short') ||
    inFlight.some(({ command }) => command === 'LoseStock') ||
    (progress()?.reservations.some(({ ask }) => ask === 'refused') ?? false)
  )
}

function shipSome(world: World, which: number): void {
  if (isLosing(world)) return
  const open = world.order()?.fulfilments.filter(({ left }) => left.length > 0) ?? []
  const fulfilment = open[which % Math.max(open.length, 1)]
  if (!fulfilment) return
  const { fulfilmentId, left } = fulfilment
  const some = left.map(({ sku, quantity }) => ({ sku, quantity: 1 + (which % quantity) }))
  world.decide('ShipFulfilment', { fulfilmentId, lines: some, ...by })
}

function deliver(world: World, which: number): void {
  const fulfilments = world.order()?.fulfilments ?? []
  const fulfilmentId = fulfilments[which % Math.max(fulfilments.length, 1)]?.fulfilmentId
  if (fulfilmentId) world.decide('DeliverFulfilment', { fulfilmentId })
}

function amend(world: World, which: number): void {
  const other = lines(which % 12, Math.floor(which / 12) % 10)
  if (other.length > 0) world.decide('AmendOrder', { orderId: ORDER, lines: other })
}

function pay(world: World, amount: string): void {
  world.decide('ReceivePayment', {
    ...{ facilityId: 'D1', dealerId: 'D1', paymentId: `P${world.log.length}`, amount },
    ...{ method: 'bank-transfer', orderIds: [ORDER], receivableIds: [] },
  })
}

function receive(world: World, which: number, quantity: number): void {
  const warehouseId = which % 2 ? 'SH' : 'BJ'
  const sku = which % 3 ? 'B' : 'A'
  world.decide('ReceiveStock', { warehouseId, sku, quantity, unitCost: '1' })
}

/** Goods that have left are issued before they are counted; else a person has to say what is true. */
function count(world: World, which: number): void {
  const numberOf = (type: string) => world.log.filter((event) => event.type === type).length
  if (numberOf('FulfilmentShipped') > numberOf('StockIssued')) return
  const warehouseId = which % 2 ? 'SH' : 'BJ'
  const counting = { warehouseId, sku: which % 3 ? 'B' : 'A', quantity: which % 7 }
  world.decide('CountStock', { ...counting, reason: 'counted' })
}

/** Does what the order waits for, again and again, until it has come to its end. */
function finish(world: World): void {
  for (let round = 0; round < 20; round++) {
    const order = world.order()
    if (!order || ENDS.includes(order.status)) return
    if (order.review) world.decide('ApproveOrder', { orderId: ORDER }, { actor: REVIEWER })
    if (order.awaiting) pay(world, order.awaiting.amount)
    if (order.shortages.length > 0 || order.lost.length > 0) restock(world)
    world.settle()
    shipAndDeliver(world)
  }
}

function restock(world: World): void {
  for (const which of [0, 1, 2, 3]) receive(world, which, 50)
}

function shipAndDeliver(world: World): void {
  for (const { fulfilmentId } of world.order()?.fulfilments ?? []) {
    world.decide('ShipFulfilment', { fulfilmentId, ...by })
    world.settle()
    world.decide('DeliverFulfilment', { fulfilmentId })
    world.settle()
  }
}

/** At rest, credit and stock hold exactly what the order's state says, and nothing was refused. */
function atRest(world: World): void {
  if (world.failures.length > 0) throw new Error(world.failures.join())
  const order = world.order()
  if (!order) throw new Error('there is no order')
  if (order.status === 'placed' && !order.awaiting) throw new Error('it is not decided')
  holds(world, creditOf(order), stockOf(order))
}

const STANDING = ['confirmed', 'shipping']

function isStanding({ status, fulfilments }: Order): boolean {
  return STANDING.includes(status) || (status === 'review' && fulfilments.length > 0)
}

/** Of an order on term that stands: all that was not shipped yet. */
function creditOf(order: Order): Decimal {
  if (order.payment === 'prepaid') return ZERO
  const pending = order.amendment?.plan
  if (pending) return decimal(pending.toHold)
  const isMore = order.lost.length > 0 || order.fulfilments.some(({ left }) => left.length > 0)
  if (!isStanding(order) || !isMore) return ZERO
  const shipped = order.lines.map(({ amount, quantity, shipped: units }) =>
    runningPart(decimal(amount), quantity, 0, units),
  )
  return decimal(order.total).minus(sum(shipped))
}

/** By warehouse and SKU. */
function stockOf(order: Order): Map<string, number> {
  const reserved = new Map<string, number>()
  const add = (
    warehouseId: string,
    more: readonly Readonly<{ sku: string; quantity: number }>[],
  ) => {
    for (const { sku, quantity } of more) {
      const place = `${warehouseId} ${sku}`
      reserved.set(place, (reserved.get(place) ?? 0) + quantity)
    }
  }
  if (order.awaiting && order.status === 'placed') {
    for (const part of order.plan?.parts ?? []) add(part.warehouseId, part.lines)
  }
  if (isStanding(order)) for (const one of order.fulfilments) add(one.warehouseId, one.left)
  for (const part of order.amendment?.plan?.parts ?? []) add(part.warehouseId, part.reserve)
  return reserved
}

function holds({ log }: World, credit: Decimal, stock: ReadonlyMap<string, number>): void {
  const held = sum(log.map((event) => decimal(holdOf(event))))
  if (!held.equals(credit)) throw new Error(`${held} is held for ${credit}`)
  for (const warehouseId of WAREHOUSES) {
    for (const sku of ['A', 'B']) {
      const place = `${warehouseId} ${sku}`
      const reserved = log.reduce((total, event) => total + reservedOf(event, warehouseId, sku), 0)
      const needed = stock.get(place) ?? 0
      if (reserved !== needed) throw new Error(`${reserved} is reserved for ${needed} at ${place}`)
    }
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
  ReservationReduced: -1,
  StockIssued: -1,
}

type ReservedLines = Readonly<{
  orderId?: string
  warehouseId?: string
  lines?: readonly Readonly<{ sku: string; quantity: number; unreserved?: number }>[]
}>

function reservedOf({ type, data }: RecordedEvent, warehouseId: string, sku: string): number {
  const { orderId, warehouseId: at, lines: all = [] } = data as ReservedLines
  if (orderId !== ORDER || at !== warehouseId) return 0
  return all
    .filter((line) => line.sku === sku)
    .reduce((total, line) => {
      return total + (RESERVED[type] ?? 0) * (line.quantity - (line.unreserved ?? 0))
    }, 0)
}

test('every order comes to its end, whatever happens on its way, and leaves nothing behind', async (t) => {
  const choices = fc.array(fc.nat(99_999), { minLength: 5, maxLength: 120 })
  const law = fc.property(situation, choices, choices, (given, early, late) => {
    const world = placed(given)
    for (const choice of early) happen(world, choice)
    world.settle()
    atRest(world)
    for (const choice of late) happen(world, choice)
    world.settle()
    atRest(world)
    finish(world)
    const { status } = world.order() ?? {}
    if (!ENDS.includes(status ?? '')) throw new Error(`it is ${status} for ever`)
    if (world.isThere())
      throw new Error(`its instance lives on: ${JSON.stringify(world.progress())}`)
    holds(world, ZERO, new Map())
  })
  t.doesNotThrow(() => fc.assert(law, { numRuns: RUNS, seed: SEED }))
})
