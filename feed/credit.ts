/** What the ERP hears of credit limits, and of dealers that may not order. */

import { z } from 'zod'
import { LimitSet, OrderingFrozen, OrderingUnfrozen } from '../domain/facility/credit-events.ts'
import { valueDateOf } from '../domain/kernel/event.ts'
import { publicEvent } from './public-event.ts'
import {
  Amount,
  Count,
  Currency,
  DealerId,
  FacilityId,
  LocalDate,
  Rate,
  ReceivableId,
} from './values.ts'

export const limitChanged = publicEvent({
  area: 'credit',
  name: 'limit-changed',
  version: 1,
  description: "A dealer's credit limit was set.",
  from: LimitSet,
  about: ({ dealerId }) => dealerId,
  schema: z.strictObject({
    facilityId: FacilityId,
    dealerId: DealerId,
    limit: Amount,
    currency: Currency,
    graceDays: Count.describe('Calendar days after the due date before sanctions begin.'),
    lateFeeDailyRate: Rate,
    effectiveOn: LocalDate,
  }),
  translate: (event) => {
    const { dealerId, limit, graceDays, lateFeeDailyRate } = event.data
    return {
      ...{ facilityId: event.streamId, dealerId, limit, currency: event.metadata.currency },
      ...{ graceDays, lateFeeDailyRate, effectiveOn: valueDateOf(event) },
    }
  },
})

const facilityAndDealer = { facilityId: FacilityId, dealerId: DealerId }

export const orderingFrozen = publicEvent({
  area: 'credit',
  name: 'ordering-frozen',
  version: 1,
  description: 'A dealer may not order any more.',
  from: OrderingFrozen,
  about: ({ dealerId }) => dealerId,
  schema: z.strictObject({
    ...facilityAndDealer,
    cause: z.enum(['overdue', 'manual']).describe('Receivables are overdue, or a person froze it.'),
    receivableIds: z.array(ReceivableId).describe('What is overdue, the oldest first.'),
  }),
  translate: ({ streamId, data: { dealerId, cause, receivableIds } }) => ({
    ...{ facilityId: streamId, dealerId, cause, receivableIds },
  }),
})

export const orderingUnfrozen = publicEvent({
  area: 'credit',
  name: 'ordering-unfrozen',
  version: 1,
  description: 'A dealer may order again.',
  from: OrderingUnfrozen,
  about: ({ dealerId }) => dealerId,
  schema: z.strictObject({
    ...facilityAndDealer,
    cause: z
      .enum(['settled', 'lifted'])
      .describe('Nothing is overdue any more, or finance let it.'),
  }),
  translate: ({ streamId, data: { dealerId, cause } }) => ({
    ...{ facilityId: streamId, dealerId, cause },
  }),
})
