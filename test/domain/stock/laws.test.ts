import assert from 'node:assert'
import fc from 'fast-check'
import { test } from 'tap'
import { addDays } from '../../../domain/kernel/dates.ts'
import type { Decision } from '../../../domain/kernel/decision.ts'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import type { Journal } from '../../../domain/kernel/journal.ts'
import { decimal, sum } from '../../../domain/kernel/money.ts'
import { evolveReference } from '../../../domain/reference/evolve.ts'
import { unitsOf } from '../../../domain/stock/batches.ts'
import { releaseReservation, reserveStock } from '../../../domain/stock/decide.ts'
import { reservedFor } from '../../../domain/stock/reservations.ts'
import { availableOf, levelOf, type StockState } from '../../../domain/stock/state.ts'
import { stock } from '../../../domain/stock/stock.ts'
import { expectTransfer, receiveTransfer } from '../../../domain/stock/transfers.ts'
import { stock as stockModel } from '../../../projections/stock.ts'
import { applyEvents, type Decide, testContext } from '../../support/given.ts'
import { recorded } from '../../support/recorded.ts'
import { type NaiveWarehouse, naiveWarehouse } from './naive-warehouse.ts'
import * as ask from './shanghai.ts'
import { reference, TODAY, warehouseId } from './shanghai.ts'

const SKUS = ['MILK', 'TEA']

/** Something that happens: what is asked of the warehouse, and of the naive one. */
type Step = Readonly<{
  name: string
  /** Whether it asks for something that is so from then on, however often it is asked. */
  repeatable: boolean
  decide: Decide<StockState>
  naive: (warehouse: NaiveWarehouse, before: StockState) => boolean
  /** The business day turns before. */
  days?: number
}>

const skus = fc.constantFrom(...SKUS)
const few = fc.integer({ min: 1, max: 9 })
const batches = fc.constantFrom(undefined, 'B1', 'B2')
/** Days from the first on which something may expire. */
const dates = fc.option(
  fc.nat({ max: 4 }).map((days) => addDays(TODAY, days)),
  { nil: undefined },
)
const quantities = fc
  .uniqueArray(skus, { minLength: 1 })
  .chain((ids) => fc.tuple(...ids.map((id) => fc.tuple(fc.constant(id), few))))
  .map((entries) => Object.fromEntries(entries))
const orders = fc.constantFrom('O1', 'O2', 'O3')
const attempts = fc.nat({ max: 2 })

const named = (batch: string | undefined, expiresOn?: string) => ({
  ...(batch !== undefined && { batch }),
  ...(expiresOn !== undefined && { expiresOn }),
})

const receipts = fc
  .record({ sku: skus, quantity: fc.integer({ min: 1, max: 30 }), batch: batches, date: dates })
  .chain((receipt) => fc.nat({ max: 99_999 }).map((cost) => ({ ...receipt, cost })))
  .map(({ sku, quantity, batch, date, cost }): Step => {
    const unitCost = decimal(cost).dividedBy(10_000).toFixed(4)
    return {
      name: `receive ${quantity} ${sku} ${batch} ${date}`,
      repeatable: false,
      decide: ask.receive(sku, quantity, unitCost, named(batch, date)),
      naive: (one) => one.receive(sku, quantity, { batch, expiresOn: date }),
    }
  })
const reserves = fc.tuple(orders, attempts, quantities).map(
  ([order, attempt, wanted]): Step => ({
    name: `reserve ${order} ${attempt} ${JSON.stringify(wanted)}`,
    repeatable: true,
    decide: ask.reserve(order, wanted, attempt),
    naive: (one) => one.reserve(order, attempt, ask.lines(wanted)),
  }),
)
const releases = fc.tuple(orders, attempts).map(
  ([order, attempt]): Step => ({
    name: `release ${order} ${attempt}`,
    repeatable: true,
    decide: ask.release(order, attempt),
    naive: (one) => one.release(order, attempt),
  }),
)
const reductions = fc.tuple(orders, attempts, quantities).map(
  ([order, attempt, unneeded]): Step => ({
    name: `reduce ${order} ${attempt} ${JSON.stringify(unneeded)}`,
    repeatable: true,
    decide: ask.reduce(order, unneeded, attempt),
    naive: (one) => one.reduce(order, attempt, ask.lines(unneeded)),
  }),
)
const issues = fc.tuple(orders, fc.constantFrom('F1', 'F2', 'F3', 'F4'), quantities).map(
  ([order, fulfilment, leaving]): Step => ({
    name: `issue ${order} ${fulfilment} ${JSON.stringify(leaving)}`,
    repeatable: true,
    decide: ask.issue(order, fulfilment, leaving),
    naive: (one) => one.issue(order, fulfilment, ask.lines(leaving)),
  }),
)
const byPeople = { quarantine: ask.quarantine, lift: ask.lift, spoil: ask.spoil }
const ofGoods = (name: keyof typeof byPeople): fc.Arbitrary<Step> =>
  fc.tuple(skus, few, batches).map(([sku, quantity, batch]) => ({
    name: `${name} ${quantity} ${sku} ${batch}`,
    repeatable: false,
    decide: byPeople[name](sku, quantity, batch),
    naive: (one) => one[name](sku, quantity, batch),
  }))
