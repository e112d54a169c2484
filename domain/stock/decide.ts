/** What a warehouse decides: to receive, to set aside for an order, to release, to issue. */

import { ACCOUNTS } from '../accounts.ts'
import type { DecisionContext } from '../context.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import { credit, debit, journal } from '../kernel/journal.ts'
import type { Decimal } from '../kernel/money.ts'
import { decimal, round, sum, toAmount } from '../kernel/money.ts'
import type { Instant, LocalDate } from '../kernel/values.ts'
import { valued } from '../value-date.ts'
import type { ReleaseReason } from './events.ts'
import {
  ReservationRefused,
  ReservationReleased,
  SafetyLevelReached,
  StockIssued,
  StockReceived,
  StockReserved,
} from './events.ts'
import type { Issue, OrderStock, SkuQuantity } from './reservations.ts'
import { orderStock, reservationOf, reservedFor, shipmentOf } from './reservations.ts'
import type { StockState } from './state.ts'
import { availableOf, costOf, levelOf } from './state.ts'

/** So that every sum over an order's lines fits an amount of 15 digits. */
const MAX_VALUE: Decimal = decimal('1e12')
const MAX_ON_HAND = 1_000_000_000

export type ReceiveStock = Readonly<{
  warehouseId: string
  sku: string
  quantity: number
  unitCost: string
  batch?: string | undefined
  expiresOn?: LocalDate | undefined
  reference?: string | undefined
}>

/** Takes goods in at their cost, which joins the moving average; refuses what is not known. */
export function receiveStock(
  state: StockState,
  input: ReceiveStock,
  { reference }: DecisionContext,
): Decision {
  const { warehouseId, sku, quantity, unitCost } = input
  if (!reference.warehouses.has(warehouseId)) return warehouseUnknown(warehouseId)
  if (!reference.skus.has(sku)) return skuUnknown(sku)
  const amount = round(decimal(unitCost).times(quantity))
  const level = levelOf(state, sku)
  const value = decimal(level.value).plus(amount)
  if (level.onHand + quantity > MAX_ON_HAND || value.greaterThanOrEqualTo(MAX_VALUE)) {
    return tooMuch(sku, level.onHand + quantity, value)
  }
  return accept(
    StockReceived({
      ...input,
      amount: toAmount(amount),
      journal: journal(debit(ACCOUNTS.inventory, amount), credit(ACCOUNTS.suppliers, amount)),
    }),
  )
}

export type ReserveStock = Readonly<{
  warehouseId: string
  orderId: string
  attempt: number
  lines: readonly SkuQuantity[]
  expiresAt: Instant
}>

/**
 * Sets all lines aside or none; being short is an answer that is recorded. An attempt that is known,
 * whether it holds, was refused, or was released before it came, changes nothing.
 */
export function reserveStock(
  state: StockState,
  input: ReserveStock,
  context: DecisionContext,
): Decision {
  const { warehouseId, orderId, attempt, expiresAt } = input
  if (isKnown(orderStock(state.reservations, orderId), attempt)) return accept()
  const lines = bySku(input.lines)
  const shortages = shortagesOf(state, lines)
  if (shortages.length > 0) {
    return accept(ReservationRefused({ warehouseId, orderId, attempt, shortages }))
  }
  return accept(
    StockReserved({ warehouseId, orderId, attempt, lines, expiresAt }),
    ...warnings(state, warehouseId, lines, context),
  )
}

export type ReleaseReservation = Readonly<{
  warehouseId: string
  orderId: string
  attempt: number
  reason: ReleaseReason
}>

/**
 * Makes available again what an attempt still holds. A release that overtakes its reservation is
 * recorded with no lines, and wins; an attempt that came to its end changes nothing.
 */
export function releaseReservation(state: StockState, input: ReleaseReservation): Decision {
  const { warehouseId, orderId, attempt, reason } = input
  const order = orderStock(state.reservations, orderId)
  if (order.endedAttempts.includes(attempt)) return accept()
  const lines = [...(reservationOf(order, attempt)?.lines ?? [])]
  return accept(ReservationReleased({ warehouseId, orderId, attempt, lines, reason }))
}

