/** One person's approvals in the hands of another for a time. Stream: `delegation-<delegationId>`. */

import type { DecisionContext } from '../context.ts'
import { aggregate, fold } from '../kernel/aggregate.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { event } from '../kernel/event.ts'
import { Name, Text } from '../kernel/values.ts'
import { ApproverRole } from '../reviewRule/rule.ts'
import type { DelegationTerms } from './terms.ts'
import { DelegationId, delegationTerms } from './terms.ts'

// Events: a storage format. Add fields and versions; never change a meaning.
export const DelegationGiven = event('DelegationGiven', 1, delegationTerms, {
  description: 'A person may approve orders in the stead of another, for a time.',
})

export const DelegationEnded = event(
  'DelegationEnded',
  1,
  { delegationId: DelegationId, delegate: Name, reason: Text.optional() },
  { description: 'A person stands in for another no more.' },
)

export type DelegationEvent = EventOf<typeof DelegationGiven | typeof DelegationEnded>

export type DelegationState =
  | Readonly<{ delegationId: string; delegator: string; delegate: string; ended: boolean }>
  | undefined

const initial: DelegationState = undefined

export const delegation = aggregate<DelegationState>({
  category: 'delegation',
  version: 1,
  events: [DelegationGiven, DelegationEnded],
  initial,
  evolve: fold<DelegationState, DelegationEvent>({
    DelegationGiven: (_, { delegationId, delegator, delegate }) => ({
      delegationId,
      delegator,
      delegate,
      ended: false,
    }),
    DelegationEnded: (state) => state && { ...state, ended: true },
  }),
})

/** Whoever may give a delegation for others. */
const MAY_DELEGATE_FOR_OTHERS = 'brand-admin'

export type GiveDelegation = Readonly<{
  delegationId: string
  delegate: string
  /** Absent: the sender. */
  delegator?: string | undefined
  /** Absent: the sender's. */
  role?: string | undefined
  /** Absent: the sender's, if it is a dealer's. */
  dealerId?: string | undefined
  from: string
  to: string
  reason: string
}>

/**
 * Lets a delegate act in the stead of the sender or, sent by an admin, of somebody else. Refuses
 * `delegation-to-oneself`, `delegation-ended`, `delegation-forbidden` (another's approvals, or a role
 * that the sender has not) and `delegation-role-missing`.
 */
export function giveDelegation(
  state: DelegationState,
  input: GiveDelegation,
  context: DecisionContext,
): Decision {
  if (state) return alreadyGiven(state.delegationId)
  const terms = termsOf(input, context)
  if ('accepted' in terms) return terms
  return (
    toOneself(terms, context) ?? neverHolds(terms, context.now) ?? accept(DelegationGiven(terms))
  )
}

/** Whose approvals are handed over, in which role: the sender's own, or those an admin names. */
function termsOf(
  { delegator, role, dealerId, ...rest }: GiveDelegation,
  { actor, reference }: DecisionContext,
): DelegationTerms | Decision {
  const isOwn = delegator === undefined || delegator === actor.user
  if (!isOwn && actor.role !== MAY_DELEGATE_FOR_OTHERS) return notTheirs(delegator, actor.role)
  const wanted = isOwn ? { role: actor.role, dealerId: actor.dealerId } : { role, dealerId }
  if (
    isOwn &&
    ((role ?? actor.role) !== actor.role || (dealerId ?? actor.dealerId) !== actor.dealerId)
  ) {
    return notTheirs(actor.user, actor.role)
  }
  const known = ApproverRole.safeParse(wanted.role)
  if (!known.success) return roleMissing(wanted.role)
  const needsDealer = known.data === 'dealer-approver'
  if (needsDealer !== (wanted.dealerId !== undefined)) return dealerMissing(known.data)
  if (wanted.dealerId !== undefined && !reference.dealers.has(wanted.dealerId)) {
    return dealerUnknown(wanted.dealerId)
  }
  return {
    ...rest,
    delegator: delegator ?? actor.user,
    role: known.data,
    ...(wanted.dealerId !== undefined && { dealerId: wanted.dealerId }),
  }
}

export type EndDelegation = Readonly<{ delegationId: string; reason?: string | undefined }>

/** Ends a delegation; by its delegator, its delegate or an admin. Nothing happens if it has ended. */
export function endDelegation(
  state: DelegationState,
  input: EndDelegation,
  { actor }: DecisionContext,
): Decision {
  if (!state) return delegationUnknown(input.delegationId)
  const isTheirs = actor.user === state.delegator || actor.user === state.delegate
  if (!isTheirs && actor.role !== MAY_DELEGATE_FOR_OTHERS) {
    return notTheirs(state.delegator, actor.role)
  }
  return state.ended ? accept() : accept(DelegationEnded({ ...input, delegate: state.delegate }))
}

function alreadyGiven(delegationId: string): Decision {
  return refuse('delegation-exists', {
    kind: 'state',
    message: `delegation ${delegationId} is given already`,
    inputs: { delegationId },
    ways: ['end it, and give another'],
  })
}

function delegationUnknown(delegationId: string): Decision {
  return refuse('delegation-unknown', {
    kind: 'unknown',
    message: `there is no delegation ${delegationId}`,
    inputs: { delegationId },
  })
}

function toOneself(
  { delegator, delegate }: DelegationTerms,
  { actor }: DecisionContext,
): Decision | undefined {
  if (delegate !== delegator && delegate !== actor.user) return undefined
  return refuse('delegation-to-oneself', {
    message: 'nobody stands in for themselves, nor makes themselves the delegate of another',
    inputs: { delegator, delegate, sender: actor.user },
    ways: ['name another person as delegate'],
  })
}

function neverHolds({ from, to }: DelegationTerms, now: string): Decision | undefined {
  if (from < to && now < to) return undefined
  return refuse('delegation-ended', {
    message: `a delegation from ${from} to ${to} never holds`,
    inputs: { from, to, now },
    ways: ['give a `to` that is after `from`, and still to come'],
  })
}

function notTheirs(delegator: string, role: string): Decision {
  return refuse('delegation-forbidden', {
    kind: 'forbidden',
    message: `a person of the role ${role} delegates only their own approvals`,
    inputs: { delegator, role },
    ways: ['leave out delegator, role and dealerId', `ask a ${MAY_DELEGATE_FOR_OTHERS}`],
  })
}

function roleMissing(role: string | undefined): Decision {
  return refuse('delegation-role-missing', {
    message: `${role ?? 'no role'} approves nothing that could be delegated`,
    inputs: { ...(role !== undefined && { role }), roles: ApproverRole.options },
    ways: [`name one of ${ApproverRole.options.join(', ')} as role`],
  })
}

function dealerMissing(role: string): Decision {
  const isDealers = role === 'dealer-approver'
  return refuse('delegation-dealer-missing', {
    message: isDealers ? "a dealer's approver needs a dealerId" : `a ${role} has no dealerId`,
    inputs: { role },
    ways: [isDealers ? 'name the dealerId' : 'leave out the dealerId'],
  })
}

function dealerUnknown(dealerId: string): Decision {
  return refuse('dealer-unknown', {
    message: `${dealerId} is not a registered dealer`,
    inputs: { dealerId },
    ways: ['correct dealerId'],
  })
}
