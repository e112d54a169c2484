import { test } from 'tap'
import { PaymentReceived, PrepaymentCovered } from '../../../domain/facility/cash-events.ts'
import { HoldPlaced, HoldReleased } from '../../../domain/facility/credit-events.ts'
import { memberOf } from '../../../domain/facility/state.ts'
import {
  awaiting,
  facilities,
  headroomOf,
  limits,
  placing,
  receiving,
  refusalIn,
  releasing,
  shipping,
  tree,
} from './tree.ts'

const given = [...tree, ...limits]

function covered(orderId: string, amount: string) {
  return PrepaymentCovered({ dealerId: 'A1', orderId, amount })
}

test('a prepaid order takes no headroom, and says what is awaited', async (t) => {
  const { state } = facilities(t)
    .given(...given, HoldPlaced({ dealerId: 'A1', orderId: 'FULL', amount: '50000.00' }))
    .when(awaiting('A1', 'O1', '800'))
    .then(HoldPlaced({ dealerId: 'A1', orderId: 'O1', amount: '0.00', prepayment: '800.00' }))
    .when(awaiting('A1', 'O1', '800'))
    .changesNothing()
    .when(awaiting('A1', 'O1', '900'))
    .refused('hold-exists')
  t.equal(headroomOf(state, 'A1'), '0.00')
})

test('several payments add up; what is kept for an order gives no headroom', async (t) => {
  const part = facilities(t)
    .given(...given)
    .when(awaiting('A1', 'O1', '800'))
    .accepted()
    .when(receiving('A1', 'P1', '300', { orderIds: ['O1'] }))
    .then(
      PaymentReceived({
        paymentId: 'P1',
        dealerId: 'A1',
        amount: '300.00',
        method: 'bank-transfer',
        allocations: [],
        unapplied: '300.00',
        orderIds: ['O1'],
        earmarked: [{ orderId: 'O1', amount: '300.00' }],
        journal: [
          { account: '1002', debit: '300.00' },
          { account: '2203', credit: '300.00', dealerId: 'A1' },
        ],
      }),
    )
  const whole = part.when(receiving('A1', 'P2', '600', { orderIds: ['O1'] }))
  t.match(whole.decision, {
    events: [
      { data: { unapplied: '600.00', earmarked: [{ orderId: 'O1', amount: '500.00' }] } },
      covered('O1', '800.00'),
    ],
  })
  const { state } = whole.accepted()
  t.match(memberOf(state, 'ROOT').tree, { unappliedCash: '900.00', earmarked: '800.00' })
  t.strictSame(
    ['A1', 'ROOT'].map((id) => headroomOf(state, id)),
    ['50100.00', '500100.00'],
  )
})

test('one payment covers several orders, in the order named', async (t) => {
  const { decision } = facilities(t)
    .given(...given)
    .when(awaiting('A1', 'O1', '100'))
    .accepted()
    .when(awaiting('A1', 'O2', '200'))
    .accepted()
    .when(receiving('A1', 'P1', '250', { orderIds: ['O2', 'O1', 'O2', 'O9'] }))
  t.match(decision, {
    events: [
      {
        data: {
          earmarked: [
            { orderId: 'O2', amount: '200.00' },
            { orderId: 'O1', amount: '50.00' },
          ],
        },
      },
      covered('O2', '200.00'),
    ],
  })
})

test('what is not needed for the orders named settles what is owed', async (t) => {
  const { decision } = facilities(t)
    .given(...given)
    .when(shipping('A1', 'O0', 'O0.1', { amount: '70' }))
    .accepted()
    .when(awaiting('A1', 'O1', '100'))
    .accepted()
    .when(receiving('A1', 'P1', '150', { orderIds: ['O1'] }))
  t.match(decision, {
    events: [
      { data: { allocations: [{ receivableId: 'ROOT.1', amount: '50.00' }], unapplied: '100.00' } },
      covered('O1', '100.00'),
    ],
  })
})

test('at shipment the cash that is kept settles the order, and nothing else', async (t) => {
  const paid = facilities(t)
    .given(...given)
    .when(awaiting('A1', 'O1', '100'))
    .accepted()
    .when(receiving('A1', 'P1', '100', { orderIds: ['O1'] }))
    .accepted()
  const other = paid.when(shipping('A1', 'O2', 'O2.1', { amount: '30' }))
  t.equal(other.decision.accepted && other.decision.events.length, 1)
  const shipped = other.accepted().when(shipping('A1', 'O1', 'O1.1', { amount: '60' }))
  t.match(shipped.decision, {
    events: [
      { type: 'ReceivableRecognised' },
      {
        type: 'UnappliedCashAllocated',
        data: {
          orderId: 'O1',
          amount: '60.00',
          allocations: [{ receivableId: 'ROOT.2', amount: '60.00', paymentId: 'P1' }],
        },
      },
    ],
  })
  const rest = shipped.accepted()
  t.match(memberOf(rest.state, 'A1').own, {
    owed: '30.00',
    unappliedCash: '40.00',
    earmarked: '40.00',
  })
  t.match(rest.when(releasing('A1', 'O1', 'completed')).decision, {
    events: [
      { type: 'HoldReleased', data: { amount: '0.00', prepaymentFreed: '40.00' } },
      { type: 'UnappliedCashAllocated', data: { amount: '30.00', orderId: undefined } },
    ],
  })
})

