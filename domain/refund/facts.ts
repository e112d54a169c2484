/** What is known of other streams when a refund is asked for: hints, for their owners have the last word. */

import { z } from 'zod'
import { type FacilityState, freeCashOf } from '../facility/state.ts'
import { PaymentMethod } from '../facility/values.ts'
import { type Decimal, decimal, toAmount } from '../kernel/money.ts'
import { Amount, DealerId, FacilityId } from '../kernel/values.ts'
import type { PaymentState } from '../payment/state.ts'

/** Of a payment: what it captured, and what of that goes back, or went. */
export const PaymentFacts = z.strictObject({
  status: z.string(),
  method: PaymentMethod,
  dealerId: DealerId,
  facilityId: FacilityId.optional(),
  captured: Amount,
  givenBack: Amount,
})
export type PaymentFacts = z.output<typeof PaymentFacts>

export function paymentFacts(payment: PaymentState): PaymentFacts | undefined {
  if (payment === undefined) return undefined
  const { status, initiated, captured, givenBack } = payment
  const { method, dealerId } = initiated
  return {
    ...{ status, method, dealerId, givenBack },
    ...(captured && { facilityId: captured.facilityId }),
    captured: captured?.amount ?? '0.00',
  }
}

/** What can still go back the way it came. */
export function leftOf({ captured, givenBack }: PaymentFacts): Decimal {
  return decimal(captured).minus(givenBack)
}

/** Of a facility: what it may give back, of unapplied cash or for a return. */
export const CashFacts = z.strictObject({ received: z.boolean(), refundable: Amount })
export type CashFacts = z.output<typeof CashFacts>

type Asked = Readonly<{
  dealerId: string
  paymentId?: string | undefined
  returnId?: string | undefined
}>

/** `received`: the facility has the payment's money, if one is named. */
export function cashFacts(
  { members, payments, returns }: FacilityState,
  { dealerId, paymentId, returnId }: Asked,
): CashFacts {
  const received = paymentId === undefined || payments.has(paymentId)
  if (returnId !== undefined) {
    return { received, refundable: returns.get(returnId)?.payable ?? '0.00' }
  }
  const own = members.get(dealerId)?.own
  const free = own === undefined ? decimal('0') : freeCashOf(own)
  return { received, refundable: toAmount(free.isNegative() ? decimal('0') : free) }
}
