import { test } from 'tap'
import { PaymentReceived, UnappliedCashAllocated } from '../../../domain/facility/cash-events.ts'
import { creditOf } from '../../../domain/facility/credit.ts'
import { ReceivableRecognised } from '../../../domain/facility/receivable-events.ts'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import { testContext } from '../../support/given.ts'
import { facilities, holdPlaced, limitSet, limits, receiving, shipping, tree } from './tree.ts'

const open = [...tree, ...limits]

function pick(events: readonly DecidedEvent[], ...fields: readonly string[]) {
  return events.map(({ data }) =>
    fields.map((field) => (data as Readonly<Record<string, unknown>>)[field]),
  )
}

test('a shipment makes its dealer owe the gross amount, and its hold shrinks by it', async (t) => {
  const { state } = facilities(t)
    .given(...open, holdPlaced('A1', 'O1', '1319.99'))
    .when(shipping('A1', 'O1', 'O1.1', { amount: '511.27', net: '452.45', tax: '58.82' }))
    .then(
      ReceivableRecognised({
        receivableId: 'ROOT.1',
        dealerId: 'A1',
        orderId: 'O1',
        fulfilmentId: 'O1.1',
        amount: '511.27',
        net: '452.45',
        tax: '58.82',
        holdReduced: '511.27',
        dueOn: '2026-02-04',
        journal: [
          { account: '1122', debit: '511.27', dealerId: 'A1' },
          { account: '6001', credit: '452.45' },
          { account: '2221', credit: '58.82' },
        ],
      }),
    )
    .when(shipping('A1', 'O1', 'O1.1', { amount: '511.27', net: '452.45', tax: '58.82' }))
    .changesNothing()
  t.match(creditOf(state, 'A1', '2026-01-05'), {
    holds: '808.72',
    receivables: '511.27',
    exposure: '1319.99',
  })
})

test('the worked figure: 1,000.01 in shares 30/30/40', async (t) => {
  const parts = [
    { share: '0.3', days: 30 },
    { share: '0.3', days: 60 },
    { share: '0.4', days: 90 },
  ]
  const { decision } = facilities(t)
    .given(...open, limitSet('A1', '50000.00', { type: 'instalments', parts }))
    .given(holdPlaced('A1', 'O1', '600.00'))
    .when(shipping('A1', 'O1', 'O1.1', { amount: '1000.01', net: '884.96', tax: '115.05' }))
  const events = decision.accepted ? decision.events : []
  t.strictSame(pick(events, 'receivableId', 'amount', 'holdReduced', 'dueOn', 'instalment'), [
    ['ROOT.1', '300.00', '300.00', '2026-02-04', { number: 1, of: 3 }],
    ['ROOT.2', '300.00', '300.00', '2026-03-06', { number: 2, of: 3 }],
    ['ROOT.3', '400.01', '0.00', '2026-04-05', { number: 3, of: 3 }],
  ])
  t.strictSame(pick(events, 'net', 'tax'), [
    ['265.49', '34.51'],
    ['265.48', '34.52'],
    ['353.99', '46.02'],
  ])
})

test('the terms count from the day it shipped, which the event carries', async (t) => {
  const { decision } = facilities(t)
    .given(...open, limitSet('A1', '1.00', { type: 'end-of-month', plusDays: 15 }))
    .when(shipping('A1', 'O1', 'O1.1', { amount: '10', effectiveOn: '2025-12-03' }))
  t.match(decision, {
    events: [{ effectiveOn: '2025-12-03', data: { dueOn: '2026-01-15' } }],
  })
})

test('a shipment worth nothing is recognised, and owes nothing', async (t) => {
  const { state } = facilities(t)
    .given(...open)
    .when(shipping('A1', 'O1', 'O1.1', { amount: '0' }))
    .accepted()
    .when(receiving('A1', 'P1', '5'))
    .accepted()
  t.match(creditOf(state, 'A1', '2026-01-05'), { receivables: '0.00', unappliedCash: '5.00' })
})