const counts = fc.tuple(skus, fc.nat({ max: 20 }), batches).map(
  ([sku, counted, batch]): Step => ({
    name: `count ${counted} ${sku} ${batch}`,
    repeatable: false,
    decide: ask.count(sku, counted, named(batch)),
    naive: (one, before) => one.count(sku, counted, batch, levelOf(before, sku).basis.quantity > 0),
  }),
)
const expiries = fc.nat({ max: 2 }).map(
  (days): Step => ({
    name: `expire after ${days} days`,
    repeatable: true,
    days,
    decide: (state, context) => ask.expire(context.today)(state, context),
    naive: (one) => one.expire(),
  }),
)
const sendings = fc.tuple(skus, few, batches, few).map(([sku, quantity, batch, more]): Step => {
  const lines = [
    { sku, quantity, ...named(batch) },
    { sku, quantity: more },
  ]
  return {
    name: `send ${JSON.stringify(lines)}`,
    repeatable: false,
    decide: ask.send(...lines),
    naive: (one) => one.send(lines),
  }
})
const CARRIED = { cost: '12.34', sent: 5 }
const arrivals = fc
  .tuple(skus, fc.nat({ max: CARRIED.sent }), batches, dates, fc.uuid())
  .map(([sku, quantity, batch, date, transferId]): Step => {
    const { cost, sent } = CARRIED
    const part = { ...named(batch, date), quantity: sent }
    const inbound = {
      fromWarehouseId: 'BJ',
      lines: [{ sku, quantity: sent, cost, batches: [part] }],
    }
    const place = { warehouseId, transferId }
    return {
      name: `arrive ${quantity} of ${sent} ${sku} ${batch} ${date}`,
      repeatable: false,
      decide: (state, context) => {
        const expected = eventsOf(expectTransfer(state, { ...place, ...inbound }))
        const known = applyEvents(stock, state, expected)
        const received = receiveTransfer(known, { ...place, lines: [{ sku, quantity }] }, context)
        return { accepted: true, events: [...expected, ...eventsOf(received)] }
      },
      naive: (one) => one.arrive(sku, quantity, { batch, expiresOn: date }),
    }
  })

const histories = fc.array(
  fc.oneof(
    { arbitrary: receipts, weight: 3 },
    { arbitrary: reserves, weight: 4 },
    { arbitrary: issues, weight: 2 },
    releases,
    reductions,
    ofGoods('quarantine'),
    ofGoods('lift'),
    ofGoods('spoil'),
    counts,
    expiries,
    sendings,
    arrivals,
  ),
  { maxLength: 40, size: 'max' },
)

const eventsOf = (decision: Decision) => (decision.accepted ? decision.events : [])

type Seen = Readonly<{
  state: StockState
  events: readonly DecidedEvent[]
  naive: NaiveWarehouse
  today: string
  /** Decides the step again, on what it led to. */
  again: () => readonly DecidedEvent[]
  step: Step
}>

/** Plays a history in both warehouses, and shows each step's state with all events until then. */
function play(history: readonly Step[], look: (seen: Seen) => void): void {
  let state = stock.initial
  let today = TODAY
  const naive = naiveWarehouse()
  const events: DecidedEvent[] = []
  for (const step of history) {
    today = addDays(today, step.days ?? 0)
    naive.day(today)
    const context = testContext({ reference, today })
    const decision = step.decide(state, context)
    const isDone = step.naive(naive, state)
    assert.equal(decision.accepted, isDone, `${step.name}: ${JSON.stringify(decision)}`)
    state = applyEvents(stock, state, eventsOf(decision))
    events.push(...eventsOf(decision))
    const reached = state
    const again = () => eventsOf(step.decide(reached, context))
    look({ state, events, naive, today, again, step })
  }
}

