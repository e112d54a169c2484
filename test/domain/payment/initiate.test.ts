import { test } from 'tap'
import { PaymentInitiated } from '../../../domain/payment/events.ts'
import {
  type InitiatePayment,
  initiatePayment,
  paymentReference,
  startDebit,
} from '../../../domain/payment/initiate.ts'
import type { NamedDebts } from '../../../domain/payment/named.ts'
import type { PaymentState } from '../../../domain/payment/state.ts'
import { DEFAULT_POLICY } from '../../../domain/policy.ts'
import type { Decide } from '../../support/given.ts'
import { reference } from '../facility/tree.ts'
import { asked, online, payments, transfer } from './payments.ts'

const NOTHING: NamedDebts = { orders: [], receivables: [] }

function initiating(more: Partial<InitiatePayment> = {}, named = NOTHING): Decide<PaymentState> {
  const input = { ...asked, method: 'bank-transfer', ...more } as const
  return (state, context) => initiatePayment(state, input, named, context)
}

test('a bank transfer gets the text of its QR code', async (t) => {
  payments(t, { reference })
    .when(initiating({ amount: '12.5', reference: 'INV 7/1' }))
    .then(
      PaymentInitiated({
        ...transfer,
        paymentId: 'command-payment',
        qr: 'tradeline:pay?reference=INV%207%2F1&amount=12.50&currency=CNY',
      }),
    )
})

test('an online payment has nothing to scan before its provider was asked', async (t) => {
  payments(t, { reference })
    .when(initiating({ method: 'wechat', reference: 'INV 7/1' }))
    .then(PaymentInitiated({ ...online, paymentId: 'command-payment' }))
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

test('a provider that is not configured is not available', async (t) => {
  const policy = { ...DEFAULT_POLICY, onlineMethods: ['alipay' as const] }
  payments(t, { reference, policy })
    .when(initiating({ method: 'wechat' }))
    .refused('payment-method-unavailable', { available: ['bank-transfer', 'alipay'] })
})

test("only what is the own dealer's can be named", async (t) => {
  const own = asked.dealerId
  const order = (dealerId?: string) => [{ orderId: 'O1', dealerId }]
  const receivable = (dealerId?: string) => [{ receivableId: 'D.1', dealerId }]
  for (const dealerId of ['another', undefined]) {
    payments(t, { reference })
      .when(initiating({}, { orders: order(dealerId), receivables: [] }))
      .refused('order-unknown', { dealerId: own, orderId: 'O1' })
    payments(t, { reference })
      .when(initiating({}, { orders: order(own), receivables: receivable(dealerId) }))
      .refused('receivable-unknown', { dealerId: own, receivableId: 'D.1' })
  }
  const { decision } = payments(t, { reference }).when(
    initiating({}, { orders: order(own), receivables: receivable(own) }),
  )
  t.match(decision, { accepted: true })
})

test('a payment of an unknown dealer is refused', async (t) => {
  payments(t, { reference })
    .when(initiating({ dealerId: 'X' }))
    .refused('dealer-unknown')
})

test('a debit starts a payment under its own id, for the receivables by name, once', async (t) => {
  const debit = {
    debitId: 'D1',
    dealerId: 'A1',
    method: 'alipay',
    mandateReference: 'M-1',
    amount: '12.5',
    receivableIds: ['ROOT.1', 'ROOT.2'],
  } as const
  payments(t)
    .when((state) => startDebit(state, debit))
    .then(
      PaymentInitiated({
        paymentId: 'D1',
        dealerId: 'A1',
        amount: '12.50',
        method: 'alipay',
        orderIds: [],
        receivableIds: ['ROOT.1', 'ROOT.2'],
        reference: 'PD1',
        debit: { debitId: 'D1', mandateReference: 'M-1' },
      }),
    )
    .when((state) => startDebit(state, debit))
    .changesNothing()
})
