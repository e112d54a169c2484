import { test } from 'tap'
import { bouncePayment } from '../../../domain/payment/capture.ts'
import {
  PaymentRefunded,
  PaymentRefundRefused,
  PaymentRefundReleased,
  PaymentRefundReserved,
} from '../../../domain/payment/events.ts'
import {
  completePaymentRefund,
  releasePaymentRefund,
  reservePaymentRefund,
} from '../../../domain/payment/refunds.ts'
import type { PaymentState } from '../../../domain/payment/state.ts'
import type { Decide } from '../../support/given.ts'
import { onlineCaptured, onlineStarted, payments } from './payments.ts'

const of = (refundId: string) => ({ paymentId: 'P1', refundId })

function reserving(refundId: string, amount: string): Decide<PaymentState> {
  return (state) => reservePaymentRefund(state, { ...of(refundId), amount })
}

function releasing(refundId: string): Decide<PaymentState> {
  return (state) => releasePaymentRefund(state, { ...of(refundId), reason: 'denied' })
}

function completing(refundId: string): Decide<PaymentState> {
  return (state) => completePaymentRefund(state, of(refundId))
}

function refused(refundId: string, amount: string, [captured, givenBack]: readonly string[] = []) {
  return PaymentRefundRefused({
    ...of(refundId),
    amount,
    captured: captured ?? '12.50',
    givenBack: givenBack ?? '0.00',
    message: `the payment captured ${captured}, of which ${givenBack} goes back already`,
  })
}

test('never more goes back than was captured, what is set aside included', async (t) => {
  payments(t)
    .given(onlineStarted, onlineCaptured)
    .when(reserving('F1', '10'))
    .then(PaymentRefundReserved({ ...of('F1'), amount: '10.00' }))
    .when(reserving('F1', '10'))
    .changesNothing()
    .when(reserving('F2', '2.51'))
    .then(refused('F2', '2.51', ['12.50', '10.00']))
    .when(reserving('F2', '2.51'))
    .changesNothing()
    .when(releasing('F1'))
    .then(PaymentRefundReleased({ ...of('F1'), amount: '10.00', reason: 'denied' }))
    .when(releasing('F1'))
    .changesNothing()
    .when(reserving('F3', '12.50'))
    .then(PaymentRefundReserved({ ...of('F3'), amount: '12.50' }))
    .when(completing('F3'))
    .then(PaymentRefunded({ ...of('F3'), amount: '12.50' }))
    .when(completing('F3'))
    .changesNothing()
    .when(releasing('F3'))
    .changesNothing()
    .when(reserving('F4', '0.01'))
    .then(refused('F4', '0.01', ['12.50', '12.50']))
})

test('what was released before it was set aside never is', async (t) => {
  payments(t)
    .given(onlineStarted, onlineCaptured)
    .when(releasing('F1'))
    .then(PaymentRefundReleased({ ...of('F1'), amount: '0.00', reason: 'denied' }))
    .when(reserving('F1', '1.00'))
    .changesNothing()
})

test('nothing goes back of money that did not come, or was taken back', async (t) => {
  const given = payments(t).given(onlineStarted)
  given.when(reserving('F1', '1.00')).then(refused('F1', '1.00', ['0.00', '0.00']))
  given
    .given(onlineCaptured)
    .when((state, context) => bouncePayment(state, { paymentId: 'P1', reason: 'x' }, context))
    .accepted()
    .when(reserving('F1', '1.00'))
    .then(refused('F1', '1.00', ['0.00', '0.00']))
})
