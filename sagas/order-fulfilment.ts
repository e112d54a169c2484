/**
 * Takes an order from its placing to its end: holds credit and reserves stock at the same time, has the
 * order confirmed or rejected, lets go of what is not needed, and posts what ships.
 */

import { HoldPlaced, HoldRefused, ReceivableRecognised } from '../domain/facility/events.ts'
import type { EventDefinition, EventOf, RecordedEvent } from '../domain/kernel/event.ts'
import {
  FulfilmentPlanned,
  FulfilmentShipped,
  OrderCancelled,
  OrderCompleted,
  OrderRejected,
  RemainderCancelled,
} from '../domain/order/events.ts'
import {
  ReservationRefused,
  ReservationReleased,
  StockIssued,
  StockReserved,
} from '../domain/stock/events.ts'
import type { Step } from './order-fulfilment/advance.ts'
import { advance, EXPIRY, ended, rejected, stockInsufficient } from './order-fulfilment/advance.ts'
import type { Ending, Progress, Verdict } from './order-fulfilment/progress.ts'
import { begun, isOpen, withPosted, withReservation } from './order-fulfilment/progress.ts'
import type { Listening, SagaCommand } from './saga.ts'
import { listen, onTimer, saga } from './saga.ts'

type OfOrder = Readonly<{ orderId: string }>

/** Notes an event in an instance that is there; `undefined`: it changes nothing. Rules then follow. */
function on<Type extends string, Data extends OfOrder>(
  definition: EventDefinition<Type, Data>,
  note: (progress: Progress, data: Data, event: RecordedEvent<string, Data>) => Step | undefined,
): Listening<Progress> {
  return listen<Progress, Type, Data>(
    definition,
    ({ data }) => data.orderId,
    (progress, event) => {
      const noted = progress && note(progress, event.data, event)
      return noted && advance(noted)
    },
  )
}

export const orderFulfilment = saga<Progress>({
  name: 'order-fulfilment',
  version: 1,
  listens: [
    listen(
      FulfilmentPlanned,
      ({ data }) => data.orderId,
      (progress, { data }) => {
        // An order begins with its first plan; a later plan of an instance that is over comes too late.
        if (!progress && data.attempt !== 1) return undefined
        const noted = planned(progress ?? begun(data), data)
        return noted && advance(noted)
      },
    ),
    on(HoldPlaced, ({ hold, ...progress }) =>
      hold === 'asked' ? { state: { ...progress, hold: 'granted' } } : undefined,
    ),
    on(HoldRefused, ({ hold, ...progress }, { refusal }) =>
      hold === 'asked' ? { state: { ...progress, hold: 'refused', refusal } } : undefined,
    ),
    on(StockReserved, (progress, data) =>
      noted(withReservation(progress, data, ['asked'], { ask: 'granted' })),
    ),
    on(ReservationRefused, (progress, data) =>
      noted(
        withReservation(progress, data, ['asked'], { ask: 'refused', shortages: data.shortages }),
      ),
    ),
    on(ReservationReleased, (progress, data) =>
      noted(withReservation(progress, data, ['asked', 'granted', 'releasing'], { ask: 'gone' })),
    ),
    on(FulfilmentShipped, shipped),
    on(StockIssued, (progress, { fulfilmentId }) =>
      noted(withPosted(progress, fulfilmentId, { issued: true })),
    ),
    on(ReceivableRecognised, (progress, { fulfilmentId }) =>
      noted(withPosted(progress, fulfilmentId, { recognised: true })),
    ),
    on(OrderRejected, (progress) => over(progress, 'compensation')),
    on(OrderCancelled, (progress) => over(progress, 'cancelled')),
    on(RemainderCancelled, (progress) => over(progress, 'cancelled')),
    on(OrderCompleted, (progress) => over(progress, 'completed')),
    onTimer(EXPIRY, (progress) => {
      const isUndecided = progress.stage !== 'confirmed' && progress.stage !== 'ended'
      return isUndecided ? advance(rejected(progress, EXPIRED, 'expired')) : undefined
    }),
  ],
})

