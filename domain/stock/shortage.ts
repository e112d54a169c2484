/**
 * What follows where less can be sold than before: the newest reservations are let go, and their orders
 * go to review; a warning is raised (DOMAIN: Stock and splitting).
 */

import type { EventOf } from '../kernel/event.ts'
import type { SkuQuantity } from '../kernel/lines.ts'
import type { LocalDate } from '../kernel/values.ts'
import type { Reference } from '../reference/reference.ts'
import { ReservationReleased, SafetyLevelReached } from './events.ts'
import type { Reservation } from './reservations.ts'
import { availableOf, levelOf, type StockState } from './state.ts'

/** Base units that can't be sold any more, by SKU; zero looks only whether the rest is enough. */
export type Losses = readonly SkuQuantity[]

type Place = Readonly<{ warehouseId: string; today: LocalDate; reference: Reference }>

type Held = Readonly<{ orderId: string; reservation: Reservation }>

/**
 * Lets reservations go, the newest first and each whole, until what is left of every SKU is enough for
 * those that stay; then warns of each SKU that is below its safety level, once until enough comes in.
 */
export function afterLoss(state: StockState, losses: Losses, place: Place) {
  const available = new Map(
    losses.map(({ sku, quantity }) => [
      sku,
      availableOf(levelOf(state, sku), place.today) - quantity,
    ]),
  )
  const released = releases(state, available, place)
  return [...released, ...warnings(state, available, place)]
}

/** Warns of SKUs of which only so many units are available now. */
export function warnings(
  state: StockState,
  available: ReadonlyMap<string, number>,
  { warehouseId, reference }: Omit<Place, 'today'>,
): EventOf<typeof SafetyLevelReached>[] {
  return [...available].flatMap(([sku, units]) => {
    const safetyStock = reference.skus.get(sku)?.safetyStock ?? 0
    if (units >= safetyStock || levelOf(state, sku).warnedBelow !== undefined) return []
    return [SafetyLevelReached({ warehouseId, sku, available: Math.max(0, units), safetyStock })]
  })
}

/** Changes `available` by what becomes free. */
function releases(
  state: StockState,
  available: Map<string, number>,
  { warehouseId }: Place,
): EventOf<typeof ReservationReleased>[] {
  const isShort = ({ sku }: SkuQuantity) => (available.get(sku) ?? 0) < 0
  if (![...available.values()].some((units) => units < 0)) return []
  const released: Held[] = []
  for (const held of newestFirst(state)) {
    if (!held.reservation.lines.some(isShort)) continue
    for (const { sku, quantity } of held.reservation.lines) {
      const units = available.get(sku)
      if (units !== undefined) available.set(sku, units + quantity)
    }
    released.push(held)
  }
  return released.map(({ orderId, reservation: { attempt, lines } }) =>
    ReservationReleased({
      warehouseId,
      orderId,
      attempt,
      lines: [...lines],
      reason: 'counted-short',
    }),
  )
}

/** Every reservation of the warehouse: looked through only when promises can't be kept, which is rare. */
function newestFirst({ reservations: { live } }: StockState): Held[] {
  const held: Held[] = []
  live.forEach(({ reservations }, orderId) => {
    for (const reservation of reservations) held.push({ orderId, reservation })
  })
  return held.sort((one, other) => other.reservation.sequence - one.reservation.sequence)
}
