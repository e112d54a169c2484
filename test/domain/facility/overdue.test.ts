import { test } from 'tap'
import { PaymentRedated } from '../../../domain/facility/cash-events.ts'
import {
  GuaranteeEnded,
  OrderingFrozen,
  OrderingUnfrozen,
  TemporaryLimitEnded,
} from '../../../domain/facility/credit-events.ts'
import { setTemporaryLimit } from '../../../domain/facility/limits.ts'
import {
  FacilityDayClosed,
  LateFeesCharged,
  LateFeesCorrected,
} from '../../../domain/facility/receivable-events.ts'
import { type FacilityState, memberOf } from '../../../domain/facility/state.ts'
import type { Terms } from '../../../domain/facility/terms.ts'
import type { Decision } from '../../../domain/kernel/decision.ts'
import { DEFAULT_POLICY } from '../../../domain/policy.ts'
import { agreed, closedThrough, closing, freezingBy, lifting, owing, redating } from './overdue.ts'
import {
  type Asking,
  facilities,
  guaranteeing,
  limits,
  receiving,
  reference,
  shipping,
  tree,
} from './tree.ts'

const byName = { receivableIds: ['ROOT.1'] }

function feeOf(state: FacilityState, id = 'ROOT.1') {
  const feeId = state.receivables.get(id)?.feeId ?? ''
  const { amount, outstanding } = state.receivables.get(feeId) ?? {}
  return { amount, outstanding }
}

function only(decision: Decision, type: string) {
  const events = decision.accepted ? decision.events : []
  return events.filter((event) => event.type === type).map(({ data }) => data)
}

test('the worked figure: 40,000.00 received on the 10th, charged up to the 20th: 780.00', async (t) => {
  const received = closedThrough(owing(t), '2026-04-09')
    .when(receiving('A1', 'P1', '40000', { ...byName }))
    .accepted()
  const { state } = closedThrough(received, '2026-04-20', '2026-04-10')
  t.same(feeOf(state), { amount: '780.00', outstanding: '780.00' })
  t.equal(memberOf(state, 'A1').own.owed, '60780.00')
})

test('the worked figure: re-dated to the 5th it is 680.00, by a correction of 100.00', async (t) => {
  const received = closedThrough(owing(t), '2026-04-09')
    .when(receiving('A1', 'P1', '40000', { ...byName }))
    .accepted()
  const redated = closedThrough(received, '2026-04-20', '2026-04-10')
    .when(redating('P1', '2026-04-05'))
    .then(
      PaymentRedated(
        { paymentId: 'P1', dealerId: 'A1', was: '2026-04-10', reason: 'seen' },
        { effectiveOn: '2026-04-05' },
      ),
    )
  const { state } = redated.when(closing('2026-04-21')).then(
    LateFeesCorrected({
      date: '2026-04-21',
      corrections: [
        {
          receivableId: 'ROOT.2',
          ofReceivableId: 'ROOT.1',
          dealerId: 'A1',
          open: '100.00',
          paid: '0.00',
          net: '100.00',
          tax: '0.00',
        },
      ],
      journal: [
        { account: '6301', debit: '100.00' },
        { account: '1122', credit: '100.00', dealerId: 'A1' },
      ],
    }),
    LateFeesCharged({
      date: '2026-04-21',
      fees: [
        {
          receivableId: 'ROOT.2',
          ofReceivableId: 'ROOT.1',
          dealerId: 'A1',
          orderId: 'O1',
          dueOn: '2026-03-31',
          amount: '30.00',
          net: '30.00',
          tax: '0.00',
        },
      ],
      journal: [
        { account: '1122', debit: '30.00', dealerId: 'A1' },
        { account: '6301', credit: '30.00' },
      ],
    }),
    FacilityDayClosed({ date: '2026-04-21', more: false }),
  )
  t.same(feeOf(state), { amount: '710.00', outstanding: '710.00' })
})

test('the worked figure: booked on the 21st, effective the 5th: a correction of 320.00', async (t) => {
  const { decision } = closedThrough(owing(t), '2026-04-20')
    .when(receiving('A1', 'P1', '40000', { ...byName, effectiveOn: '2026-04-05' }))
    .accepted()
    .when(closing('2026-04-21'))
  t.match(only(decision, 'LateFeesCorrected'), [{ corrections: [{ open: '320.00' }] }])
  t.match(only(decision, 'LateFeesCharged'), [{ fees: [{ amount: '30.00' }] }])
})

