/** What the ERP hears of dealers: companies, never the people in them. */

import { z } from 'zod'
import { DealerLevel, DealerRegistered } from '../domain/dealer/dealer.ts'
import { publicEvent } from './public-event.ts'
import { DealerId, FacilityId, Name, Region } from './values.ts'

export const dealerRegistered = publicEvent({
  area: 'dealers',
  name: 'dealer-registered',
  version: 1,
  description: 'A company may order, in its place in a dealer tree.',
  from: DealerRegistered,
  schema: z.strictObject({
    dealerId: DealerId,
    name: Name,
    level: DealerLevel,
    region: Region,
    parentDealerId: DealerId.optional(),
    facilityId: FacilityId,
  }),
  translate: ({ data: { dealerId, name, level, region, parentDealerId, facilityId } }) => ({
    ...{ dealerId, name, level, region, parentDealerId, facilityId },
  }),
})
