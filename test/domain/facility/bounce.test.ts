import { test } from 'tap'
import { ReceiptReversed } from '../../../domain/facility/cash-events.ts'
import { freeCashOf, memberOf } from '../../../domain/facility/state.ts'
import { bouncing, payingOut, releasingRefund, reserving } from './money.ts'
import { redating } from './overdue.ts'
import { awaiting, facilities, limits, receiving, shipping, tree } from './tree.ts'

const open = [...tree, ...limits]

test('a receipt that bounces is undone: what it settled is owed again, its rest is gone', async (t) => {
  const { state } = facilities(t)
    .given(...open)
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100' }))
    .accepted()
    .when(receiving('A1', 'P1', '130', { clearedFrom: 'suspense' }))
    .accepted()
    .when(shipping('A1', 'O2', 'O2.1', { amount: '20' }))
    .accepted()
    .when(bouncing('P1', { effectiveOn: '2026-01-04' }))
    .then(
      ReceiptReversed(
        {
          paymentId: 'P1',
          dealerId: 'A1',
          amount: '130.00',
          method: 'bank-transfer',
          reason: 'not covered',
          allocations: [
            { receivableId: 'ROOT.1', amount: '100.00', paymentId: 'P1' },
            { receivableId: 'ROOT.2', amount: '20.00', paymentId: 'P1', since: '2026-01-05' },
          ],
          unapplied: '10.00',
          journal: [
            { account: '1002', credit: '130.00' },
            { account: '1122', debit: '120.00', dealerId: 'A1' },
            { account: '2203', debit: '10.00', dealerId: 'A1' },
          ],
        },
        { effectiveOn: '2026-01-04' },
      ),
    )
    .when(bouncing('P1'))
    .changesNothing()
    .when(receiving('A1', 'P1', '130'))
    .changesNothing()
    .when(redating('P1', '2026-01-02'))
    .refused('payment-bounced')
    .when(bouncing('P2'))
    .refused('payment-unknown')
  t.match(memberOf(state, 'A1').own, { owed: '120.00', unappliedCash: '0.00' })
})

test('other money that was there all along settles what is open again', async (t) => {
  const { decision } = facilities(t)
    .given(...open)
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100' }))
    .accepted()
    .when(receiving('A1', 'P1', '100'))
    .accepted()
    .when(receiving('A1', 'P2', '30', { effectiveOn: '2026-01-03' }))
    .accepted()
    .when(bouncing('P1'))
  t.match(decision, {
    events: [
      { type: 'ReceiptReversed' },
      {
        effectiveOn: '2026-01-03',
        data: { allocations: [{ receivableId: 'ROOT.1', amount: '30.00', paymentId: 'P2' }] },
      },
    ],
  })
})

test('a prepaid order awaits its money again, and other cash is kept for others', async (t) => {
  const paid = facilities(t)
    .given(...open)
    .when(awaiting('A1', 'O1', '100'))
    .accepted()
    .when(awaiting('A1', 'O2', '50'))
    .accepted()
    .when(receiving('A1', 'P1', '100', { orderIds: ['O1'] }))
    .accepted()
    .when(receiving('A1', 'P2', '60', { orderIds: ['O2'] }))
    .accepted()
  const bounced = paid.when(bouncing('P1'))
  t.match(bounced.decision, {
    events: [{ data: { unapplied: '100.00', unearmarked: [{ orderId: 'O1', amount: '90.00' }] } }],
  })
  const { state } = bounced.accepted()
  t.match(memberOf(state, 'A1').own, { unappliedCash: '60.00', earmarked: '60.00' })
  const again = bounced.accepted().when(receiving('A1', 'P3', '90', { orderIds: ['O1'] }))
  t.match(again.decision, { events: [{}, { type: 'PrepaymentCovered', data: { orderId: 'O1' } }] })
})

test('what had been refunded of money that is gone, the dealer owes; cash set aside is not touched', async (t) => {
  const refunded = facilities(t)
    .given(...open)
    .when(receiving('A1', 'P1', '100'))
    .accepted()
    .when(reserving({ refundId: 'F1', dealerId: 'A1', amount: '60', paymentId: 'P1' }))
    .accepted()
    .when(payingOut({ refundId: 'F1', dealerId: 'A1', amount: '60' }))
    .accepted()
    .when(reserving({ refundId: 'F2', dealerId: 'A1', amount: '30', paymentId: 'P1' }))
    .accepted()
  const bounced = refunded.when(bouncing('P1'))
  t.match(bounced.decision, {
    events: [
      {
        data: {
          allocations: [],
          unapplied: '10.00',
          owed: { receivableId: 'ROOT.1', amount: '90.00', dueOn: '2026-01-05' },
          journal: [
            { account: '1002', credit: '100.00' },
            { account: '1122', debit: '90.00' },
            { account: '2203', debit: '10.00' },
          ],
        },
      },
    ],
  })
  const after = bounced.accepted()
  t.match(memberOf(after.state, 'A1').own, {
    owed: '90.00',
    unappliedCash: '30.00',
    reserved: '30.00',
  })
  t.ok(freeCashOf(memberOf(after.state, 'A1').own).isZero())
  // The second refund fails: its money settles what is owed.
  const { state } = after.when(releasingRefund('F2', 'A1')).accepted()
  t.match(memberOf(state, 'A1').own, { owed: '60.00', unappliedCash: '0.00', reserved: '0.00' })
  const paid = after.when(receiving('A1', 'P2', '90')).accepted()
  t.match(memberOf(paid.state, 'A1').own, { owed: '0.00' })
})
