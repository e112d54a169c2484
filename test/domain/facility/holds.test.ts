import { test } from 'tap'
import { creditOf } from '../../../domain/facility/credit.ts'
import { DealerJoined, HoldPlaced, HoldReleased } from '../../../domain/facility/credit-events.ts'
import { RELEASED_ORDERS_KEPT } from '../../../domain/facility/evolve.ts'
import { facility } from '../../../domain/facility/facility.ts'
import { DEFAULT_POLICY } from '../../../domain/policy.ts'
import { applyEvents, testContext } from '../../support/given.ts'
import {
  facilities,
  guaranteeing,
  headroomOf,
  holdPlaced,
  limitSet,
  limits,
  placing,
  receiving,
  reference,
  refusalIn,
  releasing,
  settingLimit,
  shipping,
  tree,
} from './tree.ts'

const today = testContext().today

test('the worked figures: holds in a tree, a guarantee, and a superior that blocks', async (t) => {
  const first = facilities(t)
    .given(...tree, ...limits)
    .when(placing('A1', 'O1', '40000'))
    .then(HoldPlaced({ dealerId: 'A1', orderId: 'O1', amount: '40000.00' }))

  const second = first.when(placing('A1', 'O2', '20000'))
  t.match(refusalIn(second.decision), {
    code: 'credit-insufficient',
    decision: {
      inputs: {
        dealerId: 'A1',
        limit: '50000.00',
        exposure: '40000.00',
        headroom: '10000.00',
        wanted: '20000.00',
        shortfall: '10000.00',
      },
    },
  })

  const full = second
    .accepted()
    .when(guaranteeing({ amount: '30000' }))
    .accepted()
    .when(placing('A1', 'O2', '20000'))
    .then(holdPlaced('A1', 'O2', '20000.00'))
    .when(placing('B', 'O3', '400000'))
    .then(holdPlaced('B', 'O3', '400000.00'))
    .when(placing('A', 'O4', '50000'))
  t.match(refusalIn(full.decision)?.decision.inputs, {
    dealerId: 'ROOT',
    headroom: '40000.00',
    shortfall: '10000.00',
  })
})

test('a refused hold holds nothing', async (t) => {
  const { state } = facilities(t)
    .given(...tree, ...limits)
    .when(placing('A1', 'O1', '50000.01'))
    .accepted()
  t.equal(headroomOf(state, 'A1'), '50000.00')
})

test('if several dealers block, the nearest to the one that orders is named', async (t) => {
  const { decision } = facilities(t)
    .given(...tree, ...limits)
    .when(placing('A1', 'O1', '600000'))
  t.equal(refusalIn(decision)?.decision.inputs.dealerId, 'A1')
})

test('the ways out carry their figures, enough for every dealer that blocks', async (t) => {
  const alone = facilities(t)
    .given(...tree, ...limits, holdPlaced('A1', 'O1', '40000.00'))
    .when(placing('A1', 'O2', '20000'))
  t.strictSame(refusalIn(alone.decision)?.decision.ways, [
    'prepay 10000.00',
    'a guarantee of 10000.00 for A1 by A',
    'order for at most 10000.00',
    'raise the limit of A1 by 10000.00',
    'a temporary limit of 10000.00 for A1',
  ])
  const several = facilities(t)
    .given(...tree, limitSet('ROOT', '100.00'), limitSet('A', '20.00'), limitSet('A1', '50.00'))
    .when(placing('A1', 'O1', '60'))
  t.strictSame(refusalIn(several.decision)?.decision.ways, [
    'prepay 40.00',
    'order for at most 20.00',
    'raise the limit of A1 by 10.00 and the limit of A by 40.00',
    'a temporary limit of 10.00 for A1 and of 40.00 for A',
  ])
})

test('each way out that is offered makes the order pass', async (t) => {
  const short = facilities(t).given(...tree, ...limits, holdPlaced('A1', 'O1', '40000.00'))
  const passes = [
    short.when(receiving('A1', 'P1', '10000')).accepted(),
    short.when(guaranteeing({ amount: '10000' })).accepted(),
    short.when(settingLimit('A1', '60000')).accepted(),
  ]
  for (const ready of passes) {
    ready
      .in({ reference })
      .when(placing('A1', 'O2', '20000'))
      .then(holdPlaced('A1', 'O2', '20000.00'))
  }
  short.when(placing('A1', 'O2', '10000')).then(holdPlaced('A1', 'O2', '10000.00'))
})

test('a dealer without a limit of its own has none', async (t) => {
  const { decision } = facilities(t, { reference })
    .given(...tree, limitSet('ROOT', '500.00'))
    .when(placing('B', 'O1', '1'))
  t.match(refusalIn(decision)?.decision.inputs, { dealerId: 'B', limit: '0.00' })
})

test('an order of nothing needs no headroom', async (t) => {
  facilities(t)
    .given(...tree)
    .when(placing('B', 'O1', '0'))
    .then(holdPlaced('B', 'O1', '0.00'))
})

test('a dealer joins with its superiors, root first, when it is first named', async (t) => {
  const { decision } = facilities(t, { reference }).when(placing('A1', 'O1', '1'))
  t.strictSame(decision.accepted && decision.events.slice(0, 3), [
    DealerJoined({ dealerId: 'ROOT' }),
    DealerJoined({ dealerId: 'A', parentDealerId: 'ROOT' }),
    DealerJoined({ dealerId: 'A1', parentDealerId: 'A' }),
  ])
})

test('an unknown dealer is refused, and nothing is written', async (t) => {
  facilities(t, { reference })
    .when(placing('X', 'O1', '1'))
    .refused('dealer-unknown', { dealerId: 'X' })
})

