/** What our own sagas and the reading of statements ask of payments. */

import { z } from 'zod'
import {
  Amount,
  DealerId,
  Id,
  LocalDate,
  PaymentId,
  PositiveAmount,
  ReceivableId,
  RefundId,
  StatementLineId,
  Text,
} from '../domain/kernel/values.ts'
import { OrderIds, ReceivableIds } from '../domain/payment/events.ts'
import { startDebit } from '../domain/payment/initiate.ts'
import { payment } from '../domain/payment/payment.ts'
import {
  completePaymentRefund,
  releasePaymentRefund,
  reservePaymentRefund,
} from '../domain/payment/refunds.ts'
import {
  bookStatementLine,
  bounceFromLine,
  recordReceipt,
  settleAtProvider,
} from '../domain/payment/statement.ts'
import { command } from './command.ts'

const bySystem = {
  roles: [],
  aggregate: payment,
  stream: ({ paymentId }: Readonly<{ paymentId: string }>) => paymentId,
  expects: 'existing',
} as const

const Line = z.strictObject({
  paymentId: PaymentId,
  lineId: StatementLineId,
  effectiveOn: LocalDate,
  reference: Text.optional(),
  clearedFrom: z.literal('suspense').optional(),
})

/** Whether a declined line is tried again: raised each time. */
const Attempt = z.number().int().min(0).optional()

/** Money of a dealer's that came with no payment announced. */
export const RecordReceipt = command({
  ...bySystem,
  name: 'RecordReceipt',
  expects: 'any',
  needsFreshReference: true,
  schema: Line.extend({
    dealerId: DealerId,
    amount: PositiveAmount,
    method: z.literal('bank-transfer'),
    orderIds: OrderIds,
    receivableIds: ReceivableIds,
  }),
  decide: recordReceipt,
})

/** A line of a bank statement, on the payment that it was matched with. */
export const BookStatementLine = command({
  ...bySystem,
  name: 'BookStatementLine',
  schema: Line.extend({
    amount: PositiveAmount,
    accept: z.enum(['exact', 'any']),
    attempt: Attempt,
  }),
  decide: bookStatementLine,
})

/** A line of a provider's settlement. */
export const SettleAtProvider = command({
  ...bySystem,
  name: 'SettleAtProvider',
  schema: z.strictObject({
    paymentId: PaymentId,
    lineId: StatementLineId,
    gross: PositiveAmount,
    fee: Amount, // at most the gross amount
    effectiveOn: LocalDate,
    attempt: Attempt,
  }),
  decide: settleAtProvider,
})

/** A line of a bank statement by which the bank took a payment's money back. */
export const BounceFromLine = command({
  ...bySystem,
  name: 'BounceFromLine',
  schema: z.strictObject({
    paymentId: PaymentId,
    lineId: StatementLineId,
    amount: PositiveAmount,
    effectiveOn: LocalDate,
    attempt: Attempt,
  }),
  decide: bounceFromLine,
})

export const StartDebit = command({
  ...bySystem,
  name: 'StartDebit',
  expects: 'any',
  stream: ({ debitId }: Readonly<{ debitId: string }>) => debitId,
  schema: z.strictObject({
    debitId: Id,
    dealerId: DealerId,
    method: z.enum(['wechat', 'alipay']),
    mandateReference: Text,
    amount: PositiveAmount,
    receivableIds: z.array(ReceivableId).min(1).max(1000),
  }),
  decide: startDebit,
})

export const ReservePaymentRefund = command({
  ...bySystem,
  name: 'ReservePaymentRefund',
  schema: z.strictObject({ paymentId: PaymentId, refundId: RefundId, amount: PositiveAmount }),
  decide: reservePaymentRefund,
})

export const ReleasePaymentRefund = command({
  ...bySystem,
  name: 'ReleasePaymentRefund',
  schema: z.strictObject({ paymentId: PaymentId, refundId: RefundId, reason: Text }),
  decide: releasePaymentRefund,
})

export const CompletePaymentRefund = command({
  ...bySystem,
  name: 'CompletePaymentRefund',
  schema: z.strictObject({ paymentId: PaymentId, refundId: RefundId }),
  decide: completePaymentRefund,
})
