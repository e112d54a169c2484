import { test } from 'tap'
import {
  AllocationsReversed,
  UnappliedCashAllocated,
} from '../../../domain/facility/cash-events.ts'
import { memberOf } from '../../../domain/facility/state.ts'
import { bouncing, reallocating } from './money.ts'
import { agreed, closedThrough, owing } from './overdue.ts'
import { facilities, limits, receiving, shipping, tree } from './tree.ts'

const open = [...tree, ...limits]
const DISCOUNT = { type: 'net', days: 30, earlyDiscount: { rate: '0.02', days: 10 } } as const

test('the worked figure of payments: the fee, then its principal, then what is due later', async (t) => {
  const fees = { graceDays: 0, lateFeeDailyRate: '0.0125' }
  const late = facilities(t, { today: '2026-03-31' })
    .given(...open, agreed({ type: 'net', days: 30 }, fees))
    .when(shipping('A1', 'O1', 'O1.1', { amount: '1000' }))
    .accepted()
    .in({ today: '2026-05-01' })
    .when(shipping('A1', 'O2', 'O2.1', { amount: '2000' }))
    .accepted()
  const charged = closedThrough(late, '2026-05-01', '2026-05-01')
  const paid = charged.when(receiving('A1', 'P1', '2500'))
  t.match(paid.decision, {
    events: [
      {
        data: {
          allocations: [
            { receivableId: 'ROOT.3', amount: '12.50' },
            { receivableId: 'ROOT.1', amount: '1000.00' },
            { receivableId: 'ROOT.2', amount: '1487.50' },
          ],
        },
      },
      { type: 'OrderingUnfrozen' },
    ],
  })
  // The payer meant R2: the fee and R1 are open again, and take what R2 leaves.
  const { decision } = paid.accepted().when(reallocating('P1', ['ROOT.2', '2000.00']))
  t.match(decision, {
    events: [
      { type: 'AllocationsReversed', data: { amount: '2500.00' } },
      { data: { allocations: [{ receivableId: 'ROOT.2', amount: '2000.00', paymentId: 'P1' }] } },
      {
        data: {
          allocations: [
            { receivableId: 'ROOT.3', amount: '12.50' },
            { receivableId: 'ROOT.1', amount: '487.50' },
          ],
        },
      },
    ],
  })
})

test('a payment settles what is named instead, as of the day its money came; the rest by the usual rule', async (t) => {
  const owed = facilities(t)
    .given(...open)
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100' }))
    .accepted()
    .when(shipping('A1', 'O2', 'O2.1', { amount: '80' }))
    .accepted()
    .when(receiving('A1', 'P1', '120', { effectiveOn: '2026-01-03' }))
    .accepted()
  owed
    .in({ today: '2026-01-09' })
    .when(reallocating('P1', ['ROOT.2', '80']))
    .then(
      AllocationsReversed({
        paymentId: 'P1',
        dealerId: 'A1',
        reason: 'the payer says so',
        allocations: [
          { receivableId: 'ROOT.1', amount: '100.00', paymentId: 'P1' },
          { receivableId: 'ROOT.2', amount: '20.00', paymentId: 'P1' },
        ],
        amount: '120.00',
        to: [{ receivableId: 'ROOT.2', amount: '80.00' }],
        journal: [
          { account: '2203', credit: '120.00', dealerId: 'A1' },
          { account: '1122', debit: '120.00', dealerId: 'A1' },
        ],
      }),
      UnappliedCashAllocated(
        {
          dealerId: 'A1',
          allocations: [{ receivableId: 'ROOT.2', amount: '80.00', paymentId: 'P1' }],
          amount: '80.00',
          journal: [
            { account: '2203', debit: '80.00', dealerId: 'A1' },
            { account: '1122', credit: '80.00', dealerId: 'A1' },
          ],
        },
        { effectiveOn: '2026-01-03' },
      ),
      UnappliedCashAllocated(
        {
          dealerId: 'A1',
          allocations: [{ receivableId: 'ROOT.1', amount: '40.00', paymentId: 'P1' }],
          amount: '40.00',
          journal: [
            { account: '2203', debit: '40.00', dealerId: 'A1' },
            { account: '1122', credit: '40.00', dealerId: 'A1' },
          ],
        },
        { effectiveOn: '2026-01-03' },
      ),
    )
    .when(reallocating('P1', ['ROOT.2', '80']))
    .changesNothing()
    .when(reallocating('P1', ['ROOT.1', '40'], ['ROOT.2', '80.00']))
    .changesNothing()
    .when(reallocating('P1', ['ROOT.1', '100']))
    .accepted()
    .when(reallocating('P1', ['ROOT.2', '80']))
    .accepted()
})

