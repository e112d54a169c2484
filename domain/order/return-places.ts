/** Which warehouses take in what came back, and of which shipments it is. */

import type { EventOf } from '../kernel/event.ts'
import type { ReturnReceived } from './return-events.ts'
import type { Sent } from './returns.ts'
import type { Order } from './state.ts'

type Place = EventOf<typeof ReturnReceived>['data']['places'][number]
type PlaceLine = Place['lines'][number]

type Came = Readonly<{ sku: string; quantity: number; resalable: number }>

/** Units of a SKU that came back of one shipment. */
type Units = Readonly<{
  warehouseId: string
  sku: string
  resalable: number
  of: PlaceLine['from'][number]
}>

/**
 * Nobody tells one unit from another, so what comes back is taken as the earliest delivered that has not
 * come back before. It goes where it was shipped from, unless a warehouse is named; what can be sold again
 * is put away first.
 */
export function placesFor(
  { returning }: Order,
  came: readonly Came[],
  warehouseId: string | undefined,
): Place[] {
  const shipments = returning.shipments.filter(({ delivered }) => delivered)
  const units = came.flatMap((line) => unitsFrom(shipments, line))
  const byWarehouse = Map.groupBy(units, (one) => warehouseId ?? one.warehouseId)
  return [...byWarehouse].map(([id, there]) => ({ warehouseId: id, lines: linesOf(there) }))
}

function unitsFrom(
  shipments: readonly Sent[],
  { sku, quantity, resalable }: Came,
): readonly Units[] {
  let [left, good] = [quantity, resalable]
  return shipments.flatMap(({ shipmentId, warehouseId, lines }) => {
    const line = lines.find((one) => one.sku === sku)
    const taken = line === undefined ? 0 : Math.min(left, line.quantity - line.back)
    if (line === undefined || taken === 0) return []
    const restocked = Math.min(good, taken)
    left -= taken
    good -= restocked
    const of = { shipmentId, quantity: taken, before: line.back, shipped: line.quantity }
    return [{ warehouseId, sku, resalable: restocked, of }]
  })
}

function linesOf(units: readonly Units[]): PlaceLine[] {
  return [...Map.groupBy(units, ({ sku }) => sku)].map(([sku, parts]) => {
    const total = parts.reduce((sum, { of }) => sum + of.quantity, 0)
    const restocked = parts.reduce((sum, { resalable }) => sum + resalable, 0)
    return { sku, restocked, scrapped: total - restocked, from: parts.map(({ of }) => of) }
  })
}
