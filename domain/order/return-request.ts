/** Asking to bring goods back: never more than was delivered (DOMAIN: Returns and invoices). */

import type { Decision, Refusal } from '../kernel/decision.ts'
import { accept, refusal } from '../kernel/decision.ts'
import { lineTwice } from '../kernel/lines.ts'
import { orderUnknown } from './refusals.ts'
import { ReturnRequested } from './return-events.ts'
import { heldBy } from './returns.ts'
import type { Order, OrderState } from './state.ts'

type AskedLine = Readonly<{ sku: string; quantity: number; reason: string }>

export type RequestReturn = Readonly<{ orderId: string; lines: readonly AskedLine[] }>

/** Of one order: each is kept in its state. */
const MOST_RETURNS = 200

/**
 * Asks to bring back goods of an order, of each SKU no more than was delivered less what other returns that
 * were not rejected hold. Refuses `order-unknown` (404), `line-twice`, `sku-not-ordered`,
 * `return-exceeds-delivered` and `too-many-returns`.
 */
export function requestReturn(state: OrderState, { orderId, lines }: RequestReturn): Decision {
  if (!state) return orderUnknown(orderId)
  const refused =
    lineTwice(lines) ?? notOrdered(state, lines) ?? exceedsDelivered(state, lines) ?? tooMany(state)
  if (refused) return { accepted: false, refusal: refused }
  const { dealerId, returning } = state
  const returnId = `${orderId}.r${returning.returns.length + 1}`
  return accept(ReturnRequested({ orderId, returnId, dealerId, lines: [...lines] }))
}

/** Base units of each SKU that the dealer has. */
export function deliveredOf({ returning }: Order): ReadonlyMap<string, number> {
  const shipments = returning.shipments.filter(({ delivered }) => delivered)
  return unitsOf(shipments.flatMap(({ lines }) => lines))
}

/** Base units of each SKU in all of some lines. */
export function unitsOf(
  lines: readonly Readonly<{ sku: string; quantity: number }>[],
): ReadonlyMap<string, number> {
  const units = new Map<string, number>()
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity)
  return units
}

function notOrdered(order: Order, lines: readonly AskedLine[]): Refusal | undefined {
  const ordered = order.lines.map(({ sku }) => sku)
  const known = new Set(ordered)
  const skus = lines.map(({ sku }) => sku).filter((sku) => !known.has(sku))
  if (skus.length === 0) return undefined
  return refusal('sku-not-ordered', {
    message: `${skus.join(', ')}: not in order ${order.orderId}`,
    inputs: { orderId: order.orderId, skus, ordered },
    ways: ['name the order that they came with'],
  })
}

function exceedsDelivered(order: Order, lines: readonly AskedLine[]): Refusal | undefined {
  const delivered = deliveredOf(order)
  const returned = unitsOf(order.returning.returns.flatMap(heldBy))
  const tooMuch = lines
    .map(({ sku, quantity }) => {
      const [came, held] = [delivered.get(sku) ?? 0, returned.get(sku) ?? 0]
      return { sku, quantity, delivered: came, returned: held, returnable: came - held }
    })
    .filter(({ quantity, returnable }) => quantity > returnable)
  if (tooMuch.length === 0) return undefined
  const { orderId } = order
  return refusal('return-exceeds-delivered', {
    message: `${tooMuch.map(({ sku }) => sku).join(', ')}: more than was delivered of order ${orderId} and is not returned`,
    inputs: { orderId, lines: tooMuch },
    ways: tooMuch.map(({ sku, returnable }) =>
      returnable === 0
        ? `leave out ${sku} until more of it is delivered`
        : `return ${returnable} or fewer of ${sku}`,
    ),
  })
}

function tooMany({ orderId, returning: { returns } }: Order): Refusal | undefined {
  if (returns.length < MOST_RETURNS) return undefined
  return refusal('too-many-returns', {
    message: `order ${orderId} has ${returns.length} returns already`,
    inputs: { orderId, returns: returns.length, most: MOST_RETURNS },
    ways: ['agree with the brand on one return for all that is left'],
  })
}
