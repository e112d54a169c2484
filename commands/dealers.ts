/** What may be asked about dealers. */

import { z } from 'zod'
import {
  Assortment,
  Contact,
  DealerLevel,
  dealer,
  registerDealer,
} from '../domain/dealer/dealer.ts'
import { DealerId, Name, Region } from '../domain/kernel/values.ts'
import { command } from './command.ts'

export const RegisterDealer = command({
  name: 'RegisterDealer',
  schema: z.strictObject({
    dealerId: DealerId,
    name: Name,
    level: DealerLevel.default('standard'),
    region: Region,
    parentDealerId: DealerId.optional(),
    contact: Contact.optional(),
    assortment: Assortment.optional(),
  }),
  roles: ['brand-admin', 'brand-ops'],
  aggregate: dealer,
  stream: ({ dealerId }) => dealerId,
  expects: 'new',
  decide: registerDealer,
  route: {
    path: '/dealers',
    status: 201,
    summary: 'Register a dealer, at the root of a tree or under its superior',
    answer: ({ streamId }) => ({ dealerId: streamId }),
    answerSchema: z.object({ dealerId: DealerId }),
    location: ({ streamId }) => `/dealers/${streamId}`,
  },
})
