/** What the ERP hears of money that came in. Who paid, beyond the dealer, is not in it. */

import { z } from 'zod'
import { PaymentMethod, PaymentReceived, PaymentRedated } from '../domain/facility/events.ts'
import { valueDateOf } from '../domain/kernel/event.ts'
import { publicEvent } from './public-event.ts'
import {
  Allocation,
  Amount,
  allocationsOf,
  Currency,
  DealerId,
  FacilityId,
  LocalDate,
  PaymentId,
} from './values.ts'

export const paymentReceived = publicEvent({
  area: 'payments',
  name: 'payment-received',
  version: 1,
  description: 'Money came in; it settled receivables, and the rest is unapplied cash.',
  from: PaymentReceived,
  about: ({ paymentId }) => paymentId,
  schema: z.strictObject({
    paymentId: PaymentId,
    facilityId: FacilityId,
    dealerId: DealerId,
    method: PaymentMethod,
    amount: Amount,
    allocations: z.array(Allocation),
    unapplied: Amount,
    currency: Currency,
    receivedOn: LocalDate,
  }),
  sums: ['amount', 'unapplied'],
  translate: (event) => {
    const { paymentId, dealerId, method, amount, allocations, unapplied } = event.data
    return {
      ...{ paymentId, facilityId: event.streamId, dealerId, method, amount },
      allocations: allocationsOf(allocations),
      ...{ unapplied, currency: event.metadata.currency },
      receivedOn: valueDateOf(event),
    }
  },
})

export const paymentRedated = publicEvent({
  area: 'payments',
  name: 'payment-redated',
  version: 1,
  description: 'A receipt counts from another day; late fees follow when a day closes.',
  from: PaymentRedated,
  about: ({ paymentId }) => paymentId,
  schema: z.strictObject({
    paymentId: PaymentId,
    facilityId: FacilityId,
    dealerId: DealerId,
    was: LocalDate,
    receivedOn: LocalDate,
  }),
  translate: (event) => {
    const { paymentId, dealerId, was } = event.data
    return { paymentId, facilityId: event.streamId, dealerId, was, receivedOn: valueDateOf(event) }
  },
})