test('the discount for paying early goes with the money that it was given, and comes where it is due', async (t) => {
  const paid = facilities(t)
    .given(...open, agreed(DISCOUNT))
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100', effectiveOn: '2026-01-04' }))
    .accepted()
    .when(shipping('A1', 'O2', 'O2.1', { amount: '200' }))
    .accepted()
    .when(receiving('A1', 'P1', '98'))
    .accepted()
  t.equal(memberOf(paid.state, 'A1').own.owed, '200.00')
  const { decision } = paid.in({ today: '2026-01-20' }).when(reallocating('P1', ['ROOT.2', '98']))
  t.match(decision, {
    events: [
      {
        data: {
          allocations: [{ receivableId: 'ROOT.1', amount: '98.00', discount: '2.00' }],
          journal: [
            { account: '2203', credit: '98.00' },
            { account: '6603', credit: '2.00' },
            { account: '1122', debit: '100.00' },
          ],
        },
      },
      { data: { allocations: [{ receivableId: 'ROOT.2', amount: '98.00' }] } },
    ],
  })
  const whole = paid
    .when(receiving('A1', 'P2', '196', { receivableIds: ['ROOT.2'] }))
    .accepted()
    .in({ today: '2026-01-20' })
    .when(reallocating('P1', ['ROOT.1', '98']))
  t.match(whole.decision, { accepted: true, events: [] }, 'in time it is given again')
})

test('what was settled in vain bears fees from its due date on, at the next close', async (t) => {
  // Due on 2026-03-31: paid in time by P1, which is then said to be for another receivable.
  const paid = owing(t)
    .when(shipping('A1', 'O2', 'O2.1', { amount: '100000.00' }))
    .accepted()
    .in({ today: '2026-03-30' })
    .when(receiving('A1', 'P1', '100000', { receivableIds: ['ROOT.1'] }))
    .accepted()
    .when(receiving('A1', 'P2', '100000', { receivableIds: ['ROOT.2'] }))
    .accepted()
  const closed = closedThrough(paid, '2026-04-09')
  t.equal(memberOf(closed.state, 'A1').own.owed, '0.00')
  const bounced = closed.when(bouncing('P1')).accepted()
  const next = closedThrough(bounced, '2026-04-10', '2026-04-10')
  t.equal(memberOf(next.state, 'A1').own.owed, '100500.00', 'ten days at 0.05%')
  t.match(memberOf(next.state, 'A1').frozen, { cause: 'overdue' })
  const moved = next.when(reallocating('P2', ['ROOT.1', '100000'])).accepted()
  const corrected = closedThrough(moved, '2026-04-11', '2026-04-11')
  t.match(corrected.state.receivables.get('ROOT.3'), { amount: '0.00', outstanding: '0.00' })
  t.match(
    [...corrected.state.receivables.values()].find(({ feeOf }) => feeOf === 'ROOT.2'),
    { amount: '550.00', outstanding: '550.00' },
  )
})

test('nothing is reallocated to what is not open, not the payer’s, or too much', async (t) => {
  const given = facilities(t)
    .given(...open)
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100' }))
    .accepted()
    .when(shipping('B', 'O2', 'O2.1', { amount: '100' }))
    .accepted()
    .when(receiving('A1', 'P2', '60'))
    .accepted()
    .when(receiving('A1', 'P1', '70'))
    .accepted()
  given.when(reallocating('P9', ['ROOT.1', '1'])).refused('payment-unknown')
  given.when(reallocating('P1', ['ROOT.2', '1'])).refused('receivable-unknown')
  given.when(reallocating('P1', ['ROOT.9', '1'])).refused('receivable-unknown')
  given
    .when(reallocating('P1', ['ROOT.1', '41']))
    .refused('receivable-exceeded', { payable: '40.00' })
  given
    .when(receiving('A1', 'P3', '5'))
    .accepted()
    .when(reallocating('P3', ['ROOT.1', '1']))
    .refused('receivable-settled')
  given
    .when(shipping('A1', 'O3', 'O3.1', { amount: '500' }))
    .accepted()
    .when(reallocating('P1', ['ROOT.3', '71']))
    .refused('payment-exceeded', { available: '70.00' })
  given.when(bouncing('P1')).accepted().when(reallocating('P1')).refused('payment-bounced')
})
