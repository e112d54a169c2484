/** What follows from the table of an order-fulfilment instance: a few rules, each looking at the table only. */

import type { Reaction, SagaCommand, Timer } from '../saga.ts'
import type { Ending, Progress, Reservation, Shortage, Verdict } from './progress.ts'
import { isOpen, ofThisAttempt } from './progress.ts'

/** The name of the timer that lets go of what is not confirmed in time. */
export const EXPIRY = 'reservation-expiry'

const STOP_EXPIRY = { name: EXPIRY, at: null }

/** A new table, and what is to be done with it. */
export type Step = Readonly<{
  state: Progress
  commands?: readonly SagaCommand[]
  timers?: readonly Timer[]
}>

type Rule = (progress: Progress) => Step

const RULES: readonly Rule[] = [conclude, letGo, planAgain]

/** A noted fact, with all that follows from it; the instance ends when nothing more can come. */
export function advance(noted: Step): Reaction<Progress> {
  const { state, ...rest } = RULES.reduce(followedBy, noted)
  return { ...rest, state: isOver(state) ? null : state }
}

/** Ends the instance's part in serving the order; the order itself is told by the caller, if need be. */
export function ended(progress: Progress, ending: Ending): Step {
  return { state: { ...progress, stage: 'ended', ending }, timers: [STOP_EXPIRY] }
}

/** Ends it and has the order rejected, unless it was cancelled meanwhile. */
export function rejected(progress: Progress, verdict: Verdict, ending: Ending): Step {
  const { orderId } = progress
  const command = { command: 'RejectOrder', input: { orderId, ...verdict } }
  return { ...ended(progress, ending), commands: [command] }
}

/** Once more is missing than any warehouse has, or stock went to others too often. */
export function stockInsufficient(attempts: number, shortages: readonly Shortage[]): Verdict {
  const skus = [...new Set(shortages.map(({ sku }) => sku))]
  return {
    code: 'stock-insufficient',
    message: `too little in stock of ${skus.join(', ')}`,
    decision: {
      rule: 'stock-insufficient',
      ruleVersion: 1,
      inputs: { attempts, shortages: shortages.map((shortage) => ({ ...shortage })) },
      ways: [...shortages.map(wayOut), 'order again once more has been received'],
    },
  }
}

function wayOut({ sku, available }: Shortage): string {
  return available > 0 ? `order at most ${available} of ${sku}` : `leave out ${sku}`
}

function followedBy(step: Step, rule: Rule): Step {
  const next = rule(step.state)
  return {
    state: next.state,
    commands: [...(step.commands ?? []), ...(next.commands ?? [])],
    timers: [...(step.timers ?? []), ...(next.timers ?? [])],
  }
}

/** Once every answer of the attempt is in: confirm, plan again, or reject. */
function conclude(progress: Progress): Step {
  const { stage, hold, refusal, orderId, attempt } = progress
  const reservations = ofThisAttempt(progress)
  const isWaiting = hold === 'asked' || reservations.some(({ ask }) => ask === 'asked')
  if (stage !== 'reserving' || isWaiting) return { state: progress }
  if (refusal) return rejected(progress, refusal, 'compensation')
  if (reservations.every(({ ask }) => ask === 'granted')) {
    return {
      state: { ...progress, stage: 'confirmed' },
      commands: [{ command: 'ConfirmOrder', input: { orderId, attempt } }],
      timers: [STOP_EXPIRY],
    }
  }
  return stockLost(progress, reservations)
}

function stockLost(progress: Progress, reservations: readonly Reservation[]): Step {
  const { attempt, attemptsAllowed } = progress
  if (attempt < attemptsAllowed) return { state: { ...progress, stage: 'clearing' } }
  const shortages = reservations.flatMap((reservation) => reservation.shortages)
  return rejected(progress, stockInsufficient(attempt, shortages), 'compensation')
}

/** Releases everything granted that the order does not need any more. */
function letGo(progress: Progress): Step {
  // What was shipped is first issued from its reservation, and recognised against its hold.
  if (progress.postings.length > 0) return { state: progress }
  const unneeded = progress.reservations.filter(
    (reservation) => reservation.ask === 'granted' && !isNeeded(progress, reservation),
  )
  const dropsHold = progress.hold === 'granted' && progress.stage === 'ended'
  const commands = unneeded.map((reservation) => releaseReservation(progress, reservation))
  return {
    state: {
      ...progress,
      hold: dropsHold ? 'gone' : progress.hold,
      reservations: progress.reservations.map((reservation) =>
        unneeded.includes(reservation) ? { ...reservation, ask: 'releasing' } : reservation,
      ),
    },
    commands: dropsHold ? [...commands, releaseHold(progress)] : commands,
  }
}

function isNeeded({ stage, attempt }: Progress, reservation: Reservation): boolean {
  return (stage === 'reserving' || stage === 'confirmed') && reservation.attempt === attempt
}

function releaseReservation(
  { orderId, ending }: Progress,
  { warehouseId, attempt }: Reservation,
): SagaCommand {
  const reason = ending === 'completed' ? 'cancelled' : ending
  return { command: 'ReleaseReservation', input: { warehouseId, orderId, attempt, reason } }
}

function releaseHold({ orderId, dealerId, facilityId, ending }: Progress): SagaCommand {
  const reason = ending === 'expired' ? 'compensation' : ending
  return { command: 'ReleaseHold', input: { facilityId, dealerId, orderId, reason } }
}

/** Plans again only once the released stock is back, so that the next plan can count on it. */
function planAgain(progress: Progress): Step {
  const { stage, orderId, attempt, reservations } = progress
  if (stage !== 'clearing' || reservations.some(({ ask }) => isOpen(ask))) {
    return { state: progress }
  }
  return {
    state: { ...progress, stage: 'planning', reservations: [] },
    commands: [{ command: 'PlanFulfilment', input: { orderId, attempt: attempt + 1 } }],
  }
}

/** Releases need no waiting for: the instance is forgotten only once they are accepted. */
function isOver({ stage, hold, reservations, postings }: Progress): boolean {
  return (
    stage === 'ended' &&
    hold !== 'asked' &&
    postings.length === 0 &&
    reservations.every(({ ask }) => ask !== 'asked')
  )
}
