/** Which warehouses are to ship what of an order (DOMAIN: Stock and splitting). */

import type { DecisionContext } from '../context.ts'
import { addMs } from '../kernel/dates.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept } from '../kernel/decision.ts'
import { decimal } from '../kernel/money.ts'
import { FulfilmentPlanned } from './events.ts'
import { orderUnknown } from './refusals.ts'
import { servedOf } from './serve.ts'
import { planSplit, type SplitPlan } from './split.ts'
import type { Order, OrderState } from './state.ts'
import type { Charge, OrderLine, PaymentKind, Shortage } from './values.ts'

export type Plannable = Readonly<{
  orderId: string
  dealerId: string
  facilityId: string
  shipToRegion: string
  payment: PaymentKind
  total: string
  lines: readonly OrderLine[]
  charges: readonly Charge[]
  /** How far past the limits reviewers let it go. */
  release?: string | undefined
  /** What it waited for, if it was backordered. */
  shortages?: readonly Shortage[]
}>

/**
 * Plans the split over the warehouses that the reference view knows, on the stock that it saw last: a
 * hint, for stock itself decides when it is asked to reserve. The policy of the time travels with it.
 */
export function plannedAttempt(order: Plannable, attempt: number, context: DecisionContext) {
  const { policy } = context
  const { parts, shortages } = splitOf(order, context)
  const isPartial = policy.stockShort === 'partial' && shortages.length > 0
  const total = isPartial ? servedOf(order, shortages).total : order.total
  return FulfilmentPlanned({
    orderId: order.orderId,
    dealerId: order.dealerId,
    facilityId: order.facilityId,
    attempt,
    attemptsAllowed: Math.max(1, policy.planAttempts),
    parts: parts.map(({ warehouseId, lines }) => ({ warehouseId, lines: [...lines] })),
    shortages: [...shortages],
    ...creditOf(order, total, context),
    overLimit: policy.overLimit,
    stockShort: policy.stockShort,
    ...waitedFor(order.shortages),
  })
}

/** The SKUs that a backordered order waits for no more. */
export function waitedFor(shortages: readonly Shortage[] = []) {
  return shortages.length === 0 ? {} : { waitedFor: shortages.map(({ sku }) => sku) }
}

function splitOf(order: Plannable, context: DecisionContext): SplitPlan {
  const whole = splitOfLines(order, order.lines, context)
  if (context.policy.stockShort !== 'partial' || whole.shortages.length === 0) return whole
  const sold = order.lines.map((line) => ({
    ...line,
    quantity: soldOf(line, missingOf(whole, line), context),
  }))
  const { parts } = splitOfLines(
    order,
    sold.filter(({ quantity }) => quantity > 0),
    context,
  )
  const shortages = order.lines.map(({ sku, quantity }, index) => ({
    sku,
    wanted: quantity,
    missing: quantity - (sold[index]?.quantity ?? 0),
  }))
  return { parts, shortages: shortages.filter(({ missing }) => missing > 0) }
}

function missingOf({ shortages }: SplitPlan, { sku }: OrderLine): number {
  return shortages.find((shortage) => shortage.sku === sku)?.missing ?? 0
}

/** Of a short line, what may be sold of the rest: whole multiples, and no less than the least quantity. */
function soldOf({ sku, quantity }: OrderLine, missing: number, { reference }: DecisionContext) {
  if (missing === 0) return quantity
  const { orderMultiple = 1, moq = 1 } = reference.skus.get(sku) ?? {}
  const sold = Math.floor((quantity - missing) / orderMultiple) * orderMultiple
  return sold < moq ? 0 : sold
}

function splitOfLines(
  { shipToRegion }: Plannable,
  lines: readonly OrderLine[],
  { reference }: DecisionContext,
): SplitPlan {
  return planSplit({
    lines,
    region: shipToRegion,
    warehouses: [...reference.warehouses.values()],
    available: (warehouseId, sku) => reference.available.get(warehouseId)?.get(sku) ?? 0,
  })
}

/** What an order of such a total asks of credit, or of the payer, and until when it may wait for it. */
export function creditOf(
  { payment, release }: Pick<Plannable, 'payment' | 'release'>,
  total: string,
  { policy, now }: DecisionContext,
) {
  const isPrepaid = payment === 'prepaid'
  return {
    toHold: isPrepaid ? '0.00' : total,
    ...(release !== undefined && { release }),
    ...(isPrepaid && !decimal(total).isZero() && { prepayment: total }),
    expiresAt: addMs(now, isPrepaid ? policy.prepaidMs : policy.reservationMs),
  }
}

export type PlanFulfilment = Readonly<{ orderId: string; attempt: number }>

/**
 * Plans once more: after stock was lost to another order, an approval, an amendment, or a way out of a
 * review for credit alone. Nothing happens while people have to look at it for other reasons, or once
 * the order is decided.
 */
export function planFulfilment(
  state: OrderState,
  { orderId, attempt }: PlanFulfilment,
  context: DecisionContext,
): Decision {
  if (!state) return orderUnknown(orderId)
  if (!isPlannable(state) || attempt <= state.attempts) return accept()
  return accept(plannedAttempt(state, attempt, context))
}

function isPlannable({ status, review, fulfilments }: Order): boolean {
  if (status === 'placed' || status === 'backordered') return true
  const isForCreditAlone = review?.reasons.every(({ code }) => code === 'over-limit') ?? false
  return status === 'review' && fulfilments.length === 0 && isForCreditAlone
}
