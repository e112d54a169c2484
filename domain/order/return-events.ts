/** What happens to the returns of an order. They are in its stream: never more back than was delivered. */

import { z } from 'zod'
import { event } from '../kernel/event.ts'
import {
  Amount,
  Count,
  DealerId,
  FacilityId,
  FulfilmentId,
  lines,
  OrderId,
  Quantity,
  ReturnId,
  SignedAmount,
  Sku,
  Text,
  WarehouseId,
} from '../kernel/values.ts'

const ofReturn = { orderId: OrderId, returnId: ReturnId }

// Events: a storage format. Add fields and versions; never change a meaning.
export const ReturnRequested = event(
  'ReturnRequested',
  1,
  {
    ...ofReturn,
    dealerId: DealerId,
    lines: lines({ sku: Sku, quantity: Quantity, reason: Text }),
  },
  { description: 'A dealer wants to send goods back that were delivered.' },
)

export const ReturnApproved = event(
  'ReturnApproved',
  1,
  {
    ...ofReturn,
    restockingFee: Amount, // kept of what is given back, if all of it comes back
    lines: lines({ sku: Sku, quantity: Quantity, resalable: z.boolean() }), // as far as it looks
    note: Text.optional(),
  },
  { description: 'The goods may come back.' },
)

export const ReturnRejected = event(
  'ReturnRejected',
  1,
  { ...ofReturn, reason: Text },
  { description: 'The goods are not taken back.' },
)

/** Units of a SKU in one shipment that come back: those after `before`. */
const OfShipment = z.strictObject({
  shipmentId: FulfilmentId,
  quantity: Quantity,
  before: Count, // base units of the SKU in that shipment that earlier returns took back
  shipped: Quantity, // base units of the SKU in that shipment
})

export const ReturnReceived = event(
  'ReturnReceived',
  1,
  {
    ...ofReturn,
    dealerId: DealerId,
    facilityId: FacilityId,
    lines: lines({
      sku: Sku,
      quantity: Quantity, // counted on arrival
      resalable: Count, // of it
      before: Count, // base units of the line that earlier returns took back
      delivered: Quantity, // base units of the line that were delivered so far
      amount: Amount, // given back for it, the next part of the line's: its discounts taken off; gross
      net: Amount,
      tax: SignedAmount,
    }),
    // To which warehouse what goes: where it had been shipped from, or where it was received.
    places: z
      .array(
        z.strictObject({
          warehouseId: WarehouseId,
          lines: lines({
            sku: Sku,
            restocked: Count,
            scrapped: Count,
            // The units that they are of what was shipped, the earliest first: restocked and scrapped together.
            from: z.array(OfShipment).min(1),
          }),
        }),
      )
      .min(1),
    restockingFee: Amount,
    amount: Amount, // of all lines, before the fee
    net: Amount,
    tax: SignedAmount,
  },
  { description: 'The goods came back and were counted; what they are worth is decided.' },
)

export const ReturnClosed = event('ReturnClosed', 1, ofReturn, {
  description: 'The goods are in stock or scrapped, and their worth is credited.',
})

export const RETURN_EVENTS = [
  ReturnRequested,
  ReturnApproved,
  ReturnRejected,
  ReturnReceived,
  ReturnClosed,
] as const
