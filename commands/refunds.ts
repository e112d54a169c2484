/** What people may ask about refunds; money that leaves takes more than a password. */

import { z } from 'zod'
import { facility } from '../domain/facility/facility.ts'
import { RefundWay } from '../domain/facility/values.ts'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import { LocalDate, PaymentId, PositiveAmount, RefundId, Text } from '../domain/kernel/values.ts'
import { payment } from '../domain/payment/payment.ts'
import { approveRefund, rejectRefund } from '../domain/refund/approval.ts'
import {
  RefundDue,
  RefundFailed,
  RefundPaid,
  RefundRejected,
  RefundRequested,
} from '../domain/refund/events.ts'
import { CashFacts, cashFacts, PaymentFacts, paymentFacts } from '../domain/refund/facts.ts'
import { failRefund, payRefund } from '../domain/refund/payout.ts'
import { refund } from '../domain/refund/refund.ts'
import { repeatRefund, requestRefund } from '../domain/refund/request.ts'
import type { RefundState } from '../domain/refund/state.ts'
import { firstOf, isOf } from './answers.ts'
import { type Answered, command, type Lookups, type OtherStreams } from './command.ts'

const people = { roles: ['brand-finance', 'brand-admin'], secondFactor: true } as const

const byFinance = {
  ...people,
  aggregate: refund,
  stream: ({ refundId }: Readonly<{ refundId: string }>) => refundId,
  expects: 'existing',
} as const

type All = Lookups & OtherStreams

const Found = z.strictObject({
  payment: PaymentFacts.optional(),
  cash: CashFacts.optional(),
})
type Found = z.output<typeof Found>

type Asked = Readonly<{
  dealerId: string
  facilityId: string
  paymentId?: string | undefined
  returnId?: string | undefined
}>

/** What payment and facility say as they are; a captured payment's money is on its way to the facility. */
async function found(asked: Asked, lookups: All): Promise<Found> {
  const { paymentId, facilityId } = asked
  const facts = async () => cashFacts(await lookups.stateOf(facility, facilityId), asked)
  const of = paymentId === undefined ? undefined : await paymentOf(paymentId, lookups)
  const cash = await facts()
  if (cash.received || paymentId === undefined) return { payment: of, cash }
  await lookups.awaitReceipt(paymentId)
  return { payment: of, cash: await facts() }
}

async function paymentOf(paymentId: string, lookups: All): Promise<PaymentFacts | undefined> {
  return paymentFacts(await lookups.stateOf(payment, paymentId))
}

const Requested = z.object({
  refundId: RefundId,
  paymentId: PaymentId.optional(),
  amount: PositiveAmount,
  to: RefundWay,
  status: z.enum(['requested', 'approved', 'due', 'paid', 'failed', 'rejected']),
  statusReason: z.object({ code: z.string(), message: z.string() }).optional(),
})

/** As it was asked for; the same if it was asked for before. */
function requestedAnswer(events: readonly RecordedEvent[], state: RefundState) {
  const requested = firstOf(RefundRequested, events)?.data ?? state?.requested
  if (requested === undefined) return {}
  const { refundId, paymentId, amount, to, needsApproval } = requested
  const status = needsApproval ? 'requested' : 'approved'
  return { refundId, ...(paymentId !== undefined && { paymentId }), amount, to, status }
}

/** Who prefers to wait hears what became of it: due, paid, failed or rejected. */
const untilDue = {
  tell: (event: RecordedEvent) => {
    if (isOf(RefundFailed, event)) {
      const { code, reason } = event.data
      return { status: 'failed', statusReason: { code, message: reason } }
    }
    if (isOf(RefundDue, event)) return { status: 'due' }
    if (isOf(RefundPaid, event)) return { status: 'paid' }
    return isOf(RefundRejected, event) ? { status: 'rejected' } : undefined
  },
}

