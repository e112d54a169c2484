/**
 * Takes an order from its placing to its end: holds credit and reserves stock at the same time, has the
 * order confirmed, wait, or rejected, amends it, lets go of what is not needed, and posts what ships.
 */

import { PaymentReceived, PrepaymentCovered } from '../domain/facility/cash-events.ts'
import { GuaranteeGiven, HoldPlaced, HoldRefused } from '../domain/facility/credit-events.ts'
import { ReceivableRecognised } from '../domain/facility/receivable-events.ts'
import type { EventDefinition, EventOf, RecordedEvent } from '../domain/kernel/event.ts'
import {
  AmendmentPlanned,
  AmendmentRefused,
  AmendmentRequested,
  FulfilmentPlanned,
  FulfilmentStockLost,
  OrderAmended,
  OrderCancelled,
  OrderCompleted,
  OrderLapsed,
  OrderRejected,
  RemainderCancelled,
} from '../domain/order/events.ts'
import { FulfilmentShipped } from '../domain/order/fulfilment-events.ts'
import { OrderApproved } from '../domain/order/review-events.ts'
import {
  ReservationRefused,
  ReservationReleased,
  StockIssued,
  StockReserved,
} from '../domain/stock/events.ts'
import { advance } from './order-fulfilment/advance.ts'
import { amendmentPlanned, amendmentRefused, loseStock } from './order-fulfilment/amendment.ts'
import { withHoldAnswered } from './order-fulfilment/hold.ts'
import { amended, approved, planned, withWayOut } from './order-fulfilment/plan.ts'
import type { Ending, Progress, Verdict } from './order-fulfilment/progress.ts'
import { begun, withPosted, withReservation } from './order-fulfilment/progress.ts'
import { shipped } from './order-fulfilment/shipping.ts'
import type { Step } from './order-fulfilment/step.ts'
import { EXPIRY, ended, leaving, rejected } from './order-fulfilment/step.ts'
import type { Listening, Reaction } from './saga.ts'
import { listen, onTimer, saga } from './saga.ts'

type OfOrder = Readonly<{ orderId: string }>

type Note<State, Data> = (
  progress: State,
  data: Data,
  event: RecordedEvent<string, Data>,
) => Step | undefined

/** Notes an event in an instance that is there; `undefined`: it changes nothing. Rules then follow. */
function on<Type extends string, Data extends OfOrder>(
  definition: EventDefinition<Type, Data>,
  note: Note<Progress, Data>,
): Listening<Progress> {
  return begin(definition, (progress, data, event) => progress && note(progress, data, event))
}

/** The same for an event that an instance may begin with. */
function begin<Type extends string, Data extends OfOrder>(
  definition: EventDefinition<Type, Data>,
  note: Note<Progress | undefined, Data>,
): Listening<Progress> {
  return listen<Progress, Type, Data>(
    definition,
    ({ data }) => data.orderId,
    (progress, event) => followed(note(progress, event.data, event)),
  )
}

function followed(step: Step | undefined): Reaction<Progress> | undefined {
  return step && advance(step)
}

