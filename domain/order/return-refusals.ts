/** Refusals that several decisions about returns share. */

import type { Decision, Refusal } from '../kernel/decision.ts'
import { refusal, refuse } from '../kernel/decision.ts'
import type { SkuQuantity } from '../kernel/lines.ts'
import { orderIdOf, orderUnknown } from './refusals.ts'
import type { Return, ReturnStatus } from './returns.ts'
import type { Order, OrderState } from './state.ts'

/** Decides about one return; refuses `order-unknown` and `return-unknown` (404). */
export function onReturn(
  state: OrderState,
  returnId: string,
  decide: (order: Order, found: Return) => Decision,
): Decision {
  if (!state) return orderUnknown(orderIdOf(returnId))
  const found = state.returning.returns.find((one) => one.returnId === returnId)
  return found ? decide(state, found) : returnUnknown(state, returnId)
}

function returnUnknown({ orderId, returning }: Order, returnId: string): Decision {
  const known = returning.returns.map((one) => one.returnId)
  return refuse('return-unknown', {
    kind: 'unknown',
    message: `order ${orderId} has no return ${returnId}`,
    inputs: { orderId, returnId, returns: known },
    ways: known.length > 0 ? [`name one of ${known.join(', ')}`] : [],
  })
}

const NEXT: Readonly<Record<ReturnStatus, readonly string[]>> = {
  requested: ['approve or reject it first'],
  approved: ['receive it, or reject it if nothing comes'],
  rejected: ['ask for another return'],
  received: [],
  closed: [],
}

/** The return is not as far, or too far, for what is wanted (409). */
export function wrongReturnStatus({ returnId, status }: Return, wanted: ReturnStatus): Decision {
  return refuse(`return-not-${wanted}`, {
    kind: 'state',
    message: `return ${returnId} is ${status}`,
    inputs: { returnId, status },
    ways: NEXT[status],
  })
}

/** More units of a SKU than the return is for so far: `requested` or `approved`. */
export function exceedsReturn(
  { returnId }: Return,
  wanted: ReadonlyMap<string, number>,
  allowed: readonly SkuQuantity[],
  stage: 'requested' | 'approved',
): Refusal | undefined {
  const most = new Map(allowed.map(({ sku, quantity }) => [sku, quantity]))
  const tooMuch = [...wanted]
    .map(([sku, quantity]) => ({ sku, quantity, [stage]: most.get(sku) ?? 0 }))
    .filter(({ sku, quantity }) => quantity > (most.get(sku) ?? 0))
  if (tooMuch.length === 0) return undefined
  const skus = tooMuch.map(({ sku }) => sku)
  return refusal(`return-exceeds-${stage}`, {
    message: `${skus.join(', ')}: more than was ${stage} of return ${returnId}`,
    inputs: { returnId, lines: tooMuch },
    ways: skus.map((sku) => {
      const units = most.get(sku) ?? 0
      return units === 0 ? `leave out ${sku}` : `name ${units} or fewer of ${sku}`
    }),
  })
}