const holds = (t: { pass: (message: string) => unknown }, law: (seen: Seen) => void) => {
  fc.assert(
    fc.property(histories, (history) => play(history, law)),
    { numRuns: 300 },
  )
  t.pass('over random histories')
}

const must = (truth: boolean, message: string) => {
  if (!truth) throw new Error(message)
}

test('a warehouse that is kept unit by unit has the same goods, batch by batch', async (t) =>
  holds(t, ({ state, naive, today, step }) => {
    for (const sku of SKUS) {
      const level = levelOf(state, sku)
      const batches = level.batches.map(({ batch, expiresOn, quantity, quarantined }) => {
        return { batch, expiresOn, quantity, quarantined }
      })
      assert.deepEqual(batches, naive.batches(sku), step.name)
      assert.equal(level.reserved, naive.promised(sku), step.name)
      assert.equal(availableOf(level, today), naive.available(sku), step.name)
    }
  }))

test('what is on hand and in quarantine is the sum of the batches', async (t) =>
  holds(t, ({ state: { levels } }) => {
    for (const [sku, { onHand, quarantined, batches }] of levels) {
      must(onHand === unitsOf(batches, ({ quantity }) => quantity), sku)
      must(quarantined === unitsOf(batches, (batch) => batch.quarantined), sku)
      must(
        batches.every((one) => one.quantity > 0 && one.quarantined <= one.quantity),
        'an empty batch',
      )
    }
  }))

test('no more is promised than is there and good, once what has expired is set apart', async (t) =>
  holds(t, ({ state: { levels }, today }) => {
    for (const [sku, level] of levels) {
      must(level.reserved >= 0 && level.reserved <= level.onHand, `${sku}: too much is promised`)
      const isDue = level.batches.some(
        ({ expiresOn = '9', quantity, quarantined }) =>
          expiresOn <= today && quantity > quarantined,
      )
      must(isDue || availableOf(level, today) >= 0, `${sku}: too little is good`)
    }
  }))

test('what is reserved of a SKU is what its orders hold', async (t) =>
  holds(t, ({ state }) => {
    const held = [...state.reservations.live.values()]
    for (const [id, level] of state.levels) {
      const total = held.reduce((units, one) => units + reservedFor(one, id), 0)
      must(level.reserved === total, `${id}: ${level.reserved} reserved, ${total} held`)
    }
  }))

test('deciding again on the result changes nothing', async (t) =>
  holds(t, ({ again, step }) => {
    if (step.repeatable) must(again().length === 0, step.name)
  }))

const journalOf = ({ data }: DecidedEvent) => (data as { journal?: Journal }).journal ?? []

test('every entry balances', async (t) =>
  holds(t, ({ events }) => {
    for (const event of events) {
      const lines = journalOf(event)
      const debits = sum(lines.map(({ debit = '0' }) => decimal(debit)))
      must(debits.equals(sum(lines.map(({ credit = '0' }) => decimal(credit)))), event.type)
    }
  }))

/** What transfers took out of the warehouse and brought into it, at cost. */
function carried({ type, data }: DecidedEvent) {
  if (type === 'StockTransferReceived') return decimal(CARRIED.cost)
  if (type !== 'StockTransferSent') return decimal(0)
  const { lines } = data as { lines: readonly { cost: string }[] }
  return sum(lines.map(({ cost }) => decimal(cost).negated()))
}

test('the value of the stock is the inventory account, with what was carried in and out', async (t) =>
  holds(t, ({ state, events }) => {
    const inventory = events
      .flatMap(journalOf)
      .filter(({ account }) => account === '1405')
      .map((line) => decimal(line.debit ?? '0').minus(line.credit ?? '0'))
    const levels = [...state.levels.values()]
    const value = sum(levels.map((level) => decimal(level.value)))
    must(value.equals(sum([...inventory, ...events.map(carried)])), 'values differ')
    must(
      levels.every((level) => level.onHand > 0 || level.value === '0.00'),
      'value without goods',
    )
  }))