export const orderFulfilment = saga<Progress>({
  name: 'order-fulfilment',
  version: 2,
  movesMoney: true,
  listens: [
    begin(FulfilmentPlanned, (progress, data) => {
      // An order begins with its first plan; a later plan of an instance that is over comes too late.
      if (!progress && data.attempt !== 1) return undefined
      return planned(progress ?? begun(data), data)
    }),
    begin(OrderApproved, approved),
    begin(OrderAmended, amended),
    on(HoldPlaced, (progress, { attempt }) => noted(withHoldAnswered(progress, attempt, null))),
    on(HoldRefused, (progress, { attempt, refusal }) =>
      noted(withHoldAnswered(progress, attempt, refusal)),
    ),
    on(PrepaymentCovered, (progress, { amount }) => noted({ ...progress, covered: amount })),
    listen(
      GuaranteeGiven,
      ({ data }) => data.orderId,
      (progress) => progress && followed(withWayOut(progress)),
    ),
    listen(
      PaymentReceived,
      ({ data }) => data.orderIds,
      (progress) => progress && followed(withWayOut(progress)),
    ),
    on(StockReserved, (progress, data) =>
      noted(withReservation(progress, data, ['asked'], { ask: 'granted' })),
    ),
    on(ReservationRefused, (progress, data) =>
      noted(
        withReservation(progress, data, ['asked'], { ask: 'refused', shortages: data.shortages }),
      ),
    ),
    on(ReservationReleased, released),
    on(AmendmentRequested, (progress, { orderId, inReview }) =>
      inReview
        ? undefined
        : { state: progress, commands: [{ command: 'PlanAmendment', input: { orderId } }] },
    ),
    on(AmendmentPlanned, amendmentPlanned),
    on(AmendmentRefused, (progress, { amendment }) =>
      progress.amending?.amendment === amendment
        ? noted({ ...progress, amending: null, amendments: amendment })
        : undefined,
    ),
    on(FulfilmentStockLost, (progress) => withdrawn(progress, STOCK_LOST)),
    on(FulfilmentShipped, shipped),
    on(StockIssued, (progress, { fulfilmentId, shipmentId = fulfilmentId }) =>
      noted(withPosted(progress, shipmentId, { issued: true })),
    ),
    on(ReceivableRecognised, (progress, { fulfilmentId }) =>
      noted(withPosted(progress, fulfilmentId, { recognised: true })),
    ),
    on(OrderRejected, (progress) => over(progress, progress.ending)),
    on(OrderLapsed, (progress) => over(progress, progress.ending)),
    on(OrderCancelled, (progress) => over(progress, 'cancelled')),
    on(RemainderCancelled, (progress) => over(progress, 'cancelled')),
    on(OrderCompleted, (progress) => over(progress, 'completed')),
    onTimer(EXPIRY, (progress) => followed(expired(progress))),
  ],
})

function noted(state: Progress | undefined): Step | undefined {
  return state && { state }
}

function over(progress: Progress, ending: Ending): Step | undefined {
  return progress.stage === 'ended' ? undefined : ended(progress, ending)
}

/** Released by us, or taken: fewer goods were counted than were promised. */
function released(
  progress: Progress,
  data: EventOf<typeof ReservationReleased>['data'],
): Step | undefined {
  const { orderId, attempt, lines, reason } = data
  const { stage, kept, amending } = progress
  const isTaken = reason === 'counted-short' && stage !== 'ended' && stage !== 'clearing'
  if (isTaken && (stage !== 'confirmed' || amending?.attempt === attempt)) {
    const shortages = lines.map(({ sku, quantity }) => ({ sku, wanted: quantity, available: 0 }))
    return noted(withReservation(progress, data, ['granted'], { ask: 'refused', shortages }))
  }
  const after = withReservation(progress, data, ['asked', 'granted', 'releasing'], { ask: 'gone' })
  if (!after || !isTaken || !kept.includes(attempt)) return noted(after)
  return { state: after, commands: [loseStock(orderId, data, lines)] }
}

/** An amendment that is not decided yet will not be granted. */
function withdrawn(progress: Progress, why: Verdict): Step | undefined {
  const { stage, amending } = progress
  const isOpen = stage === 'confirmed' && amending !== null && amending.stage !== 'telling'
  return isOpen ? amendmentRefused(progress, amending, why) : undefined
}

/** What is not granted, or not paid, in time is let go. */
function expired(progress: Progress): Step | undefined {
  const { stage, orderId, attempt } = progress
  if (stage === 'confirmed') return withdrawn(progress, AMENDMENT_EXPIRED)
  if (stage === 'paying') {
    const command = { command: 'LapseOrder', input: { orderId, attempt } }
    return leaving(progress, 'expired', command)
  }
  const isUndecided = stage === 'reserving' || stage === 'clearing' || stage === 'planning'
  return isUndecided ? rejected(progress, EXPIRED, 'expired') : undefined
}

const EXPIRED: Verdict = {
  code: 'reservation-expired',
  message: 'credit and stock did not answer in time, so that what was set aside is let go',
  decision: {
    rule: 'reservation-expired',
    ruleVersion: 1,
    inputs: {},
    ways: ['order again'],
  },
}

const AMENDMENT_EXPIRED: Verdict = {
  code: 'amendment-expired',
  message: 'credit, stock or money for the amendment did not come in time',
  decision: {
    rule: 'amendment-expired',
    ruleVersion: 1,
    inputs: {},
    ways: ['amend the order again'],
  },
}

const STOCK_LOST: Verdict = {
  code: 'stock-lost',
  message: 'the order lost stock while it was being amended',
  decision: {
    rule: 'stock-lost',
    ruleVersion: 1,
    inputs: {},
    ways: ['amend it once it is decided'],
  },
}
