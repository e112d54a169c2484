/**
 * The credit of one dealer tree: limits, holds, receivables, and the money that settles them.
 * Stream: `facility-<root dealer's id>`.
 */

import { aggregate } from '../kernel/aggregate.ts'
import { FACILITY_EVENTS } from './events.ts'
import { evolve } from './evolve.ts'
import { emptyFacility, type FacilityState } from './state.ts'

export const facility = aggregate<FacilityState>({
  category: 'facility',
  version: 5,
  events: FACILITY_EVENTS,
  initial: emptyFacility,
  evolve,
})
