/** What a warehouse has, what it is worth, and for whom it is set aside. */

import { Map as PersistentMap } from 'immutable'
import { fold } from '../kernel/aggregate.ts'
import type { EventOf } from '../kernel/event.ts'
import type { Decimal } from '../kernel/money.ts'
import { decimal, round, toAmount, ZERO } from '../kernel/money.ts'
import type { SafetyLevelReached, StockEvent, StockIssued, StockReceived } from './events.ts'
import type { Reservations } from './reservations.ts'
import {
  ended,
  issued,
  NO_RESERVATIONS,
  released,
  reserved,
  type SkuQuantity,
} from './reservations.ts'

export type Level = Readonly<{
  /** Base units in the warehouse, reserved ones included. */
  onHand: number
  reserved: number
  /** What the goods on hand cost, exact to the cent; 0.00 when there are none. */
  value: string
  /** Quantity and value after the latest receipt: issues are costed as a running total over it. */
  basis: Readonly<{ quantity: number; value: string }>
  /** The safety level that a warning was raised for, until enough is received again. */
  warnedBelow: number | undefined
}>

export type StockState = Readonly<{
  levels: PersistentMap<string, Level>
  reservations: Reservations
}>

export const emptyStock: StockState = { levels: PersistentMap(), reservations: NO_RESERVATIONS }

const NO_STOCK: Level = {
  onHand: 0,
  reserved: 0,
  value: '0.00',
  basis: { quantity: 0, value: '0.00' },
  warnedBelow: undefined,
}

export function levelOf(state: StockState, sku: string): Level {
  return state.levels.get(sku) ?? NO_STOCK
}

/** Base units that may be promised to another order. */
export function availableOf(level: Level): number {
  return level.onHand - level.reserved
}

/**
 * What some of the goods on hand cost at moving average: the rounded running total over all that left
 * since the latest receipt, less what went before; the last unit takes the rest (DOMAIN: Money).
 */
export function costOf({ onHand, value, basis }: Level, quantity: number): Decimal {
  if (basis.quantity === 0) return ZERO
  const whole = decimal(basis.value)
  const gone = basis.quantity - onHand + quantity
  const left = whole.minus(round(whole.times(gone).dividedBy(basis.quantity)))
  return decimal(value).minus(left)
}

export const evolve = fold<StockState, StockEvent>({
  StockReceived: (state, data) => onLevel(state, data.sku, (level) => withReceipt(level, data)),
  StockReserved: (state, data) => ({
    levels: addReserved(state.levels, data.lines, 1),
    reservations: reserved(state.reservations, data.orderId, data),
  }),
  ReservationRefused: (state, { orderId, attempt }) => ({
    ...state,
    reservations: ended(state.reservations, orderId, attempt),
  }),
  ReservationReleased: (state, { orderId, attempt, lines }) => ({
    levels: addReserved(state.levels, lines, -1),
    reservations: released(state.reservations, orderId, attempt),
  }),
  ReservationReduced: (state) => state,
  StockIssued: (state, data) => ({
    levels: withIssue(state.levels, data.lines),
    reservations: issued(state.reservations, data),
  }),
  SafetyLevelReached: (state, data) => onLevel(state, data.sku, (level) => warned(level, data)),
})

function onLevel(state: StockState, sku: string, change: (level: Level) => Level): StockState {
  return { ...state, levels: state.levels.update(sku, NO_STOCK, change) }
}

function withReceipt(level: Level, data: EventOf<typeof StockReceived>['data']): Level {
  const onHand = level.onHand + data.quantity
  const value = toAmount(decimal(level.value).plus(data.amount))
  const enough = onHand - level.reserved >= (level.warnedBelow ?? 0)
  return {
    ...level,
    onHand,
    value,
    basis: { quantity: onHand, value },
    warnedBelow: enough ? undefined : level.warnedBelow,
  }
}

function warned(level: Level, data: EventOf<typeof SafetyLevelReached>['data']): Level {
  return { ...level, warnedBelow: data.safetyStock }
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

function withIssue(levels: Levels, lines: EventOf<typeof StockIssued>['data']['lines']): Levels {
  return levels.withMutations((changed) => {
    for (const { sku, quantity, cost } of lines) {
      changed.update(sku, NO_STOCK, (level) => ({
        ...level,
        onHand: level.onHand - quantity,
        reserved: level.reserved - quantity,
        value: toAmount(decimal(level.value).minus(cost)),
      }))
    }
  })
}
