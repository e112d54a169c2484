import { test } from 'tap'
import type { DecisionContext } from '../../../domain/context.ts'
import { approveRefund, rejectRefund } from '../../../domain/refund/approval.ts'
import {
  RefundApproved,
  RefundDue,
  RefundFailed,
  RefundLineDeclined,
  RefundPaid,
  RefundPending,
  RefundReconciled,
  RefundRejected,
  RefundRequested,
  RefundRerouted,
  RefundUnknown,
} from '../../../domain/refund/events.ts'
import {
  declineRefund,
  failRefund,
  makeRefundDue,
  payRefund,
} from '../../../domain/refund/payout.ts'
import { recordRefundAnswer } from '../../../domain/refund/provider.ts'
import { refund } from '../../../domain/refund/refund.ts'
import { repeatRefund, requestRefund, requestReturnRefund } from '../../../domain/refund/request.ts'
import type { RefundState } from '../../../domain/refund/state.ts'
import { payRefundFromLine } from '../../../domain/refund/statement.ts'
import { scenarios } from '../../support/given.ts'

const aRefund = scenarios(refund)

const asked = { refundId: 'F1', paymentId: 'P1', reason: 'paid twice', to: 'original' as const }
const paidOnline = {
  ...{ status: 'captured', method: 'wechat' as const, dealerId: 'A1', facilityId: 'ROOT' },
  ...{ captured: '30000.00', givenBack: '0.00' },
}
const cash = { received: true, refundable: '25000.00' }
const found = { payment: paidOnline, cash }

const request = (amount: string, more: Partial<typeof found> = {}, other: object = {}) => {
  return (state: RefundState, context: DecisionContext) =>
    requestRefund(state, { ...asked, amount, ...other }, { ...found, ...more }, context)
}

const requested = (amount: string, other: object = {}) =>
  RefundRequested({
    ...asked,
    ...{ dealerId: 'A1', facilityId: 'ROOT', amount, method: 'wechat', source: 'unapplied-cash' },
    needsApproval: false,
    ...other,
  })

const byBank = { to: 'bank' as const, method: 'bank-transfer' as const }
const of = { refundId: 'F1', dealerId: 'A1' }
const money = { ...of, paymentId: 'P1', amount: '100.00' }
const due = (other: object = {}) =>
  RefundDue({ ...money, to: 'original', method: 'wechat', ...other })
const ANN = { user: 'ann', role: 'brand-finance' }
const BEN = { user: 'ben', role: 'brand-finance' }

test('a refund goes back the way its payment came, or by bank', (t) => {
  aRefund(t).when(request('100')).then(requested('100.00'))
  aRefund(t)
    .when(request('100', {}, { to: 'bank' }))
    .then(requested('100.00', byBank))
  t.end()
})

test('a refund id is the key: the same again changes nothing, another content is refused', (t) => {
  const given = aRefund(t).given(requested('100.00'))
  given.when(request('100.0')).changesNothing()
  given.when(request('100.01')).refused('idempotency-key-reused')
  given.when(request('100', {}, { to: 'bank' })).refused('idempotency-key-reused')
  given.when(request('100', {}, { paymentId: 'P2' })).refused('idempotency-key-reused')
  given.when(request('100', {}, { reason: 'another' })).refused('idempotency-key-reused')
  t.end()
})

test('no more goes back the way it came than was captured, less what went back', (t) => {
  const payment = { ...paidOnline, captured: '1000.00', givenBack: '700.00' }
  aRefund(t).when(request('300', { payment })).accepted()
  aRefund(t)
    .when(request('300.01', { payment }))
    .refused('refund-exceeds-payment', { refundable: '300.00', wanted: '300.01' })
  aRefund(t)
    .when(request('300.01', { payment }, { to: 'bank' }))
    .accepted()
  t.end()
})

test('no more goes back than is unapplied, and nothing of money that did not come', (t) => {
  aRefund(t)
    .when(request('25000.01'))
    .refused('refund-exceeds-cash', { available: '25000.00', wanted: '25000.01' })
  const pending = { ...paidOnline, status: 'pending' }
  aRefund(t)
    .when(request('1', { payment: pending }))
    .refused('payment-not-captured')
  const onItsWay = { received: false, refundable: '0.00' }
  aRefund(t)
    .when(request('1', { cash: onItsWay }))
    .refused('payment-not-received')
  t.end()
})

