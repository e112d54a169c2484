/** What the ERP hears of credit limits. */

import { z } from 'zod'
import { LimitSet } from '../domain/facility/events.ts'
import { publicEvent } from './public-event.ts'
import {
  Amount,
  Count,
  Currency,
  DealerId,
  FacilityId,
  LocalDate,
  Rate,
  valueDate,
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
      ...{ graceDays, lateFeeDailyRate, effectiveOn: valueDate(event) },
    }
  },
})
