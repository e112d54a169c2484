/** An amendment of a confirmed order: the difference is asked for, and the order stands until it is granted. */

import type { EventOf } from '../../domain/kernel/event.ts'
import type { AmendmentPlanned, OrderAmended } from '../../domain/order/events.ts'
import type { SagaCommand } from '../saga.ts'
import { isMore, termsOf, withHoldAsked } from './hold.ts'
import type { Amending, Progress, Reservation, Verdict } from './progress.ts'
import { isPaid, ofAttempt } from './progress.ts'
import type { Step } from './step.ts'
import { EXPIRY, STOP_EXPIRY, stockInsufficient } from './step.ts'

type Planned = EventOf<typeof AmendmentPlanned>['data']

/** Asks each warehouse for what it is to ship in addition, and credit for the whole if it takes more. */
export function amendmentPlanned(progress: Progress, plan: Planned): Step | undefined {
  const { stage, amending, standsOn, amendments } = progress
  const isNew = amending === null && plan.amendment > amendments
  if (stage !== 'confirmed' || standsOn === null || !isNew) return undefined
  const { orderId, amendment, attempt, parts, expiresAt } = plan
  // Of an order that ships only what it lost is planned anew: that needs no other credit.
  const terms = progress.shipments > 0 ? standsOn : termsOf(plan)
  const raises = isMore(terms, standsOn)
  const added = parts.filter(({ reserve }) => reserve.length > 0)
  const release = parts
    .filter((part) => part.release.length > 0)
    .map((part) => ({ warehouseId: part.warehouseId, lines: part.release }))
  const asked = added.map(({ warehouseId }) => askedOf(warehouseId, attempt))
  const noted: Progress = {
    ...progress,
    refusal: null,
    reservations: [...progress.reservations, ...asked],
    amending: { stage: 'asking', amendment, attempt, release, terms, raises },
  }
  const held = raises ? withHoldAsked(noted, terms) : { state: noted }
  return {
    state: held.state,
    commands: [
      ...(held.commands ?? []),
      ...added.map(({ warehouseId, reserve: lines }) => ({
        command: 'ReserveStock',
        input: { warehouseId, orderId, attempt, lines, expiresAt },
      })),
    ],
    timers: [{ name: EXPIRY, at: expiresAt }],
  }
}

export function askedOf(warehouseId: string, attempt: number): Reservation {
  return { warehouseId, attempt, ask: 'asked', shortages: [] }
}

/** Once every answer is in: tell the order that it is granted, or refused. */
export function decideAmendment(progress: Progress): Step {
  const { stage, amending, hold, refusal } = progress
  if (stage !== 'confirmed' || !amending || amending.stage === 'telling') return { state: progress }
  const asked = ofAttempt(progress, amending.attempt)
  const isWaiting = asked.some(({ ask }) => ask === 'asked')
  if (isWaiting || (amending.raises && hold.ask === 'asked')) return { state: progress }
  if (amending.raises && refusal) return amendmentRefused(progress, amending, refusal)
  const lost = asked.filter(({ ask }) => ask !== 'granted')
  if (lost.length > 0) return amendmentRefused(progress, amending, shortOf(lost))
  if (amending.raises && !isPaid(progress)) return unpaid(progress, amending)
  const { orderId } = progress
  const { amendment } = amending
  return told(progress, amending, { command: 'CompleteAmendment', input: { orderId, amendment } })
}

function shortOf(lost: readonly Reservation[]): Verdict {
  return stockInsufficient(
    1,
    lost.flatMap(({ shortages }) => shortages),
  )
}

function unpaid(progress: Progress, amending: Amending): Step {
  if (amending.stage === 'paying') return { state: progress }
  const { orderId } = progress
  return {
    state: { ...progress, amending: { ...amending, stage: 'paying' } },
    commands: [{ command: 'AwaitPayment', input: { orderId, attempt: amending.attempt } }],
  }
}

/** Has the order stay as it was. */
export function amendmentRefused(
  progress: Progress,
  amending: Amending,
  { code, message, decision }: Verdict,
): Step {
  const { orderId } = progress
  const input = { orderId, amendment: amending.amendment, code, message, decision }
  return told(progress, amending, { command: 'RefuseAmendment', input })
}

function told(progress: Progress, amending: Amending, command: SagaCommand): Step {
  return {
    state: { ...progress, amending: { ...amending, stage: 'telling' } },
    commands: [command],
    timers: [STOP_EXPIRY],
  }
}

/** The order is what was granted: what it does not need any more is given back. */
export function amendmentGranted(
  progress: Progress,
  { amendment }: EventOf<typeof OrderAmended>['data'],
): Step | undefined {
  const { orderId, amending, kept } = progress
  if (amending?.amendment !== amendment) return undefined
  const { attempt, release, terms } = amending
  const lost = ofAttempt(progress, attempt).filter(({ ask }) => ask === 'refused')
  return {
    state: {
      ...progress,
      amending: null,
      amendments: amendment,
      standsOn: terms,
      kept: [...kept, attempt],
    },
    commands: [
      ...release.map(({ warehouseId, lines }) => ({
        command: 'ReduceReservation',
        input: { warehouseId, orderId, attempt, lines },
      })),
      // Counted short after the order was told that it had them.
      ...lost.map(({ warehouseId, shortages }) =>
        loseStock(orderId, { warehouseId, attempt }, linesOf(shortages)),
      ),
    ],
  }
}

function linesOf(shortages: Reservation['shortages']) {
  return shortages.map(({ sku, wanted }) => ({ sku, quantity: wanted }))
}

type Lines = readonly Readonly<{ sku: string; quantity: number }>[]

/** Tells the order that a count took stock from it. */
export function loseStock(
  orderId: string,
  { warehouseId, attempt }: Readonly<{ warehouseId: string; attempt: number }>,
  lines: Lines,
): SagaCommand {
  return { command: 'LoseStock', input: { orderId, warehouseId, attempt, lines } }
}
