/** What the ERP hears of what is settled otherwise than by money that came in: returns, losses, reallocations. */

import { z } from 'zod'
import { AllocationsReversed } from '../domain/facility/cash-events.ts'
import {
  ReceivableRecovered,
  ReceivableWrittenOff,
  ReturnCredited,
} from '../domain/facility/receivable-events.ts'
import { valueDateOf } from '../domain/kernel/event.ts'
import { publicEvent } from './public-event.ts'
import {
  Allocation,
  Amount,
  allocationsOf,
  Currency,
  DealerId,
  FacilityId,
  gross,
  Id,
  LocalDate,
  OrderId,
  PaymentId,
  ReceivableId,
} from './values.ts'

const area = 'receivables'

export const allocationsReversed = publicEvent({
  area,
  name: 'allocations-reversed',
  version: 1,
  description:
    'What a payment had settled is owed again; what its money settles instead is in receivable-settled.',
  from: AllocationsReversed,
  about: ({ paymentId }) => paymentId,
  schema: z.strictObject({
    paymentId: PaymentId,
    facilityId: FacilityId,
    dealerId: DealerId,
    allocations: z.array(Allocation).describe('As they had been; they count no more.'),
    amount: Amount.describe('The money in them: unapplied cash again.'),
    currency: Currency,
  }),
  sums: ['amount'],
  translate: ({ streamId, metadata, data }) => ({
    ...{ paymentId: data.paymentId, facilityId: streamId, dealerId: data.dealerId },
    allocations: allocationsOf(data.allocations),
    ...{ amount: data.amount, currency: metadata.currency },
  }),
})

const loss = z.strictObject({
  receivableId: ReceivableId,
  facilityId: FacilityId,
  dealerId: DealerId,
  orderId: OrderId.optional(),
  amount: Amount,
  currency: Currency,
})

type Loss = Readonly<{
  receivableId: string
  dealerId: string
  orderId?: string | undefined
  amount: string
}>

function lossOf({ receivableId, dealerId, orderId, amount }: Loss) {
  return { receivableId, dealerId, ...(orderId === undefined ? {} : { orderId }), amount }
}

export const receivableWrittenOff = publicEvent({
  area,
  name: 'receivable-written-off',
  version: 1,
  description: 'A receivable, or a part of it, is given up as a credit loss.',
  from: ReceivableWrittenOff,
  about: ({ receivableId }) => receivableId,
  schema: loss,
  sums: ['amount'],
  translate: ({ streamId, metadata, data }) => ({
    ...lossOf(data),
    facilityId: streamId,
    currency: metadata.currency,
  }),
})

export const receivableRecovered = publicEvent({
  area,
  name: 'receivable-recovered',
  version: 1,
  description: 'Money came for what had been written off.',
  from: ReceivableRecovered,
  about: ({ receivableId }) => receivableId,
  schema: loss,
  sums: ['amount'],
  translate: ({ streamId, metadata, data }) => ({
    ...lossOf(data),
    facilityId: streamId,
    currency: metadata.currency,
  }),
})

export const returnCredited = publicEvent({
  area,
  name: 'return-credited',
  version: 1,
  description:
    'Goods that came back made what their dealer owes smaller; the rest is payable to it.',
  from: ReturnCredited,
  about: ({ returnId }) => returnId,
  schema: z.strictObject({
    returnId: Id.describe('`<orderId>.r<n>`'),
    orderId: OrderId,
    facilityId: FacilityId,
    dealerId: DealerId,
    ...gross,
    restockingFee: Amount.describe('Kept of the amount.'),
    allocations: z.array(Allocation).describe('Receivables that are smaller by it.'),
    losses: z.array(Allocation).describe('Of written-off receivables: a smaller loss.'),
    discountBack: Amount.describe('Discount for paying early, taken back with the goods.'),
    refundPayable: Amount.describe('Had been paid, and is to be refunded.'),
    currency: Currency,
    creditedOn: LocalDate,
  }),
  sums: ['amount', 'net', 'tax', 'refundPayable'],
  translate: (event) => {
    const { returnId, orderId, dealerId, amount, net, tax, ...data } = event.data
    const { restockingFee, allocations, losses = [], discountBack, refundPayable } = data
    return {
      ...{ returnId, orderId, facilityId: event.streamId, dealerId, amount, net, tax },
      ...{ restockingFee, discountBack, refundPayable },
      allocations: allocationsOf(allocations),
      losses: allocationsOf(losses),
      currency: event.metadata.currency,
      creditedOn: valueDateOf(event),
    }
  },
})
