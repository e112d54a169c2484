/** The fold of debits: who lets what they owe be debited, and what was. */

import type { EventOf } from '../kernel/event.ts'
import type { DebitMandateGiven, DebitMandateRevoked, DebitsDue } from './debit-events.ts'
import { type FacilityState, type Mandate, memberOf } from './state.ts'

export function debitMandateGiven(
  state: FacilityState,
  { dealerId, method, mandateReference }: EventOf<typeof DebitMandateGiven>['data'],
): FacilityState {
  return withMandate(state, dealerId, { method, mandateReference })
}

export function debitMandateRevoked(
  state: FacilityState,
  { dealerId }: EventOf<typeof DebitMandateRevoked>['data'],
): FacilityState {
  return withMandate(state, dealerId, undefined)
}

function withMandate(
  state: FacilityState,
  dealerId: string,
  mandate: Mandate | undefined,
): FacilityState {
  const member = { ...memberOf(state, dealerId), mandate }
  return { ...state, members: state.members.set(dealerId, member) }
}

/** Each receivable is debited once, whatever becomes of it. */
export function debitsDue(
  state: FacilityState,
  { debits }: EventOf<typeof DebitsDue>['data'],
): FacilityState {
  const receivables = state.receivables.withMutations((changing) => {
    for (const id of debits.flatMap(({ receivableIds }) => receivableIds)) {
      const receivable = changing.get(id)
      if (receivable !== undefined) changing.set(id, { ...receivable, debited: true })
    }
  })
  return { ...state, receivables }
}
