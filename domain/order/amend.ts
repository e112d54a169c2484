/** Amending an order: other lines, at the prices of the day, as long as nothing of it is on its way. */

import type { DecisionContext } from '../context.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import type { DecidedEvent } from '../kernel/event.ts'
import type { DealerReference } from '../reference/reference.ts'
import { AmendmentRequested, OrderAmended } from './events.ts'
import { priceForbidden } from './orderable.ts'
import { dealerUnknown, pricedLines } from './place.ts'
import { waitedFor } from './plan.ts'
import type { AskedLine, Priced } from './price.ts'
import { amendmentPending, orderUnknown } from './refusals.ts'
import { reviewEvents } from './review.ts'
import type { Order, OrderState } from './state.ts'

export type AmendOrder = Readonly<{ orderId: string; lines: readonly AskedLine[] }>

/**
 * Gives an order other lines, priced as if it were placed now; its charges stay. Not confirmed yet, it
 * is amended at once and planned anew; confirmed, it stands as it is until credit and stock have granted
 * the difference. Review rules are asked again. The same lines at the same prices change nothing.
 * Refuses `order-not-amendable` and `amendment-pending` (409), and lines as `placeOrder` does.
 */
export function amendOrder(
  state: OrderState,
  { orderId, lines }: AmendOrder,
  context: DecisionContext,
): Decision {
  if (!state) return orderUnknown(orderId)
  const refused = notAmendable(state)
  if (refused) return refused
  const dealer = context.reference.dealers.get(state.dealerId)
  if (!dealer) return dealerUnknown(state.dealerId)
  const priced = pricedAnew(state, lines, dealer, context)
  if ('code' in priced) return { accepted: false, refusal: priced }
  if (isSame(state, priced)) return accept()
  return state.status === 'confirmed'
    ? accept(...amendmentRequested(state, priced, context))
    : accept(...amendedAtOnce(state, priced, context))
}

function pricedAnew(
  { charges }: Order,
  lines: readonly AskedLine[],
  dealer: DealerReference,
  context: DecisionContext,
) {
  const forbidden = priceForbidden(lines, [], context)
  return forbidden ?? pricedLines({ lines, charges }, dealer, context)
}

function isSame({ lines }: Order, priced: Priced): boolean {
  return (
    lines.length === priced.lines.length &&
    priced.lines.every((line, index) => {
      const before = lines[index]
      return (
        before?.sku === line.sku &&
        before.quantity === line.quantity &&
        before.amount === line.amount &&
        before.unitPrice === line.unitPrice
      )
    })
  )
}

/** What the order would be, under its next amendment. */
function amended({ orderId, dealerId, facilityId, amendments }: Order, priced: Priced) {
  const { total, net, tax } = priced
  return {
    orderId,
    dealerId,
    facilityId,
    amendment: amendments + 1,
    lines: [...priced.lines],
    charges: [...priced.charges],
    total,
    net,
    tax,
  }
}

function amendmentRequested(
  order: Order,
  priced: Priced,
  context: DecisionContext,
): readonly DecidedEvent[] {
  const wanted = amended(order, priced)
  const about = { review: order.reviews + 1, amendment: wanted.amendment }
  const judged = reviewEvents(wanted, about, context)
  return [AmendmentRequested({ ...wanted, inReview: judged.length > 0 }), ...judged]
}

function amendedAtOnce(
  order: Order,
  priced: Priced,
  context: DecisionContext,
): readonly DecidedEvent[] {
  const wanted = amended(order, priced)
  const judged = reviewEvents(wanted, { review: order.reviews + 1 }, context)
  const next = judged.length > 0 ? {} : { replan: order.attempts + 1 }
  return [
    OrderAmended({ ...wanted, fulfilments: [], gone: [], ...next, ...waitedFor(order.shortages) }),
    ...judged,
  ]
}

/** Stages in which the goods of a fulfilment are still on their shelf. */
const ON_THE_SHELF: readonly string[] = ['allocated', 'cancelled']

function notAmendable(order: Order): Decision | undefined {
  const { orderId, status, amendment, fulfilments, lost } = order
  if (amendment) return amendmentPending(order)
  if (!isInAmendableStatus(order)) {
    return refuse('order-not-amendable', {
      kind: 'state',
      message: `order ${orderId} is ${status}: its lines can't be changed now`,
      inputs: { orderId, status },
      ways: status === 'placed' ? ['wait until it is decided'] : ['place another order'],
    })
  }
  const taken = fulfilments.filter(({ stage }) => !ON_THE_SHELF.includes(stage))
  if (taken.length === 0 && lost.length === 0) return undefined
  return refuse('order-not-amendable', {
    kind: 'state',
    message: `order ${orderId} is being fulfilled: its lines can't be changed any more`,
    inputs: {
      orderId,
      status,
      fulfilments: taken.map(({ fulfilmentId, stage }) => ({ fulfilmentId, status: stage })),
      lost,
    },
    ways: ['place another order for what is wanted more', 'cancel what has not been shipped'],
  })
}

function isInAmendableStatus({ status, awaiting, fulfilments }: Order): boolean {
  if (status === 'placed') return awaiting !== undefined
  if (status === 'review') return fulfilments.length === 0
  return status === 'backordered' || status === 'confirmed'
}
