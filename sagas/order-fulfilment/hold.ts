/** The order's hold: asked for with each plan or amendment that needs another, and answered. */

import { isDeepStrictEqual } from 'node:util'
import { Decimal, decimal, toAmount } from '../../domain/kernel/money.ts'
import type { SagaCommand } from '../saga.ts'
import type { HoldTerms, Progress, Verdict } from './progress.ts'
import type { Step } from './step.ts'

type Needs = Readonly<{
  toHold: string
  prepayment?: string | undefined
  release?: string | undefined
}>

export function termsOf({ toHold, prepayment, release }: Needs): HoldTerms {
  return { amount: toHold, prepayment: prepayment ?? null, release: release ?? null }
}

/** Asks for a hold on other terms; it replaces the one before, should it be granted. */
export function withHoldAsked(progress: Progress, terms: HoldTerms): Step {
  const { hold } = progress
  const attempt = hold.attempt + 1
  const standing = hold.standing || hold.ask === 'granted'
  return {
    state: { ...progress, hold: { ask: 'asked', attempt, terms, standing } },
    commands: [placeHold(progress, attempt, terms)],
  }
}

/** The same, unless it is held on these terms already. */
export function withHoldOn(progress: Progress, terms: HoldTerms): Step {
  const { ask, terms: before } = progress.hold
  const isHeld = ask === 'granted' && isDeepStrictEqual(before, terms)
  return isHeld ? { state: progress } : withHoldAsked(progress, terms)
}

function placeHold(
  { facilityId, dealerId, orderId, overLimit, amending }: Progress,
  attempt: number,
  { amount, prepayment, release }: HoldTerms,
): SagaCommand {
  const input = { facilityId, dealerId, orderId, amount, attempt }
  return {
    command: 'PlaceHold',
    input: {
      ...input,
      ...(prepayment !== null && { prepayment }),
      ...(release !== null && { release }),
      // An amendment over the limit is refused: no reviewer is asked to release it.
      ...(overLimit === 'review' && amending === null && { reviewable: true }),
    },
  }
}

/** The answer to a request; undefined if it is not the one that is waited for. */
export function withHoldAnswered(
  progress: Progress,
  attempt: number | undefined,
  refusal: Verdict | null,
): Progress | undefined {
  const { hold } = progress
  if (hold.ask !== 'asked' || attempt !== hold.attempt) return undefined
  const answered =
    refusal === null
      ? { ...hold, ask: 'granted' as const, standing: false }
      : { ...hold, ask: 'refused' as const }
  return { ...progress, hold: answered, refusal }
}

/** Whether something may be held under the hold, now that nothing of it is on its way. */
export function isHeld({ hold: { ask, standing } }: Progress): boolean {
  return ask === 'granted' || (standing && ask !== 'asked')
}

/** Gives back all that is held. */
export function withHoldReleased(progress: Progress): Step {
  const { orderId, dealerId, facilityId, ending, hold, stage } = progress
  const isFinal = stage === 'ended' && ending !== 'expired'
  const reason = isFinal ? ending : 'compensation'
  const input = { facilityId, dealerId, orderId, reason, attempt: hold.attempt }
  return {
    state: { ...progress, hold: { ...hold, ask: 'gone', standing: false } },
    commands: [{ command: 'ReleaseHold', input }],
  }
}

/**
 * A rule: a confirmed order that is not being amended holds what it needs. An amendment that took less, or
 * was refused, leaves a hold on other terms, which is then asked for anew.
 */
export function withTermsOfOrder(progress: Progress): Step {
  const { stage, amending, standsOn, hold } = progress
  const isSettled = stage === 'confirmed' && amending === null && standsOn !== null
  if (!isSettled || isDeepStrictEqual(hold.terms, standsOn)) return { state: progress }
  if (hold.ask === 'granted') {
    const terms = unshippedOf(standsOn, progress.shippedAmount)
    return withHoldAsked({ ...progress, standsOn: terms, shippedAmount: '0.00' }, terms)
  }
  if (hold.ask !== 'refused' || !hold.standing) return { state: progress }
  // What was refused never replaced the hold before it.
  const stands = { ...hold, ask: 'granted' as const, terms: standsOn, standing: false }
  return { state: { ...progress, hold: stands, refusal: null } }
}

/** What is left of terms once a part has shipped, and is a debt. */
function unshippedOf({ amount, prepayment, release }: HoldTerms, shipped: string): HoldTerms {
  const rest = (whole: string) => toAmount(Decimal.max(0, decimal(whole).minus(shipped)))
  return {
    amount: rest(amount),
    prepayment: prepayment === null ? null : rest(prepayment),
    release,
  }
}

/** Whether terms take more than others, of credit or of the payer. */
export function isMore(terms: HoldTerms, than: HoldTerms): boolean {
  return (
    decimal(terms.amount).greaterThan(than.amount) ||
    decimal(terms.prepayment ?? '0').greaterThan(than.prepayment ?? '0')
  )
}