test('a receipt settles the oldest due date first, and the rest is unapplied cash', async (t) => {
  facilities(t)
    .given(...open)
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100' }))
    .accepted()
    .when(shipping('A1', 'O2', 'O2.1', { amount: '200', effectiveOn: '2025-12-31' }))
    .accepted()
    .when(shipping('A1', 'O3', 'O3.1', { amount: '50' }))
    .accepted()
    .when(receiving('A1', 'P1', '360'))
    .then(
      PaymentReceived({
        paymentId: 'P1',
        dealerId: 'A1',
        amount: '360.00',
        method: 'bank-transfer',
        allocations: [
          { receivableId: 'ROOT.2', amount: '200.00' },
          { receivableId: 'ROOT.1', amount: '100.00' },
          { receivableId: 'ROOT.3', amount: '50.00' },
        ],
        unapplied: '10.00',
        journal: [
          { account: '1002', debit: '360.00' },
          { account: '1122', credit: '350.00', dealerId: 'A1' },
          { account: '2203', credit: '10.00', dealerId: 'A1' },
        ],
      }),
    )
    .when(receiving('A1', 'P1', '360'))
    .changesNothing()
})

test('receivables that the payer names come first, then those of orders it names', async (t) => {
  const shipped = facilities(t)
    .given(...open)
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100' }))
    .accepted()
    .when(shipping('A1', 'O2', 'O2.1', { amount: '100' }))
    .accepted()
    .when(shipping('A1', 'O3', 'O3.1', { amount: '100' }))
    .accepted()
  const { decision } = shipped.when(
    receiving('A1', 'P1', '250', { receivableIds: ['ROOT.3'], orderIds: ['O2'] }),
  )
  t.strictSame(decision.accepted && pick(decision.events, 'allocations'), [
    [
      [
        { receivableId: 'ROOT.3', amount: '100.00' },
        { receivableId: 'ROOT.2', amount: '100.00' },
        { receivableId: 'ROOT.1', amount: '50.00' },
      ],
    ],
  ])
})

test("a name that is not the payer's open receivable is passed over", async (t) => {
  const { decision } = facilities(t)
    .given(...open)
    .when(shipping('B', 'O1', 'O1.1', { amount: '100' }))
    .accepted()
    .when(receiving('A1', 'P1', '5', { receivableIds: ['ROOT.1', 'X.9'], orderIds: ['O1'] }))
  t.match(decision, { accepted: true, events: [{ data: { allocations: [], unapplied: '5.00' } }] })
})

test('money of a provider goes over its clearing account', async (t) => {
  const { decision } = facilities(t)
    .given(...open)
    .when(receiving('A1', 'P1', '5', { method: 'wechat' }))
  t.match(decision, { events: [{ data: { journal: [{ account: '1012', debit: '5.00' }] } }] })
})

test('unapplied cash settles the next receivable at once, as of its shipment', async (t) => {
  const outcome = facilities(t)
    .given(...open)
    .when(receiving('A1', 'P1', '30', { effectiveOn: '2026-01-01' }))
    .accepted()
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100', effectiveOn: '2026-01-02' }))
  const { decision } = outcome
  const { state } = outcome.accepted()
  t.strictSame(
    decision.accepted && decision.events[1],
    UnappliedCashAllocated(
      {
        dealerId: 'A1',
        allocations: [{ receivableId: 'ROOT.1', amount: '30.00', paymentId: 'P1' }],
        amount: '30.00',
        journal: [
          { account: '2203', debit: '30.00', dealerId: 'A1' },
          { account: '1122', credit: '30.00', dealerId: 'A1' },
        ],
      },
      { effectiveOn: '2026-01-02' },
    ),
  )
  t.match(creditOf(state, 'A1', '2026-01-05'), { receivables: '70.00', unappliedCash: '0.00' })
})

test("one dealer's cash pays nothing of another's", async (t) => {
  const { decision } = facilities(t)
    .given(...open)
    .when(receiving('A', 'P1', '30'))
    .accepted()
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100' }))
  t.equal(decision.accepted && decision.events.length, 1)
})

test('the value date of a receipt is kept where it differs from the business day', async (t) => {
  const given = facilities(t).given(...open)
  const early = given.when(receiving('A1', 'P1', '5', { effectiveOn: '2025-12-24' }))
  t.match(early.decision, { events: [{ effectiveOn: '2025-12-24' }] })
  const same = given.when(receiving('A1', 'P1', '5', { effectiveOn: '2026-01-05' }))
  t.match(same.decision, { events: [{ effectiveOn: undefined }] })
})

test('a number is given once, whatever is kept of those before', async (t) => {
  const { state } = facilities(t)
    .given(...open)
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100' }))
    .accepted()
  const pruned = { ...state, receivables: state.receivables.clear() }
  const decision = shipping('A1', 'O2', 'O2.1', { amount: '100' })(pruned, testContext())
  t.match(decision, { events: [{ data: { receivableId: 'ROOT.2' } }] })
})
