/** How events change an order's fulfilments: made, shipped, amended, lost, cancelled. */

import type { EventOf } from '../kernel/event.ts'
import type { SkuQuantity } from '../kernel/lines.ts'
import type { FulfilmentStockLost, OrderAmended, OrderCancelled } from './events.ts'

/** How far a fulfilment is; `shipped` once nothing of it is left in the warehouse. */
export type FulfilmentStage = 'allocated' | 'picked' | 'shipped' | 'delivered' | 'cancelled'

/** What a carrier has under one tracking number. */
export type Parcel = Readonly<{
  carrier: string
  trackingNumber: string
  /** What the carrier said last, by its own clock. */
  heard: Readonly<{ what: 'in-transit' | 'delayed'; at: string }> | undefined
  /** Undefined: it is on its way. */
  deliveredOn: string | undefined
}>

export type Fulfilment = Readonly<{
  fulfilmentId: string
  warehouseId: string
  stage: FulfilmentStage
  /** What was said last about being late; undefined: nothing. */
  delay: Readonly<{ reason?: string | undefined; expectedOn?: string | undefined }> | undefined
  /** The day by whose end it is to be there: as was said last, else as the order asked. */
  expectedOn: string | undefined
  /** The expected day that a warning was raised for last. */
  lateFor: string | undefined
  parcels: readonly Parcel[]
  shipments: number
  /** All of it, what was shipped included. */
  lines: readonly SkuQuantity[]
  /** What is still to be shipped of it. */
  left: readonly SkuQuantity[]
}>

/** The part of an order that its fulfilments are kept in. */
type WithFulfilments = Readonly<{
  requestedOn: string | undefined
  fulfilments: readonly Fulfilment[]
  /** What a count took from its reservations: to be planned anew, or cancelled. */
  lost: readonly SkuQuantity[]
}>

type Made = Readonly<{ fulfilmentId: string; warehouseId: string; lines: readonly SkuQuantity[] }>

/** A fulfilment of which nothing has happened yet. */
export function allocated(
  { requestedOn }: Pick<WithFulfilments, 'requestedOn'>,
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

export function withFulfilment<State extends WithFulfilments>(
  state: State,
  fulfilmentId: string,
  change: Partial<Fulfilment>,
): State {
  return {
    ...state,
    fulfilments: state.fulfilments.map((fulfilment) =>
      fulfilment.fulfilmentId === fulfilmentId ? { ...fulfilment, ...change } : fulfilment,
    ),
  }
}

/** What was not shipped is given up, lost stock included. */
export function withoutRemainder<State extends WithFulfilments>(
  state: State,
  data: EventOf<typeof OrderCancelled>['data'],
): State {
  const after = data.fulfilments.reduce(
    (changed, { fulfilmentId, becomes }) =>
      withFulfilment(changed, fulfilmentId, { stage: becomes, left: [] }),
    state,
  )
  return { ...after, lost: [] }
}

type Reallocated = EventOf<typeof OrderAmended>['data']['fulfilments']

/** The fulfilments as they are after an amendment; those that are not named any more are cancelled. */
export function reallocated(state: WithFulfilments, after: Reallocated): readonly Fulfilment[] {
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
export function withStockLost<State extends WithFulfilments>(
  state: State,
  data: EventOf<typeof FulfilmentStockLost>['data'],
): State {
  const { fulfilmentId, lines, lost, becomes } = data
  const before = state.fulfilments.find((fulfilment) => fulfilment.fulfilmentId === fulfilmentId)
  if (before === undefined) return state
  const after = withFulfilment(state, fulfilmentId, {
    lines,
    left: less(before.left, lost),
    ...(becomes && { stage: becomes }),
  })
  return { ...after, lost: together(state.lost, lost) }
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
