/** Automatic debit: what falls due is taken from the accounts of dealers who let it (DOMAIN: Payments). */

import type { DecisionContext } from '../context.ts'
import { addDays } from '../kernel/dates.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import { type Decimal, decimal, sum, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { openByDueDate } from './allocation.ts'
import { DebitMandateGiven, DebitMandateRevoked, DebitsDue } from './debit-events.ts'
import { asMember } from './members.ts'
import { methodUnavailable } from './methods.ts'
import { type FacilityState, type Mandate, memberOf } from './state.ts'

export type GiveDebitMandate = Mandate & Readonly<{ dealerId: string; reason?: string | undefined }>

/** Lets what a dealer owes be debited on its due date. Refuses `payment-method-unavailable`, `dealer-unknown`. */
export function giveDebitMandate(
  state: FacilityState,
  { dealerId, method, mandateReference, reason }: GiveDebitMandate,
  context: DecisionContext,
): Decision {
  const { onlineMethods } = context.policy
  if (!onlineMethods.includes(method)) {
    return { accepted: false, refusal: methodUnavailable(method, onlineMethods) }
  }
  return asMember(state, dealerId, context, (joined) => {
    const { mandate } = memberOf(joined, dealerId)
    if (mandate?.method === method && mandate.mandateReference === mandateReference) return accept()
    const given = { dealerId, method, mandateReference, ...(reason && { reason }) }
    return accept(DebitMandateGiven(given))
  })
}

export type RevokeDebitMandate = Readonly<{ dealerId: string; reason?: string | undefined }>

/** Nothing is debited any more; what is on its way is. */
export function revokeDebitMandate(
  state: FacilityState,
  { dealerId, reason }: RevokeDebitMandate,
): Decision {
  if (memberOf(state, dealerId).mandate === undefined) return accept()
  return accept(DebitMandateRevoked({ dealerId, ...(reason && { reason }) }))
}

/** Receivables in one write. */
const MOST_RECEIVABLES = 1_000
const MOST_DEBITS = 500

type Step = Readonly<{ events: readonly ReturnType<typeof DebitsDue>[]; more: boolean }>

/**
 * What is debited on the day after a closing one: all that is due by then, has a mandate and was never
 * debited; one debit a dealer.
 */
export function debits(
  state: FacilityState,
  { date }: Readonly<{ date: LocalDate }>,
  { newId }: Pick<DecisionContext, 'newId'>,
): Step {
  const dueOn = addDays(date, 1)
  const found: Debit[] = []
  let left = MOST_RECEIVABLES
  let more = false
  for (const [dealerId, { mandate }] of state.members) {
    if (mandate === undefined) continue
    const open = debitable(state, dealerId, dueOn)
    if (open.length === 0) continue
    more = open.length > left || found.length === MOST_DEBITS
    const taken = found.length === MOST_DEBITS ? [] : open.slice(0, left)
    left -= taken.length
    if (taken.length > 0) found.push(debitOf(dealerId, mandate, taken, newId))
    if (more) break
  }
  return { events: found.length === 0 ? [] : [DebitsDue({ date: dueOn, debits: found })], more }
}

type Debit = Parameters<typeof DebitsDue>[0]['debits'][number]
type Open = Readonly<{ id: string; outstanding: Decimal }>

function debitable(state: FacilityState, dealerId: string, dueOn: LocalDate): readonly Open[] {
  return [...openByDueDate(state, dealerId, addDays(dueOn, 1))].flatMap((id) => {
    const receivable = state.receivables.get(id)
    if (receivable === undefined || receivable.debited === true) return []
    const outstanding = decimal(receivable.outstanding)
    return outstanding.isZero() ? [] : [{ id, outstanding }]
  })
}

function debitOf(
  dealerId: string,
  mandate: Mandate,
  open: readonly Open[],
  newId: DecisionContext['newId'],
): Debit {
  return {
    debitId: newId(`debit/${dealerId}`),
    dealerId,
    ...mandate,
    amount: toAmount(sum(open.map(({ outstanding }) => outstanding))),
    receivableIds: open.map(({ id }) => id),
  }
}