export type IssueStock = Issue &
  Readonly<{
    warehouseId: string
    /** The value date, if it is not the open business day. */
    effectiveOn?: LocalDate | undefined
  }>

/**
 * Lets goods leave with a shipment of a fulfilment, at moving average cost; a shipment is issued once.
 * Refuses more than is set aside for the order.
 */
export function issueStock(
  state: StockState,
  input: IssueStock,
  { today }: DecisionContext,
): Decision {
  const { warehouseId, orderId, fulfilmentId, shipmentId, effectiveOn } = input
  const order = orderStock(state.reservations, orderId)
  if (order.issuedShipments.includes(shipmentOf(input))) return accept()
  const lines = bySku(input.lines)
  const missing = lines.filter(({ sku, quantity }) => quantity > reservedFor(order, sku))
  if (missing.length > 0) return notReserved(order, input, missing)
  const costs = lines.map(({ sku, quantity }) => costOf(levelOf(state, sku), quantity))
  const total = sum(costs)
  const data = {
    warehouseId,
    orderId,
    fulfilmentId,
    ...(shipmentId !== undefined && { shipmentId }),
    lines: lines.map((line, index) => ({ ...line, cost: toAmount(costs[index] ?? total) })),
    journal: journal(debit(ACCOUNTS.costOfSales, total), credit(ACCOUNTS.inventory, total)),
  }
  return accept(StockIssued(data, valued(effectiveOn, today)))
}

function isKnown(order: OrderStock, attempt: number): boolean {
  return order.endedAttempts.includes(attempt) || reservationOf(order, attempt) !== undefined
}

/** One line a SKU, in the order of their first mention. */
function bySku(lines: readonly SkuQuantity[]): { sku: string; quantity: number }[] {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) {
    quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  }
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }))
}

function shortagesOf(state: StockState, lines: readonly SkuQuantity[]) {
  return lines
    .map(({ sku, quantity }) => ({
      sku,
      wanted: quantity,
      available: availableOf(levelOf(state, sku)),
    }))
    .filter(({ wanted, available }) => wanted > available)
}

/** A warning for each SKU that falls below its safety level, once until enough is received again. */
function warnings(
  state: StockState,
  warehouseId: string,
  lines: readonly SkuQuantity[],
  { reference }: DecisionContext,
) {
  return lines.flatMap(({ sku, quantity }) => {
    const level = levelOf(state, sku)
    const safetyStock = reference.skus.get(sku)?.safetyStock ?? 0
    const available = availableOf(level) - quantity
    if (available >= safetyStock || level.warnedBelow !== undefined) return []
    return [SafetyLevelReached({ warehouseId, sku, available, safetyStock })]
  })
}

function warehouseUnknown(warehouseId: string): Decision {
  return refuse('warehouse-unknown', {
    kind: 'unknown',
    message: `there is no warehouse ${warehouseId}`,
    inputs: { warehouseId },
    ways: ['open the warehouse first'],
  })
}

function skuUnknown(sku: string): Decision {
  return refuse('sku-unknown', {
    message: `no product has the SKU ${sku}`,
    inputs: { sku },
    ways: ['register a product with this SKU first'],
  })
}

function tooMuch(sku: string, onHand: number, value: Decimal): Decision {
  return refuse('stock-too-large', {
    message: `a warehouse can't hold so much of ${sku}`,
    inputs: { sku, onHand, value: toAmount(value), maxOnHand: MAX_ON_HAND, below: '1000000000000' },
    ways: ['receive less', 'check the unit cost'],
  })
}

function notReserved(
  order: OrderStock,
  issue: IssueStock,
  missing: readonly SkuQuantity[],
): Decision {
  const { orderId } = issue
  const lines = missing.map(({ sku, quantity }) => ({
    sku,
    wanted: quantity,
    reserved: reservedFor(order, sku),
  }))
  return refuse('not-reserved', {
    kind: 'state',
    message: `shipment ${shipmentOf(issue)} asks for more than is set aside for order ${orderId}`,
    inputs: { orderId, shipmentId: shipmentOf(issue), lines },
    ways: ['issue no more than is set aside', 'reserve what is missing first'],
  })
}
