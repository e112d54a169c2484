/** What our own sagas, returns, the outbound desk and the reading of statements ask of refunds. */

import { z } from 'zod'
import {
  DealerId,
  FacilityId,
  LocalDate,
  PaymentId,
  PositiveAmount,
  RefundId,
  ReturnId,
  StatementLineId,
  Text,
} from '../domain/kernel/values.ts'
import { payment } from '../domain/payment/payment.ts'
import { FailureCode } from '../domain/refund/events.ts'
import { PaymentFacts, paymentFacts } from '../domain/refund/facts.ts'
import { declineRefund, makeRefundDue } from '../domain/refund/payout.ts'
import { RefundView, recordRefundAnswer } from '../domain/refund/provider.ts'
import { refund } from '../domain/refund/refund.ts'
import { requestReturnRefund } from '../domain/refund/request.ts'
import { payRefundFromLine } from '../domain/refund/statement.ts'
import { command } from './command.ts'

const bySystem = {
  roles: [],
  aggregate: refund,
  stream: ({ refundId }: Readonly<{ refundId: string }>) => refundId,
  expects: 'existing',
} as const

const Found = z.strictObject({ payment: PaymentFacts.optional() })

/** What a return made payable, from the return's saga. */
export const RequestReturnRefund = command({
  name: 'RequestReturnRefund',
  roles: [],
  aggregate: refund,
  expects: 'any',
  schema: z.strictObject({
    refundId: RefundId,
    paymentId: PaymentId.optional(),
    dealerId: DealerId,
    facilityId: FacilityId,
    returnId: ReturnId,
    amount: PositiveAmount,
    source: z.literal('return').optional(),
    reason: Text.optional(),
  }),
  stream: ({ refundId }) => refundId,
  lookup: async ({ paymentId }, lookups) =>
    paymentId === undefined
      ? {}
      : { payment: paymentFacts(await lookups.stateOf(payment, paymentId)) },
  decide: (state, { source: _, ...input }, context) =>
    requestReturnRefund(state, input, Found.parse(context.lookup).payment, context),
})

export const MakeRefundDue = command({
  ...bySystem,
  name: 'MakeRefundDue',
  schema: z.strictObject({ refundId: RefundId }),
  decide: makeRefundDue,
})

export const DeclineRefund = command({
  ...bySystem,
  name: 'DeclineRefund',
  schema: z.strictObject({
    refundId: RefundId,
    by: z.enum(['payment', 'facility']),
    code: FailureCode,
    reason: Text,
  }),
  decide: declineRefund,
})

/** What was learnt by asking a provider. */
export const RecordRefundAnswer = command({
  ...bySystem,
  name: 'RecordRefundAnswer',
  schema: z.strictObject({
    refundId: RefundId,
    attempt: z.number().int().min(0),
    view: RefundView.optional(), // no answer, or none that can be understood
  }),
  decide: recordRefundAnswer,
})

/** A line of a bank statement, on the refund that it was matched with. */
export const PayRefundFromLine = command({
  ...bySystem,
  name: 'PayRefundFromLine',
  schema: z.strictObject({
    refundId: RefundId,
    lineId: StatementLineId,
    effectiveOn: LocalDate,
    amount: PositiveAmount,
    reference: Text.optional(),
    attempt: z.number().int().min(0).optional(),
  }),
  decide: payRefundFromLine,
})
