import { test } from 'tap'
import { creditOf } from '../../../domain/facility/credit.ts'
import {
  DealerJoined,
  GuaranteeEnded,
  GuaranteeGiven,
  GuaranteeRevoked,
  LimitSet,
  TemporaryLimitEnded,
  TemporaryLimitSet,
} from '../../../domain/facility/credit-events.ts'
import { memberOf } from '../../../domain/facility/state.ts'
import {
  facilities,
  guaranteeing,
  holdPlaced,
  limitSet,
  limits,
  placing,
  raising,
  receiving,
  reference,
  refusalIn,
  releasing,
  revoking,
  settingLimit,
  tree,
} from './tree.ts'

const tight = [...tree, ...limits]

test('a first limit comes with net 30 days, no grace and no late fee', async (t) => {
  facilities(t, { reference })
    .when(settingLimit('ROOT', '500000'))
    .then(
      DealerJoined({ dealerId: 'ROOT' }),
      LimitSet({
        dealerId: 'ROOT',
        limit: '500000.00',
        terms: { type: 'net', days: 30 },
        graceDays: 0,
        lateFeeDailyRate: '0',
        reason: 'agreed',
      }),
    )
})

test('what a new limit leaves out stays as it was', async (t) => {
  const terms = { type: 'end-of-month', plusDays: 10 } as const
  facilities(t)
    .given(...tree)
    .when(settingLimit('A', '100', { terms, graceDays: 3, lateFeeDailyRate: '0.0005' }))
    .accepted()
    .when(settingLimit('A', '200'))
    .then(
      LimitSet({
        dealerId: 'A',
        limit: '200.00',
        terms,
        graceDays: 3,
        lateFeeDailyRate: '0.0005',
        reason: 'agreed',
      }),
    )
})

test('setting the same limit again changes nothing', async (t) => {
  facilities(t)
    .given(...tree, limitSet('A', '100.00'))
    .when(settingLimit('A', '100'))
    .changesNothing()
})

test('a temporary limit counts from its first day to the day before its end', async (t) => {
  const { state } = facilities(t)
    .given(...tight)
    .when(raising())
    .then(
      TemporaryLimitSet({
        dealerId: 'A1',
        temporaryLimitId: 'ROOT.t1',
        amount: '1000.00',
        from: '2026-01-05',
        to: '2026-01-07',
        reason: 'new year',
      }),
    )
  const days = ['2026-01-04', '2026-01-05', '2026-01-06', '2026-01-07']
  t.strictSame(
    days.map((day) => creditOf(state, 'A1', day).headroom),
    ['50000.00', '51000.00', '51000.00', '50000.00'],
  )
})

test('a temporary limit for no day, or for days that are over, is refused', async (t) => {
  const given = facilities(t).given(...tight)
  given.when(raising({ to: '2026-01-05' })).refused('period-empty')
  given.when(raising({ from: '2025-12-01', to: '2026-01-05' })).refused('period-empty')
})

test('a guarantee is given by a superior only', async (t) => {
  const given = facilities(t).given(...tight)
  given.when(guaranteeing({ guarantorDealerId: 'A' })).then(
    GuaranteeGiven({
      guaranteeId: 'ROOT.g1',
      guarantorDealerId: 'A',
      dealerId: 'A1',
      amount: '30000.00',
      until: '2026-12-31',
    }),
  )
  given.when(guaranteeing({ guarantorDealerId: 'B' })).refused('guarantor-not-superior')
  given.when(guaranteeing({ guarantorDealerId: 'A1' })).refused('guarantor-not-superior')
})

test('all that a dealer guarantees stays within its own limit', async (t) => {
  facilities(t)
    .given(...tight)
    .when(guaranteeing({ amount: '150000' }))
    .accepted()
    .when(guaranteeing({ amount: '50000.01' }))
    .refused('guarantee-over-limit', { guaranteed: '150000.00', wanted: '50000.01' })
    .when(guaranteeing({ amount: '50000' }))
    .accepted()
})

test('a guarantee ends with its last day', async (t) => {
  const given = facilities(t).given(...tight)
  given.when(guaranteeing({ until: '2026-01-05' })).refused('guarantee-ended')
  const { state } = given.when(guaranteeing({ until: '2026-01-06' })).accepted()
  t.equal(creditOf(state, 'A1', '2026-01-05').guarantees, '30000.00')
  t.equal(creditOf(state, 'A1', '2026-01-06').guarantees, '0.00')
})

