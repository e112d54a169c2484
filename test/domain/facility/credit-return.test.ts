import { test } from 'tap'
import { ReturnCredited } from '../../../domain/facility/receivable-events.ts'
import { memberOf } from '../../../domain/facility/state.ts'
import {
  crediting,
  payingOut,
  recovering,
  releasingRefund,
  reserving,
  writingOff,
} from './money.ts'
import { agreed, closedThrough, owing } from './overdue.ts'
import { facilities, limits, receiving, shipping, tree } from './tree.ts'

const open = [...tree, ...limits]
const DISCOUNT = { type: 'net', days: 30, earlyDiscount: { rate: '0.02', days: 10 } } as const

test('a return makes what is owed of its order smaller first, and the rest is payable', async (t) => {
  const shipped = facilities(t)
    .given(...open)
    .when(shipping('A1', 'O2', 'O2.1', { amount: '500' }))
    .accepted()
    .when(shipping('A1', 'O1', 'O1.1', { amount: '1130' }))
    .accepted()
    .when(receiving('A1', 'P1', '1000', { receivableIds: ['ROOT.2'] }))
    .accepted()
  const returned = shipped
    .in({ today: '2026-01-12' })
    .when(
      crediting('A1', 'O1', 'O1.r1', '226.00', { restockingFee: '26', effectiveOn: '2026-01-10' }),
    )
    .then(
      ReturnCredited(
        {
          returnId: 'O1.r1',
          orderId: 'O1',
          dealerId: 'A1',
          amount: '226.00',
          net: '200.00',
          tax: '26.00',
          restockingFee: '26.00',
          allocations: [{ receivableId: 'ROOT.2', amount: '130.00' }],
          discountBack: '0.00',
          refundPayable: '70.00',
          refunds: [{ paymentId: 'P1', amount: '70.00' }],
          journal: [
            { account: '6001.02', debit: '200.00' },
            { account: '2221', debit: '26.00' },
            { account: '1122', credit: '130.00', dealerId: 'A1' },
            { account: '2241.02', credit: '70.00', dealerId: 'A1' },
            { account: '6301', credit: '26.00' },
          ],
        },
        { effectiveOn: '2026-01-10' },
      ),
    )
    .when(crediting('A1', 'O1', 'O1.r1', '226.00'))
    .changesNothing()
  t.equal(memberOf(returned.state, 'A1').own.owed, '500.00', 'another order is owed as before')
  const refund = { refundId: 'F1', dealerId: 'A1', source: 'return', returnId: 'O1.r1' } as const
  const { state } = returned
    .when(reserving({ ...refund, amount: '70', paymentId: 'P1' }))
    .accepted()
    .when(payingOut({ ...refund, amount: '70', paymentId: 'P1', method: 'wechat' }))
    .accepted()
  t.match(state.returns.get('O1.r1'), { payable: '0.00' })
})

test('the discount for paying early is taken back in proportion, to the cent in the end', async (t) => {
  const paid = facilities(t)
    .given(...open, agreed(DISCOUNT))
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100.01' }))
    .accepted()
    .when(receiving('A1', 'P1', '98.01'))
    .accepted()
  const figures: unknown[] = []
  let current = paid
  for (const [id, gross] of [
    ['O1.r1', '33.33'],
    ['O1.r2', '33.33'],
    ['O1.r3', '33.35'],
  ] as const) {
    const outcome = current.when(crediting('A1', 'O1', id, gross))
    const [event] = outcome.decision.accepted ? outcome.decision.events : []
    const data = (event?.data ?? {}) as Readonly<Record<string, string>>
    figures.push([data.discountBack, data.refundPayable])
    current = outcome.accepted()
  }
  t.same(figures, [
    ['0.67', '32.66'],
    ['0.66', '32.67'],
    ['0.67', '32.68'],
  ])
  current.when(crediting('A1', 'O1', 'O1.r4', '0.01')).refused('return-exceeds-order')
  t.equal(memberOf(current.state, 'A1').own.owed, '0.00')
})