test('over the threshold another person agrees; who asked does not, in whatever role', (t) => {
  aRefund(t).when(request('10000')).then(requested('10000.00'))
  const over = requested('10000.01', { needsApproval: true })
  const asking = aRefund(t, { actor: ANN }).given(over)
  aRefund(t).when(request('10000.01')).then(over)
  const approve = (state: RefundState, context: DecisionContext) =>
    approveRefund(state, { refundId: 'F1' }, context)
  const reject = (state: RefundState, context: DecisionContext) =>
    rejectRefund(state, { refundId: 'F1', reason: 'why?' }, context)
  asking.when(approve).refused('own-refund')
  asking
    .in({ actor: { user: 'ann', role: 'brand-admin' } })
    .when(approve)
    .refused('own-refund')
  asking.when(reject).refused('own-refund')
  asking.when((state) => makeRefundDue(state, { refundId: 'F1' })).changesNothing()
  asking
    .in({ actor: BEN })
    .when(approve)
    .then(RefundApproved(of))
    .when(approve)
    .changesNothing()
    .when(reject)
    .refused('refund-approved')
  asking
    .in({ actor: BEN })
    .when(reject)
    .then(RefundRejected({ ...of, reason: 'why?' }))
    .when(reject)
    .changesNothing()
    .when(approve)
    .refused('refund-rejected')
  t.end()
})

const answer = (attempt: number, view?: Parameters<typeof recordRefundAnswer>[1]['view']) => {
  return (state: RefundState, context: DecisionContext) =>
    recordRefundAnswer(state, { refundId: 'F1', attempt, view }, context)
}

test('a provider is asked again on the schedule of payments, and then a person decides', (t) => {
  const fail = (state: RefundState) => failRefund(state, { refundId: 'F1', reason: 'never came' })
  let refund = aRefund(t).given(requested('100.00'), due())
  const ats = [
    ...['2026-01-05T02:05:00.000Z', '2026-01-05T03:00:00.000Z'],
    ...Array.from({ length: 5 }, () => '2026-01-06T02:00:00.000Z'),
  ]
  for (const [asked, askAgainAt] of ats.entries()) {
    refund.when(fail).refused('refund-with-provider')
    const said = { ...of, asked, askAgainAt }
    refund =
      asked % 2 === 0
        ? refund.when(answer(asked)).then(RefundUnknown(said))
        : refund.when(answer(asked, { status: 'pending' })).then(RefundPending(said))
    refund.when(answer(asked)).changesNothing()
  }
  refund
    .when(answer(7))
    .then(RefundUnknown({ ...of, asked: 7 }))
    .when(fail)
    .then(RefundFailed({ ...money, code: 'not-paid', reason: 'never came' }))
    .when(fail)
    .changesNothing()
  t.end()
})

test('what a provider paid is paid, what it refuses has failed, and both stay so', (t) => {
  const given = aRefund(t).given(requested('100.00'), due())
  const view = { status: 'refunded' as const, providerReference: 'W1' }
  const refused = { status: 'failed' as const, reason: 'account closed' }
  const paid = RefundPaid({ ...money, method: 'wechat', reference: 'W1' })
  given.when(answer(0, view)).then(paid).when(answer(0, refused)).changesNothing()
  const failed = { ...money, code: 'provider-refused', reason: 'account closed' }
  given.when(answer(0, refused)).then(RefundFailed(failed)).when(answer(0, view)).changesNothing()
  t.end()
})

const returned = {
  ...{ refundId: 'F1', paymentId: 'P1', dealerId: 'A1', facilityId: 'ROOT' },
  ...{ returnId: 'O1.r1', amount: '100' },
}
const ofReturn = (other: object = {}) =>
  requested('100.00', { source: 'return', returnId: 'O1.r1', reason: 'return O1.r1', ...other })

