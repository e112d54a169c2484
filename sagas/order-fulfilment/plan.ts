/** A plan of an order: credit and every warehouse's part of it are asked for at the same time. */

import type { EventOf } from '../../domain/kernel/event.ts'
import type { FulfilmentPlanned, OrderAmended } from '../../domain/order/events.ts'
import type { OrderApproved } from '../../domain/order/review-events.ts'
import { amendmentGranted, askedOf } from './amendment.ts'
import { termsOf, withHoldOn } from './hold.ts'
import type { Progress } from './progress.ts'
import { begun, isOpen } from './progress.ts'
import type { Step } from './step.ts'
import { cleared, EXPIRY, isReviewable, planAgain, STOP_EXPIRY, short } from './step.ts'

type Planned = EventOf<typeof FulfilmentPlanned>['data']

/** Asks every warehouse of the plan for its part, and credit for the whole, if it is not held already. */
export function planned(before: Progress, plan: Planned): Step | undefined {
  const { attempt, attemptsAllowed, overLimit = 'reject', stockShort = 'reject' } = plan
  if (before.stage === 'ended' || attempt <= before.attempt) return undefined
  const progress: Progress = {
    ...before,
    attempt,
    attemptsAllowed,
    tries: before.tries + 1,
    overLimit,
    stockShort,
    wayOut: false,
    refusal: null,
  }
  const { shortages, parts } = plan
  if (shortages.length === 0) return reserving(progress, plan)
  // What the placing saw of stock is some moments old: it is planned once more, and then believed.
  if (before.stage === 'begun' && attemptsAllowed > 1) return cleared(progress, 'plan')
  if (stockShort === 'partial' && parts.length > 0) return reserving(progress, plan)
  return short(
    progress,
    shortages.map(({ sku, wanted, missing }) => ({ sku, wanted, available: wanted - missing })),
  )
}

function reserving(before: Progress, plan: Planned): Step {
  const { orderId, attempt, parts, expiresAt } = plan
  const asked = parts.map(({ warehouseId }) => askedOf(warehouseId, attempt))
  const { state, commands = [] } = withHoldOn(before, termsOf(plan))
  return {
    state: {
      ...state,
      stage: 'reserving',
      kept: [attempt],
      reservations: [...before.reservations.filter(({ ask }) => isOpen(ask)), ...asked],
    },
    commands: [
      ...commands,
      ...parts.map(({ warehouseId, lines }) => ({
        command: 'ReserveStock',
        input: { warehouseId, orderId, attempt, lines, expiresAt },
      })),
    ],
    timers: [{ name: EXPIRY, at: expiresAt }],
  }
}

/** Money or a guarantee for an order that is over its limit: it is tried again. */
export function withWayOut(progress: Progress): Step | undefined {
  const { stage, next } = progress
  if (!isReviewable(progress)) return undefined
  if (stage === 'reserving') return { state: { ...progress, wayOut: true } }
  if (next !== 'review') return undefined
  if (stage === 'clearing') return { state: { ...progress, next: 'plan' } }
  return stage === 'waiting' ? planAgain({ ...progress, next: 'plan' }) : undefined
}

/** People approved: an order that waits is planned; a confirmed one, its amendment or what it lost. */
export function approved(
  progress: Progress | undefined,
  data: EventOf<typeof OrderApproved>['data'],
): Step | undefined {
  const { orderId, resumes, amendment } = data
  if (!progress) {
    const isFirst = amendment === undefined && resumes === 'placed'
    return isFirst ? planAgain({ ...begun(data), next: 'plan' }) : undefined
  }
  const { stage } = progress
  if (stage === 'confirmed') {
    return { state: progress, commands: [{ command: 'PlanAmendment', input: { orderId } }] }
  }
  if (stage === 'waiting') return planAgain({ ...progress, next: 'plan' })
  return stage === 'clearing' ? { state: { ...progress, next: 'plan' } } : undefined
}

/** Other lines: of a confirmed order what was granted, else a new beginning. */
export function amended(
  progress: Progress | undefined,
  data: EventOf<typeof OrderAmended>['data'],
): Step | undefined {
  const { replan, fulfilments, amendment } = data
  if (!progress) {
    const first = { ...begun(data), next: 'plan' as const, amendments: amendment }
    return replan === undefined ? undefined : planAgain({ ...first, attempt: replan - 1 })
  }
  if (fulfilments.length > 0) return amendmentGranted(progress, data)
  if (progress.stage === 'ended' || amendment <= progress.amendments) return undefined
  return amendedUnconfirmed({ ...progress, amendments: amendment }, replan !== undefined)
}

/** It is planned anew, or waits for people first; a plan that is asked for already is of the new lines. */
function amendedUnconfirmed(progress: Progress, isPlanned: boolean): Step {
  if (progress.stage !== 'planning') return again(progress, isPlanned ? 'plan' : 'wait')
  return { state: isPlanned ? progress : { ...progress, stage: 'waiting', next: 'wait' } }
}

function again(progress: Progress, next: 'plan' | 'wait'): Step {
  const anew = { ...progress, tries: 0, ending: 'compensation' as const }
  return { ...cleared(anew, next), timers: [STOP_EXPIRY] }
}
