/** What may be asked about credit: limits and guarantees by people; holds and receivables by sagas. */

import { z } from 'zod'
import { GuaranteeGiven, TemporaryLimitSet } from '../domain/facility/credit-events.ts'
import { facility } from '../domain/facility/facility.ts'
import { giveGuarantee, revokeGuarantee } from '../domain/facility/guarantees.ts'
import { placeHold, releaseHold } from '../domain/facility/holds.ts'
import { setLimit, setTemporaryLimit } from '../domain/facility/limits.ts'
import { moveDealer } from '../domain/facility/move.ts'
import { freezeOrdering, redatePayment, unfreezeOrdering } from '../domain/facility/overdue.ts'
import { receivePayment, recogniseReceivable } from '../domain/facility/receivables.ts'
import { Days, Terms } from '../domain/facility/terms.ts'
import {
  GuaranteeId,
  HoldAttempt,
  PaymentMethod,
  ReleaseReason,
  TemporaryLimitId,
} from '../domain/facility/values.ts'
import { decimal } from '../domain/kernel/money.ts'
import {
  Amount,
  DealerId,
  FacilityId,
  FulfilmentId,
  LocalDate,
  OrderId,
  PaymentId,
  PositiveAmount,
  Rate,
  SignedAmount,
  Text,
} from '../domain/kernel/values.ts'
import { OrderIds, ReceivableIds } from '../domain/payment/events.ts'
import { firstOf } from './answers.ts'
import { type Answered, command, type StreamContext } from './command.ts'
import { DayOrInstant, dayOf } from './day-or-instant.ts'
import { receiverOf, streamOfReceiver } from './receiver.ts'

/** The stream of a dealer's facility; for an unknown dealer one of its own, where it is refused. */
function facilityOf(dealerId: string, { reference }: Pick<StreamContext, 'reference'>): string {
  return reference.dealers.get(dealerId)?.facilityId ?? dealerId
}

/** Of people, who know the dealer. */
const ofDealer = {
  aggregate: facility,
  stream: <Input extends Readonly<{ dealerId: string }>>(
    { dealerId }: Input,
    context: StreamContext,
  ) => facilityOf(dealerId, context),
  expects: 'any',
} as const

/** Of sagas, which know the facility. */
const bySaga = {
  roles: [],
  aggregate: facility,
  stream: <Input extends Readonly<{ facilityId: string }>>({ facilityId }: Input) => facilityId,
  expects: 'any',
  needsFreshReference: true,
} as const

const dealerAnswer = {
  answer: ({ input, streamId }: Answered<Readonly<{ dealerId: string }>>) => ({
    dealerId: input.dealerId,
    facilityId: streamId,
  }),
  answerSchema: z.object({ dealerId: DealerId, facilityId: FacilityId }),
}

export const SetLimit = command({
  ...ofDealer,
  name: 'SetLimit',
  schema: z.strictObject({
    dealerId: DealerId,
    limit: Amount,
    terms: Terms.optional(),
    graceDays: Days.optional(),
    lateFeeDailyRate: Rate.optional(),
    effectiveOn: LocalDate.optional(),
    reason: Text,
  }),
  roles: ['brand-admin', 'brand-finance'],
  secondFactor: true,
  decide: setLimit,
  route: {
    path: '/facilities/:dealerId/limit',
    summary: "Set a dealer's limit and payment terms; what is left out stays as it was",
    ...dealerAnswer,
  },
})

export const SetTemporaryLimit = command({
  name: 'SetTemporaryLimit',
  schema: z.strictObject({
    dealerId: DealerId,
    amount: PositiveAmount,
    from: DayOrInstant,
    to: DayOrInstant,
    reason: Text,
  }),
  roles: ['brand-admin', 'brand-finance'],
  secondFactor: true,
  aggregate: facility,
  stream: ({ dealerId }, context) => facilityOf(dealerId, context),
  expects: 'any',
  decide: (state, input, context) =>
    setTemporaryLimit(
      state,
      {
        ...input,
        facilityId: facilityOf(input.dealerId, context),
        from: dayOf(input.from, context),
        to: dayOf(input.to, context),
      },
      context,
    ),
  route: {
    path: '/facilities/:dealerId/temporary-limits',
    status: 201,
    summary: "Raise a dealer's limit for a time",
    answer: ({ events }) => ({
      temporaryLimitId: firstOf(TemporaryLimitSet, events)?.data.temporaryLimitId,
    }),
    answerSchema: z.object({ temporaryLimitId: TemporaryLimitId }),
  },
})

export const GiveGuarantee = command({
  name: 'GiveGuarantee',
  schema: z.strictObject({
    dealerId: DealerId,
    guarantorDealerId: DealerId,
    amount: PositiveAmount,
    until: DayOrInstant,
    orderId: OrderId.optional(),
  }),
  roles: ['dealer-approver'],
  dealer: ({ guarantorDealerId }) => guarantorDealerId,
  aggregate: facility,
  stream: ({ dealerId }, context) => facilityOf(dealerId, context),
  expects: 'any',
  decide: (state, input, context) =>
    giveGuarantee(
      state,
      {
        ...input,
        facilityId: facilityOf(input.dealerId, context),
        until: dayOf(input.until, context),
      },
      context,
    ),
  route: {
    path: '/facilities/:dealerId/guarantees',
    status: 201,
    summary: 'Let a dealer below go past its own limit',
    answer: ({ events }) => ({ guaranteeId: firstOf(GuaranteeGiven, events)?.data.guaranteeId }),
    answerSchema: z.object({ guaranteeId: GuaranteeId }),
  },
})

