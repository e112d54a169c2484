/** Decisions about limits and payment terms. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { valueDateRefusal, valued } from '../value-date.ts'
import { LimitSet, TemporaryLimitSet } from './credit-events.ts'
import { asMember } from './members.ts'
import { type FacilityState, type Member, memberOf } from './state.ts'
import type { Terms } from './terms.ts'

export type SetLimit = Readonly<{
  dealerId: string
  limit: string
  terms?: Terms | undefined
  graceDays?: number | undefined
  lateFeeDailyRate?: string | undefined
  effectiveOn?: LocalDate | undefined
  reason: string
}>

/**
 * Sets a dealer's limit. What is left out stays as it was: at first net 30 days, no grace, no late fee.
 * A lower limit undoes no hold. Refuses `dealer-unknown`, `value-date-future`, `backdating-limit`.
 */
export function setLimit(
  state: FacilityState,
  input: SetLimit,
  context: DecisionContext,
): Decision {
  const refused = valueDateRefusal(input.effectiveOn, context)
  if (refused) return { accepted: false, refusal: refused }
  return asMember(state, input.dealerId, context, (current) => {
    const member = memberOf(current, input.dealerId)
    const set = {
      limit: toAmount(decimal(input.limit)),
      terms: input.terms ?? member.terms,
      graceDays: input.graceDays ?? member.graceDays,
      lateFeeDailyRate: input.lateFeeDailyRate ?? member.lateFeeDailyRate,
    }
    if (isSame(set, member)) return accept()
    const { dealerId, reason, effectiveOn } = input
    return accept(LimitSet({ dealerId, ...set, reason }, valued(effectiveOn, context.today)))
  })
}

type Settings = Pick<Member, 'limit' | 'terms' | 'graceDays' | 'lateFeeDailyRate'>

function isSame(one: Settings, other: Settings): boolean {
  return (
    one.limit === other.limit &&
    one.graceDays === other.graceDays &&
    decimal(one.lateFeeDailyRate).equals(other.lateFeeDailyRate) &&
    JSON.stringify(one.terms) === JSON.stringify(other.terms)
  )
}

export type SetTemporaryLimit = Readonly<{
  facilityId: string
  dealerId: string
  amount: string
  from: LocalDate
  to: LocalDate
  reason: string
}>

/**
 * Raises a dealer's limit by an amount, from a day (inclusive) to a day (exclusive). Refuses
 * `dealer-unknown`, and `period-empty` for a period that holds no day or is over.
 */
export function setTemporaryLimit(
  state: FacilityState,
  { facilityId, dealerId, amount, from, to, reason }: SetTemporaryLimit,
  context: DecisionContext,
): Decision {
  const { today } = context
  if (to <= from || to <= today) {
    return refuse('period-empty', {
      message: `from ${from} to ${to} there is no day left to raise the limit for`,
      inputs: { from, to, today },
      ways: [`use an end after ${from > today ? from : today}`],
    })
  }
  const temporaryLimitId = `${facilityId}.t${state.temporaryLimitCount + 1}`
  const raised = toAmount(decimal(amount))
  return asMember(state, dealerId, context, () =>
    accept(TemporaryLimitSet({ dealerId, temporaryLimitId, amount: raised, from, to, reason })),
  )
}
