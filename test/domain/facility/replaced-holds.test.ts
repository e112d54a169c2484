import { test } from 'tap'
import { HoldPlaced, HoldReleased, OrderingFrozen } from '../../../domain/facility/credit-events.ts'
import {
  facilities,
  headroomOf,
  holdPlaced,
  limits,
  placing,
  refusalIn,
  releasing,
  settingLimit,
  tree,
} from './tree.ts'

const held = (...events: readonly ReturnType<typeof holdPlaced>[]) => [
  ...tree,
  ...limits,
  ...events,
]

function released(amount: string, attempt: number) {
  return HoldReleased({ dealerId: 'A1', orderId: 'O1', amount, reason: 'compensation', attempt })
}

test('a later attempt replaces the hold, and only the difference needs headroom', async (t) => {
  const { state } = facilities(t)
    .given(...held(holdPlaced('A1', 'O1', '40000.00')))
    .when(placing('A1', 'O1', '50000', 1))
    .then(
      released('40000.00', 0),
      HoldPlaced({ dealerId: 'A1', orderId: 'O1', amount: '50000.00', attempt: 1 }),
    )
  t.equal(headroomOf(state, 'A1'), '0.00')
})

test('a later attempt that is refused leaves the hold as it is', async (t) => {
  const short = facilities(t)
    .given(...held(holdPlaced('A1', 'O1', '40000.00')))
    .when(placing('A1', 'O1', '50001', 1))
  t.match(refusalIn(short.decision)?.decision.inputs, {
    exposure: '40000.00',
    headroom: '10000.00',
    wanted: '10001.00',
    shortfall: '1.00',
  })
  const after = short.accepted()
  t.equal(headroomOf(after.state, 'A1'), '10000.00')
  after.when(placing('A1', 'O1', '40000')).changesNothing()
  t.match(after.when(releasing('A1', 'O1', 'cancelled')).decision, {
    events: [{ data: { amount: '40000.00' } }],
  })
})

test('a smaller hold needs no headroom, though a lower limit has left none', async (t) => {
  const lowered = facilities(t)
    .given(...held(holdPlaced('A1', 'O1', '40000.00')))
    .when(settingLimit('A1', '10000'))
    .accepted()
  lowered.when(placing('A1', 'O1', '35000', 1)).accepted()
  t.ok(refusalIn(lowered.when(placing('A1', 'O1', '40000.01', 1)).decision))
})

test('a frozen dealer gets no hold, and is told what is overdue', async (t) => {
  const frozen = facilities(t).given(
    ...held(holdPlaced('A1', 'O1', '100.00')),
    OrderingFrozen({ dealerId: 'A1', cause: 'manual', receivableIds: [], reason: 'fraud' }),
  )
  t.match(refusalIn(frozen.when(placing('A1', 'O2', '1')).decision), {
    code: 'ordering-frozen',
    message: 'A1 may not order: fraud',
    decision: { inputs: { dealerId: 'A1', cause: 'manual' }, ways: ['finance lifts the freeze'] },
  })
  t.equal(
    refusalIn(frozen.when(placing('A1', 'O3', '0', 0, { prepayment: '5' })).decision)?.code,
    'ordering-frozen',
  )
  t.equal(refusalIn(frozen.when(placing('A1', 'O1', '101', 1)).decision)?.code, 'ordering-frozen')
  frozen.when(placing('A1', 'O1', '99', 1)).accepted()
  t.notOk(refusalIn(frozen.when(placing('A', 'O4', '1')).decision), 'its superior may order')
})
