/** What a warehouse decides for orders: to receive goods, to set aside, to release, to issue. */

import type { DecisionContext } from '../context.ts'
import type { Decision, Refusal } from '../kernel/decision.ts'
import { accept, refusal } from '../kernel/decision.ts'
import type { SkuQuantity } from '../kernel/lines.ts'
import { decimal, round, sum, toAmount } from '../kernel/money.ts'
import type { Instant, LocalDate } from '../kernel/values.ts'
import { postGoodsIssued, postGoodsReceived } from '../ledger/goods.ts'
import { valued } from '../value-date.ts'
import type { BatchName, BatchPart } from './batches.ts'
import {
  MAX_BATCHES,
  named,
  nameOf,
  outdated,
  quarantined,
  sellable,
  take,
  totalQuarantined,
} from './batches.ts'
import type { ReleaseReason } from './events.ts'
import {
  ReservationReduced,
  ReservationRefused,
  ReservationReleased,
  StockIssued,
  StockReceived,
  StockReserved,
} from './events.ts'
import { expiredOnArrival } from './expiry.ts'
import { tooMuch, unknownPlace } from './refusals.ts'
import type { Issue, OrderStock } from './reservations.ts'
import {
  bySku,
  lostOf,
  orderStock,
  reservationOf,
  reservedFor,
  shipmentOf,
} from './reservations.ts'
import { afterLoss, warnings } from './shortage.ts'
import type { Level, StockState } from './state.ts'
import { availableOf, costOf, levelOf, withIssue } from './state.ts'

export type ReceiveStock = Readonly<{
  warehouseId: string
  sku: string
  quantity: number
  unitCost: string
  batch?: string | undefined
  expiresOn?: LocalDate | undefined
  reference?: string | undefined
}>

/**
 * Takes goods in at their cost, which joins the moving average; refuses what is not known, and a second
 * date for one batch. Goods whose day has come already are there, and in quarantine.
 */
export function receiveStock(
  state: StockState,
  input: ReceiveStock,
  { reference, today, policy }: DecisionContext,
): Decision {
  const { warehouseId, sku, quantity, unitCost } = input
  const level = levelOf(state, sku)
  const amount = round(decimal(unitCost).times(quantity))
  const name = dated(level, input)
  const refused =
    unknownPlace(reference, input) ??
    tooMuch(sku, level, { quantity, cost: amount }) ??
    batchRefusal(level, input)
  if (refused) return { accepted: false, refusal: refused }
  return accept(
    StockReceived({
      ...input,
      ...name,
      amount: toAmount(amount),
      journal: postGoodsReceived(policy.chart, amount),
    }),
    ...expiredOnArrival(warehouseId, [{ sku, batches: [{ ...name, quantity }] }], today),
  )
}

/** A batch that is here already has its date. */
function dated({ batches }: Level, { batch, expiresOn }: BatchName): BatchName {
  const known = batch === undefined ? undefined : named(batches, batch)[0]
  return nameOf({ batch, expiresOn: expiresOn ?? known?.expiresOn })
}

