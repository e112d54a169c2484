import { test } from 'tap'
import {
  bouncePayment,
  type CapturePayment,
  capturePayment,
  failPayment,
} from '../../../domain/payment/capture.ts'
import {
  PaymentBounced,
  PaymentCaptured,
  PaymentFailed,
  PaymentInitiated,
} from '../../../domain/payment/events.ts'
import { releasePaymentRefund, reservePaymentRefund } from '../../../domain/payment/refunds.ts'
import type { PaymentState } from '../../../domain/payment/state.ts'
import type { Decide } from '../../support/given.ts'
import { reference } from '../facility/tree.ts'
import {
  captured,
  onlineStarted,
  payments,
  transfer,
  transferCaptured,
  transferStarted,
  unknown,
} from './payments.ts'

function capturing(more: Partial<CapturePayment> = {}): Decide<PaymentState> {
  return (state, context) => capturePayment(state, { paymentId: 'P1', ...more }, context)
}

function failing(): Decide<PaymentState> {
  return (state, context) => failPayment(state, { paymentId: 'P1', reason: 'never came' }, context)
}

function bouncing(): Decide<PaymentState> {
  const input = { paymentId: 'P1', reason: 'no cover', effectiveOn: '2026-01-04' }
  return (state, context) => bouncePayment(state, input, context)
}

test('a captured payment repeats what its allocation needs, once', async (t) => {
  payments(t, { reference })
    .given(transferStarted)
    .when(capturing({ reference: 'BANK-1', effectiveOn: '2025-12-30' }))
    .then(PaymentCaptured({ ...captured(), reference: 'BANK-1' }, { effectiveOn: '2025-12-30' }))
    .when(capturing())
    .changesNothing()
    .when(failing())
    .refused('payment-captured')
})

test('less or more may come than was asked for, and is what counts', async (t) => {
  payments(t, { reference })
    .given(transferStarted)
    .when(capturing({ amount: '10' }))
    .then(PaymentCaptured({ ...captured(), amount: '10.00', asked: '12.50' }))
    .when(capturing({ amount: '10.00' }))
    .changesNothing()
    .when(capturing({ amount: '12.50' }))
    .refused('payment-captured')
})

test('the value date named at the start holds unless the capture names another', async (t) => {
  const given = payments(t, { reference }).given(
    PaymentInitiated(transfer, { effectiveOn: '2025-12-24' }),
  )
  given.when(capturing()).then(PaymentCaptured(captured(), { effectiveOn: '2025-12-24' }))
  given.when(capturing({ effectiveOn: '2026-01-05' })).then(PaymentCaptured(captured()))
})

test('a value date in the future or too far back is refused', async (t) => {
  const given = payments(t, { reference }).given(transferStarted)
  given.when(capturing({ effectiveOn: '2026-01-06' })).refused('value-date-future')
  given.when(capturing({ effectiveOn: '2025-10-06' })).refused('backdating-limit')
})

test('a failed transfer stays failed', async (t) => {
  payments(t, { reference })
    .given(transferStarted)
    .when(failing())
    .then(PaymentFailed({ paymentId: 'P1', dealerId: 'A1', reason: 'never came' }))
    .when(failing())
    .changesNothing()
    .when(capturing())
    .refused('payment-failed')
})

test('a payment that was not started is unknown', async (t) => {
  payments(t, { reference }).when(capturing()).refused('payment-unknown')
  payments(t, { reference }).when(failing()).refused('payment-unknown')
  payments(t, { reference }).when(bouncing()).refused('payment-unknown')
})

test('a person decides on an online payment only once its provider was asked seven times', async (t) => {
  const started = payments(t, { reference }).given(onlineStarted)
  started.when(capturing()).refused('payment-with-provider')
  const asking = started.given(unknown(6, '2026-01-06T02:00:00.000Z'))
  asking.when(capturing()).refused('payment-with-provider', {
    askAgainAt: '2026-01-06T02:00:00.000Z',
  })
  asking.when(failing()).refused('payment-with-provider')
  const asked = asking.given(unknown(7))
  asked.when(capturing()).then(PaymentCaptured(captured('wechat')))
  asked.when(failing()).accepted()
})

test('a captured payment bounces once, unless something of it goes back', async (t) => {
  const bounced = { paymentId: 'P1', dealerId: 'A1', facilityId: 'ROOT', amount: '12.50' }
  const given = payments(t, { reference }).given(transferStarted)
  given.when(bouncing()).refused('payment-not-captured')
  const paid = given.given(transferCaptured)
  paid
    .when(bouncing())
    .then(PaymentBounced({ ...bounced, reason: 'no cover' }, { effectiveOn: '2026-01-04' }))
    .when(bouncing())
    .changesNothing()
    .when(capturing())
    .refused('payment-bounced')
  const refund = { paymentId: 'P1', refundId: 'F1' }
  paid
    .when((state) => reservePaymentRefund(state, { ...refund, amount: '0.01' }))
    .accepted()
    .when(bouncing())
    .refused('payment-refunded', { givenBack: '0.01' })
    .when((state) => releasePaymentRefund(state, { ...refund, reason: 'denied' }))
    .accepted()
    .when(bouncing())
    .accepted()
})
