/** Dealers join a facility when a command first names them. */

import type { DecisionContext } from '../context.ts'
import { type Decision, refuse } from '../kernel/decision.ts'
import { dealerPath } from '../reference/reference.ts'
import { DealerJoined } from './credit-events.ts'
import { joined } from './evolve.ts'
import type { FacilityState } from './state.ts'

/**
 * Decides for a dealer that is a member: one that is not joins first, with the superiors that are
 * missing too, root first. A decision that changes nothing makes nobody join. Refuses `dealer-unknown`.
 */
export function asMember(
  state: FacilityState,
  dealerId: string,
  { reference }: Pick<DecisionContext, 'reference'>,
  decide: (state: FacilityState) => Decision,
): Decision {
  if (state.members.has(dealerId)) return decide(state)
  const path = dealerPath(reference, dealerId)
  if (path.length === 0) return unknownDealer(dealerId)
  const joins = path
    .toReversed()
    .filter((dealer) => !state.members.has(dealer.dealerId))
    .map((dealer) => joining(dealer.dealerId, dealer.parentDealerId))
  const decision = decide(joins.reduce((current, { data }) => joined(current, data), state))
  if (!decision.accepted || decision.events.length === 0) return decision
  return { accepted: true, events: [...joins, ...decision.events] }
}

function joining(dealerId: string, parentDealerId: string | undefined) {
  return DealerJoined(parentDealerId === undefined ? { dealerId } : { dealerId, parentDealerId })
}

export function unknownDealer(dealerId: string): Decision {
  return refuse('dealer-unknown', {
    kind: 'unknown',
    message: `dealer ${dealerId} is not registered`,
    inputs: { dealerId },
    ways: ['register the dealer first'],
  })
}
