/** Orders that wait for stock (DOMAIN: Stock and splitting, `backorder`). */

import type { DecisionContext } from '../context.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept } from '../kernel/decision.ts'
import type { FulfilmentPlanned } from './events.ts'
import { OrderBackordered } from './events.ts'
import { plannedAttempt } from './plan.ts'
import { orderUnknown } from './refusals.ts'
import type { Order, OrderState } from './state.ts'
import type { Shortage } from './values.ts'

export type BackorderOrder = Readonly<{
  orderId: string
  attempt: number
  shortages: readonly Shortage[]
}>

/** Puts an order off until stock arrives; nothing happens to one decided or amended meanwhile. */
export function backorderOrder(
  state: OrderState,
  { orderId, attempt, shortages }: BackorderOrder,
  context: DecisionContext,
): Decision {
  if (!state) return orderUnknown(orderId)
  if (state.status !== 'placed' || state.plan?.attempt !== attempt) return accept()
  return accept(backordered(state, attempt, shortages, context))
}

export type RetryBackorder = Readonly<{ orderId: string }>

/**
 * Plans a waiting order again, now that stock may have arrived: whole, it goes on; short of less or of
 * something else, it says so; short as before, nothing happens.
 */
export function retryBackorder(
  state: OrderState,
  { orderId }: RetryBackorder,
  context: DecisionContext,
): Decision {
  if (!state) return orderUnknown(orderId)
  if (state.status !== 'backordered') return accept()
  const attempt = state.attempts + 1
  const planned = plannedAttempt(state, attempt, context)
  const { shortages } = planned.data as ReturnType<typeof FulfilmentPlanned>['data']
  if (shortages.length === 0) return accept(planned)
  if (isSame(shortages, state.shortages)) return accept()
  return accept(backordered(state, state.attempts, shortages, context))
}

function backordered(
  state: Order,
  attempt: number,
  shortages: readonly Shortage[],
  { now, reference }: DecisionContext,
) {
  const { orderId, dealerId, shipToRegion, backorderedSince } = state
  const skus = new Set(shortages.map(({ sku }) => sku))
  const waitedFor = state.shortages.map(({ sku }) => sku).filter((sku) => !skus.has(sku))
  return OrderBackordered({
    orderId,
    dealerId,
    attempt,
    shortages: [...shortages],
    since: backorderedSince ?? now,
    shipToRegion,
    warehouseIds: [...reference.warehouses.values()]
      .filter(({ regions }) => regions.includes(shipToRegion))
      .map(({ warehouseId }) => warehouseId)
      .sort(),
    ...(waitedFor.length > 0 && { waitedFor }),
  })
}

function isSame(one: readonly Shortage[], other: readonly Shortage[]): boolean {
  const bySku = new Map(other.map(({ sku, missing }) => [sku, missing]))
  return one.length === other.length && one.every(({ sku, missing }) => bySku.get(sku) === missing)
}
