import { test } from 'tap'
import { HoldPlaced } from '../../../domain/facility/credit-events.ts'
import type { FacilityState } from '../../../domain/facility/state.ts'
import { memberOf } from '../../../domain/facility/state.ts'
import {
  facilities,
  headroomOf,
  limitSet,
  limits,
  placing,
  receiving,
  refusalIn,
  releasing,
  shipping,
  tree,
} from './tree.ts'

const given = [...tree, ...limits]

function releasedFor(state: FacilityState) {
  return ['A1', 'A', 'ROOT'].map((id) => memberOf(state, id).released)
}

test('a refusal says how much reviewers would have to release', async (t) => {
  const { decision } = facilities(t)
    .given(...tree, limitSet('ROOT', '100.00'), limitSet('A', '20.00'), limitSet('A1', '50.00'))
    .when(placing('A1', 'O1', '60', 0, { reviewable: true }))
  const refusal = refusalIn(decision)
  t.match(refusal?.decision.inputs, { shortfall: '10.00', releaseNeeded: '40.00' })
  t.ok(refusal?.decision.ways.includes("a reviewer's release of 40.00"))
})

test('a release is room for its order, as much as it needs where it needs it', async (t) => {
  const { state } = facilities(t)
    .given(...tree, limitSet('ROOT', '100.00'), limitSet('A', '20.00'), limitSet('A1', '50.00'))
    .when(placing('A1', 'O1', '60', 0, { release: '45' }))
    .then(
      HoldPlaced({
        dealerId: 'A1',
        orderId: 'O1',
        amount: '60.00',
        attempt: 0,
        release: '40.00',
        releasedFor: [
          { dealerId: 'A1', amount: '10.00' },
          { dealerId: 'A', amount: '40.00' },
        ],
      }),
    )
  t.strictSame(
    ['A1', 'A', 'ROOT'].map((id) => headroomOf(state, id)),
    ['0.00', '0.00', '40.00'],
  )
})

test('what needs more than was released is refused again', async (t) => {
  const { decision } = facilities(t)
    .given(...given)
    .when(placing('A1', 'O1', '60000', 0, { release: '9999.99' }))
  t.match(refusalIn(decision)?.decision.inputs, {
    shortfall: '10000.00',
    release: '9999.99',
    releaseNeeded: '10000.00',
  })
})

test('a release that is not needed is not used', async (t) => {
  facilities(t)
    .given(...given)
    .when(placing('A1', 'O1', '50000', 0, { release: '1' }))
    .then(HoldPlaced({ dealerId: 'A1', orderId: 'O1', amount: '50000.00', attempt: 0 }))
})

test('a release serves no other order, whatever becomes of its own', async (t) => {
  const full = facilities(t)
    .given(...given)
    .when(placing('A1', 'O1', '60000', 0, { release: '10000' }))
    .accepted()
  t.ok(refusalIn(full.when(placing('A1', 'O2', '0.01')).decision))
  const shipped = full.when(shipping('A1', 'O1', 'O1.1', { amount: '60000' })).accepted()
  t.strictSame(releasedFor(shipped.state), ['10000.00', '0.00', '0.00'])
  const paid = shipped.when(receiving('A1', 'P1', '55000')).accepted()
  t.strictSame(releasedFor(paid.state), ['5000.00', '0.00', '0.00'])
  t.equal(headroomOf(paid.state, 'A1'), '50000.00')
  const settled = paid.when(receiving('A1', 'P2', '5000')).accepted()
  t.equal(headroomOf(settled.state, 'A1'), '50000.00')
  const cancelled = full.when(releasing('A1', 'O1', 'cancelled')).accepted()
  t.strictSame(releasedFor(cancelled.state), ['0.00', '0.00', '0.00'])
  t.equal(cancelled.state.releases.size, 0)
})

test('an order that was released once keeps its release when it is amended', async (t) => {
  const full = facilities(t)
    .given(...given)
    .when(placing('A1', 'O1', '60000', 0, { release: '10000' }))
    .accepted()
  const less = full.when(placing('A1', 'O1', '55000', 1)).accepted()
  t.strictSame(releasedFor(less.state), ['5000.00', '0.00', '0.00'])
  t.match(refusalIn(full.when(placing('A1', 'O1', '60001', 1)).decision)?.decision.inputs, {
    headroom: '0.00',
    wanted: '1.00',
    shortfall: '1.00',
    releaseNeeded: '10001.00',
  })
  full.when(placing('A1', 'O1', '60001', 1, { release: '10001' })).accepted()
})

test('a later hold that needs no release has none, though a part had shipped with one', async (t) => {
  const { state } = facilities(t)
    .given(...given)
    .when(placing('A1', 'O1', '60000', 0, { release: '10000' }))
    .accepted()
    .when(shipping('A1', 'O1', 'O1.1', { amount: '20000' }))
    .accepted()
    .when(placing('A1', 'O1', '1000', 1))
    .accepted()
  t.strictSame(releasedFor(state), ['0.00', '0.00', '0.00'])
  t.equal(headroomOf(state, 'A1'), '29000.00')
})
