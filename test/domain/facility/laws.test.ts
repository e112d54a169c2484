import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { creditOf } from '../../../domain/facility/credit.ts'
import type { FacilityEvent } from '../../../domain/facility/events.ts'
import { facility } from '../../../domain/facility/facility.ts'
import { type FacilityState, memberOf } from '../../../domain/facility/state.ts'
import type { Terms } from '../../../domain/facility/terms.ts'
import { addDays } from '../../../domain/kernel/dates.ts'
import { decimal, netOf, toAmount } from '../../../domain/kernel/money.ts'
import { applyEvents, testContext } from '../../support/given.ts'
import { balanceOf, leastOutstanding, recomputed } from './ledger-model.ts'
import {
  type Asking,
  placing,
  receiving,
  reference,
  releasing,
  settingLimit,
  shipping,
  TREE,
} from './tree.ts'

const RUNS = 300
const context = testContext({ reference })

/** A history as it was decided: its events, and the state after each command. */
type History = Readonly<{ events: readonly FacilityEvent[]; state: FacilityState }>

const amount = fc
  .integer({ min: 0, max: 60_000 })
  .map((cents) => toAmount(decimal(cents).dividedBy(100)))
const positive = fc
  .integer({ min: 1, max: 60_000 })
  .map((cents) => toAmount(decimal(cents).dividedBy(100)))
const orderIds = ['O1', 'O2', 'O3', 'O4', 'O5']
const orderId = fc.constantFrom(...orderIds)
const attempt = fc.constantFrom(undefined, 0, 1, 2)
const valueDate = fc.integer({ min: 0, max: 60 }).map((days) => addDays(context.today, -days))
const dealers = Object.keys(TREE)
const dealerId = fc.constantFrom(...dealers)

/** An order is always of the same dealer. */
function dealerOf(id: string): string {
  return dealers[orderIds.indexOf(id) % dealers.length] ?? 'ROOT'
}

const terms: fc.Arbitrary<Terms> = fc.oneof(
  fc.record({ type: fc.constant('net' as const), days: fc.nat(60) }),
  fc.record({ type: fc.constant('end-of-month' as const), plusDays: fc.nat(60) }),
  fc.record({
    type: fc.constant('instalments' as const),
    parts: fc.array(
      fc.record({ share: fc.constantFrom('0.3', '0.4', '1', '30'), days: fc.nat(90) }),
      { minLength: 1, maxLength: 4 },
    ),
  }),
)

const limit = fc
  .tuple(dealerId, amount, terms)
  .map(([id, sum, given]): Asking => settingLimit(id, sum, { terms: given }))
const hold = fc
  .tuple(orderId, amount, attempt)
  .map(([id, sum, n]): Asking => placing(dealerOf(id), id, sum, n))
const release = fc
  .tuple(orderId, fc.constantFrom('compensation', 'cancelled', 'completed'), attempt)
  .map(([id, reason, n]): Asking => releasing(dealerOf(id), id, reason, n))
const receipt = fc
  .record({
    dealer: dealerId,
    payment: fc.constantFrom('P1', 'P2', 'P3', 'P4', 'P5', 'P6'),
    sum: positive,
    receivableIds: fc.array(fc.constantFrom('ROOT.1', 'ROOT.2', 'ROOT.3', 'ROOT.4')),
    named: fc.array(orderId),
    on: valueDate,
  })
  .map(
    ({ dealer, payment, sum, receivableIds, named, on }): Asking =>
      receiving(dealer, payment, sum, { receivableIds, orderIds: named, effectiveOn: on }),
  )

/** Ships a share of what is held, so that no shipment takes more than its hold. */
const shipmentOfHold = fc
  .tuple(orderId, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 100 }), valueDate)
  .map(
    ([id, n, percent, on]): Asking =>
      (state, at) => {
        const held = decimal(state.orders.get(id)?.held ?? '0')
        const gross = held.times(percent).dividedBy(100).toDecimalPlaces(2, 1)
        return shipped(id, n, toAmount(gross), on)(state, at)
      },
  )
const anyShipment = fc
  .tuple(orderId, fc.integer({ min: 1, max: 3 }), amount, valueDate)
  .map(([id, n, gross, on]) => shipped(id, n, gross, on))

function shipped(id: string, n: number, gross: string, effectiveOn: string): Asking {
  const net = netOf(decimal(gross), decimal('0.13'))
  const tax = toAmount(decimal(gross).minus(net))
  return shipping(dealerOf(id), id, `${id}.${n}`, {
    amount: gross,
    net: toAmount(net),
    tax,
    effectiveOn,
  })
}

const anything = fc.oneof(limit, hold, hold, release, receipt, anyShipment)

/** Commands come in any order, some of them twice. */
function histories(asking: fc.Arbitrary<Asking>): fc.Arbitrary<readonly Asking[]> {
  return fc
    .array(fc.tuple(asking, fc.boolean()), { maxLength: 40 })
    .map((all) => all.flatMap(([ask, twice]) => (twice ? [ask, ask] : [ask])))
}

