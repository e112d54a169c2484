/** How events change an order's fulfilments: made, shipped, amended, lost, cancelled. */

import type { EventOf } from '../kernel/event.ts'
import type { FulfilmentStockLost, OrderAmended, OrderCancelled } from './events.ts'
import type { Fulfilment, Order, SkuQuantity } from './state.ts'

type Made = Readonly<{ fulfilmentId: string; warehouseId: string; lines: readonly SkuQuantity[] }>

/** A fulfilment of which nothing has happened yet. */
export function allocated(
  { requestedOn }: Pick<Order, 'requestedOn'>,
  { fulfilmentId, warehouseId, lines }: Made,
): Fulfilment {
  return {
    fulfilmentId,
    warehouseId,
    stage: 'allocated',
    delay: undefined,
    expectedOn: requestedOn,
    lateFor: undefined,
    parcels: [],
    shipments: 0,
    lines,
    left: lines,
  }
}

export function withFulfilment(
  state: Order,
  fulfilmentId: string,
  change: Partial<Fulfilment>,
): Order {
  return {
    ...state,
    fulfilments: state.fulfilments.map((fulfilment) =>
      fulfilment.fulfilmentId === fulfilmentId ? { ...fulfilment, ...change } : fulfilment,
    ),
  }
}

/** What was not shipped is given up, lost stock and wanted amendments included. */
export function withoutRemainder(
  state: Order,
  data: EventOf<typeof OrderCancelled>['data'],
): Order {
  const after = data.fulfilments.reduce(
    (changed, { fulfilmentId, becomes }) =>
      withFulfilment(changed, fulfilmentId, { stage: becomes, left: [] }),
    state,
  )
  return { ...after, lost: [], amendment: undefined, awaiting: undefined, shortages: [] }
}

type Reallocated = EventOf<typeof OrderAmended>['data']['fulfilments']

/** The fulfilments as they are after an amendment; those that are not named any more are cancelled. */
export function reallocated(state: Order, after: Reallocated): Order['fulfilments'] {
  const byId = new Map(after.map((fulfilment) => [fulfilment.fulfilmentId, fulfilment]))
  const known = state.fulfilments.map((before): Fulfilment => {
    const { fulfilmentId, stage } = before
    if (stage === 'cancelled') return before
    const now = byId.get(fulfilmentId)
    byId.delete(fulfilmentId)
    if (now === undefined) return { ...before, stage: 'cancelled', lines: [], left: [] }
    return { ...before, lines: now.lines, left: less(now.lines, shippedOf(before)) }
  })
  return [...known, ...[...byId.values()].map((made) => allocated(state, made))]
}

/** A fulfilment without the stock that a count took from it; what is lost is to be planned anew. */
export function withStockLost(
  state: Order,
  data: EventOf<typeof FulfilmentStockLost>['data'],
): Order {
  const { fulfilmentId, lines, lost, becomes } = data
  const before = state.fulfilments.find((fulfilment) => fulfilment.fulfilmentId === fulfilmentId)
  if (before === undefined) return state
  const after = withFulfilment(state, fulfilmentId, {
    lines,
    left: less(before.left, lost),
    ...(becomes && { stage: becomes }),
  })
  // What is being amended was planned on what is lost now.
  const amendment = state.amendment && { ...state.amendment, plan: undefined }
  return { ...after, lost: together(state.lost, lost), amendment }
}

/** What has left the warehouse of a fulfilment. */
export function shippedOf({ lines, left }: Pick<Fulfilment, 'lines' | 'left'>) {
  return less(lines, left)
}

/** Quantities less others, by SKU; what comes to nothing is left out. */
export function less(
  lines: readonly SkuQuantity[],
  others: readonly SkuQuantity[],
): readonly SkuQuantity[] {
  const taken = new Map(others.map(({ sku, quantity }) => [sku, quantity]))
  return lines
    .map(({ sku, quantity }) => ({ sku, quantity: quantity - (taken.get(sku) ?? 0) }))
    .filter(({ quantity }) => quantity > 0)
}

/** The quantities of both, by SKU. */
export function together(
  lines: readonly SkuQuantity[],
  others: readonly SkuQuantity[],
): readonly SkuQuantity[] {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of [...lines, ...others]) {
    quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  }
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }))
}