test('what was paid of a fee that is corrected comes back, and settles what is owed', async (t) => {
  const paid = closedThrough(owing(t), '2026-04-20')
    .when(receiving('A1', 'P1', '1000'))
    .accepted()
  t.equal(feeOf(paid.state).outstanding, '0.00')
  const { decision } = paid
    .when(receiving('A1', 'P2', '40000', { ...byName, effectiveOn: '2026-04-05' }))
    .accepted()
    .when(closing('2026-04-21'))
  t.match(only(decision, 'LateFeesCorrected'), [
    {
      corrections: [{ open: '0.00', paid: '320.00' }],
      journal: [
        { account: '6301', debit: '320.00' },
        { account: '2203', credit: '320.00' },
      ],
    },
  ])
  t.match(only(decision, 'UnappliedCashAllocated'), [
    { amount: '320.00', allocations: [{ receivableId: 'ROOT.1', amount: '320.00' }] },
  ])
  t.match(only(decision, 'LateFeesCharged'), [{ fees: [{ amount: '29.84' }] }])
})

test('fees grow one receivable, and bear no fees', async (t) => {
  const { state } = closedThrough(owing(t), '2026-04-06')
  t.equal(state.receivables.size, 2)
  t.match(state.receivables.get('ROOT.2'), { feeOf: 'ROOT.1', dueOn: '2026-03-31' })
  t.equal(feeOf(state).amount, '300.00')
})

test('whoever pays within grace pays no fee, on whatever day it is booked', async (t) => {
  const { state } = closedThrough(owing(t), '2026-04-04')
    .when(receiving('A1', 'P1', '100000', { ...byName, effectiveOn: '2026-04-03' }))
    .accepted()
    .when(closing('2026-04-05'))
    .accepted()
  t.same(feeOf(state), { amount: '0.00', outstanding: '0.00' })
  t.equal(memberOf(state, 'A1').own.owed, '0.00')
})

test('what is paid after grace bears its fee, though no day of it was charged yet', async (t) => {
  const { state } = closedThrough(owing(t), '2026-04-03')
    .when(receiving('A1', 'P1', '100000'))
    .accepted()
    .when(closing('2026-04-04'))
    .accepted()
  t.equal(feeOf(state).amount, '150.00')
})

test('a receipt that is re-dated out of grace makes the fee due', async (t) => {
  const { state } = closedThrough(owing(t), '2026-04-01')
    .when(receiving('A1', 'P1', '100000'))
    .accepted()
    .in({ today: '2026-04-10' })
    .when(redating('P1', '2026-04-06'))
    .accepted()
    .when(closing('2026-04-10'))
    .accepted()
  t.equal(feeOf(state).amount, '250.00')
})

test('closing a day again changes nothing', async (t) => {
  closedThrough(owing(t), '2026-04-06').when(closing('2026-04-06')).changesNothing()
})

test('late fees bear VAT at the configured rate', async (t) => {
  const { decision } = closedThrough(owing(t), '2026-04-03')
    .in({ policy: { ...DEFAULT_POLICY, lateFeeTaxRate: '0.06' } })
    .when(closing('2026-04-04'))
  t.match(only(decision, 'LateFeesCharged'), [
    {
      fees: [{ amount: '200.00', net: '188.68', tax: '11.32' }],
      journal: [
        { account: '1122', debit: '200.00', dealerId: 'A1' },
        { account: '6301', credit: '188.68' },
        { account: '2221', credit: '11.32' },
      ],
    },
  ])
})

test('more fees than one write takes follow in the next', async (t) => {
  let given = owing(t, '1000')
  for (let n = 2; n <= 501; n++) {
    given = given.when(shipping('A1', `O${n}`, `O${n}.1`, { amount: '1000' })).accepted()
  }
  const first = given.in({ today: '2026-04-04' }).when(closing('2026-04-04'))
  t.match(only(first.decision, 'FacilityDayClosed'), [{ more: true }])
  const second = first.accepted().when(closing('2026-04-04'))
  t.match(only(second.decision, 'LateFeesCharged'), [{ fees: { length: 1 } }])
  t.match(only(second.decision, 'FacilityDayClosed'), [{ more: false }])
  second.accepted().when(closing('2026-04-04')).changesNothing()
})

