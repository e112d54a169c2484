/** What a reaction of the order-fulfilment saga may do next: a new table, commands and timers. */

import type { SagaCommand, Timer } from '../saga.ts'
import type { Ending, Next, Progress, Shortage, Verdict } from './progress.ts'

/** The name of the timer that lets go of what is not confirmed, or paid, in time. */
export const EXPIRY = 'reservation-expiry'

export const STOP_EXPIRY: Timer = { name: EXPIRY, at: null }

/** A new table, and what is to be done with it. */
export type Step = Readonly<{
  state: Progress
  commands?: readonly SagaCommand[]
  timers?: readonly Timer[]
}>

/** Ends the instance's part in serving the order; the order itself is told by the caller, if need be. */
export function ended(progress: Progress, ending: Ending): Step {
  return { state: { ...progress, stage: 'ended', ending }, timers: [STOP_EXPIRY] }
}

/** Has the order rejected, unless it was cancelled or amended meanwhile: its own event says so. */
export function rejected(progress: Progress, verdict: Verdict, ending: Ending): Step {
  const { orderId } = progress
  return leaving(progress, ending, { command: 'RejectOrder', input: { orderId, ...verdict } })
}

/** Tells the order that it ends; what is held goes once it says that it did. */
export function leaving(progress: Progress, ending: Ending, command: SagaCommand): Step {
  return {
    state: { ...progress, stage: 'leaving', ending },
    commands: [command],
    timers: [STOP_EXPIRY],
  }
}

/** Lets go of what is reserved, and then does something else. */
export function cleared(progress: Progress, next: Next): Step {
  return {
    state: { ...progress, stage: 'clearing', next, kept: [] },
    ...(next !== 'plan' && { timers: [STOP_EXPIRY] }),
  }
}

/** Asks for the next plan. */
export function planAgain(progress: Progress): Step {
  const { orderId, attempt } = progress
  return {
    state: { ...progress, stage: 'planning' },
    commands: [{ command: 'PlanFulfilment', input: { orderId, attempt: attempt + 1 } }],
  }
}

/** Whether people may let it pass, by policy, that credit was refused. */
export function isReviewable({ overLimit, refusal }: Progress): boolean {
  return overLimit === 'review' && refusal?.code === 'credit-insufficient'
}

/** Stock will not do, now: the order waits for it, by policy, or is rejected. */
export function short(progress: Progress, shortages: readonly Shortage[]): Step {
  if (progress.stockShort === 'backorder') {
    return cleared({ ...progress, missing: shortages }, 'backorder')
  }
  return rejected(progress, stockInsufficient(progress.tries, shortages), 'compensation')
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