test('placing the same hold again changes nothing; another amount is refused', async (t) => {
  const held = facilities(t).given(...tree, ...limits, holdPlaced('A1', 'O1', '100.00'))
  held.when(placing('A1', 'O1', '100')).changesNothing()
  held.when(placing('A1', 'O1', '101')).refused('hold-exists', { granted: '100.00' })
})

test('a released hold gives its headroom back, to every superior', async (t) => {
  const { state } = facilities(t)
    .given(...tree, ...limits, holdPlaced('A1', 'O1', '100.00'))
    .when(releasing('A1', 'O1', 'cancelled'))
    .then(
      HoldReleased({
        dealerId: 'A1',
        orderId: 'O1',
        amount: '100.00',
        reason: 'cancelled',
        attempt: 0,
      }),
    )
    .when(releasing('A1', 'O1', 'cancelled'))
    .changesNothing()
  t.strictSame(
    ['A1', 'A', 'ROOT'].map((id) => headroomOf(state, id)),
    ['50000.00', '200000.00', '500000.00'],
  )
})

test('a release that overtakes its hold wins', async (t) => {
  const { decision } = facilities(t)
    .given(...tree, ...limits)
    .when(releasing('A1', 'O1', 'compensation'))
    .accepted()
    .when(placing('A1', 'O1', '100'))
  t.equal(refusalIn(decision)?.code, 'hold-released')
})

test('after a compensation the next attempt is granted, and the late one before stays refused', async (t) => {
  const again = facilities(t)
    .given(...tree, ...limits, holdPlaced('A1', 'O1', '100.00'))
    .when(releasing('A1', 'O1', 'compensation', 0))
    .accepted()
    .when(placing('A1', 'O1', '70', 1))
    .then(HoldPlaced({ dealerId: 'A1', orderId: 'O1', amount: '70.00', attempt: 1 }))
  again.when(releasing('A1', 'O1', 'compensation', 0)).changesNothing()
  t.equal(refusalIn(again.when(placing('A1', 'O1', '100', 0)).decision)?.code, 'hold-released')
})

test('a later attempt that overtakes the release of the one before replaces its hold', async (t) => {
  const { state } = facilities(t)
    .given(...tree, ...limits, holdPlaced('A1', 'O1', '40000.00'))
    .when(placing('A1', 'O1', '45000', 1))
    .accepted()
    .when(releasing('A1', 'O1', 'compensation', 0))
    .changesNothing()
  t.equal(headroomOf(state, 'A1'), '5000.00')
})

test('no attempt is granted once an order is cancelled or completed', async (t) => {
  const { decision } = facilities(t)
    .given(...tree, ...limits)
    .when(releasing('A1', 'O1', 'completed'))
    .accepted()
    .when(placing('A1', 'O1', '100', 7))
  t.equal(refusalIn(decision)?.code, 'hold-released')
})

test('completion gives back what a shipment left of the hold', async (t) => {
  const { state } = facilities(t)
    .given(...tree, ...limits, holdPlaced('A1', 'O1', '100.00'))
    .when(shipping('A1', 'O1', 'O1.1', { amount: '60' }))
    .accepted()
    .when(releasing('A1', 'O1', 'completed'))
    .accepted()
  t.match(creditOf(state, 'A1', today), { holds: '0.00', receivables: '60.00' })
})

test('a lower limit undoes no hold', async (t) => {
  const { state } = facilities(t)
    .given(...tree, ...limits, holdPlaced('A1', 'O1', '40000.00'))
    .when(settingLimit('A1', '30000'))
    .accepted()
  t.equal(headroomOf(state, 'A1'), '-10000.00')
})

test('limit, headroom and unapplied cash are told for a dealer and each superior', async (t) => {
  const { state } = facilities(t)
    .given(...tree, ...limits, holdPlaced('A1', 'O1', '40000.00'))
    .when(receiving('A1', 'P1', '5'))
    .accepted()
  t.strictSame(creditOf(state, 'A1', today), {
    dealerId: 'A1',
    limit: '50000.00',
    temporaryLimits: '0.00',
    guarantees: '0.00',
    releases: '0.00',
    exposure: '40000.00',
    unappliedCash: '5.00',
    earmarked: '0.00',
    headroom: '10005.00',
    holds: '40000.00',
    receivables: '0.00',
    ancestors: [
      superior('A', '200000.00', '160005.00'),
      superior('ROOT', '500000.00', '460005.00'),
    ],
  })
})

function superior(dealerId: string, limit: string, left: string) {
  const none = {
    temporaryLimits: '0.00',
    guarantees: '0.00',
    releases: '0.00',
    earmarked: '0.00',
  }
  return { dealerId, limit, ...none, exposure: '40000.00', unappliedCash: '5.00', headroom: left }
}

test('only the newest of the orders that were released and never shipped are remembered', async (t) => {
  const released = (n: number) =>
    HoldReleased({ dealerId: 'B', orderId: `O${n}`, amount: '0.00', reason: 'cancelled' })
  const many = Array.from({ length: RELEASED_ORDERS_KEPT + 5 }, (_, n) => released(n))
  const state = applyEvents(facility, facility.initial, [...tree, ...many])
  t.equal(state.orders.size, RELEASED_ORDERS_KEPT)
  t.notOk(state.orders.has('O4'))
  t.ok(state.orders.has('O5'))
})

test('a value date of a limit reaches back only so far', async (t) => {
  const empty = facilities(t, { reference })
  empty.when(settingLimit('A', '1', { effectiveOn: '2026-01-06' })).refused('value-date-future')
  empty
    .when(settingLimit('A', '1', { effectiveOn: '2025-10-06' }))
    .refused('backdating-limit', { backdatingDays: DEFAULT_POLICY.backdatingDays })
  empty.when(settingLimit('A', '1', { effectiveOn: '2025-10-07' })).accepted()
})