test('the worked figure: a receipt pays the fee, its principal, then the next due', async (t) => {
  const terms = { type: 'net', days: 30 } as const
  const { decision } = facilities(t, { today: '2026-03-31' })
    .given(...tree, ...limits, agreed(terms, { graceDays: 0, lateFeeDailyRate: '0.0125' }))
    .when(shipping('A1', 'O1', 'O1.1', { amount: '1000' }))
    .accepted()
    .in({ today: '2026-05-01' })
    .when(shipping('A1', 'O2', 'O2.1', { amount: '2000' }))
    .accepted()
    .when(closing('2026-05-01'))
    .accepted()
    .when(receiving('A1', 'P1', '2500'))
  t.match(only(decision, 'PaymentReceived'), [
    {
      allocations: [
        { receivableId: 'ROOT.3', amount: '12.50' },
        { receivableId: 'ROOT.1', amount: '1000.00' },
        { receivableId: 'ROOT.2', amount: '1487.50' },
      ],
      unapplied: '0.00',
    },
  ])
})

test('past due date and grace, a dealer is frozen until nothing is overdue any more', async (t) => {
  const grace = closedThrough(owing(t), '2026-04-03')
  t.equal(memberOf(grace.state, 'A1').frozen, undefined)
  const closed = grace.when(closing('2026-04-04'))
  t.match(only(closed.decision, 'OrderingFrozen'), [
    { dealerId: 'A1', cause: 'overdue', receivableIds: ['ROOT.2', 'ROOT.1'] },
  ])
  const partly = closed
    .accepted()
    .in({ today: '2026-04-05' })
    .when(receiving('A1', 'P1', '100000', byName))
    .accepted()
  t.equal(memberOf(partly.state, 'A1').frozen?.cause, 'overdue', 'its fee is overdue as well')
  const { decision } = partly.when(receiving('A1', 'P2', '200'))
  t.same(only(decision, 'OrderingUnfrozen'), [{ dealerId: 'A1', cause: 'settled' }])
})

test('a correction that leaves nothing overdue lets the dealer order again', async (t) => {
  const { decision } = closedThrough(owing(t), '2026-04-04')
    .when(receiving('A1', 'P1', '100000', { ...byName, effectiveOn: '2026-04-03' }))
    .accepted()
    .when(closing('2026-04-05'))
  t.same(only(decision, 'OrderingUnfrozen'), [{ dealerId: 'A1', cause: 'settled' }])
})

test('what was overdue when finance lifted a freeze does not freeze again; what is newly so does', async (t) => {
  const lifted = closedThrough(owing(t), '2026-04-04')
    .when(lifting('paid next week'))
    .then(OrderingUnfrozen({ dealerId: 'A1', cause: 'lifted', reason: 'paid next week' }))
    .when(shipping('A1', 'O2', 'O2.1', { amount: '10', effectiveOn: '2026-03-04' }))
    .accepted()
  const before = closedThrough(lifted, '2026-04-06', '2026-04-05')
  t.equal(memberOf(before.state, 'A1').frozen, undefined)
  const after = closedThrough(before, '2026-04-07', '2026-04-07')
  t.same(memberOf(after.state, 'A1').frozen?.receivableIds, ['ROOT.4', 'ROOT.3'])
})

test('a freeze by hand ends only by hand', async (t) => {
  const frozen = facilities(t, { reference })
    .given(...tree, ...limits)
    .when(freezingBy('fraud'))
    .then(OrderingFrozen({ dealerId: 'A1', cause: 'manual', receivableIds: [], reason: 'fraud' }))
  frozen.when(freezingBy('again')).changesNothing()
  const paid = frozen
    .when(receiving('A1', 'P1', '5'))
    .accepted()
    .when(closing('2026-01-05'))
  t.same(only(paid.decision, 'OrderingUnfrozen'), [])
  const { state } = paid.accepted().when(lifting('cleared')).accepted()
  t.equal(memberOf(state, 'A1').frozen, undefined)
  facilities(t)
    .given(...tree)
    .when(lifting('not frozen'))
    .changesNothing()
  facilities(t, { reference }).when(freezingBy('who', 'X')).refused('dealer-unknown')
})

test('a receipt is re-dated within the backdating limit only, and if it is there', async (t) => {
  const received = owing(t)
    .when(receiving('A1', 'P1', '5'))
    .accepted()
  received.when(redating('P9', '2026-02-01')).refused('payment-unknown')
  received.when(redating('P1', '2026-03-02')).refused('value-date-future')
  received.when(redating('P1', '2025-11-30')).refused('backdating-limit')
  received.when(redating('P1', '2026-03-01')).changesNothing()
})