export const RequestRefund = command({
  ...people,
  name: 'RequestRefund',
  aggregate: refund,
  expects: 'any',
  schema: z.strictObject({
    paymentId: PaymentId,
    refundId: RefundId,
    amount: PositiveAmount,
    reason: Text,
    to: RefundWay,
  }),
  stream: ({ refundId }) => refundId,
  lookup: async ({ paymentId }, lookups): Promise<Found> => {
    const of = await paymentOf(paymentId, lookups)
    const { facilityId } = of ?? {}
    if (of === undefined || facilityId === undefined) return { payment: of }
    return await found({ dealerId: of.dealerId, facilityId, paymentId }, lookups)
  },
  decide: (state, input, context) => {
    const { payment, cash } = Found.parse(context.lookup)
    return requestRefund(state, input, { payment, cash }, context)
  },
  route: {
    path: '/payments/:paymentId/refunds',
    status: 201,
    summary:
      'Give unapplied cash back, the way a payment came or by bank; over the threshold a second ' +
      'person approves it. The refund id is the key: the same again changes nothing',
    answer: ({ events, state }) => requestedAnswer(events, state),
    answerSchema: Requested,
    location: ({ streamId }) => `/refunds/${streamId}`,
    coordinated: untilDue,
  },
})

const FoundFailed = Found.extend({ failed: z.custom<RefundState>() })

export const RepeatRefund = command({
  ...people,
  name: 'RepeatRefund',
  aggregate: refund,
  expects: 'any',
  schema: z.strictObject({
    failedRefundId: RefundId,
    refundId: RefundId,
    reason: Text,
    to: RefundWay.default('bank'),
  }),
  stream: ({ refundId }) => refundId,
  lookup: async ({ failedRefundId }, lookups) => {
    const failed = await lookups.stateOf(refund, failedRefundId)
    if (failed === undefined) return { failed }
    return { failed, ...(await found(failed.requested, lookups)) }
  },
  decide: (state, input, context) => {
    const { failed, payment, cash } = FoundFailed.parse(context.lookup)
    return repeatRefund(state, input, { failed, payment, cash }, context)
  },
  route: {
    path: '/refunds/:failedRefundId/repeat',
    status: 201,
    summary: 'Ask again for what a failed or rejected refund was for, under an id of its own',
    answer: ({ events, state }) => requestedAnswer(events, state),
    answerSchema: Requested,
    location: ({ streamId }) => `/refunds/${streamId}`,
    coordinated: untilDue,
  },
})

function answering(status: 'approved' | 'rejected' | 'paid' | 'failed') {
  return {
    answer: ({ input }: Answered<Readonly<{ refundId: string }>>) => ({
      refundId: input.refundId,
      status,
    }),
    answerSchema: z.object({ refundId: RefundId, status: z.literal(status) }),
  }
}

export const ApproveRefund = command({
  ...byFinance,
  name: 'ApproveRefund',
  schema: z.strictObject({ refundId: RefundId, reason: Text.optional() }),
  decide: approveRefund,
  route: {
    path: '/refunds/:refundId/approve',
    summary: 'Agree to a refund over the threshold; by another person than who asked for it',
    ...answering('approved'),
  },
})

export const RejectRefund = command({
  ...byFinance,
  name: 'RejectRefund',
  schema: z.strictObject({ refundId: RefundId, reason: Text }),
  decide: rejectRefund,
  route: {
    path: '/refunds/:refundId/reject',
    summary: 'Do not agree to a refund; by another person than who asked for it',
    ...answering('rejected'),
  },
})

export const PayRefund = command({
  ...byFinance,
  name: 'PayRefund',
  schema: z.strictObject({
    refundId: RefundId,
    reference: Text.optional(),
    effectiveOn: LocalDate.optional(),
  }),
  decide: payRefund,
  route: {
    path: '/refunds/:refundId/paid',
    summary: 'Say that a refund by bank transfer was seen to leave',
    ...answering('paid'),
  },
})

export const FailRefund = command({
  ...byFinance,
  name: 'FailRefund',
  schema: z.strictObject({ refundId: RefundId, reason: Text }),
  decide: failRefund,
  route: {
    path: '/refunds/:refundId/fail',
    summary: 'Say that a refund by bank transfer will not leave; its money is free again',
    ...answering('failed'),
  },
})
