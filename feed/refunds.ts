/** What the ERP hears of money that went back. */

import { z } from 'zod'
import { RefundPaidOut } from '../domain/facility/refund-events.ts'
import { PaymentMethod, RefundSource } from '../domain/facility/values.ts'
import { valueDateOf } from '../domain/kernel/event.ts'
import { publicEvent } from './public-event.ts'
import { Amount, Currency, DealerId, FacilityId, Id, LocalDate, PaymentId } from './values.ts'

export const refundPaid = publicEvent({
  area: 'payments',
  name: 'refund-paid',
  version: 1,
  description: 'Money went back to a dealer: unapplied cash, or what was payable for a return.',
  from: RefundPaidOut,
  about: ({ refundId }) => refundId,
  schema: z.strictObject({
    refundId: Id.describe('Of a refund.'),
    facilityId: FacilityId,
    dealerId: DealerId,
    paymentId: PaymentId.optional().describe('The payment whose money it was.'),
    returnId: Id.optional().describe('The return that it was payable for.'),
    source: RefundSource,
    method: PaymentMethod.describe('By which it went back.'),
    amount: Amount,
    currency: Currency,
    paidOn: LocalDate,
  }),
  sums: ['amount'],
  translate: (event) => {
    const { refundId, dealerId, paymentId, returnId, source, method, amount } = event.data
    return {
      ...{ refundId, facilityId: event.streamId, dealerId, source, method, amount },
      ...(paymentId !== undefined && { paymentId }),
      ...(returnId !== undefined && { returnId }),
      currency: event.metadata.currency,
      paidOn: valueDateOf(event),
    }
  },
})