test('a release frees what was kept: it is plain unapplied cash again', async (t) => {
  const { state } = facilities(t)
    .given(...given)
    .when(awaiting('A1', 'O1', '100'))
    .accepted()
    .when(receiving('A1', 'P1', '40', { orderIds: ['O1'] }))
    .accepted()
    .when(releasing('A1', 'O1', 'cancelled'))
    .then(
      HoldReleased({
        dealerId: 'A1',
        orderId: 'O1',
        amount: '0.00',
        reason: 'cancelled',
        attempt: 0,
        prepaymentFreed: '40.00',
      }),
    )
  t.match(memberOf(state, 'A1').own, { unappliedCash: '40.00', earmarked: '0.00' })
  t.equal(headroomOf(state, 'A1'), '50040.00')
})

test('money that named an order before anything was asked for it is kept for it then', async (t) => {
  const early = facilities(t)
    .given(...given)
    .when(receiving('A1', 'P1', '100', { orderIds: ['O1', 'O2'] }))
    .accepted()
  early.when(awaiting('A1', 'O1', '80')).then(
    HoldPlaced({
      dealerId: 'A1',
      orderId: 'O1',
      amount: '0.00',
      prepayment: '80.00',
      earmarked: '80.00',
    }),
    covered('O1', '80.00'),
  )
  const second = early.when(awaiting('A1', 'O1', '80')).accepted()
  t.match(second.when(awaiting('A1', 'O2', '80')).decision, {
    events: [{ data: { prepayment: '80.00', earmarked: '20.00' } }],
  })
  t.match(early.when(awaiting('B', 'O1', '80')).decision, {
    events: [{ data: { earmarked: undefined } }],
  })
})

test('after a compensation the next attempt gets the money that had come', async (t) => {
  facilities(t)
    .given(...given)
    .when(awaiting('A1', 'O1', '100'))
    .accepted()
    .when(receiving('A1', 'P1', '40', { orderIds: ['O1'] }))
    .accepted()
    .when(releasing('A1', 'O1', 'compensation'))
    .accepted()
    .when(awaiting('A1', 'O1', '40', 1))
    .then(
      HoldPlaced({
        dealerId: 'A1',
        orderId: 'O1',
        amount: '0.00',
        attempt: 1,
        prepayment: '40.00',
        earmarked: '40.00',
      }),
      covered('O1', '40.00'),
    )
})

test('an amended order keeps its money as far as it still needs it', async (t) => {
  const paid = facilities(t)
    .given(...given)
    .when(awaiting('A1', 'O1', '100'))
    .accepted()
    .when(receiving('A1', 'P1', '100', { orderIds: ['O1'] }))
    .accepted()
  t.match(paid.when(awaiting('A1', 'O1', '70', 1)).decision, {
    events: [
      { type: 'HoldReleased', data: { prepaymentFreed: '30.00' } },
      { type: 'HoldPlaced', data: { prepayment: '70.00', earmarked: undefined } },
      covered('O1', '70.00'),
    ],
  })
  const more = paid.when(awaiting('A1', 'O1', '130', 1)).accepted()
  t.equal(memberOf(more.state, 'A1').own.earmarked, '100.00')
  t.match(more.when(receiving('A1', 'P2', '30', { orderIds: ['O1'] })).decision, {
    events: [{ type: 'PaymentReceived' }, covered('O1', '130.00')],
  })
})

test('an order of nothing is covered at once', async (t) => {
  facilities(t)
    .given(...given)
    .when(awaiting('A1', 'O1', '0'))
    .then(
      HoldPlaced({ dealerId: 'A1', orderId: 'O1', amount: '0.00', prepayment: '0.00' }),
      covered('O1', '0.00'),
    )
})

test('a payment for an order on term settles nothing before it ships, and makes headroom', async (t) => {
  const full = facilities(t)
    .given(...given, HoldPlaced({ dealerId: 'A1', orderId: 'O1', amount: '50000.00' }))
    .when(placing('A1', 'O2', '100'))
  t.ok(refusalIn(full.decision))
  full
    .accepted()
    .when(receiving('A1', 'P1', '100', { orderIds: ['O2'] }))
    .accepted()
    .when(placing('A1', 'O2', '100'))
    .then(HoldPlaced({ dealerId: 'A1', orderId: 'O2', amount: '100.00' }))
})