test('a guarantee for one order gives room to that order alone', async (t) => {
  const given = facilities(t)
    .given(...tight, holdPlaced('A1', 'O1', '50000.00'))
    .when(guaranteeing({ orderId: 'O2', amount: '300' }))
    .accepted()
  const other = given.when(placing('A1', 'O3', '1')).accepted()
  t.equal(creditOf(other.state, 'A1', '2026-01-05').holds, '50000.00')
  const guaranteed = other.when(placing('A1', 'O2', '200')).then(holdPlaced('A1', 'O2', '200.00'))
  t.match(creditOf(guaranteed.state, 'A1', '2026-01-05'), {
    guarantees: '200.00',
    headroom: '0.00',
  })
  const released = guaranteed.when(releasing('A1', 'O2', 'cancelled')).accepted()
  t.equal(creditOf(released.state, 'A1', '2026-01-05').guarantees, '0.00')
})

test('of a guarantee that is revoked, what is used stays', async (t) => {
  facilities(t)
    .given(...tight)
    .when(guaranteeing({ amount: '30000' }))
    .accepted()
    .when(placing('A1', 'O1', '60000'))
    .accepted()
    .when(revoking('ROOT.g1'))
    .then(
      GuaranteeRevoked({
        guaranteeId: 'ROOT.g1',
        guarantorDealerId: 'A',
        dealerId: 'A1',
        used: '10000.00',
      }),
    )
    .when(revoking('ROOT.g1'))
    .changesNothing()
    .when(revoking('ROOT.g2'))
    .refused('guarantee-unknown')
})

test('what is kept of a revoked guarantee gives no room again once the exposure shrinks', async (t) => {
  const shrunk = facilities(t)
    .given(...tight)
    .when(guaranteeing({ amount: '30000' }))
    .accepted()
    .when(placing('A1', 'O1', '60000'))
    .accepted()
    .when(revoking('ROOT.g1'))
    .accepted()
    .when(receiving('A1', 'P1', '6000'))
    .accepted()
  t.match(creditOf(shrunk.state, 'A1', '2026-01-05'), { guarantees: '4000.00', headroom: '0.00' })
  const { decision } = shrunk.when(placing('A1', 'O2', '1'))
  t.match(refusalIn(decision)?.decision.inputs, {
    headroom: '0.00',
    keptOfRevokedGuarantees: '4000.00',
    shortfall: '4001.00',
    releaseNeeded: '1.00',
  })
})

test('guarantees for one order give together no more than it takes', async (t) => {
  const { state } = facilities(t)
    .given(...tight, holdPlaced('A1', 'O1', '50000.00'))
    .when(guaranteeing({ orderId: 'O2', amount: '300' }))
    .accepted()
    .when(guaranteeing({ orderId: 'O2', amount: '300' }))
    .accepted()
    .when(placing('A1', 'O2', '400'))
    .then(holdPlaced('A1', 'O2', '400.00'))
  t.match(creditOf(state, 'A1', '2026-01-05'), { guarantees: '400.00', headroom: '0.00' })
})

test('guarantees and temporary limits that ended are forgotten, and their numbers not given again', async (t) => {
  const ended = facilities(t)
    .given(...tight)
    .when(guaranteeing())
    .accepted()
    .when(raising())
    .accepted()
    .given(
      GuaranteeEnded({ guaranteeId: 'ROOT.g1', guarantorDealerId: 'A', dealerId: 'A1' }),
      TemporaryLimitEnded({ dealerId: 'A1', temporaryLimitId: 'ROOT.t1' }),
    )
  const { guaranteesReceived, temporaryLimits } = memberOf(ended.state, 'A1')
  t.strictSame([guaranteesReceived, temporaryLimits, ended.state.guarantees.size], [[], [], 0])
  t.strictSame(memberOf(ended.state, 'A').guaranteesGiven, [])
  t.match(ended.when(guaranteeing()).decision, { events: [{ data: { guaranteeId: 'ROOT.g2' } }] })
  t.match(ended.when(raising()).decision, { events: [{ data: { temporaryLimitId: 'ROOT.t2' } }] })
})
