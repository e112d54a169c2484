/** What follows from the table of an order-fulfilment instance: a few rules, each looking at the table only. */

import type { Reaction, SagaCommand } from '../saga.ts'
import { decideAmendment } from './amendment.ts'
import { isHeld, withHoldReleased, withTermsOfOrder } from './hold.ts'
import type { Next, Progress, Reservation, Verdict } from './progress.ts'
import { isOpen, isPaid, ofAttempt } from './progress.ts'
import type { Step } from './step.ts'
import { cleared, isReviewable, planAgain, rejected, STOP_EXPIRY, short } from './step.ts'

type Rule = (progress: Progress) => Step

const RULES: readonly Rule[] = [
  conclude,
  decideAmendment,
  letGoOfStock,
  letGoOfCredit,
  withTermsOfOrder,
  proceed,
]

/** A noted fact, with all that follows from it; the instance ends when nothing more can come. */
export function advance(noted: Step): Reaction<Progress> {
  const { state, ...rest } = RULES.reduce(followedBy, noted)
  return { ...rest, state: isOver(state) ? null : state }
}

function followedBy(step: Step, rule: Rule): Step {
  const next = rule(step.state)
  return {
    state: next.state,
    commands: [...(step.commands ?? []), ...(next.commands ?? [])],
    timers: [...(step.timers ?? []), ...(next.timers ?? [])],
  }
}

/** Once every answer of the attempt is in: confirm, wait for money, plan again, or give up. */
function conclude(progress: Progress): Step {
  const { stage, hold, refusal, attempt } = progress
  const reservations = ofAttempt(progress, attempt)
  const isWaiting = hold.ask === 'asked' || reservations.some(({ ask }) => ask === 'asked')
  if ((stage !== 'reserving' && stage !== 'paying') || isWaiting) return { state: progress }
  if (refusal) return withoutCredit(progress, refusal)
  if (!reservations.every(({ ask }) => ask === 'granted')) return stockLost(progress, reservations)
  if (isPaid(progress)) return confirmed(progress)
  return stage === 'paying' ? { state: progress } : unpaid(progress)
}

function confirmed(progress: Progress): Step {
  const { orderId, attempt, hold } = progress
  return {
    state: { ...progress, stage: 'confirmed', standsOn: hold.terms },
    commands: [{ command: 'ConfirmOrder', input: { orderId, attempt } }],
    timers: [STOP_EXPIRY],
  }
}

function unpaid(progress: Progress): Step {
  const { orderId, attempt } = progress
  return {
    state: { ...progress, stage: 'paying', tries: 0 },
    commands: [{ command: 'AwaitPayment', input: { orderId, attempt } }],
  }
}

/** Over the limit, people may let it pass, by policy; unless a way out has come meanwhile. */
function withoutCredit(progress: Progress, refusal: Verdict): Step {
  if (!isReviewable(progress)) return rejected(progress, refusal, 'compensation')
  return cleared(progress, progress.wayOut ? 'plan' : 'review')
}

function stockLost(progress: Progress, reservations: readonly Reservation[]): Step {
  const { tries, attemptsAllowed } = progress
  if (tries < attemptsAllowed) return cleared(progress, 'plan')
  return short(
    progress,
    reservations.flatMap(({ shortages }) => shortages),
  )
}

/** Releases every reservation that was granted and that the order does not stand on. */
function letGoOfStock(progress: Progress): Step {
  // What was shipped is first issued from its reservation, and recognised against its hold.
  if (progress.postings.length > 0) return { state: progress }
  const unneeded = progress.reservations.filter(
    (reservation) => reservation.ask === 'granted' && !isNeeded(progress, reservation),
  )
  return {
    state: {
      ...progress,
      reservations: progress.reservations.map((reservation) =>
        unneeded.includes(reservation) ? { ...reservation, ask: 'releasing' } : reservation,
      ),
    },
    commands: unneeded.map((reservation) => releaseReservation(progress, reservation)),
  }
}

function isNeeded({ stage, kept, amending }: Progress, { attempt }: Reservation): boolean {
  if (stage === 'ended') return false
  return kept.includes(attempt) || amending?.attempt === attempt
}

function releaseReservation(
  { orderId, ending }: Progress,
  { warehouseId, attempt }: Reservation,
): SagaCommand {
  const reason = ending === 'completed' ? 'cancelled' : ending
  return { command: 'ReleaseReservation', input: { warehouseId, orderId, attempt, reason } }
}

/** Credit is given back at the end, and while the order waits; what is paid for it stays its own. */
function letGoOfCredit(progress: Progress): Step {
  const { stage, next, hold, postings } = progress
  const isIdle = stage === 'waiting' || (stage === 'clearing' && next !== 'plan')
  const isUnneeded = stage === 'ended' || (isIdle && hold.terms.prepayment === null)
  if (!isUnneeded || !isHeld(progress) || postings.length > 0) return { state: progress }
  return withHoldReleased(progress)
}

/** Goes on only once the released stock is back, so that the next plan can count on it. */
function proceed(progress: Progress): Step {
  const { stage, next, reservations } = progress
  if (stage !== 'clearing' || reservations.some(({ ask }) => isOpen(ask))) {
    return { state: progress }
  }
  return PROCEEDING[next]({ ...progress, reservations: [] })
}

const PROCEEDING: Readonly<Record<Next, Rule>> = {
  plan: planAgain,
  review: (progress) => waiting(progress, [requestReview(progress)]),
  backorder: (progress) => waiting(progress, [backorder(progress)]),
  wait: (progress) => waiting(progress, []),
}

function waiting(progress: Progress, commands: readonly SagaCommand[]): Step {
  return { state: { ...progress, stage: 'waiting', tries: 0 }, commands }
}

function requestReview({ orderId, refusal }: Progress): SagaCommand {
  const release = refusal?.decision.inputs.releaseNeeded
  const reasons = refusal ? [{ ...refusal, code: 'over-limit' }] : []
  return {
    command: 'RequestReview',
    input: { orderId, reasons, ...(typeof release === 'string' && { release }) },
  }
}

function backorder({ orderId, attempt, missing }: Progress): SagaCommand {
  const shortages = missing.map(({ sku, wanted, available }) => ({
    sku,
    wanted,
    missing: wanted - available,
  }))
  return { command: 'BackorderOrder', input: { orderId, attempt, shortages } }
}

/** Releases need no waiting for: the instance is forgotten only once they are accepted. */
function isOver({ stage, hold, reservations, postings }: Progress): boolean {
  return (
    stage === 'ended' &&
    hold.ask !== 'asked' &&
    postings.length === 0 &&
    reservations.every(({ ask }) => ask !== 'asked')
  )
}