/** Decides one command after another; `check` sees each state with all events so far. */
function play(
  commands: readonly Asking[],
  check: (history: History) => void,
  given: History = { events: [], state: facility.initial },
): History {
  return commands.reduce((history, ask) => {
    const after = follow(history, ask)
    check(after)
    return after
  }, given)
}

function follow({ events, state }: History, ask: Asking): History {
  const decision = ask(state, context)
  if (!decision.accepted) return { events, state }
  return {
    events: [...events, ...(decision.events as readonly FacilityEvent[])],
    state: applyEvents(facility, state, decision.events),
  }
}

/** Room for about two orders each, so that holds are granted and refused. */
const start = play(
  [
    settingLimit('ROOT', '1500'),
    settingLimit('A', '900'),
    settingLimit('A1', '600'),
    settingLimit('B', '600'),
  ],
  () => {},
)

function holds(law: string, asking: fc.Arbitrary<Asking>, check: (history: History) => void) {
  test(law, async () => {
    fc.assert(
      fc.property(histories(asking), (commands) => {
        play(commands, check, start)
      }),
      { numRuns: RUNS },
    )
  })
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('no limit of any dealer is exceeded by granted holds, while limits are not lowered', async () => {
  const limited = fc.array(fc.tuple(dealerId, amount, terms), { minLength: 4, maxLength: 8 })
  const orders = histories(fc.oneof(hold, hold, release, receipt, shipmentOfHold))
  fc.assert(
    fc.property(limited, orders, (given, commands) => {
      const set = given.map(([id, sum, how]) => settingLimit(id, sum, { terms: how }))
      play(
        commands,
        ({ state }) => withinLimits(state),
        play(set, () => {}),
      )
    }),
    { numRuns: RUNS },
  )
})

function withinLimits(state: FacilityState): void {
  for (const id of dealers) {
    const { headroom } = creditOf(state, id, context.today)
    assert.ok(decimal(headroom).greaterThanOrEqualTo(0), `${id} has a headroom of ${headroom}`)
  }
}

test('deciding again on the result changes nothing', async () => {
  fc.assert(
    fc.property(histories(anything), anything, (commands, ask) => {
      const once = follow(
        play(commands, () => {}, start),
        ask,
      )
      const twice = follow(once, ask)
      assert.deepEqual(plain(twice.state), plain(once.state))
    }),
    { numRuns: RUNS },
  )
})

holds('sums kept with each event equal those recomputed from scratch', anything, (history) => {
  const expected = recomputed(history.events)
  for (const id of dealers) {
    const { own, tree } = memberOf(history.state, id)
    assert.deepEqual({ own, tree }, expected[id])
  }
})

holds('every journal balances', anything, ({ events }) => {
  for (const event of events) assert.ok(balanceOf([event], undefined).isZero())
})

holds('open receivables equal account 1122, dealer by dealer', anything, ({ events, state }) => {
  for (const id of dealers) {
    assert.equal(toAmount(balanceOf(events, '1122', id)), memberOf(state, id).own.owed)
  }
})

holds('captured less allocated is unapplied cash, and account 2203', anything, (history) => {
  const expected = recomputed(history.events)
  for (const id of dealers) {
    const { unappliedCash } = memberOf(history.state, id).own
    assert.equal(unappliedCash, expected[id]?.own.unappliedCash)
    assert.equal(unappliedCash, toAmount(balanceOf(history.events, '2203', id).negated()))
  }
})

holds('no receivable is settled beyond its amount', anything, ({ events }) => {
  assert.ok(leastOutstanding(events).isZero())
})

holds('a dealer has no unapplied cash while it owes anything', anything, ({ state }) => {
  for (const id of dealers) {
    const { owed, unappliedCash } = memberOf(state, id).own
    assert.ok(decimal(owed).isZero() || decimal(unappliedCash).isZero())
  }
})

holds('every event is written as its schema says', anything, ({ events }) => {
  const latest = events.at(-1)
  const definition = facility.events.find(({ eventType }) => eventType === latest?.type)
  if (latest) assert.deepEqual(plain(definition?.schema.parse(latest.data)), plain(latest.data))
})

holds('no hold is granted once it was released, whichever came first', anything, ({ events }) => {
  const latest = events.at(-1)
  if (latest?.type !== 'HoldPlaced') return
  const { orderId, attempt = 0 } = latest.data
  for (const { type, data } of events) {
    if (type !== 'HoldReleased' || data.orderId !== orderId) continue
    assert.equal(data.reason, 'compensation')
    assert.ok((data.attempt ?? 0) < attempt)
  }
})

holds('an order never holds less than nothing, and nothing once closed', anything, ({ state }) => {
  for (const { closed, held } of state.orders.values()) {
    assert.ok(closed ? held === '0.00' : !decimal(held).isNegative(), held)
  }
})
