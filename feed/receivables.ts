/** What the ERP hears of what dealers owe. */

import { z } from 'zod'
import { ReceivableRecognised, UnappliedCashAllocated } from '../domain/facility/events.ts'
import { publicEvent } from './public-event.ts'
import {
  Allocation,
  Amount,
  Currency,
  DealerId,
  FacilityId,
  FulfilmentId,
  gross,
  LocalDate,
  OrderId,
  ReceivableId,
  valueDate,
} from './values.ts'

const area = 'receivables'

export const receivableRecognised = publicEvent({
  area,
  name: 'receivable-recognised',
  version: 1,
  description: 'A shipment, or one instalment of it, made the dealer owe an amount.',
  from: ReceivableRecognised,
  about: ({ receivableId }) => receivableId,
  schema: z.strictObject({
    receivableId: ReceivableId,
    facilityId: FacilityId,
    dealerId: DealerId,
    orderId: OrderId,
    fulfilmentId: FulfilmentId,
    ...gross,
    currency: Currency,
    recognisedOn: LocalDate,
    dueOn: LocalDate,
    instalment: z.strictObject({ number: z.number().int(), of: z.number().int() }).optional(),
  }),
  sums: ['amount', 'net', 'tax'],
  translate: (event) => {
    const { receivableId, dealerId, orderId, fulfilmentId, amount, net, tax } = event.data
    return {
      ...{ receivableId, facilityId: event.streamId, dealerId, orderId, fulfilmentId },
      ...{ amount, net, tax, currency: event.metadata.currency },
      recognisedOn: valueDate(event),
      dueOn: event.data.dueOn,
      instalment: event.data.instalment,
    }
  },
})

export const receivableSettled = publicEvent({
  area,
  name: 'receivable-settled',
  version: 1,
  description:
    'Money received earlier settled receivables; what settles them at once is in payment-received.',
  from: UnappliedCashAllocated,
  schema: z.strictObject({
    facilityId: FacilityId,
    dealerId: DealerId,
    allocations: z.array(Allocation),
    amount: Amount,
    currency: Currency,
    settledOn: LocalDate,
  }),
  sums: ['amount'],
  translate: (event) => ({
    facilityId: event.streamId,
    dealerId: event.data.dealerId,
    allocations: event.data.allocations.map(({ receivableId, amount }) => ({
      ...{ receivableId, amount },
    })),
    amount: event.data.amount,
    currency: event.metadata.currency,
    settledOn: valueDate(event),
  }),
})
