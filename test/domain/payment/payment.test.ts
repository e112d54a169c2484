import { test } from 'tap'
import {
  type CapturePayment,
  capturePayment,
  failPayment,
  type InitiatePayment,
  initiatePayment,
  PaymentCaptured,
  PaymentFailed,
  PaymentInitiated,
  type PaymentState,
  payment,
  paymentReference,
} from '../../../domain/payment/payment.ts'
import { type Decide, scenarios } from '../../support/given.ts'
import { reference } from '../facility/tree.ts'

const payments = scenarios(payment)
const named = { orderIds: ['O1'], receivableIds: ['ROOT.1'] }
const transfer = { dealerId: 'A1', amount: '12.50', method: 'bank-transfer', ...named } as const
const initiated = {
  ...transfer,
  paymentId: 'P1',
  orderIds: ['O1'],
  receivableIds: ['ROOT.1'],
  reference: 'INV 7/1',
}
const captured = {
  paymentId: 'P1',
  dealerId: 'A1',
  facilityId: 'ROOT',
  amount: '12.50',
  method: 'bank-transfer' as const,
  orderIds: ['O1'],
  receivableIds: ['ROOT.1'],
}

function initiating(more: Partial<InitiatePayment> = {}): Decide<PaymentState> {
  return (state, context) => initiatePayment(state, { ...transfer, ...more }, context)
}

function capturing(more: Partial<CapturePayment> = {}): Decide<PaymentState> {
  return (state, context) => capturePayment(state, { paymentId: 'P1', ...more }, context)
}

function failing(): Decide<PaymentState> {
  return (state, context) => failPayment(state, { paymentId: 'P1', reason: 'never came' }, context)
}

test('a bank transfer gets the text of its QR code', async (t) => {
  payments(t, { reference })
    .when(initiating({ amount: '12.5', reference: 'INV 7/1' }))
    .then(
      PaymentInitiated({
        ...initiated,
        paymentId: 'command-payment',
        qr: 'tradeline:pay?reference=INV%207%2F1&amount=12.50&currency=CNY',
      }),
    )
})

test("a payment's reference is short, and follows from its id", async (t) => {
  t.equal(paymentReference('0b3e6f1a-94c2-5d1e-8a77-0123456789ab'), 'P0B3E6F1A94C25D1E')
  const { decision } = payments(t, { reference }).when(initiating())
  t.match(decision, { events: [{ data: { reference: 'PCOMMANDPAYMENT' } }] })
})

test('what is named twice is named once', async (t) => {
  const { decision } = payments(t, { reference }).when(initiating({ orderIds: ['O1', 'O1'] }))
  t.match(decision, { events: [{ data: { orderIds: ['O1'] } }] })
})

test('only bank transfers are available', async (t) => {
  payments(t, { reference })
    .when(initiating({ method: 'wechat' }))
    .refused('payment-method-unavailable', { method: 'wechat' })
})

test('a payment of an unknown dealer is refused', async (t) => {
  payments(t, { reference })
    .when(initiating({ dealerId: 'X' }))
    .refused('dealer-unknown')
})

test('a captured payment repeats what its allocation needs, once', async (t) => {
  payments(t, { reference })
    .given(PaymentInitiated(initiated))
    .when(capturing({ reference: 'BANK-1', effectiveOn: '2025-12-30' }))
    .then(PaymentCaptured({ ...captured, reference: 'BANK-1' }, { effectiveOn: '2025-12-30' }))
    .when(capturing())
    .changesNothing()
    .when(failing())
    .refused('payment-captured')
})

test('the value date named at the start holds unless the capture names another', async (t) => {
  const given = payments(t, { reference }).given(
    PaymentInitiated(initiated, { effectiveOn: '2025-12-24' }),
  )
  given.when(capturing()).then(PaymentCaptured(captured, { effectiveOn: '2025-12-24' }))
  given.when(capturing({ effectiveOn: '2026-01-05' })).then(PaymentCaptured(captured))
})

test('a value date in the future or too far back is refused', async (t) => {
  const given = payments(t, { reference }).given(PaymentInitiated(initiated))
  given.when(capturing({ effectiveOn: '2026-01-06' })).refused('value-date-future')
  given.when(capturing({ effectiveOn: '2025-10-06' })).refused('backdating-limit')
})

test('a failed payment stays failed', async (t) => {
  payments(t, { reference })
    .given(PaymentInitiated(initiated))
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
})
