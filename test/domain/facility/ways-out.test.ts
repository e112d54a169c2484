import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { facility } from '../../../domain/facility/facility.ts'
import { checkHeadroom } from '../../../domain/facility/headroom-check.ts'
import { type FacilityState, memberOf, orderOf } from '../../../domain/facility/state.ts'
import { type Way, wordsOf } from '../../../domain/facility/ways-out.ts'
import { addDays } from '../../../domain/kernel/dates.ts'
import { decimal, toAmount } from '../../../domain/kernel/money.ts'
import { applyEvents } from '../../support/given.ts'
import { amount, context, dealerId, everything, histories, play } from './histories.ts'
import {
  type Asking,
  guaranteeing,
  limits,
  placing,
  raising,
  receiving,
  refusalIn,
  settingLimit,
  tree,
} from './tree.ts'

type Ordered = Readonly<{ dealerId: string; orderId: string; amount: string; attempt: number }>

function asked({ dealerId, orderId, amount, attempt }: Ordered, more = {}): Asking {
  return placing(dealerId, orderId, amount, attempt, { reviewable: true, ...more })
}

/** What to do to take a way, and what to ask for then. */
function taking(state: FacilityState, ordered: Ordered, way: Way): readonly Asking[] {
  switch (way.kind) {
    case 'prepay':
      return [receiving(way.dealerId, 'WAY', way.amount), asked(ordered)]
    case 'guarantee':
      return [guaranteeing({ ...way, until: addDays(context.today, 1) }), asked(ordered)]
    case 'order-less':
      return [asked({ ...ordered, amount: way.amount })]
    case 'raise-limits':
      return [
        ...way.raises.map((raise) => {
          const limit = decimal(memberOf(state, raise.dealerId).limit).plus(raise.amount)
          return settingLimit(raise.dealerId, toAmount(limit))
        }),
        asked(ordered),
      ]
    case 'raise-for-a-time': {
      const period = { from: context.today, to: addDays(context.today, 1) }
      return [...way.raises.map((raise) => raising({ ...raise, ...period })), asked(ordered)]
    }
    case 'release':
      return [asked(ordered, { release: way.amount })]
  }
}

/** The ways that a refused order is offered; none if it is not refused for its credit. */
function waysFor(state: FacilityState, ordered: Ordered): readonly Way[] {
  const decision = asked(ordered)(state, context)
  const refusal = refusalIn(decision)
  if (refusal?.code !== 'credit-insufficient') return []
  const joined = decision.accepted ? applyEvents(facility, state, decision.events) : state
  const check = checkHeadroom(joined, {
    ...{ dealerId: ordered.dealerId, orderId: ordered.orderId },
    amount: decimal(ordered.amount),
    release: decimal(0),
    reviewable: true,
    today: context.today,
  })
  assert.ok(!check.granted)
  assert.deepEqual(
    check.ways.map((way) => wordsOf(way, true)),
    refusal.decision.ways,
  )
  return check.ways
}

/** Takes a way, each step accepted; the order must then be granted. */
function assertPasses(state: FacilityState, ordered: Ordered, way: Way): void {
  const last = taking(state, ordered, way).reduce(
    (before, ask) => {
      const decision = ask(before.state, context)
      assert.ok(decision.accepted, `${wordsOf(way)} can't be taken`)
      return {
        state: applyEvents(facility, before.state, decision.events),
        events: decision.events,
      }
    },
    { state, events: [] as readonly { type: string }[] },
  )
  assert.ok(
    last.events.some(({ type }) => type === 'HoldPlaced'),
    `${wordsOf(way)} does not help`,
  )
}

const KINDS = ['prepay', 'guarantee', 'order-less', 'raise-limits', 'raise-for-a-time', 'release']

test('every kind of way is offered where one dealer is short, and each can be taken', async (t) => {
  const placed = placing('A1', 'O1', '40000')
  const given = applyEvents(facility, facility.initial, [...tree, ...limits])
  const decision = placed(given, context)
  const state = decision.accepted ? applyEvents(facility, given, decision.events) : given
  const ordered = { dealerId: 'A1', orderId: 'O2', amount: '20000', attempt: 0 }
  const ways = waysFor(state, ordered)
  t.strictSame(
    ways.map(({ kind }) => kind),
    KINDS,
  )
  for (const way of ways) assertPasses(state, ordered, way)
})

test('every way that is offered to any order in any history makes the same order pass', async (t) => {
  const offered = new Set<string>()
  const orders = fc.record({
    dealerId,
    orderId: fc.constantFrom('NEW', 'O1', 'O2', 'O3', 'O4'),
    amount,
    attempt: fc.constant(9),
  })
  fc.assert(
    fc.property(histories(everything), orders, (commands, order) => {
      const { state } = play(commands, () => {})
      const owner = state.orders.get(order.orderId)?.dealerId ?? order.dealerId
      const ordered = { ...order, dealerId: owner }
      if (orderOf(state, owner, order.orderId).closed) return
      for (const way of waysFor(state, ordered)) {
        offered.add(way.kind)
        assertPasses(state, ordered, way)
      }
    }),
    { numRuns: 300 },
  )
  for (const kind of KINDS) t.ok(offered.has(kind), kind)
})
