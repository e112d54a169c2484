/** What may be asked about money that has come: by finance, what it settles and what is given up; by sagas. */

import { z } from 'zod'
import { reverseReceipt } from '../domain/facility/bounce.ts'
import { creditReturn } from '../domain/facility/credit-return.ts'
import { facility } from '../domain/facility/facility.ts'
import { reallocate } from '../domain/facility/reallocate.ts'
import { facilityIdOf } from '../domain/facility/receivables.ts'
import {
  payOutRefund,
  releaseRefundCash,
  reserveRefundCash,
} from '../domain/facility/refund-cash.ts'
import { PaymentMethod, RefundSource } from '../domain/facility/values.ts'
import { recover, writeOff } from '../domain/facility/write-off.ts'
import { decimal } from '../domain/kernel/money.ts'
import {
  Amount,
  DealerId,
  FacilityId,
  LocalDate,
  OrderId,
  PaymentId,
  PositiveAmount,
  ReceivableId,
  RefundId,
  ReturnId,
  SignedAmount,
  Text,
} from '../domain/kernel/values.ts'
import { type Answered, command } from './command.ts'
import { receiverOf, streamOfReceiver } from './receiver.ts'

const MAX_NAMED = 1000

const To = z
  .array(z.strictObject({ receivableId: ReceivableId, amount: PositiveAmount }))
  .max(MAX_NAMED)
  .refine(
    (to) => new Set(to.map(({ receivableId }) => receivableId)).size === to.length,
    'must name each receivable once',
  )

export const ReallocatePayment = command({
  name: 'ReallocatePayment',
  schema: z.strictObject({ paymentId: PaymentId, to: To, reason: Text }),
  roles: ['brand-finance'],
  aggregate: facility,
  lookup: ({ paymentId }, lookups) => receiverOf(paymentId, lookups),
  stream: ({ paymentId }, context) => streamOfReceiver(paymentId, context),
  expects: 'any',
  decide: reallocate,
  route: {
    path: '/payments/:paymentId/reallocate',
    summary: 'Let a payment settle these receivables instead; the rest by the usual rule',
    answer: ({ input: { paymentId, to } }) => ({ paymentId, to }),
    answerSchema: z.object({ paymentId: PaymentId, to: To }),
  },
})

/** What finance says of one receivable. */
const ofReceivable = {
  schema: z.strictObject({ receivableId: ReceivableId, amount: PositiveAmount, reason: Text }),
  roles: ['brand-finance'],
  secondFactor: true,
  aggregate: facility,
  stream: ({ receivableId }: Readonly<{ receivableId: string }>) => facilityIdOf(receivableId),
  expects: 'any',
} as const

const receivableAnswer = {
  answer: ({
    input: { receivableId, amount },
  }: Answered<Readonly<{ receivableId: string; amount: string }>>) => ({ receivableId, amount }),
  answerSchema: z.object({ receivableId: ReceivableId, amount: PositiveAmount }),
}

export const WriteOffReceivable = command({
  ...ofReceivable,
  name: 'WriteOffReceivable',
  decide: writeOff,
  route: {
    path: '/receivables/:receivableId/write-off',
    summary: 'Give up a receivable, or a part of it, as a credit loss',
    ...receivableAnswer,
  },
})

export const RecoverReceivable = command({
  ...ofReceivable,
  name: 'RecoverReceivable',
  decide: recover,
  route: {
    path: '/receivables/:receivableId/recover',
    summary: 'Book money that came to the bank for what had been written off',
    ...receivableAnswer,
  },
})

/** Of sagas, which know the facility. */
const bySaga = {
  roles: [],
  aggregate: facility,
  stream: ({ facilityId }: Readonly<{ facilityId: string }>) => facilityId,
  expects: 'any',
  needsFreshReference: true,
} as const

export const ReverseReceipt = command({
  ...bySaga,
  name: 'ReverseReceipt',
  schema: z.strictObject({
    facilityId: FacilityId,
    paymentId: PaymentId,
    reason: Text,
    effectiveOn: LocalDate.optional(),
  }),
  decide: reverseReceipt,
})

export const CreditReturn = command({
  ...bySaga,
  name: 'CreditReturn',
  schema: z
    .strictObject({
      facilityId: FacilityId,
      dealerId: DealerId,
      orderId: OrderId,
      returnId: ReturnId,
      amount: Amount,
      net: Amount,
      tax: SignedAmount,
      restockingFee: Amount,
      effectiveOn: LocalDate.optional(),
    })
    .refine(({ amount, net, tax }) => decimal(net).plus(tax).equals(amount), {
      path: ['amount'],
      message: 'must be net and tax together',
    }),
  decide: creditReturn,
})

const ofRefund = {
  facilityId: FacilityId,
  refundId: RefundId,
  dealerId: DealerId,
  paymentId: PaymentId.optional(),
  amount: PositiveAmount,
  source: RefundSource,
  returnId: ReturnId.optional(),
}

export const ReserveRefundCash = command({
  ...bySaga,
  name: 'ReserveRefundCash',
  schema: z.strictObject(ofRefund),
  decide: reserveRefundCash,
})

export const ReleaseRefundCash = command({
  ...bySaga,
  name: 'ReleaseRefundCash',
  schema: z.strictObject({
    facilityId: FacilityId,
    refundId: RefundId,
    dealerId: DealerId,
    reason: Text,
  }),
  decide: releaseRefundCash,
})

export const PayOutRefund = command({
  ...bySaga,
  name: 'PayOutRefund',
  schema: z.strictObject({
    ...ofRefund,
    method: PaymentMethod,
    effectiveOn: LocalDate.optional(),
  }),
  decide: payOutRefund,
})