export const RevokeGuarantee = command({
  name: 'RevokeGuarantee',
  schema: z.strictObject({ guaranteeId: GuaranteeId, reason: Text.optional() }),
  roles: ['dealer-approver'],
  dealer: ({ guaranteeId }, state) => state.guarantees.get(guaranteeId)?.guarantorDealerId,
  aggregate: facility,
  stream: ({ guaranteeId }) => guaranteeId.replace(/\.g\d+$/, ''),
  expects: 'existing',
  decide: revokeGuarantee,
  route: {
    path: '/guarantees/:guaranteeId/revoke',
    summary: 'Take back what is not used of a guarantee',
  },
})

export const MoveDealer = command({
  ...ofDealer,
  name: 'MoveDealer',
  schema: z.strictObject({
    dealerId: DealerId,
    parentDealerId: DealerId.nullable(),
    reason: Text,
  }),
  roles: ['brand-admin', 'brand-ops'],
  decide: moveDealer,
  route: {
    path: '/dealers/:dealerId/move',
    summary: 'Put a dealer, with all below it and its exposure, under another superior',
    ...dealerAnswer,
  },
})

export const FreezeOrdering = command({
  ...ofDealer,
  name: 'FreezeOrdering',
  schema: z.strictObject({ dealerId: DealerId, reason: Text }),
  roles: ['brand-admin', 'brand-finance'],
  decide: freezeOrdering,
  route: {
    path: '/facilities/:dealerId/freeze',
    summary: "Stop a dealer's ordering until it is lifted by hand",
    ...dealerAnswer,
  },
})

export const UnfreezeOrdering = command({
  ...ofDealer,
  name: 'UnfreezeOrdering',
  schema: z.strictObject({ dealerId: DealerId, reason: Text }),
  roles: ['brand-admin', 'brand-finance'],
  decide: unfreezeOrdering,
  route: {
    path: '/facilities/:dealerId/unfreeze',
    summary: 'Let a dealer order again; what is overdue now does not freeze it again',
    ...dealerAnswer,
  },
})

export const RedatePayment = command({
  name: 'RedatePayment',
  schema: z.strictObject({ paymentId: PaymentId, effectiveOn: LocalDate, reason: Text }),
  roles: ['brand-finance'],
  aggregate: facility,
  lookup: ({ paymentId }, lookups) => receiverOf(paymentId, lookups),
  stream: ({ paymentId }, context) => streamOfReceiver(paymentId, context),
  expects: 'any',
  decide: redatePayment,
  route: {
    path: '/payments/:paymentId/redate',
    summary:
      'Give money that was received another value date; late fees follow at the close of day',
    answer: ({ input: { paymentId, effectiveOn } }) => ({ paymentId, effectiveOn }),
    answerSchema: z.object({ paymentId: PaymentId, effectiveOn: LocalDate }),
  },
})

export const PlaceHold = command({
  name: 'PlaceHold',
  schema: z.strictObject({
    facilityId: FacilityId,
    dealerId: DealerId,
    orderId: OrderId,
    amount: Amount,
    attempt: HoldAttempt.optional(),
    release: Amount.optional(),
    prepayment: Amount.optional(),
    reviewable: z.boolean().optional(),
  }),
  ...bySaga,
  decide: placeHold,
})

export const ReleaseHold = command({
  name: 'ReleaseHold',
  schema: z.strictObject({
    facilityId: FacilityId,
    dealerId: DealerId,
    orderId: OrderId,
    reason: ReleaseReason,
    attempt: HoldAttempt.optional(),
  }),
  ...bySaga,
  decide: releaseHold,
})

export const RecogniseReceivable = command({
  name: 'RecogniseReceivable',
  schema: z
    .strictObject({
      facilityId: FacilityId,
      dealerId: DealerId,
      orderId: OrderId,
      fulfilmentId: FulfilmentId,
      amount: Amount,
      net: Amount,
      tax: SignedAmount,
      effectiveOn: LocalDate.optional(),
    })
    .refine(({ amount, net, tax }) => decimal(net).plus(tax).equals(amount), {
      path: ['amount'],
      message: 'must be net and tax together',
    }),
  ...bySaga,
  decide: recogniseReceivable,
})

export const ReceivePayment = command({
  name: 'ReceivePayment',
  schema: z.strictObject({
    facilityId: FacilityId,
    paymentId: PaymentId,
    dealerId: DealerId,
    amount: PositiveAmount,
    method: PaymentMethod,
    orderIds: OrderIds,
    receivableIds: ReceivableIds,
    clearedFrom: z.literal('suspense').optional(),
    effectiveOn: LocalDate.optional(),
  }),
  ...bySaga,
  decide: receivePayment,
})