function batchRefusal(level: Level, { sku, batch, expiresOn }: ReceiveStock): Refusal | undefined {
  const { batches } = level
  const known = batch === undefined ? [] : named(batches, batch)
  const isKnown = known.some((one) => expiresOn === undefined || one.expiresOn === expiresOn)
  if (known.length > 0 && !isKnown) {
    return refusal('batch-date-differs', {
      message: `batch ${batch} of ${sku} is here with another date`,
      inputs: { sku, batch, expiresOn, known: known[0]?.expiresOn ?? null },
      ways: ['check the date', 'leave the date out', 'give the goods a batch of their own'],
    })
  }
  if (isKnown || batches.length < MAX_BATCHES) return undefined
  return refusal('too-many-batches', {
    message: `${sku} has ${batches.length} batches here`,
    inputs: { sku, batches: batches.length, most: MAX_BATCHES },
    ways: ['receive the goods into a batch that is here', 'write off batches that are spoiled'],
  })
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
  { today, reference }: DecisionContext,
): Decision {
  const { warehouseId, orderId, attempt, expiresAt } = input
  if (isKnownAttempt(orderStock(state.reservations, orderId), attempt)) return accept()
  const lines = bySku(input.lines)
  const left = new Map(
    lines.map(({ sku, quantity }) => [sku, availableOf(levelOf(state, sku), today) - quantity]),
  )
  const shortages = lines
    .filter(({ sku }) => (left.get(sku) ?? 0) < 0)
    .map(({ sku, quantity: wanted }) => {
      return { sku, wanted, available: Math.max(0, wanted + (left.get(sku) ?? 0)) }
    })
  if (shortages.length > 0) {
    return accept(ReservationRefused({ warehouseId, orderId, attempt, shortages }))
  }
  return accept(
    StockReserved({ warehouseId, orderId, attempt, lines, expiresAt }),
    ...warnings(state, left, { warehouseId, reference }),
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

export type ReduceReservation = Readonly<{
  warehouseId: string
  orderId: string
  /** Of the plan that needs less: each gives back once. */
  attempt: number
  lines: readonly SkuQuantity[]
}>

/** Makes available again what an amended order does not need, as far as it is still set aside. */
export function reduceReservation(state: StockState, input: ReduceReservation): Decision {
  const { warehouseId, orderId, attempt } = input
  const order = orderStock(state.reservations, orderId)
  if (order.reducedAttempts.includes(attempt)) return accept()
  const lines = bySku(input.lines)
    .map(({ sku, quantity }) => ({ sku, quantity: Math.min(quantity, reservedFor(order, sku)) }))
    .filter(({ quantity }) => quantity > 0)
  return accept(ReservationReduced({ warehouseId, orderId, attempt, lines }))
}

export type IssueStock = Issue &
  Readonly<{
    warehouseId: string
    /** The value date, if it is not the open business day. */
    effectiveOn?: LocalDate | undefined
  }>

/**
 * Lets goods leave with a shipment of a fulfilment, first-expired-first-out, at moving average cost; a
 * shipment is issued once. Refuses more than is set aside for the order; but what a short count took from
 * it may have been on a lorry already, and is issued as far as there is any on hand.
 */
export function issueStock(
  state: StockState,
  input: IssueStock,
  context: DecisionContext,
): Decision {
  const { warehouseId, orderId, fulfilmentId, shipmentId, effectiveOn } = input
  const { today, reference, policy } = context
  const order = orderStock(state.reservations, orderId)
  if (order.issuedShipments.includes(shipmentOf(input))) return accept()
  const lines = bySku(input.lines)
  const refused = issueRefusal(state, order, input, lines)
  if (refused) return { accepted: false, refusal: refused }
  const leaving = lines.map((line) => {
    return leavingLine(levelOf(state, line.sku), line, order, effectiveOn ?? today)
  })
  const cost = sum(leaving.map((line) => decimal(line.cost)))
  const data = {
    warehouseId,
    orderId,
    fulfilmentId,
    ...(shipmentId !== undefined && { shipmentId }),
    lines: leaving,
    journal: postGoodsIssued(policy.chart, cost),
  }
  const loose = leaving.filter(({ unreserved }) => unreserved !== undefined)
  const losses = loose.map(({ sku }) => ({ sku, quantity: 0 })) // it has left already
  return accept(
    StockIssued(data, valued(effectiveOn, today)),
    ...afterLoss(withIssue(state, data), losses, { warehouseId, today, reference }),
  )
}

/** What leaves for a line, by batch: what was good on the day of the shipment first. */
function leavingLine(level: Level, line: SkuQuantity, order: OrderStock, shippedOn: LocalDate) {
  const { sku, quantity } = line
  const unreserved = quantity - Math.min(quantity, reservedFor(order, sku))
  const portions = [sellable(shippedOn), outdated(shippedOn), quarantined]
  const batches = take(level.batches, quantity, ...portions)
  return {
    sku,
    quantity,
    cost: toAmount(costOf(level, quantity)),
    ...(!isPlain(level, batches) && { batches }),
    ...(unreserved > 0 && { unreserved }),
  }
}

/** Whether there is nothing to say about batches: no name, no date, and none of it in quarantine. */
function isPlain(level: Level, taken: readonly BatchPart[]): boolean {
  const isNamed = level.batches.some((batch) => Object.keys(nameOf(batch)).length > 0)
  return !isNamed && totalQuarantined(taken) === 0
}

function isKnownAttempt(order: OrderStock, attempt: number): boolean {
  return order.endedAttempts.includes(attempt) || reservationOf(order, attempt) !== undefined
}

function issueRefusal(
  state: StockState,
  order: OrderStock,
  issue: IssueStock,
  lines: readonly SkuQuantity[],
): Refusal | undefined {
  const missing = lines.flatMap(({ sku, quantity: wanted }) => {
    const reserved = reservedFor(order, sku)
    const lost = lostOf(order, sku)
    const { onHand } = levelOf(state, sku)
    return wanted > Math.min(reserved + lost, onHand)
      ? [{ sku, wanted, reserved, ...(lost > 0 && { lost, onHand }) }]
      : []
  })
  if (missing.length === 0) return undefined
  const { orderId } = issue
  return refusal('not-reserved', {
    kind: 'state',
    message: `shipment ${shipmentOf(issue)} asks for more than is set aside for order ${orderId}`,
    inputs: { orderId, shipmentId: shipmentOf(issue), lines: missing },
    ways: missing.some(({ lost }) => lost !== undefined)
      ? ['count the goods: what has left was on hand until then']
      : ['issue no more than is set aside', 'reserve what is missing first'],
  })
}