function noted(state: Progress | undefined): Step | undefined {
  return state && { state }
}

function over(progress: Progress, ending: Ending): Step | undefined {
  return progress.stage === 'ended' ? undefined : ended(progress, ending)
}

type Planned = EventOf<typeof FulfilmentPlanned>['data']

/** Asks every warehouse of the plan for its part, and credit for the whole, if that is not asked yet. */
function planned(before: Progress, plan: Planned): Step | undefined {
  const { attempt, attemptsAllowed, parts, shortages, expiresAt } = plan
  if (before.stage === 'ended' || attempt <= before.attempt) return undefined
  const progress = { ...before, attempt, attemptsAllowed }
  if (shortages.length > 0) return plannedShort(progress, shortages)
  const asked = parts.map(({ warehouseId }) => ({
    warehouseId,
    attempt,
    ask: 'asked' as const,
    shortages: [],
  }))
  return {
    state: {
      ...progress,
      stage: 'reserving',
      hold: before.hold === 'unasked' ? 'asked' : before.hold,
      reservations: [...before.reservations.filter(({ ask }) => isOpen(ask)), ...asked],
    },
    commands: [
      ...(before.hold === 'unasked' ? [placeHold(plan)] : []),
      ...parts.map(({ warehouseId, lines }) => ({
        command: 'ReserveStock',
        input: { warehouseId, orderId: plan.orderId, attempt, lines, expiresAt },
      })),
    ],
    timers: [{ name: EXPIRY, at: expiresAt }],
  }
}

function placeHold({ facilityId, dealerId, orderId, toHold }: Planned): SagaCommand {
  return { command: 'PlaceHold', input: { facilityId, dealerId, orderId, amount: toHold } }
}

/**
 * A plan that is short. The first was made on what the placing's view of stock happened to have read, so
 * it is made once more on a view that has read everything up to the order; then it is believed.
 */
function plannedShort(progress: Progress, shortages: Planned['shortages']): Step {
  const { attempt, attemptsAllowed } = progress
  if (attempt === 1 && attemptsAllowed > 1) return { state: { ...progress, stage: 'clearing' } }
  const missing = shortages.map(({ sku, wanted, missing: short }) => ({
    sku,
    wanted,
    available: wanted - short,
  }))
  return rejected(progress, stockInsufficient(attempt, missing), 'compensation')
}

/** Goods left: stock issues them from the reservation, and credit turns that part of the hold into debt. */
function shipped(
  progress: Progress,
  shipment: EventOf<typeof FulfilmentShipped>['data'],
  { metadata }: RecordedEvent<string, unknown>,
): Step | undefined {
  if (shipment.shipment <= progress.shipments) return undefined
  const { orderId, dealerId, facilityId, warehouseId, shipmentId, lines, left } = shipment
  const { amount, net, tax } = shipment
  // The day may turn before these are carried out: the value date is the shipment's.
  const common = {
    orderId,
    fulfilmentId: shipmentId,
    effectiveOn: metadata.effectiveOn ?? metadata.bookedOn,
  }
  const issued = lines.map(({ sku, quantity }) => ({ sku, quantity }))
  return {
    state: {
      ...(left.length > 0 ? progress : withoutUsed(progress, warehouseId)),
      shipments: shipment.shipment,
      postings: [...progress.postings, { shipmentId, issued: false, recognised: false }],
    },
    commands: [
      { command: 'IssueStock', input: { ...common, warehouseId, lines: issued } },
      {
        command: 'RecogniseReceivable',
        input: { ...common, facilityId, dealerId, amount, net, tax },
      },
    ],
  }
}

/** A fulfilment that was shipped whole has used its reservation up: nothing is left to release. */
function withoutUsed(progress: Progress, warehouseId: string): Progress {
  const reservations = progress.reservations.filter(
    (reservation) => reservation.warehouseId !== warehouseId,
  )
  return { ...progress, reservations }
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
