/** A confirmed order whose stock is not there: fewer goods were counted than were promised. */

import type { DecisionContext } from '../context.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept } from '../kernel/decision.ts'
import type { SkuQuantity } from '../kernel/lines.ts'
import { FulfilmentStockLost } from './events.ts'
import type { Fulfilment } from './fulfilments.ts'
import { less } from './fulfilments.ts'
import { orderUnknown } from './refusals.ts'
import { requestReview } from './review.ts'
import type { OrderState } from './state.ts'
import type { ReviewReason } from './values.ts'

export type LoseStock = Readonly<{
  orderId: string
  warehouseId: string
  /** Whose reservation was released. */
  attempt: number
  lines: readonly SkuQuantity[]
}>

/**
 * Takes from a warehouse's fulfilment what it has no stock for any more, and has people say what is next.
 * What was shipped meanwhile is not lost; nothing happens to an order that is not confirmed.
 */
export function loseStock(
  state: OrderState,
  { orderId, warehouseId, attempt, lines }: LoseStock,
  context: DecisionContext,
): Decision {
  if (!state) return orderUnknown(orderId)
  const fulfilment = state.fulfilments.find(
    ({ warehouseId: of, left }) => of === warehouseId && left.length > 0,
  )
  const lost = fulfilment ? atMost(lines, fulfilment.left) : []
  if (!fulfilment || lost.length === 0) return accept()
  const reasons = [stockLostReason(lost)]
  const review = requestReview(state, { orderId, reasons }, context)
  if (!review.accepted) return review
  const event = FulfilmentStockLost({
    orderId,
    fulfilmentId: fulfilment.fulfilmentId,
    warehouseId,
    attempt,
    lost,
    lines: [...less(fulfilment.lines, lost)],
    ...becomes(fulfilment, lost),
  })
  return accept(event, ...review.events)
}

/** Of some quantities, as much as others have. */
function atMost(lines: readonly SkuQuantity[], others: readonly SkuQuantity[]) {
  return lines
    .map(({ sku, quantity }) => {
      const most = others.find((other) => other.sku === sku)?.quantity ?? 0
      return { sku, quantity: Math.min(quantity, most) }
    })
    .filter(({ quantity }) => quantity > 0)
}

function becomes({ left, shipments }: Fulfilment, lost: readonly SkuQuantity[]) {
  if (less(left, lost).length > 0) return {}
  return { becomes: shipments === 0 ? ('cancelled' as const) : ('shipped' as const) }
}

/** Why people have to look at an order that lost stock. */
export function stockLostReason(lost: readonly SkuQuantity[]): ReviewReason {
  const lines = lost.map(({ sku, quantity }) => ({ sku, quantity }))
  return {
    code: 'stock-lost',
    message: `${lines.map(({ sku, quantity }) => `${quantity} of ${sku}`).join(', ')} is not there`,
    decision: {
      rule: 'stock-lost',
      ruleVersion: 1,
      inputs: { lost: lines },
      ways: ['approve it: it is then planned from other stock', 'reject it: the rest is cancelled'],
    },
  }
}
