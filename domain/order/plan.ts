/** Which warehouses are to ship what of an order (DOMAIN: Stock and splitting). */

import type { DecisionContext } from '../context.ts'
import { addMs } from '../kernel/dates.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept } from '../kernel/decision.ts'
import type { PaymentKind } from './events.ts'
import { FulfilmentPlanned } from './events.ts'
import { orderUnknown } from './refusals.ts'
import { planSplit } from './split.ts'
import type { OrderState } from './state.ts'

type Plannable = Readonly<{
  orderId: string
  dealerId: string
  facilityId: string
  shipToRegion: string
  payment: PaymentKind
  total: string
  lines: readonly Readonly<{ sku: string; quantity: number; divisible: boolean }>[]
}>

/**
 * Plans the split over the warehouses that the reference view knows, on the stock that it saw last: a
 * hint, for stock itself decides when it is asked to reserve.
 */
export function plannedAttempt(
  order: Plannable,
  attempt: number,
  { reference, policy, now }: DecisionContext,
) {
  const { parts, shortages } = planSplit({
    lines: order.lines,
    region: order.shipToRegion,
    warehouses: [...reference.warehouses.values()],
    available: (warehouseId, sku) => reference.available.get(warehouseId)?.get(sku) ?? 0,
  })
  return FulfilmentPlanned({
    orderId: order.orderId,
    dealerId: order.dealerId,
    facilityId: order.facilityId,
    attempt,
    attemptsAllowed: Math.max(1, policy.planAttempts),
    parts: parts.map(({ warehouseId, lines }) => ({ warehouseId, lines: [...lines] })),
    shortages: [...shortages],
    toHold: order.payment === 'term' ? order.total : '0.00',
    expiresAt: addMs(now, policy.reservationMs),
  })
}

export type PlanFulfilment = Readonly<{ orderId: string; attempt: number }>

/** Plans once more after stock was lost to another order; nothing happens once the order is decided. */
export function planFulfilment(
  state: OrderState,
  { orderId, attempt }: PlanFulfilment,
  context: DecisionContext,
): Decision {
  if (!state) return orderUnknown(orderId)
  if (state.status !== 'placed' || attempt <= (state.plan?.attempt ?? 0)) return accept()
  return accept(plannedAttempt(state, attempt, context))
}
