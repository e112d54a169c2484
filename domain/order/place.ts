/** Placing an order: what is known at once is refused, the rest is priced, planned and written. */

import type { DecisionContext } from '../context.ts'
import type { Decision, Refusal } from '../kernel/decision.ts'
import { accept, refusal, refuse } from '../kernel/decision.ts'
import type { DealerReference } from '../reference/reference.ts'
import { OrderPlaced } from './events.ts'
import { knownLines, linesForbidden, priceForbidden, totalBelowMinimum } from './orderable.ts'
import { plannedAttempt } from './plan.ts'
import type { AskedCharge, AskedLine, Priced } from './price.ts'
import { price } from './price.ts'
import { reviewEvents } from './review.ts'
import type { OrderState } from './state.ts'
import type { DeliverTo, PaymentKind } from './values.ts'

export type PlaceOrder = Readonly<{
  dealerId: string
  shipTo: Readonly<{
    region: string
    address?: DeliverTo['address']
    /** A bare name is a contact with a name only. */
    contact?: DeliverTo['contact'] | string
  }>
  lines: readonly AskedLine[]
  charges?: readonly AskedCharge[] | undefined
  payment: PaymentKind
  /** The dealer's own number; the order's id if left out. */
  orderNumber?: string | undefined
  requestedOn?: string | undefined
  note?: string | undefined
  couponCode?: string | undefined
}>

/**
 * Places an order at today's prices and plans its split, unless a review rule is for it: then people
 * decide first. Refuses, with nothing written, what is known at once (DOMAIN: Orders): the dealer,
 * prices by hand, each line, the amounts. Credit and stock are asked afterwards, by the order-fulfilment
 * saga.
 */
export function placeOrder(
  state: OrderState,
  input: PlaceOrder,
  context: DecisionContext,
): Decision {
  if (state) return orderExists(state.orderId)
  const dealer = context.reference.dealers.get(input.dealerId)
  if (!dealer) return dealerUnknown(input.dealerId)
  const priced = pricedOrder(input, dealer, context)
  if ('code' in priced) return { accepted: false, refusal: priced }
  const order = { ...headOf(input, dealer, context), ...priced }
  const review = reviewEvents(order, { review: 1 }, context)
  return accept(
    OrderPlaced({ ...order, lines: [...order.lines], charges: [...order.charges] }),
    ...(review.length > 0 ? review : [plannedAttempt(order, 1, context)]),
  )
}

/** The order's lines and amounts, or why it may not be ordered so. */
function pricedOrder(
  { lines, charges = [], couponCode }: PlaceOrder,
  dealer: DealerReference,
  context: DecisionContext,
): Priced | Refusal {
  const forbidden = couponUnknown(couponCode) ?? priceForbidden(lines, charges, context)
  return forbidden ?? pricedLines({ lines, charges }, dealer, context)
}

type Asked = Readonly<{ lines: readonly AskedLine[]; charges: readonly AskedCharge[] }>

/** What these lines cost a dealer now, with charges that are agreed; or why they may not be ordered. */
export function pricedLines(
  { lines, charges }: Asked,
  dealer: DealerReference,
  context: DecisionContext,
): Priced | Refusal {
  const known = knownLines(lines, context)
  if ('code' in known) return known
  const refused = linesForbidden(known, dealer, context)
  if (refused) return refused
  const priced = price(known, charges)
  if ('code' in priced) return priced
  return totalBelowMinimum(priced, context) ?? priced
}

/** Everything of the order but its lines and amounts. */
function headOf(
  input: PlaceOrder,
  { dealerId, facilityId }: DealerReference,
  { newId, now }: DecisionContext,
) {
  const { payment, orderNumber, requestedOn, note } = input
  const orderId = newId('order')
  const deliverTo = deliverToOf(input.shipTo)
  return {
    orderId,
    orderNumber: orderNumber ?? orderId,
    dealerId,
    facilityId,
    shipToRegion: input.shipTo.region,
    ...(deliverTo && { deliverTo }),
    payment,
    ...(requestedOn && { requestedOn }),
    ...(note && { note }),
    placedAt: now,
  }
}

function deliverToOf({ address, contact }: PlaceOrder['shipTo']): DeliverTo | undefined {
  if (address === undefined && contact === undefined) return undefined
  const person = typeof contact === 'string' ? { name: contact } : contact
  return { ...(address && { address }), ...(person && { contact: person }) }
}

function orderExists(orderId: string): Decision {
  return refuse('order-exists', {
    kind: 'state',
    message: `order ${orderId} is placed already`,
    inputs: { orderId },
    ways: ['amend it, or place another order'],
  })
}

export function dealerUnknown(dealerId: string): Decision {
  return refuse('dealer-unknown', {
    message: `${dealerId} is not a registered dealer`,
    inputs: { dealerId },
    ways: ['register the dealer first', 'correct dealerId'],
  })
}

/** No coupons are given out: better no order than one without the discount that was counted on. */
function couponUnknown(couponCode: string | undefined): Refusal | undefined {
  if (couponCode === undefined) return undefined
  return refusal('coupon-unknown', {
    message: `there is no coupon ${couponCode}`,
    inputs: { couponCode },
    ways: ['leave out couponCode'],
  })
}