test('money goes back by the payments it came by, the newest first, none giving more than it gave', async (t) => {
  const paid = facilities(t)
    .given(...open)
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100' }))
    .accepted()
    .when(receiving('A1', 'P1', '70'))
    .accepted()
    .in({ today: '2026-01-06' })
    .when(receiving('A1', 'P2', '30'))
    .accepted()
  const first = paid.when(crediting('A1', 'O1', 'O1.r1', '20'))
  t.match(first.decision, {
    events: [{ data: { refunds: [{ paymentId: 'P2', amount: '20.00' }] } }],
  })
  const second = first.accepted().when(crediting('A1', 'O1', 'O1.r2', '50'))
  t.match(second.decision, {
    events: [
      {
        data: {
          refunds: [
            { paymentId: 'P2', amount: '10.00' },
            { paymentId: 'P1', amount: '40.00' },
          ],
        },
      },
    ],
  })
})

test('what was given up of an order is a smaller loss before anything is refunded', async (t) => {
  const { decision } = facilities(t)
    .given(...open)
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100' }))
    .accepted()
    .when(receiving('A1', 'P1', '50'))
    .accepted()
    .when(writingOff('ROOT.1', '40'))
    .accepted()
    .when(recovering('ROOT.1', '10'))
    .accepted()
    .when(crediting('A1', 'O1', 'O1.r1', '100'))
  t.match(decision, {
    events: [
      {
        data: {
          allocations: [{ receivableId: 'ROOT.1', amount: '10.00' }],
          losses: [{ receivableId: 'ROOT.1', amount: '30.00' }],
          refundPayable: '60.00',
          refunds: [{ paymentId: 'P1', amount: '50.00' }, { amount: '10.00' }],
        },
      },
    ],
  })
})

test('a return before its shipment is recognised, or past all of it, is refused; a fee past it takes all', async (t) => {
  const shipped = facilities(t)
    .given(...open)
    .when(crediting('A1', 'O1', 'O1.r1', '10'))
    .refused('return-exceeds-order', { worth: '0.00' })
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100' }))
    .accepted()
  shipped.when(crediting('A1', 'O1', 'O1.r1', '100.01')).refused('return-exceeds-order')
  const { decision } = shipped.when(crediting('A1', 'O1', 'O1.r1', '10', { restockingFee: '11' }))
  t.match(decision, {
    events: [{ data: { restockingFee: '10.00', allocations: [], refunds: [] } }],
  })
})

test('fees are corrected by a return with an earlier value date', async (t) => {
  const late = closedThrough(owing(t), '2026-04-20')
  t.equal(memberOf(late.state, 'A1').own.owed, '101000.00')
  const returned = late.when(crediting('A1', 'O1', 'O1.r1', '40000', { effectiveOn: '2026-04-05' }))
  const next = closedThrough(returned.accepted(), '2026-04-21', '2026-04-21')
  t.equal(memberOf(next.state, 'A1').own.owed, '60710.00')
})

test('a refund has no more than there is, and what it does not pay is free again', async (t) => {
  const refund = { refundId: 'F1', dealerId: 'A1' }
  const paid = facilities(t)
    .given(...open)
    .when(receiving('A1', 'P1', '100'))
    .accepted()
  const refused = paid.when(reserving({ ...refund, amount: '100.01' }))
  t.match(refused.decision, {
    events: [{ type: 'RefundCashRefused', data: { refusal: { code: 'refund-exceeds-cash' } } }],
  })
  refused
    .accepted()
    .when(payingOut({ ...refund, amount: '100' }))
    .refused('refund-not-reserved')
  const aside = paid.when(reserving({ ...refund, amount: '80' })).accepted()
  const owed = aside.when(shipping('A1', 'O1', 'O1.1', { amount: '70' })).accepted()
  t.match(memberOf(owed.state, 'A1').own, {
    owed: '50.00',
    unappliedCash: '80.00',
    reserved: '80.00',
  })
  const released = owed.when(releasingRefund('F1', 'A1'))
  t.match(released.decision, {
    events: [
      { data: { amount: '80.00', source: 'unapplied-cash' } },
      { type: 'UnappliedCashAllocated', data: { amount: '50.00' } },
    ],
  })
  released.accepted().when(releasingRefund('F1', 'A1')).changesNothing()
  owed
    .when(payingOut({ ...refund, amount: '80' }))
    .accepted()
    .when(payingOut({ ...refund, amount: '80' }))
    .changesNothing()
    .when(releasingRefund('F1', 'A1'))
    .refused('refund-paid')
  const nothing = paid.when(releasingRefund('F9', 'A1'))
  t.match(nothing.decision, { events: [{ data: { amount: '0.00' } }] })
  nothing
    .accepted()
    .when(reserving({ ...refund, refundId: 'F9', amount: '1' }))
    .changesNothing()
})
