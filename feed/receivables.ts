/** What the ERP hears of what dealers owe. */

import { z } from 'zod'
import { UnappliedCashAllocated } from '../domain/facility/cash-events.ts'
import {
  LateFeesCharged,
  LateFeesCorrected,
  ReceivableRecognised,
} from '../domain/facility/receivable-events.ts'
import { valueDateOf } from '../domain/kernel/event.ts'
import { decimal, sum, toAmount } from '../domain/kernel/money.ts'
import { publicEvent } from './public-event.ts'
import {
  Allocation,
  Amount,
  allocationsOf,
  Currency,
  DealerId,
  FacilityId,
  FulfilmentId,
  gross,
  LocalDate,
  OrderId,
  ReceivableId,
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
      recognisedOn: valueDateOf(event),
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
    allocations: allocationsOf(event.data.allocations),
    amount: event.data.amount,
    currency: event.metadata.currency,
    settledOn: valueDateOf(event),
  }),
})

type Grossed = Readonly<{ amount: string; net: string; tax: string }>

function totalsOf(items: readonly Grossed[]): Grossed {
  const total = (field: keyof Grossed) => toAmount(sum(items.map((item) => decimal(item[field]))))
  return { amount: total('amount'), net: total('net'), tax: total('tax') }
}

/** A late fee is a receivable of its own, which grows. */
const feeIds = {
  receivableId: ReceivableId,
  ofReceivableId: ReceivableId.describe('What was paid late.'),
  dealerId: DealerId,
}

export const lateFeesCharged = publicEvent({
  area,
  name: 'late-fees-charged',
  version: 1,
  description: 'Overdue receivables bore fees, for the days up to the end of the one that closed.',
  from: LateFeesCharged,
  schema: z.strictObject({
    facilityId: FacilityId,
    date: LocalDate,
    fees: z.array(z.strictObject({ ...feeIds, orderId: OrderId, dueOn: LocalDate, ...gross })),
    ...gross,
    currency: Currency,
  }),
  sums: ['amount', 'net', 'tax'],
  translate: ({ streamId, metadata, data: { date, fees } }) => ({
    facilityId: streamId,
    date,
    fees: fees.map(
      ({ receivableId, ofReceivableId, dealerId, orderId, dueOn, amount, net, tax }) => ({
        ...{ receivableId, ofReceivableId, dealerId, orderId, dueOn, amount, net, tax },
      }),
    ),
    ...totalsOf(fees),
    currency: metadata.currency,
  }),
})

export const lateFeesCorrected = publicEvent({
  area,
  name: 'late-fees-corrected',
  version: 1,
  description: 'Fees were taken back: money had come earlier than was known.',
  from: LateFeesCorrected,
  schema: z.strictObject({
    facilityId: FacilityId,
    date: LocalDate,
    corrections: z.array(
      z.strictObject({
        ...feeIds,
        ...gross,
        paid: Amount.describe('The part of the amount that had been paid: unapplied cash again.'),
        writtenOff: Amount.optional().describe('The part that had been written off.'),
      }),
    ),
    ...gross,
    currency: Currency,
  }),
  sums: ['amount', 'net', 'tax'],
  translate: ({ streamId, metadata, data: { date, corrections } }) => {
    const back = corrections.map(({ receivableId, ofReceivableId, dealerId, open, ...rest }) => {
      const { net, tax, paid, writtenOff } = rest
      const amount = toAmount(sum([open, paid, writtenOff ?? '0'].map(decimal)))
      const lost = writtenOff === undefined ? {} : { writtenOff }
      return { receivableId, ofReceivableId, dealerId, amount, net, tax, paid, ...lost }
    })
    const currency = metadata.currency
    return { facilityId: streamId, date, corrections: back, ...totalsOf(back), currency }
  },
})
