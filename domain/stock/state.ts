/** What a warehouse has, what it is worth, for whom it is set aside, and what is on its way to it. */

import { Map as PersistentMap } from 'immutable'
import { fold } from '../kernel/aggregate.ts'
import type { EventOf } from '../kernel/event.ts'
import type { SkuQuantity } from '../kernel/lines.ts'
import type { Decimal } from '../kernel/money.ts'
import { decimal, round, toAmount, ZERO } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import type { Batches, BatchPart } from './batches.ts'
import {
  free,
  quarantined,
  sellable,
  take,
  total,
  totalQuarantined,
  unitsOf,
  withAdded,
  withoutTaken,
  withSetApart,
} from './batches.ts'
import type {
  StockCounted,
  StockEvent,
  StockIssued,
  StockReturned,
  StockTransferExpected,
  StockTransferReceived,
} from './events.ts'
import type { Reservations } from './reservations.ts'
import { ended, issued, NO_RESERVATIONS, reduced, released, reserved } from './reservations.ts'

export type Level = Readonly<{
  /** Base units in the warehouse, reserved and quarantined ones included. */
  onHand: number
  reserved: number
  quarantined: number
  /** What is on hand, by batch, in the order in which it leaves. */
  batches: Batches
  /** What the goods on hand cost, exact to the cent; 0.00 when there are none. */
  value: string
  /** Quantity and value after goods last came in: what leaves is costed as a running total over it. */
  basis: Readonly<{ quantity: number; value: string }>
  /** The safety level that a warning was raised for, until enough comes in again. */
  warnedBelow: number | undefined
}>

/** A transfer that is on its way here, as it was sent. */
export type Inbound = Pick<
  EventOf<typeof StockTransferExpected>['data'],
  'fromWarehouseId' | 'lines'
>

export type StockState = Readonly<{
  levels: PersistentMap<string, Level>
  reservations: Reservations
  /** By transfer. */
  inbound: PersistentMap<string, Inbound>
  /** Transfers that arrived lately. */
  arrived: readonly string[]
  /** Returns that came lately. */
  returned: readonly string[]
}>

const REMEMBERED_TRANSFERS = 256
const REMEMBERED_RETURNS = 256

export const emptyStock: StockState = {
  levels: PersistentMap(),
  reservations: NO_RESERVATIONS,
  inbound: PersistentMap(),
  arrived: [],
  returned: [],
}

const NO_STOCK: Level = {
  onHand: 0,
  reserved: 0,
  quarantined: 0,
  batches: [],
  value: '0.00',
  basis: { quantity: 0, value: '0.00' },
  warnedBelow: undefined,
}

export function levelOf(state: StockState, sku: string): Level {
  return state.levels.get(sku) ?? NO_STOCK
}

/**
 * Base units that may be promised to another order on a business day: on hand less reserved, quarantined
 * and expired. Below zero only between the day that expires goods and the event that says so.
 */
export function availableOf(level: Level, today: LocalDate): number {
  return unitsOf(level.batches, sellable(today)) - level.reserved
}

/**
 * What some of the goods on hand cost at moving average: the rounded running total over all that left
 * since goods last came in, less what went before; the last unit takes the rest (DOMAIN: Money).
 */
export function costOf({ onHand, value, basis }: Level, quantity: number): Decimal {
  if (basis.quantity === 0) return ZERO
  const whole = decimal(basis.value)
  const gone = basis.quantity - onHand + quantity
  const left = whole.minus(round(whole.times(gone).dividedBy(basis.quantity)))
  return decimal(value).minus(left)
}

/**
 * What goods cost that were found: the moving average, of the goods that were here last if there are none
 * now; undefined if there never were any.
 */
export function foundCost({ onHand, value, basis }: Level, quantity: number): Decimal | undefined {
  const known = onHand > 0 ? { quantity: onHand, value } : basis
  if (known.quantity === 0) return undefined
  return round(decimal(known.value).times(quantity).dividedBy(known.quantity))
}

