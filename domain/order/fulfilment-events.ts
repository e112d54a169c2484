/**
 * What happens to the fulfilments of a confirmed order.
 *
 * Events: a storage format. Add fields and versions; never change a meaning.
 */

import { z } from 'zod'
import { event } from '../kernel/event.ts'
import {
  DealerId,
  FacilityId,
  FulfilmentId,
  Instant,
  LocalDate,
  Name,
  OrderId,
  Quantity,
  Sku,
  Text,
  WarehouseId,
} from '../kernel/values.ts'
import { Charge, grossOfPart } from './values.ts'

const fulfilment = { orderId: OrderId, fulfilmentId: FulfilmentId }

export const FulfilmentPicked = event('FulfilmentPicked', 1, fulfilment, {
  description: 'The goods of a fulfilment are taken from the shelf.',
})

export const FulfilmentShipped = event(
  'FulfilmentShipped',
  1,
  {
    ...fulfilment,
    // The fulfilment's id; of its second shipment `<fulfilmentId>.2`, and so on.
    shipmentId: FulfilmentId,
    shipment: z.number().int().min(1), // counts the shipments of the whole order
    warehouseId: WarehouseId,
    dealerId: DealerId,
    facilityId: FacilityId,
    lines: z
      .array(z.strictObject({ sku: Sku, quantity: Quantity, ...grossOfPart }))
      .min(1)
      .max(1000),
    charges: z.array(Charge), // all of the order's, with its first shipment
    ...grossOfPart, // of lines and charges
    left: z.array(z.strictObject({ sku: Sku, quantity: Quantity })), // of the fulfilment; empty: shipped
    carrier: Name,
    trackingNumber: Name,
  },
  { description: 'Goods left a warehouse; its value date is the shipping date.' },
)

export const FulfilmentInTransit = event(
  'FulfilmentInTransit',
  1,
  {
    ...fulfilment,
    carrier: Name,
    trackingNumber: Name,
    place: Name.optional(),
    seenAt: Instant, // by the carrier
    expectedOn: LocalDate.optional(),
  },
  { description: 'The carrier has the goods and said where.' },
)

export const FulfilmentLate = event(
  'FulfilmentLate',
  1,
  { ...fulfilment, expectedOn: LocalDate },
  { description: 'A warning: the goods were to be there by now, and are not.' },
)

export const FulfilmentDelayed = event(
  'FulfilmentDelayed',
  1,
  {
    ...fulfilment,
    reason: Text.optional(),
    expectedOn: LocalDate.optional(),
    // Only where a carrier said so:
    carrier: Name.optional(),
    trackingNumber: Name.optional(),
    saidAt: Instant.optional(), // by the carrier
  },
  { description: 'A fulfilment will be later than was said.' },
)

export const ParcelDelivered = event(
  'ParcelDelivered',
  1,
  {
    ...fulfilment,
    carrier: Name,
    trackingNumber: Name,
    place: Name.optional(),
    deliveredAt: Instant, // by the carrier
    deliveredOn: LocalDate, // the same in the business's time zone, within what may be backdated
  },
  { description: 'The carrier handed over a parcel; a fulfilment may have several.' },
)

export const FulfilmentDelivered = event('FulfilmentDelivered', 1, fulfilment, {
  description: 'The dealer has the goods; the value date is the day of delivery.',
})

export const FULFILMENT_EVENTS = [
  FulfilmentPicked,
  FulfilmentShipped,
  FulfilmentInTransit,
  FulfilmentLate,
  FulfilmentDelayed,
  ParcelDelivered,
  FulfilmentDelivered,
] as const
