/** Who received a payment's money, for commands that are about that money. */

import type { ReceiverFound } from '../domain/facility/payment-refusals.ts'
import { FacilityId } from '../domain/kernel/values.ts'
import { payment } from '../domain/payment/payment.ts'
import type { Lookups, OtherStreams, StreamContext } from './command.ts'

export async function receiverOf(
  paymentId: string,
  lookups: Lookups & OtherStreams,
): Promise<ReceiverFound> {
  const facilityId = await lookups.receivedBy(paymentId)
  if (facilityId !== undefined) return { facilityId }
  return { status: (await lookups.stateOf(payment, paymentId))?.status }
}

/** Of money that nobody received there is no facility: it is refused on one that is not there. */
export function streamOfReceiver(paymentId: string, { lookup }: StreamContext): string {
  const { facilityId } = lookup as ReceiverFound
  return FacilityId.safeParse(facilityId).data ?? paymentId
}
