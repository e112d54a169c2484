import { test } from 'tap'
import {
  PaymentBounced,
  PaymentCaptured,
  PaymentFailed,
  PaymentInitiated,
  PaymentReconciled,
  ProviderSettled,
  StatementLineDeclined,
} from '../../../domain/payment/events.ts'
import type { PaymentState } from '../../../domain/payment/state.ts'
import {
  type BookStatementLine,
  bookStatementLine,
  recordReceipt,
  type SettleAtProvider,
  settleAtProvider,
} from '../../../domain/payment/statement.ts'
import type { Decide } from '../../support/given.ts'
import { reference } from '../facility/tree.ts'
import {
  asked,
  captured,
  onlineCaptured,
  onlineStarted,
  payments,
  transferCaptured,
  transferStarted,
} from './payments.ts'

const line = { paymentId: 'P1', lineId: 'S1.1', effectiveOn: '2026-01-02' }

function booking(more: Partial<BookStatementLine> = {}): Decide<PaymentState> {
  const input = { ...line, amount: '12.50', accept: 'exact', ...more } as const
  return (state, context) => bookStatementLine(state, input, context)
}

function settling(more: Partial<SettleAtProvider> = {}): Decide<PaymentState> {
  const input = { ...line, gross: '12.50', fee: '0.08', ...more }
  return (state, context) => settleAtProvider(state, input, context)
}

function declined(code: 'duplicate' | 'over-paid' | 'partial' | 'failed', message: string) {
  return StatementLineDeclined({ paymentId: 'P1', lineId: 'S1.1', code, message, attempt: 0 })
}

const failed = PaymentFailed({ paymentId: 'P1', dealerId: 'A1', reason: 'denied' })
const on = { effectiveOn: '2026-01-02' }
const transferBounced = PaymentBounced({
  paymentId: 'P1',
  dealerId: 'A1',
  facilityId: 'ROOT',
  amount: '12.50',
  reason: 'no cover',
})

test('a line captures the payment that it was matched with, once', async (t) => {
  payments(t, { reference })
    .given(transferStarted)
    .when(booking({ reference: 'BANK-1' }))
    .then(PaymentCaptured({ ...captured(), reference: 'BANK-1', lineId: 'S1.1' }, on))
    .when(booking({ reference: 'BANK-1' }))
    .changesNothing()
})

test('a line proves a capture by hand', async (t) => {
  const proof = { paymentId: 'P1', dealerId: 'A1', lineId: 'S1.1', amount: '12.50' }
  const given = payments(t, { reference }).given(transferStarted, transferCaptured)
  given
    .when(booking())
    .then(PaymentReconciled({ ...proof, journal: [] }))
    .when(booking())
    .changesNothing()
  given.when(booking({ clearedFrom: 'suspense' })).then(
    PaymentReconciled(
      {
        ...proof,
        clearedFrom: 'suspense',
        journal: [
          { account: '1002', credit: '12.50' },
          { account: '2241.09', debit: '12.50' },
        ],
      },
      on,
    ),
  )
})

test('a line shows what a payment had brought in before it bounced', async (t) => {
  const proof = { paymentId: 'P1', dealerId: 'A1', lineId: 'S1.1', amount: '12.50' }
  payments(t, { reference })
    .given(transferStarted, transferCaptured, transferBounced)
    .when(booking())
    .then(PaymentReconciled({ ...proof, journal: [] }))
    .when(booking({ lineId: 'S1.2' }))
    .then(
      StatementLineDeclined({
        ...{ paymentId: 'P1', lineId: 'S1.2', code: 'failed', attempt: 0 },
        message: 'the payment has bounced',
      }),
    )
})

test('a second line for the same money is a duplicate', async (t) => {
  payments(t, { reference })
    .given(transferStarted)
    .when(booking({ lineId: 'S1.0' }))
    .accepted()
    .when(booking())
    .then(declined('duplicate', 'the money was seen in line S1.0'))
    .when(booking())
    .changesNothing()
})

test('another amount is declined, unless a person took it', async (t) => {
  const given = payments(t, { reference }).given(transferStarted)
  given
    .when(booking({ amount: '12.00' }))
    .then(declined('partial', '12.00 came, not 12.50'))
    .when(booking({ amount: '12.00', accept: 'any', attempt: 1 }))
    .then(PaymentCaptured({ ...captured(), amount: '12.00', asked: '12.50', lineId: 'S1.1' }, on))
  given.when(booking({ amount: '13.00' })).then(declined('over-paid', '13.00 came, not 12.50'))
  given
    .given(transferCaptured)
    .when(booking({ amount: '13.00', accept: 'any' }))
    .then(declined('over-paid', '13.00 came, not 12.50'))
})

test('a failed payment, and one by a provider, take no line of a bank', async (t) => {
  payments(t, { reference })
    .given(transferStarted, failed)
    .when(booking())
    .then(declined('failed', 'the payment has failed'))
  payments(t, { reference })
    .given(onlineStarted)
    .when(booking())
    .then(declined('failed', 'the payment is by wechat, not by transfer'))
})

test('money with no payment announced is a payment of its own, once', async (t) => {
  const receipt = { ...line, ...asked, method: 'bank-transfer', clearedFrom: 'suspense' } as const
  const record: Decide<PaymentState> = (state, context) => recordReceipt(state, receipt, context)
  payments(t, { reference })
    .when(record)
    .then(
      PaymentInitiated(
        { ...asked, paymentId: 'P1', method: 'bank-transfer', reference: 'PP1' },
        on,
      ),
      PaymentCaptured({ ...captured(), lineId: 'S1.1', clearedFrom: 'suspense' }, on),
    )
    .when(record)
    .changesNothing()
})

const settled = ProviderSettled(
  {
    paymentId: 'P1',
    dealerId: 'A1',
    lineId: 'S1.1',
    method: 'wechat',
    gross: '12.50',
    fee: '0.08',
    net: '12.42',
    journal: [
      { account: '1002', debit: '12.42' },
      { account: '6603', debit: '0.08' },
      { account: '1012', credit: '12.50' },
    ],
  },
  on,
)

test('a provider settles a payment once, less its fee', async (t) => {
  payments(t, { reference })
    .given(onlineStarted, onlineCaptured)
    .when(settling())
    .then(settled)
    .when(settling())
    .changesNothing()
    .when(settling({ lineId: 'S2.1' }))
    .then(
      StatementLineDeclined({
        paymentId: 'P1',
        lineId: 'S2.1',
        code: 'duplicate',
        message: 'the provider settled it in line S1.1',
        attempt: 0,
      }),
    )
})

test('a settlement proves the money, even of a payment that failed', async (t) => {
  payments(t, { reference })
    .given(onlineStarted, failed)
    .when(settling())
    .then(PaymentCaptured(captured('wechat'), on), settled)
})

test('a settlement of another amount, or of a transfer, is declined', async (t) => {
  payments(t, { reference })
    .given(onlineStarted, onlineCaptured)
    .when(settling({ gross: '12.00' }))
    .then(declined('partial', '12.00 came, not 12.50'))
  payments(t, { reference })
    .given(transferStarted)
    .when(settling())
    .then(declined('failed', 'the payment is by transfer, not by a provider'))
})
