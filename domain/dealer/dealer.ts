/** A dealer: who buys, where it stands in its tree, what it may buy. Stream: `dealer-<dealerId>`. */

import { z } from 'zod'
import type { DecisionContext } from '../context.ts'
import { aggregate, fold } from '../kernel/aggregate.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { event } from '../kernel/event.ts'
import { DealerId, FacilityId, Name, Phone, Region, Sku } from '../kernel/values.ts'

export const DealerLevel = z.enum(['standard', 'silver', 'gold'])

export const Contact = z.strictObject({
  name: Name,
  phone: Phone,
  email: z.email('must be an e-mail address').max(200),
})

/** What a dealer may buy: the products of these categories, and these SKUs. */
export const Assortment = z.strictObject({
  categories: z.array(Name).max(1000).optional(),
  skus: z.array(Sku).max(10_000).optional(),
})

// Events: a storage format. Add fields and versions; never change a meaning.
export const DealerRegistered = event(
  'DealerRegistered',
  1,
  {
    dealerId: DealerId,
    name: Name,
    level: DealerLevel,
    region: Region,
    parentDealerId: DealerId.optional(),
    facilityId: FacilityId, // the root dealer's id
    contact: Contact.optional(),
    assortment: Assortment.optional(), // absent: everything that is listed
  },
  {
    personal: { fields: ['contact'], subject: ({ dealerId }) => dealerId },
    description: 'A company may order, in its place in a dealer tree.',
  },
)

export type DealerState = Readonly<{ dealerId: string; facilityId: string }> | undefined

const initial: DealerState = undefined

export const dealer = aggregate<DealerState>({
  category: 'dealer',
  version: 1,
  events: [DealerRegistered],
  initial,
  evolve: fold<DealerState, EventOf<typeof DealerRegistered>>({
    DealerRegistered: (_, { dealerId, facilityId }) => ({ dealerId, facilityId }),
  }),
})

export type RegisterDealer = Omit<EventOf<typeof DealerRegistered>['data'], 'facilityId'>

/** Registers a dealer under its superior, in whose facility it then is; a root opens its own. */
export function registerDealer(
  state: DealerState,
  input: RegisterDealer,
  { reference }: DecisionContext,
): Decision {
  if (state) return alreadyRegistered(input.dealerId)
  const { parentDealerId } = input
  const facilityId =
    parentDealerId === undefined
      ? input.dealerId
      : reference.dealers.get(parentDealerId)?.facilityId
  if (facilityId === undefined) return superiorUnknown(parentDealerId)
  return accept(DealerRegistered({ ...input, facilityId }))
}

function alreadyRegistered(dealerId: string): Decision {
  return refuse('dealer-exists', {
    kind: 'state',
    message: `dealer ${dealerId} is registered already`,
    inputs: { dealerId },
  })
}

function superiorUnknown(parentDealerId: string | undefined): Decision {
  return refuse('superior-unknown', {
    message: `the superior ${parentDealerId} is not a registered dealer`,
    inputs: { parentDealerId },
    ways: ['register the superior first', 'leave out parentDealerId to register a root dealer'],
  })
}
