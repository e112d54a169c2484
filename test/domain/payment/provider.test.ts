import { test } from 'tap'
import { capturePayment } from '../../../domain/payment/capture.ts'
import { PaymentCaptured, PaymentFailed } from '../../../domain/payment/events.ts'
import {
  hearProvider,
  type ProviderView,
  recordProviderAnswer,
} from '../../../domain/payment/provider.ts'
import type { PaymentState } from '../../../domain/payment/state.ts'
import type { Decide } from '../../support/given.ts'
import { reference } from '../facility/tree.ts'
import { captured, onlineStarted, payments, pending, transferStarted, unknown } from './payments.ts'

const paid: ProviderView = {
  status: 'captured',
  amount: '12.50',
  at: '2026-01-04T15:59:00Z',
  providerReference: 'WX-1',
}
const denied: ProviderView = { status: 'failed', reason: 'denied' }
const toScan: ProviderView = { status: 'pending', qr: 'weixin://1', providerReference: 'WX-1' }
const news = { qr: 'weixin://1', providerReference: 'WX-1' }

function answered(attempt: number, view?: ProviderView): Decide<PaymentState> {
  return (state, context) =>
    recordProviderAnswer(state, { paymentId: 'P1', attempt, view }, context)
}

function heard(view: ProviderView): Decide<PaymentState> {
  return (state, context) =>
    hearProvider(state, { paymentId: 'P1', provider: 'wechat', view }, context)
}

const PAID_YESTERDAY = PaymentCaptured(
  { ...captured('wechat'), reference: 'WX-1' },
  { effectiveOn: '2026-01-04' },
)

test('a provider that takes the order gives the payer something to scan', async (t) => {
  payments(t, { reference })
    .given(onlineStarted)
    .when(answered(0, toScan))
    .then(pending(0, '2026-01-05T02:05:00.000Z', news))
    .when(answered(0, toScan))
    .changesNothing()
})

test('an unknown outcome is asked after 5 minutes, an hour, on five days, then of a person', async (t) => {
  const due = [
    '2026-01-05T02:05:00.000Z',
    '2026-01-05T03:05:00.000Z',
    '2026-01-06T03:05:00.000Z',
    '2026-01-07T03:05:00.000Z',
    '2026-01-08T03:05:00.000Z',
    '2026-01-09T03:05:00.000Z',
    '2026-01-10T03:05:00.000Z',
  ]
  let now = '2026-01-05T02:00:00.000Z'
  let given = payments(t, { reference, now }).given(onlineStarted)
  for (const [asked, askAgainAt] of due.entries()) {
    given = given.in({ now }).when(answered(asked)).then(unknown(asked, askAgainAt))
    now = askAgainAt
  }
  const over = given.in({ now }).when(answered(7)).then(unknown(7))
  t.equal(due.length, 7)
  over.when(answered(7)).changesNothing()
  over.when((state, context) => capturePayment(state, { paymentId: 'P1' }, context)).accepted()
})

test('a payer who takes their time is asked about on the same schedule', async (t) => {
  payments(t, { reference })
    .given(onlineStarted, pending(0, '2026-01-05T02:05:00.000Z', news))
    .in({ now: '2026-01-05T02:05:00.000Z' })
    .when(answered(1, toScan))
    .then(pending(1, '2026-01-05T03:05:00.000Z'))
    .in({ now: '2026-01-05T03:05:00.000Z' })
    .when(answered(2))
    .then(unknown(2, '2026-01-06T03:05:00.000Z'))
})

test('an answer that comes again, or late, does not move the schedule', async (t) => {
  const given = payments(t, { reference }).given(
    onlineStarted,
    unknown(3, '2026-01-08T00:00:00.000Z'),
  )
  given.when(answered(3)).changesNothing()
  given.when(answered(3, toScan)).then(pending(3, '2026-01-08T00:00:00.000Z', news))
})

test('money that came counts once, on the day the provider names', async (t) => {
  payments(t, { reference })
    .given(onlineStarted)
    .when(heard(paid))
    .then(PAID_YESTERDAY)
    .when(heard(paid))
    .changesNothing()
    .when(answered(0, paid))
    .changesNothing()
    .when(heard(denied))
    .changesNothing()
    .when(answered(0))
    .changesNothing()
})

test('a failure ends it, but money that comes all the same counts', async (t) => {
  payments(t, { reference })
    .given(onlineStarted)
    .when(answered(0, denied))
    .then(PaymentFailed({ paymentId: 'P1', dealerId: 'A1', reason: 'denied' }))
    .when(heard(denied))
    .changesNothing()
    .when(heard(toScan))
    .changesNothing()
    .when(heard(paid))
    .then(PAID_YESTERDAY)
})

test('another amount than was asked for is what came', async (t) => {
  payments(t, { reference })
    .given(onlineStarted)
    .when(heard({ ...paid, amount: '12', at: '2026-01-05T01:00:00Z' }))
    .then(
      PaymentCaptured({
        ...captured('wechat'),
        amount: '12.00',
        asked: '12.50',
        reference: 'WX-1',
      }),
    )
})

test('a clock ahead of the books, or far behind, is brought into them', async (t) => {
  const given = payments(t, { reference }).given(onlineStarted)
  given
    .when(heard({ ...paid, at: '2026-03-01T00:00:00Z' }))
    .then(PaymentCaptured({ ...captured('wechat'), reference: 'WX-1' }))
  given
    .when(heard({ ...paid, at: '2020-01-01T00:00:00Z' }))
    .then(
      PaymentCaptured({ ...captured('wechat'), reference: 'WX-1' }, { effectiveOn: '2025-10-07' }),
    )
})

test('a callback may be faster than the answer', async (t) => {
  payments(t, { reference })
    .given(onlineStarted)
    .when(heard({ status: 'pending' }))
    .then(pending(0, '2026-01-05T02:05:00.000Z'))
    .when(answered(0, toScan))
    .then(pending(0, '2026-01-05T02:05:00.000Z', news))
})

test('a provider says nothing of what is not paid by it', async (t) => {
  payments(t, { reference }).given(transferStarted).when(heard(paid)).refused('payment-unknown')
  payments(t, { reference })
    .given(onlineStarted)
    .when((state, context) =>
      hearProvider(state, { paymentId: 'P1', provider: 'alipay', view: paid }, context),
    )
    .refused('payment-unknown')
})
