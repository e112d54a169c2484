/** Shipping a fulfilment, in one part or several (DOMAIN: Money, "one after another"). */

import type { DecisionContext } from '../context.ts'
import type { Decision, Refusal } from '../kernel/decision.ts'
import { accept, refusal, refuse } from '../kernel/decision.ts'
import { lineTwice, type SkuQuantity } from '../kernel/lines.ts'
import type { Decimal } from '../kernel/money.ts'
import { decimal, runningPart, sum, toAmount } from '../kernel/money.ts'
import { valueDateRefusal, valued } from '../value-date.ts'
import { FulfilmentShipped } from './fulfilment-events.ts'
import type { Fulfilment } from './fulfilments.ts'
import { amendmentPending, onFulfilment } from './refusals.ts'
import type { Order, OrderedLine, OrderState } from './state.ts'

export type ShipFulfilment = Readonly<{
  fulfilmentId: string
  /** All that is left, if left out. */
  lines?: readonly SkuQuantity[] | undefined
  carrier: string
  trackingNumber: string
  /** The shipping date, if it is not the open business day. */
  effectiveOn?: string | undefined
}>

/**
 * Ships all that is left of a fulfilment, or a part. A line's amounts are the rounded running total over
 * all shipments of the order, so that they add up to the line's; charges go with the first shipment.
 * Refuses `fulfilment-not-shippable` and `amendment-pending` (409), `quantity-exceeds-left`, `line-twice`, and value dates as
 * `valueDateRefusal` does.
 */
export function shipFulfilment(
  state: OrderState,
  input: ShipFulfilment,
  context: DecisionContext,
): Decision {
  return onFulfilment(state, input.fulfilmentId, (order, fulfilment) => {
    if (order.amendment) return amendmentPending(order)
    if (fulfilment.left.length === 0) return notShippable(order, fulfilment)
    const lines = input.lines ?? fulfilment.left
    const refused =
      valueDateRefusal(input.effectiveOn, context) ??
      lineTwice(lines) ??
      exceedsLeft(lines, fulfilment)
    if (refused) return { accepted: false, refusal: refused }
    return accept(
      FulfilmentShipped(
        { ...shipmentOf(order, fulfilment, lines), ...carriage(input) },
        valued(input.effectiveOn, context.today),
      ),
    )
  })
}

function carriage({ carrier, trackingNumber }: ShipFulfilment) {
  return { carrier, trackingNumber }
}

function shipmentOf(order: Order, fulfilment: Fulfilment, lines: readonly SkuQuantity[]) {
  const { orderId, dealerId, facilityId } = order
  const { fulfilmentId, warehouseId } = fulfilment
  const shipped = new Map(lines.map(({ sku, quantity }) => [sku, quantity]))
  const parts = order.lines
    .filter(({ sku }) => shipped.has(sku))
    .map((line) => partOf(line, shipped.get(line.sku) ?? 0))
  const charges = order.shipments === 0 ? [...order.charges] : []
  const amount = sum([...parts, ...charges].map((part) => decimal(part.amount)))
  const net = sum([...parts, ...charges].map((part) => decimal(part.net)))
  return {
    orderId,
    fulfilmentId,
    shipmentId: shipmentIdOf(fulfilment),
    shipment: order.shipments + 1,
    warehouseId,
    dealerId,
    facilityId,
    lines: parts,
    charges,
    ...written(amount, net),
    left: fulfilment.left
      .map(({ sku, quantity }) => ({ sku, quantity: quantity - (shipped.get(sku) ?? 0) }))
      .filter(({ quantity }) => quantity > 0),
  }
}

/** What a fulfilment's next shipment is called: as itself, and from the second on with a number. */
function shipmentIdOf({ fulfilmentId, shipments }: Fulfilment): string {
  return shipments === 0 ? fulfilmentId : `${fulfilmentId}.${shipments + 1}`
}

/** The amounts of the next units of a line. */
function partOf(line: OrderedLine, quantity: number) {
  const after = line.shipped + quantity
  const next = (whole: string) => runningPart(decimal(whole), line.quantity, line.shipped, after)
  return { sku: line.sku, quantity, ...written(next(line.amount), next(line.net)) }
}

function written(amount: Decimal, net: Decimal) {
  return { amount: toAmount(amount), net: toAmount(net), tax: toAmount(amount.minus(net)) }
}

function notShippable(order: Order, { fulfilmentId, stage }: Fulfilment): Decision {
  return refuse('fulfilment-not-shippable', {
    kind: 'state',
    message: `fulfilment ${fulfilmentId} is ${stage}: nothing of it is left to ship`,
    inputs: { fulfilmentId, status: stage, orderStatus: order.status },
    ways: stage === 'shipped' ? ['report it delivered once it has arrived'] : [],
  })
}

function exceedsLeft(
  lines: readonly SkuQuantity[],
  { fulfilmentId, left }: Fulfilment,
): Refusal | undefined {
  const leftOf = new Map(left.map(({ sku, quantity }) => [sku, quantity]))
  const tooMuch = lines
    .map(({ sku, quantity }) => ({ sku, quantity, left: leftOf.get(sku) ?? 0 }))
    .filter((line) => line.quantity > line.left)
  if (tooMuch.length === 0) return undefined
  return refusal('quantity-exceeds-left', {
    message: `${tooMuch.map(({ sku }) => sku).join(', ')}: more than fulfilment ${fulfilmentId} has left`,
    inputs: { fulfilmentId, lines: tooMuch },
    ways: tooMuch.map(({ sku, left: most }) =>
      most === 0 ? `leave out ${sku}` : `ship ${most} or fewer of ${sku}`,
    ),
  })
}
