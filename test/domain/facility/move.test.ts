import { test } from 'tap'
import { DealerRegistered } from '../../../domain/dealer/dealer.ts'
import { DealerMoved, GuaranteeEnded } from '../../../domain/facility/credit-events.ts'
import { memberOf, pathOf } from '../../../domain/facility/state.ts'
import { decimal } from '../../../domain/kernel/money.ts'
import { evolveReference } from '../../../domain/reference/evolve.ts'
import { recorded } from '../../support/recorded.ts'
import {
  facilities,
  guaranteeing,
  headroomOf,
  holdPlaced,
  limits,
  moving,
  placing,
  receiving,
  reference,
  refusalIn,
  settingLimit,
  tree,
} from './tree.ts'

const given = [...tree, ...limits, holdPlaced('A1', 'O1', '40000.00')]
const moved = DealerMoved({ dealerId: 'A1', parentDealerId: 'B', reason: 'a new region' })

test('a dealer takes its exposure and cash to its new superior', async (t) => {
  const { state } = facilities(t, { reference })
    .given(...given)
    .when(receiving('A1', 'P1', '1000'))
    .accepted()
    .when(moving('A1', 'B'))
    .then(moved)
  t.strictSame(pathOf(state, 'A1'), ['A1', 'B', 'ROOT'])
  t.strictSame(
    ['A1', 'A', 'B', 'ROOT'].map((id) => headroomOf(state, id)),
    ['11000.00', '200000.00', '361000.00', '461000.00'],
  )
})

test('moving to where it is changes nothing', async (t) => {
  facilities(t, { reference })
    .given(...given)
    .when(moving('A1', 'A'))
    .changesNothing()
})

test('no dealer may be its own superior, however far up', async (t) => {
  const start = facilities(t, { reference }).given(...given)
  start.when(moving('A', 'A1')).refused('dealer-cycle')
  start.when(moving('A', 'A')).refused('dealer-cycle')
  start.when(moving('ROOT', 'B')).refused('dealer-cycle')
})

test('dealers and superiors that are not registered are refused', async (t) => {
  const start = facilities(t, { reference }).given(...given)
  start.when(moving('X', 'B')).refused('dealer-unknown')
  start.when(moving('A1', 'X')).refused('superior-unknown')
})

test('a move is refused if a new superior lacks the headroom for what comes with it', async (t) => {
  const tight = facilities(t, { reference })
    .given(...given)
    .when(settingLimit('B', '30000'))
    .accepted()
  const refused = tight.when(moving('A1', 'B'))
  t.match(refused.decision, {
    refusal: {
      code: 'credit-insufficient',
      decision: {
        rule: 'move-headroom',
        inputs: { dealerId: 'B', headroom: '30000.00', wanted: '40000.00', shortfall: '10000.00' },
        ways: [
          'prepay 10000.00',
          'raise the limit of B by 10000.00',
          'a temporary limit of 10000.00 for B',
        ],
      },
    },
  })
  for (const way of [receiving('A1', 'P1', '10000'), settingLimit('B', '40000')]) {
    tight.when(way).accepted().when(moving('A1', 'B')).then(moved)
  }
})

test('a guarantee by a superior that is one no more ends with the move', async (t) => {
  const guaranteed = facilities(t, { reference })
    .given(...given)
    .when(guaranteeing({ amount: '30000' }))
    .accepted()
  const { state } = guaranteed
    .when(moving('A1', 'B'))
    .then(moved, GuaranteeEnded({ guaranteeId: 'ROOT.g1', guarantorDealerId: 'A', dealerId: 'A1' }))
  t.equal(headroomOf(state, 'A1'), '10000.00')
  const used = guaranteed.when(placing('A1', 'O2', '20000')).accepted()
  used.when(moving('A1', 'B')).refused('credit-insufficient', {
    dealerId: 'A1',
    headroom: '20000.00',
    wanted: '30000.00',
    shortfall: '10000.00',
  })
})

test('a guarantee by a superior of both places stays', async (t) => {
  facilities(t, { reference })
    .given(...given)
    .when(guaranteeing({ guarantorDealerId: 'ROOT' }))
    .accepted()
    .when(moving('A1', 'B'))
    .then(moved)
})

test('holds after a move are held against the new superiors', async (t) => {
  const { decision } = facilities(t, { reference })
    .given(...given)
    .when(moving('A1', 'B'))
    .accepted()
    .when(settingLimit('B', '40000'))
    .accepted()
    .when(placing('A1', 'O2', '1'))
  t.equal(refusalIn(decision)?.decision.inputs.dealerId, 'B')
})

test('a dealer moves with all below it', async (t) => {
  const { state } = facilities(t, { reference })
    .given(...given)
    .when(moving('A', 'B'))
    .accepted()
  t.strictSame(pathOf(state, 'A1'), ['A1', 'A', 'B', 'ROOT'])
  t.equal(memberOf(state, 'B').tree.held, '40000.00')
})

test('what was released past a limit is released past no new limit', async (t) => {
  const start = facilities(t, { reference })
    .given(...tree, ...limits)
    .when(settingLimit('A', '10'))
    .accepted()
    .when(placing('A1', 'O1', '100', 0, { release: '90' }))
    .accepted()
    .when(settingLimit('B', '50'))
    .accepted()
    .when(moving('A1', 'B'))
    .refused('credit-insufficient', { dealerId: 'B', shortfall: '50.00' })
    .when(settingLimit('B', '100'))
    .accepted()
    .when(moving('A1', 'B'))
    .accepted()
  t.strictSame(
    ['A', 'B'].map((id) => memberOf(start.state, id).released),
    ['0.00', '0.00'],
  )
  t.ok(decimal(headroomOf(start.state, 'A')).equals(10))
})

const other = DealerRegistered({
  dealerId: 'C',
  name: 'C',
  level: 'standard',
  region: 'East',
  facilityId: 'C',
})
const twoTrees = evolveReference(reference, recorded('dealer-C', other))

test('a move to another tree is refused, and says what can be done instead', async (t) => {
  const start = facilities(t, { reference: twoTrees }).given(...given)
  const freeze =
    'by another dealer id, and freeze the ordering of A1: what it owes stays with it until it is paid'
  for (const [parent, toFacilityId, place] of [
    ['C', 'C', 'under C'],
    [null, 'A1', 'without a superior'],
  ] as const) {
    const { decision } = start.when(moving('A1', parent))
    t.match(decision, {
      refusal: {
        code: 'other-tree',
        decision: {
          inputs: { dealerId: 'A1', parentDealerId: parent, facilityId: 'ROOT', toFacilityId },
          ways: ['choose a superior of the same tree', `register the company ${place} ${freeze}`],
        },
      },
    })
  }
})

test('a root is the root of its own tree already', async (t) => {
  facilities(t, { reference })
    .given(...given)
    .when(moving('ROOT', null))
    .changesNothing()
})
