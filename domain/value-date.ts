/** How far a value date may lie from the open business day (DOMAIN: Money and quantities). */

import type { DecisionContext } from './context.ts'
import { addDays } from './kernel/dates.ts'
import { type Refusal, refusal } from './kernel/decision.ts'
import type { LocalDate } from './kernel/values.ts'

/**
 * Why a value date that somebody chose can't be taken: `value-date-future`, or `backdating-limit` if it
 * lies more than `policy.backdatingDays` back; undefined if it can. A fact decided elsewhere is not
 * judged again: the day may have turned since.
 */
export function valueDateRefusal(
  effectiveOn: LocalDate | undefined,
  { today, policy }: Pick<DecisionContext, 'today' | 'policy'>,
): Refusal | undefined {
  if (effectiveOn === undefined) return undefined
  const earliest = addDays(today, -policy.backdatingDays)
  const inputs = { effectiveOn, today, earliest, backdatingDays: policy.backdatingDays }
  if (effectiveOn > today) {
    return refusal('value-date-future', {
      message: `${effectiveOn} is after the business day ${today}`,
      inputs,
      ways: [`use a value date from ${earliest} to ${today}`],
      rule: 'value-date',
    })
  }
  if (effectiveOn < earliest) {
    return refusal('backdating-limit', {
      message: `${effectiveOn} is more than ${policy.backdatingDays} days before ${today}`,
      inputs,
      ways: [`use a value date from ${earliest} to ${today}`],
      rule: 'value-date',
    })
  }
  return undefined
}

/** The dates of an event: a value date only where it differs from the business day. */
export function valued(
  effectiveOn: LocalDate | undefined,
  today: LocalDate,
): { effectiveOn?: LocalDate } {
  return effectiveOn === undefined || effectiveOn === today ? {} : { effectiveOn }
}

/** A value date that others name, as near as the books allow it. */
export function withinBooks(
  date: LocalDate,
  { today, policy }: Pick<DecisionContext, 'today' | 'policy'>,
): LocalDate {
  const earliest = addDays(today, -policy.backdatingDays)
  if (date > today) return today
  return date < earliest ? earliest : date
}
