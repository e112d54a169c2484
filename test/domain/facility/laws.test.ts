import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { creditOf } from '../../../domain/facility/credit.ts'
import { facility } from '../../../domain/facility/facility.ts'
import { type FacilityState, freeCashOf, memberOf } from '../../../domain/facility/state.ts'
import { decimal, toAmount } from '../../../domain/kernel/money.ts'
import { headroomIn, heldFor, pathIn } from './headroom-model.ts'
import {
  amount,
  anything,
  context,
  dealerId,
  dealers,
  everything,
  follow,
  type History,
  histories,
  hold,
  play,
  receipt,
  release,
  shipmentOfHold,
  terms,
} from './histories.ts'
import { balanceOf, leastOutstanding, recomputed } from './ledger-model.ts'
import { type Asking, settingLimit } from './tree.ts'

const RUNS = 100

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

holds('sums kept with each event equal those recomputed from scratch', everything, (history) => {
  const expected = recomputed(history.events)
  for (const id of dealers) {
    const { own, tree } = memberOf(history.state, id)
    assert.deepEqual({ own, tree }, expected[id])
  }
})

holds('every journal balances', everything, ({ events }) => {
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

holds('a dealer has no cash to use while it owes anything', everything, ({ state }) => {
  for (const id of dealers) {
    const { own } = memberOf(state, id)
    assert.ok(decimal(own.owed).isZero() || freeCashOf(own).isZero())
  }
})

holds('what is kept for prepaid orders is cash that the dealer has', everything, ({ state }) => {
  for (const id of dealers) {
    const { own } = memberOf(state, id)
    assert.ok(!decimal(own.earmarked).isNegative() && !freeCashOf(own).isNegative())
  }
  for (const { earmarked, prepayment } of state.orders.values()) {
    assert.ok(decimal(earmarked).lessThanOrEqualTo(prepayment ?? '0'))
  }
})

holds(
  'the headroom of every dealer is the one recomputed from the events',
  everything,
  (history) => {
    for (const id of dealers) {
      const { headroom } = creditOf(history.state, id, context.today)
      assert.equal(headroom, toAmount(headroomIn(history.events, id, context.today)), id)
    }
  },
)

test('a hold that takes more exceeds no limit on its path, but for what was released for it', async () => {
  fc.assert(
    fc.property(histories(everything), (commands) => {
      play(commands, grantedWithin, start)
    }),
    { numRuns: RUNS },
  )
})

/** Holds the newest events against the headroom that all before them left. */
function grantedWithin({ events }: History): void {
  const index = events.length - 1
  const placed = events.findLastIndex(({ type }) => type === 'HoldPlaced')
  const event = events[placed]
  if (event?.type !== 'HoldPlaced' || index - placed > 2) return
  const { dealerId: orderer, orderId, amount: held, releasedFor = [] } = event.data
  const replaces = events[placed - 1]?.type === 'HoldReleased'
  const before = events.slice(0, replaces ? placed - 1 : placed)
  if (decimal(held).lessThanOrEqualTo(heldFor(before, orderId))) return
  const after = events.slice(0, placed + 1)
  for (const id of pathIn(after, orderer)) {
    const release = releasedFor.find((one) => one.dealerId === id)?.amount ?? '0'
    const room = headroomIn(after, id, context.today, orderId).plus(release)
    assert.ok(!room.isNegative(), `${id} is ${room} past its limit`)
    const left = headroomIn(after, id, context.today)
    assert.ok(release === '0' || !left.greaterThan(0), `${id} was released ${left} too much`)
  }
}

holds('every event is written as its schema says', everything, ({ events }) => {
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