export const evolve = fold<StockState, StockEvent>({
  StockReceived: (state, { sku, quantity, amount, batch, expiresOn }) =>
    onLevel(state, sku, (level) => withArrival(level, [{ batch, expiresOn, quantity }], amount)),
  StockReserved: (state, data) => ({
    ...state,
    levels: addReserved(state.levels, data.lines, 1),
    reservations: reserved(state.reservations, data.orderId, data),
  }),
  ReservationRefused: (state, { orderId, attempt }) => ({
    ...state,
    reservations: ended(state.reservations, orderId, attempt),
  }),
  ReservationReleased: (state, { orderId, attempt, lines, reason }) => {
    const lost = reason === 'counted-short' ? lines : []
    return {
      ...state,
      levels: addReserved(state.levels, lines, -1),
      reservations: released(state.reservations, orderId, attempt, lost),
    }
  },
  ReservationReduced: (state, { orderId, attempt, lines }) => ({
    ...state,
    levels: addReserved(state.levels, lines, -1),
    reservations: reduced(state.reservations, orderId, attempt, lines),
  }),
  StockIssued: withIssue,
  SafetyLevelReached: (state, { sku, safetyStock }) =>
    onLevel(state, sku, (level) => ({ ...level, warnedBelow: safetyStock })),
  StockQuarantined: (state, { sku, batches }) =>
    onLevel(state, sku, (level) => setApart(level, batches, 1)),
  QuarantineLifted: (state, { sku, batches }) =>
    onLevel(state, sku, (level) => calmed(setApart(level, batches, -1))),
  BatchesExpired: (state, { lines }) =>
    lines.reduce(
      (before, { sku, batches }) => onLevel(before, sku, (level) => setApart(level, batches, 1)),
      state,
    ),
  StockSpoiled: (state, { sku, batches, cost }) =>
    onLevel(state, sku, (level) => withDeparture(level, batches, cost)),
  StockCounted: (state, data) => onLevel(state, data.sku, (level) => withCount(level, data)),
  StockTransferSent: (state, { lines }) =>
    lines.reduce(
      (before, { sku, batches, cost }) =>
        onLevel(before, sku, (level) => withDeparture(level, batches, cost)),
      state,
    ),
  StockTransferExpected: (state, { transferId, fromWarehouseId, lines }) => ({
    ...state,
    inbound: state.inbound.set(transferId, { fromWarehouseId, lines }),
  }),
  StockTransferReceived: (state, data) => withTransfer(state, data),
  StockReturned: (state, data) => withReturn(state, data),
})

function onLevel(state: StockState, sku: string, change: (level: Level) => Level): StockState {
  return { ...state, levels: state.levels.update(sku, NO_STOCK, change) }
}

function withArrival(level: Level, parts: readonly BatchPart[], cost: string): Level {
  const onHand = level.onHand + total(parts)
  const value = toAmount(decimal(level.value).plus(cost))
  return calmed({
    ...level,
    onHand,
    value,
    batches: withAdded(level.batches, parts),
    basis: { quantity: onHand, value },
  })
}

/** Ready to warn again, once there is enough. */
function calmed(level: Level): Level {
  const { onHand, reserved: promised, quarantined: apart, warnedBelow } = level
  const isEnough = onHand - promised - apart >= (warnedBelow ?? 0)
  return isEnough ? { ...level, warnedBelow: undefined } : level
}

function withDeparture(level: Level, parts: readonly BatchPart[], cost: string): Level {
  return {
    ...level,
    onHand: level.onHand - total(parts),
    quarantined: level.quarantined - totalQuarantined(parts),
    value: toAmount(decimal(level.value).minus(cost)),
    batches: withoutTaken(level.batches, parts),
  }
}

function setApart(level: Level, parts: readonly BatchPart[], sign: 1 | -1): Level {
  return {
    ...level,
    quarantined: level.quarantined + sign * total(parts),
    batches: withSetApart(level.batches, parts, sign),
  }
}

function withCount(level: Level, data: EventOf<typeof StockCounted>['data']): Level {
  const { counted, booked, batches, cost } = data
  if (counted === booked) return level
  return counted > booked ? withArrival(level, batches, cost) : withDeparture(level, batches, cost)
}

function withTransfer(
  state: StockState,
  { transferId, lines }: EventOf<typeof StockTransferReceived>['data'],
): StockState {
  const after = lines
    .filter(({ quantity }) => quantity > 0)
    .reduce(
      (before, { sku, batches, cost }) =>
        onLevel(before, sku, (level) => withArrival(level, batches, cost)),
      state,
    )
  return {
    ...after,
    inbound: after.inbound.remove(transferId),
    arrived: [...after.arrived, transferId].slice(-REMEMBERED_TRANSFERS),
  }
}

function withReturn(
  state: StockState,
  { returnId, lines }: EventOf<typeof StockReturned>['data'],
): StockState {
  const after = lines
    .filter(({ restocked }) => restocked > 0)
    .reduce((before, { sku, batches, cost, scrapCost }) => {
      const value = toAmount(decimal(cost).minus(scrapCost))
      return onLevel(before, sku, (level) => withArrival(level, batches, value))
    }, state)
  return { ...after, returned: [...after.returned, returnId].slice(-REMEMBERED_RETURNS) }
}

type Levels = StockState['levels']

function addReserved(levels: Levels, lines: readonly SkuQuantity[], sign: 1 | -1): Levels {
  return levels.withMutations((changed) => {
    for (const { sku, quantity } of lines) {
      changed.update(sku, NO_STOCK, (level) => ({
        ...level,
        reserved: level.reserved + sign * quantity,
      }))
    }
  })
}

export function withIssue(
  state: StockState,
  data: EventOf<typeof StockIssued>['data'],
): StockState {
  const levels = state.levels.withMutations((changed) => {
    for (const { sku, quantity, cost, batches, unreserved = 0 } of data.lines) {
      changed.update(sku, NO_STOCK, (level) => {
        const parts = batches ?? take(level.batches, quantity, free, quarantined)
        const promised = level.reserved - (quantity - unreserved)
        return { ...withDeparture(level, parts, cost), reserved: promised }
      })
    }
  })
  return { ...state, levels, reservations: issued(state.reservations, data) }
}