test('what a return made payable goes by the payment that can give so much back, else by bank', (t) => {
  const ask = (payment?: typeof paidOnline) => (state: RefundState, context: DecisionContext) =>
    requestReturnRefund(state, returned, payment, context)
  aRefund(t).when(ask(paidOnline)).then(ofReturn()).when(ask()).changesNothing()
  aRefund(t).when(ask()).then(ofReturn(byBank))
  const short = { ...paidOnline, givenBack: '29900.01' }
  aRefund(t).when(ask(short)).then(ofReturn(byBank))
  t.end()
})

test('what is owed for a return goes by bank when the original way turns out to be closed', (t) => {
  const rerouted = (reason: string) => RefundRerouted({ ...of, ...byBank, reason })
  const decline = (state: RefundState) =>
    declineRefund(state, { refundId: 'F1', by: 'payment', code: 'spent', reason: 'too little' })
  aRefund(t)
    .given(ofReturn())
    .when(decline)
    .then(rerouted('too little'))
    .when(decline)
    .changesNothing()
    .when((state) => makeRefundDue(state, { refundId: 'F1' }))
    .then(due(byBank))
  aRefund(t)
    .given(ofReturn(), due())
    .when(answer(0, { status: 'failed', reason: 'closed' }))
    .then(rerouted('closed'))
    .when(answer(0, { status: 'refunded', providerReference: 'W1' }))
    .changesNothing()
  aRefund(t)
    .given(requested('100.00'))
    .when(decline)
    .then(RefundFailed({ ...money, code: 'spent', reason: 'too little' }))
  t.end()
})

test('a refund by bank waits for a person, or for a statement line', (t) => {
  const given = aRefund(t).given(requested('100.00', byBank), due(byBank))
  const pay = (state: RefundState, context: DecisionContext) =>
    payRefund(state, { refundId: 'F1', effectiveOn: '2026-01-04' }, context)
  const line = (lineId: string, amount = '100', attempt = 0) => {
    const input = { refundId: 'F1', lineId, effectiveOn: '2026-01-05', amount, attempt }
    return (state: RefundState, context: DecisionContext) =>
      payRefundFromLine(state, input, context)
  }
  const declined = { refundId: 'F1', attempt: 0 }
  const paid = { ...money, method: 'bank-transfer' as const }
  given
    .when(pay)
    .then(RefundPaid(paid, { effectiveOn: '2026-01-04' }))
    .when(pay)
    .changesNothing()
    .when(line('S.1'))
    .then(RefundReconciled({ ...of, lineId: 'S.1', amount: '100.00' }))
    .when(line('S.1'))
    .changesNothing()
    .when(line('S.2'))
    .then(
      RefundLineDeclined({
        ...{ ...declined, lineId: 'S.2', code: 'duplicate' },
        message: 'refund F1 does not take the line: it is on line S.1 already',
      }),
    )
    .when(line('S.2'))
    .changesNothing()
    .when(line('S.2', '100', 1))
    .accepted()
  given.when(line('S.1')).then(RefundPaid({ ...paid, lineId: 'S.1' }))
  given.when(line('S.1', '99.99')).then(
    RefundLineDeclined({
      ...{ ...declined, lineId: 'S.1', code: 'partial' },
      message: 'refund F1 does not take the line: it is of 100.00',
    }),
  )
  aRefund(t).given(requested('100.00', byBank)).when(pay).refused('refund-approved')
  t.end()
})

test('what a failed refund was for can be asked for again, under an id of its own', (t) => {
  const failed = aRefund(t).given(
    requested('100.00'),
    due(),
    RefundFailed({ ...money, code: 'provider-refused', reason: 'closed' }),
  ).state
  const again = { failedRefundId: 'F1', refundId: 'F2', reason: 'by bank', to: 'bank' as const }
  const repeat = (state: RefundState, context: DecisionContext) =>
    repeatRefund(state, again, { ...found, failed }, context)
  aRefund(t)
    .when(repeat)
    .then(requested('100.00', { ...byBank, refundId: 'F2', reason: 'by bank', repeats: 'F1' }))
    .when(repeat)
    .changesNothing()
  const standing = aRefund(t).given(requested('100.00')).state
  aRefund(t)
    .when((state, context) => repeatRefund(state, again, { ...found, failed: standing }, context))
    .refused('refund-approved')
  t.end()
})
