/** A dealer that owes 100,000.00, due 2026-03-31, with grace of 3 days and 0.05% a day; and its words. */

import type { Test } from 'tap'
import { LimitSet } from '../../../domain/facility/credit-events.ts'
import { closeFacilityDay } from '../../../domain/facility/day-close.ts'
import {
  freezeOrdering,
  redatePayment,
  unfreezeOrdering,
} from '../../../domain/facility/overdue.ts'
import type { FacilityState } from '../../../domain/facility/state.ts'
import type { Terms } from '../../../domain/facility/terms.ts'
import { addDays } from '../../../domain/kernel/dates.ts'
import type { Given } from '../../support/given.ts'
import { type Asking, facilities, limits, shipping, tree } from './tree.ts'

export const RATE = '0.0005'

export function agreed(
  terms: Terms = { type: 'net', days: 30 },
  late: Readonly<{ graceDays?: number; lateFeeDailyRate?: string }> = {},
) {
  return LimitSet({
    dealerId: 'A1',
    limit: '900000.00',
    terms,
    graceDays: 3,
    lateFeeDailyRate: RATE,
    reason: 'agreed',
    ...late,
  })
}

export function closing(date: string): Asking {
  return (state, context) => closeFacilityDay(state, { facilityId: 'ROOT', date }, context)
}

export function redating(paymentId: string, effectiveOn: string): Asking {
  return (state, context) =>
    redatePayment(state, { paymentId, effectiveOn, reason: 'seen' }, context)
}

export function freezingBy(reason: string, dealerId = 'A1'): Asking {
  return (state, context) => freezeOrdering(state, { dealerId, reason }, context)
}

export function lifting(reason: string, dealerId = 'A1'): Asking {
  return (state, context) => unfreezeOrdering(state, { dealerId, reason }, context)
}

/** Shipped on the first of March, so that it falls due on the 31st. */
export function owing(t: Test, amount = '100000.00'): Given<FacilityState> {
  return facilities(t, { today: '2026-03-01' })
    .given(...tree, ...limits, agreed())
    .when(shipping('A1', 'O1', 'O1.1', { amount }))
    .accepted()
}

/** Closes one day after another, up to and including the last; the day after it is open. */
export function closedThrough(
  given: Given<FacilityState>,
  last: string,
  first = '2026-03-31',
): Given<FacilityState> {
  let current = given
  for (let day = first; day <= last; day = addDays(day, 1)) {
    current = current.in({ today: day }).when(closing(day)).accepted()
  }
  return current.in({ today: addDays(last, 1) })
}
