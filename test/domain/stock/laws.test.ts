import fc from 'fast-check'
import { test } from 'tap'
import type { Decision } from '../../../domain/kernel/decision.ts'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import type { Journal } from '../../../domain/kernel/journal.ts'
import { decimal, sum } from '../../../domain/kernel/money.ts'
import { ProductRegistered } from '../../../domain/product/product.ts'
import { emptyReference, evolveReference } from '../../../domain/reference/evolve.ts'
import {
  issueStock,
  receiveStock,
  releaseReservation,
  reserveStock,
} from '../../../domain/stock/decide.ts'
import { reservedFor } from '../../../domain/stock/reservations.ts'
import { availableOf, type StockState } from '../../../domain/stock/state.ts'
import { stock } from '../../../domain/stock/stock.ts'
import { WarehouseOpened } from '../../../domain/warehouse/warehouse.ts'
import { applyEvents, type Decide, testContext } from '../../support/given.ts'
import { recorded } from '../../support/recorded.ts'

const warehouseId = 'SH'
const SKUS = ['A', 'B']

const sku = (id: string) => ({
  sku: id,
  name: id,
  basePrice: '1',
  moq: 1,
  orderMultiple: 1,
  safetyStock: 3,
  divisible: true,
  special: false,
})
const product = ProductRegistered({
  productId: 'P',
  name: 'P',
  category: 'C',
  taxRate: '0',
  skus: SKUS.map(sku),
  listed: true,
})
const opened = WarehouseOpened({ warehouseId, name: 'SH', regions: ['East'], priority: 1 })
const reference = [recorded('warehouse-SH', opened), recorded('product-P', product)].reduce(
  evolveReference,
  emptyReference,
)
const context = testContext({ reference })

type Command = Readonly<{ repeatable: boolean; decide: Decide<StockState> }>

const lines = fc
  .uniqueArray(fc.constantFrom(...SKUS), { minLength: 1 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((id) =>
        fc.record({ sku: fc.constant(id), quantity: fc.integer({ min: 1, max: 9 }) }),
      ),
    ),
  )
const order = { orderId: fc.constantFrom('O1', 'O2'), attempt: fc.nat({ max: 2 }) }

const receipts = fc
  .record({
    sku: fc.constantFrom(...SKUS),
    quantity: fc.integer({ min: 1, max: 30 }),
    unitCost: fc.nat({ max: 99_999 }).map((parts) => decimal(parts).dividedBy(10_000).toFixed(4)),
  })
  .map(
    (receipt): Command => ({
      repeatable: false,
      decide: (state, given) => receiveStock(state, { warehouseId, ...receipt }, given),
    }),
  )
const reserves = fc.record({ ...order, lines }).map(
  (input): Command => ({
    repeatable: true,
    decide: (state, given) =>
      reserveStock(state, { warehouseId, ...input, expiresAt: given.now }, given),
  }),
)
const releases = fc.record(order).map(
  (input): Command => ({
    repeatable: true,
    decide: (state) => releaseReservation(state, { warehouseId, ...input, reason: 'compensation' }),
  }),
)
const issues = fc
  .record({ orderId: order.orderId, fulfilmentId: fc.constantFrom('F1', 'F2', 'F3', 'F4'), lines })
  .map(
    (input): Command => ({
      repeatable: true,
      decide: (state, given) => issueStock(state, { warehouseId, ...input }, given),
    }),
  )
const histories = fc.array(fc.oneof(receipts, reserves, reserves, releases, issues), {
  maxLength: 40,
  size: 'max',
})

const eventsOf = (decision: Decision) => (decision.accepted ? decision.events : [])

/** Plays a history, and shows each step's state with all events until then. */
function play(
  history: readonly Command[],
  look: (state: StockState, events: readonly DecidedEvent[], command: Command) => void,
) {
  let state = stock.initial
  const log: DecidedEvent[] = []
  for (const command of history) {
    const events = eventsOf(command.decide(state, context))
    state = applyEvents(stock, state, events)
    log.push(...events)
    look(state, log, command)
  }
}

