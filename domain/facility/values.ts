/** What the events of a facility are made of. */

import { z } from 'zod'
import { Amount, LocalDate, PaymentId, PositiveAmount, ReceivableId } from '../kernel/values.ts'

/** `<facilityId>.g<n>` */
export const GuaranteeId = ReceivableId

/** `<facilityId>.t<n>` */
export const TemporaryLimitId = ReceivableId

/** How money came in. */
export const PaymentMethod = z.enum(['bank-transfer', 'wechat', 'alipay'])
export type PaymentMethod = z.output<typeof PaymentMethod>

/** The part of a receivable that money settles; above zero. */
export const Allocation = z.strictObject({
  receivableId: ReceivableId,
  amount: PositiveAmount, // money; the receivable shrinks by it and by the discount
  discount: PositiveAmount.optional(), // for paying early
  paymentId: PaymentId.optional(), // of unapplied cash: the payment it came by
})
export type Allocation = z.output<typeof Allocation>

/** What had settled a part of a receivable, and does not any more. */
export const ReversedAllocation = Allocation.extend({
  amount: Amount, // money; zero where only its discount is taken back
  since: LocalDate.optional(), // it counted from this day, if its payment came before
})
export type ReversedAllocation = z.output<typeof ReversedAllocation>

/** A part of money by the payment it came by; with none, that can't be told. */
export const OfPayment = z.strictObject({ paymentId: PaymentId.optional(), amount: PositiveAmount })

export const ReleaseReason = z.enum(['compensation', 'cancelled', 'completed'])
export type ReleaseReason = z.output<typeof ReleaseReason>

/** Which try at a hold for the order, 0 if not given: a hold after a released one has a higher number. */
export const HoldAttempt = z.number().int('must be a whole number').min(0).max(1_000_000)

/** Where a refund's money comes from: unapplied cash, or what a return made payable. */
export const RefundSource = z.enum(['unapplied-cash', 'return'])
export type RefundSource = z.output<typeof RefundSource>

/** How money goes back: the way it came, or by bank transfer. */
export const RefundWay = z.enum(['original', 'bank'])
export type RefundWay = z.output<typeof RefundWay>
