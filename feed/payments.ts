/** What the ERP hears of money that came in. Who paid, beyond the dealer, is not in it. */

import { z } from 'zod'
import { PaymentReceived, PaymentRedated, ReceiptReversed } from '../domain/facility/cash-events.ts'
import { PaymentMethod } from '../domain/facility/values.ts'
import { valueDateOf } from '../domain/kernel/event.ts'
import { ProviderSettled } from '../domain/payment/events.ts'
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
  ReceivableId,
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

export const receiptReversed = publicEvent({
  area: 'payments',
  name: 'receipt-reversed',
  version: 1,
  description: 'The bank took the money of a receipt back: what it had settled is owed again.',
  from: ReceiptReversed,
  about: ({ paymentId }) => paymentId,
  schema: z.strictObject({
    paymentId: PaymentId,
    facilityId: FacilityId,
    dealerId: DealerId,
    method: PaymentMethod,
    amount: Amount,
    allocations: z.array(Allocation),
    unapplied: Amount,
    owed: z
      .strictObject({ receivableId: ReceivableId, amount: Amount, dueOn: LocalDate })
      .optional()
      .describe('Its money had been refunded: a receivable of its own.'),
    currency: Currency,
    reversedOn: LocalDate,
  }),
  sums: ['amount', 'unapplied'],
  translate: (event) => {
    const { paymentId, dealerId, method, amount, allocations, unapplied, owed } = event.data
    return {
      ...{ paymentId, facilityId: event.streamId, dealerId, method, amount },
      allocations: allocationsOf(allocations),
      ...(owed && {
        owed: { receivableId: owed.receivableId, amount: owed.amount, dueOn: owed.dueOn },
      }),
      ...{ unapplied, currency: event.metadata.currency },
      reversedOn: valueDateOf(event),
    }
  },
})

export const providerSettled = publicEvent({
  area: 'payments',
  name: 'provider-settled',
  version: 1,
  description: 'A payment provider paid out what it had collected, less its fee.',
  from: ProviderSettled,
  schema: z.strictObject({
    paymentId: PaymentId,
    dealerId: DealerId,
    method: PaymentMethod,
    gross: Amount,
    fee: Amount,
    net: Amount,
    currency: Currency,
    settledOn: LocalDate,
  }),
  sums: ['gross', 'fee', 'net'],
  translate: (event) => {
    const { paymentId, dealerId, method, gross, fee, net } = event.data
    return {
      ...{ paymentId, dealerId, method, gross, fee, net },
      currency: event.metadata.currency,
      settledOn: valueDateOf(event),
    }
  },
})