const holds = (t: { pass: (message: string) => unknown }, law: Parameters<typeof play>[1]) => {
  fc.assert(
    fc.property(histories, (history) => play(history, law)),
    { numRuns: 300 },
  )
  t.pass('over random histories')
}

const must = (truth: boolean, message: string) => {
  if (!truth) throw new Error(message)
}

test('available stock is never negative, nor what is reserved', async (t) =>
  holds(t, (state) => {
    for (const [id, level] of state.levels) {
      must(
        availableOf(level, context.today) >= 0 && level.reserved >= 0,
        `${id} ${JSON.stringify(level)}`,
      )
    }
  }))

test('what is reserved of a SKU is what its orders hold', async (t) =>
  holds(t, (state) => {
    const orders = [...state.reservations.live.values()]
    for (const [id, level] of state.levels) {
      const held = orders.reduce((total, one) => total + reservedFor(one, id), 0)
      must(level.reserved === held, `${id}: ${level.reserved} reserved, ${held} held`)
    }
  }))

test('deciding a reservation, release or issue again on the result changes nothing', async (t) =>
  holds(t, (state, _, { repeatable, decide }) => {
    if (repeatable) must(eventsOf(decide(state, context)).length === 0, 'changed something')
  }))

test('the value of the stock is the inventory account, and 0.00 with no goods', async (t) =>
  holds(t, (state, events) => {
    const inventory = events
      .flatMap(({ data }) => (data as { journal?: Journal }).journal ?? [])
      .filter(({ account }) => account === '1405')
      .map((line) => decimal(line.debit ?? '0').minus(line.credit ?? '0'))
    const levels = [...state.levels.values()]
    must(sum(levels.map(({ value }) => decimal(value))).equals(sum(inventory)), 'values differ')
    must(
      levels.every(({ onHand, value }) => onHand > 0 || value === '0.00'),
      'value without goods',
    )
  }))

test('every cost is zero or more and fits its field', async (t) =>
  holds(t, (_, events) => {
    const definitions = new Map(stock.events.map((event) => [event.eventType, event]))
    for (const { type, data } of events) definitions.get(type)?.schema.parse(data)
  }))

test('the reference view shows the same available stock', async (t) =>
  holds(t, (state, events) => {
    const view = events
      .map((event) => recorded('stock-SH', event))
      .reduce(evolveReference, reference)
    for (const [id, level] of state.levels) {
      must((view.available.get('SH')?.get(id) ?? 0) === availableOf(level, context.today), id)
    }
  }))

test('events of other kinds change nothing', async (t) =>
  holds(t, (state) => {
    must(applyEvents(stock, state, [{ type: 'Unheard', data: {} }]) === state, 'changed')
  }))

test('however a reservation and its release arrive, doubled or swapped, nothing stays reserved', async (t) => {
  const place = { warehouseId, orderId: 'O1', attempt: 0 }
  const reserve: Decide<StockState> = (state, given) =>
    reserveStock(
      state,
      { ...place, lines: [{ sku: 'A', quantity: 2 }], expiresAt: given.now },
      given,
    )
  const release: Decide<StockState> = (state) =>
    releaseReservation(state, { ...place, reason: 'expired' })
  const arrivals = fc
    .array(fc.constantFrom(reserve, release), { maxLength: 6 })
    .chain((more) =>
      fc.shuffledSubarray([reserve, release, ...more], { minLength: 2 + more.length }),
    )
  const start = eventsOf(
    receiveStock(stock.initial, { warehouseId, sku: 'A', quantity: 5, unitCost: '1' }, context),
  )
  fc.assert(
    fc.property(arrivals, (decisions) => {
      const end = decisions.reduce(
        (state, decide) => applyEvents(stock, state, eventsOf(decide(state, context))),
        applyEvents(stock, stock.initial, start),
      )
      must(end.levels.get('A')?.reserved === 0, 'something stayed reserved')
    }),
  )
  t.pass('in any order')
})