test('cash that came after a backdated shipment settles it as of the day it came', async (t) => {
  const { decision } = facilities(t, { today: '2026-04-20' })
    .given(...tree, ...limits, agreed())
    .when(receiving('A1', 'P1', '30', { effectiveOn: '2026-04-18' }))
    .accepted()
    .when(receiving('A1', 'P2', '40', { effectiveOn: '2026-02-01' }))
    .accepted()
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100', effectiveOn: '2026-03-01' }))
  const events = decision.accepted ? decision.events : []
  t.match(events.slice(1), [
    { effectiveOn: '2026-03-01', data: { allocations: [{ amount: '40.00', paymentId: 'P2' }] } },
    { effectiveOn: '2026-04-18', data: { allocations: [{ amount: '30.00', paymentId: 'P1' }] } },
  ])
})

const early = { type: 'net', days: 30, earlyDiscount: { rate: '0.02', days: 10 } } as const

test('whoever settles a receivable in full early pays less; the rest is a financing cost', async (t) => {
  const shipped = facilities(t, { today: '2026-03-01' })
    .given(...tree, ...limits, agreed(early))
    .when(shipping('A1', 'O1', 'O1.1', { amount: '1000' }))
    .accepted()
  const { decision } = shipped
    .in({ today: '2026-03-12' })
    .when(receiving('A1', 'P1', '980', { effectiveOn: '2026-03-11' }))
  t.match(only(decision, 'PaymentReceived'), [
    {
      allocations: [{ receivableId: 'ROOT.1', amount: '980.00', discount: '20.00' }],
      unapplied: '0.00',
      journal: [
        { account: '1002', debit: '980.00' },
        { account: '6603', debit: '20.00' },
        { account: '1122', credit: '1000.00', dealerId: 'A1' },
      ],
    },
  ])
  const late = shipped.in({ today: '2026-03-12' }).when(receiving('A1', 'P1', '980'))
  t.match(only(late.decision, 'PaymentReceived'), [
    { allocations: [{ receivableId: 'ROOT.1', amount: '980.00' }] },
  ])
  const partly = shipped.when(receiving('A1', 'P1', '500')).accepted()
  const rest = partly.when(receiving('A1', 'P2', '490'))
  t.match(only(rest.decision, 'PaymentReceived'), [
    { allocations: [{ amount: '490.00', discount: '10.00' }] },
  ])
})

test('each instalment is discounted by itself', async (t) => {
  const terms: Terms = {
    type: 'instalments',
    parts: [
      { share: '0.5', days: 30 },
      { share: '0.5', days: 60 },
    ],
    earlyDiscount: { rate: '0.02', days: 10 },
  }
  const { decision } = facilities(t, { today: '2026-03-01' })
    .given(...tree, ...limits, agreed(terms))
    .when(receiving('A1', 'P1', '600'))
    .accepted()
    .when(shipping('A1', 'O1', 'O1.1', { amount: '1000' }))
  t.match(only(decision, 'UnappliedCashAllocated'), [
    {
      amount: '600.00',
      allocations: [
        { receivableId: 'ROOT.1', amount: '490.00', discount: '10.00', paymentId: 'P1' },
        { receivableId: 'ROOT.2', amount: '110.00', paymentId: 'P1' },
      ],
    },
  ])
})

test('temporary limits and guarantees end with their last day', async (t) => {
  const raised: Asking = (state, context) =>
    setTemporaryLimit(
      state,
      {
        ...{ facilityId: 'ROOT', dealerId: 'A1', amount: '5', reason: 'spring' },
        ...{ from: '2026-01-05', to: '2026-01-08' },
      },
      context,
    )
  const given = facilities(t, { reference })
    .given(...tree, ...limits)
    .when(raised)
    .accepted()
    .when(guaranteeing({ until: '2026-01-08' }))
    .accepted()
  given.when(closing('2026-01-06')).then(FacilityDayClosed({ date: '2026-01-06', more: false }))
  given
    .in({ today: '2026-01-08' })
    .when(closing('2026-01-07'))
    .then(
      TemporaryLimitEnded({ dealerId: 'A1', temporaryLimitId: 'ROOT.t1' }),
      GuaranteeEnded({ guaranteeId: 'ROOT.g1', guarantorDealerId: 'A', dealerId: 'A1' }),
      FacilityDayClosed({ date: '2026-01-07', more: false }),
    )
    .when(closing('2026-01-08'))
    .then(FacilityDayClosed({ date: '2026-01-08', more: false }))
})