test('every event is as its schema says: no cost below zero', async (t) => {
  const definitions = new Map(stock.events.map((event) => [event.eventType, event]))
  holds(t, ({ events }) => {
    for (const { type, data } of events) definitions.get(type)?.schema.parse(data)
  })
})

const inLog = (events: readonly DecidedEvent[]) =>
  events.map((event) => recorded('stock-SH', event))

/** On hand less reserved and quarantined: what the events say, whatever the day is. */
const bookedAvailable = ({ levels }: StockState, sku: string) => {
  const level = levels.get(sku)
  return level === undefined ? 0 : level.onHand - level.reserved - level.quarantined
}

test('the reference view shows the same available stock', async (t) =>
  holds(t, ({ state, events }) => {
    const view = inLog(events).reduce(evolveReference, reference)
    for (const sku of SKUS) {
      must((view.available.get('SH')?.get(sku) ?? 0) === bookedAvailable(state, sku), sku)
    }
  }))

/** Adds up the read model's changes of one table, by key. */
function rowsOf(table: string, events: readonly DecidedEvent[]) {
  const rows = new Map<string, Map<string, number>>()
  for (const event of inLog(events)) {
    for (const change of stockModel.handlers.get(event.type)?.(event as never) ?? []) {
      if (change.table !== table || change.op !== 'add') continue
      const key = Object.values(change.key).join(' ')
      const row = rows.get(key) ?? new Map<string, number>()
      for (const [column, units] of Object.entries(change.add)) {
        row.set(column, (row.get(column) ?? 0) + Number(units))
      }
      rows.set(key, row)
    }
  }
  return rows
}

test('the read model shows the same goods, batch by batch', async (t) =>
  holds(t, ({ state, events }) => {
    const levels = rowsOf('stock', events)
    const batches = rowsOf('stock_batches', events)
    for (const sku of SKUS) {
      const level = levelOf(state, sku)
      for (const [column, units] of Object.entries({
        on_hand: level.onHand,
        reserved: level.reserved,
        quarantined: level.quarantined,
      })) {
        assert.equal(levels.get(`SH ${sku}`)?.get(column) ?? 0, units, `${sku} ${column}`)
      }
      for (const { batch = '', expiresOn = '', quantity, quarantined } of level.batches) {
        const row = batches.get(`SH ${sku} ${batch} ${expiresOn}`)
        assert.equal(row?.get('quantity'), quantity)
        assert.equal(row?.get('quarantined') ?? 0, quarantined)
      }
    }
    const shown = [...batches]
      .filter(([key]) => key.startsWith('SH'))
      .reduce((units, [, row]) => units + (row.get('quantity') ?? 0), 0)
    assert.equal(
      shown,
      SKUS.reduce((units, sku) => units + levelOf(state, sku).onHand, 0),
    )
  }))

test('events of other kinds change nothing', async (t) =>
  holds(t, ({ state }) => {
    must(applyEvents(stock, state, [{ type: 'Unheard', data: {} }]) === state, 'changed')
  }))

test('however a reservation and its release arrive, doubled or swapped, nothing stays reserved', async (t) => {
  const context = testContext({ reference })
  const place = { warehouseId, orderId: 'O1', attempt: 0 }
  const reserve: Decide<StockState> = (state, given) =>
    reserveStock(
      state,
      { ...place, lines: [{ sku: 'MILK', quantity: 2 }], expiresAt: given.now },
      given,
    )
  const release: Decide<StockState> = (state) =>
    releaseReservation(state, { ...place, reason: 'expired' })
  const comings = fc
    .array(fc.constantFrom(reserve, release), { maxLength: 6 })
    .chain((more) =>
      fc.shuffledSubarray([reserve, release, ...more], { minLength: 2 + more.length }),
    )
  const start = eventsOf(ask.receive('MILK', 5)(stock.initial, context))
  fc.assert(
    fc.property(comings, (decisions) => {
      const end = decisions.reduce(
        (state, decide) => applyEvents(stock, state, eventsOf(decide(state, context))),
        applyEvents(stock, stock.initial, start),
      )
      must(end.levels.get('MILK')?.reserved === 0, 'something stayed reserved')
    }),
  )
  t.pass('in any order')
})
