/** What the ERP hears of orders and their fulfilments. Who takes the goods in is not its business. */

import { z } from 'zod'
import { valueDateOf } from '../domain/kernel/event.ts'
import {
  OrderAmended,
  OrderBackordered,
  OrderCancelled,
  OrderCompleted,
  OrderConfirmed,
  OrderLapsed,
  OrderPlaced,
  OrderRejected,
  RemainderCancelled,
} from '../domain/order/events.ts'
import {
  FulfilmentDelayed,
  FulfilmentDelivered,
  FulfilmentInTransit,
  FulfilmentLate,
  FulfilmentShipped,
} from '../domain/order/fulfilment-events.ts'
import { PaymentKind } from '../domain/order/values.ts'
import { publicEvent } from './public-event.ts'
import {
  Amount,
  Charges,
  Code,
  Currency,
  DealerId,
  FulfilmentId,
  gross,
  Instant,
  LocalDate,
  Name,
  OrderId,
  Quantity,
  QuantityLines,
  quantitiesOf,
  Rate,
  Region,
  Sku,
  UnitPrice,
  WarehouseId,
} from './values.ts'

const area = 'orders'

const PlacedLine = z.strictObject({
  lineId: z.number().int().describe('From 1, in the order they were asked for.'),
  sku: Sku,
  quantity: Quantity,
  unitPrice: UnitPrice,
  discount: Amount,
  ...gross,
  taxRate: Rate,
})

export const orderPlaced = publicEvent({
  area,
  name: 'order-placed',
  version: 1,
  description: 'A dealer ordered, at these prices; it is not yet decided whether it is served.',
  from: OrderPlaced,
  schema: z.strictObject({
    orderId: OrderId,
    orderNumber: Name,
    dealerId: DealerId,
    shipToRegion: Region,
    payment: PaymentKind,
    requestedOn: LocalDate.optional(),
    lines: z.array(PlacedLine),
    charges: Charges,
    ...gross,
    currency: Currency,
  }),
  sums: ['amount', 'net', 'tax'],
  translate: ({ data, metadata: { currency } }) => ({
    orderId: data.orderId,
    orderNumber: data.orderNumber,
    dealerId: data.dealerId,
    shipToRegion: data.shipToRegion,
    payment: data.payment,
    requestedOn: data.requestedOn,
    ...wholeOf(data, currency),
  }),
})

const Fulfilment = z.strictObject({
  fulfilmentId: FulfilmentId,
  warehouseId: WarehouseId,
  lines: QuantityLines,
})

const amended = {
  lines: z.array(PlacedLine),
  charges: Charges,
  ...gross,
  currency: Currency,
}

type Whole = Readonly<{
  lines: readonly z.input<typeof PlacedLine>[]
  charges: z.input<typeof Charges>
  total: string
  net: string
  tax: string
}>

function wholeOf({ lines, charges, total, net, tax }: Whole, currency: string) {
  return { lines: lines.map(lineOf), charges, amount: total, net, tax, currency }
}

function lineOf(line: z.input<typeof PlacedLine>) {
  const { lineId, sku, quantity, unitPrice, discount, amount, net, tax, taxRate } = line
  return { lineId, sku, quantity, unitPrice, discount, amount, net, tax, taxRate }
}

export const orderConfirmed = publicEvent({
  area,
  name: 'order-confirmed',
  version: 1,
  description: 'Credit and stock are set aside; each fulfilment is what one warehouse will ship.',
  from: OrderConfirmed,
  schema: z.strictObject({
    orderId: OrderId,
    fulfilments: z.array(Fulfilment),
    reducedTo: z
      .strictObject({ ...amended, dropped: QuantityLines })
      .optional()
      .describe('Only where a part of the order could not be served: what is left of it.'),
  }),
  translate: ({ data: { orderId, fulfilments, reducedTo }, metadata: { currency } }) => ({
    orderId,
    fulfilments: fulfilments.map(partOf),
    ...(reducedTo && {
      reducedTo: {
        ...wholeOf(reducedTo, currency),
        dropped: quantitiesOf(reducedTo.dropped),
      },
    }),
  }),
})

type Part = Readonly<{
  fulfilmentId: string
  warehouseId: string
  lines: Parameters<typeof quantitiesOf>[0]
}>

function partOf({ fulfilmentId, warehouseId, lines }: Part) {
  return { fulfilmentId, warehouseId, lines: quantitiesOf(lines) }
}

export const orderAmended = publicEvent({
  area,
  name: 'order-amended',
  version: 1,
  description: 'The order has other lines now, and other fulfilments if it was confirmed.',
  from: OrderAmended,
  schema: z.strictObject({
    orderId: OrderId,
    amendment: z.number().int().describe('Counts the amendments of the order.'),
    ...amended,
    fulfilments: z.array(Fulfilment).describe('All of them; those not named are cancelled.'),
  }),
  sums: ['amount', 'net', 'tax'],
  translate: ({ data, metadata: { currency } }) => ({
    orderId: data.orderId,
    amendment: data.amendment,
    ...wholeOf(data, currency),
    fulfilments: data.fulfilments.map(partOf),
  }),
})

export const orderBackordered = publicEvent({
  area,
  name: 'order-backordered',
  version: 1,
  description: 'The order waits for stock, and goes on by itself once enough has come.',
  from: OrderBackordered,
  schema: z.strictObject({
    orderId: OrderId,
    shortages: z.array(z.strictObject({ sku: Sku, wanted: Quantity, missing: Quantity })),
  }),
  translate: ({ data: { orderId, shortages } }) => ({
    orderId,
    shortages: shortages.map(({ sku, wanted, missing }) => ({ sku, wanted, missing })),
  }),
})

export const orderLapsed = publicEvent({
  area,
  name: 'order-lapsed',
  version: 1,
  description: 'A prepaid order was not paid in time, and ends unserved.',
  from: OrderLapsed,
  schema: z.strictObject({ orderId: OrderId, code: Code.describe('Why, as a problem code.') }),
  translate: ({ data: { orderId, code } }) => ({ orderId, code }),
})

export const orderRejected = publicEvent({
  area,
  name: 'order-rejected',
  version: 1,
  description: 'The order ends unserved.',
  from: OrderRejected,
  schema: z.strictObject({ orderId: OrderId, code: Code.describe('Why, as a problem code.') }),
  translate: ({ data: { orderId, code } }) => ({ orderId, code }),
})

const cancellation = z.strictObject({
  orderId: OrderId,
  code: Code.optional(),
  fulfilments: z.array(Fulfilment).describe('What will not be shipped.'),
})

export const orderCancelled = publicEvent({
  area,
  name: 'order-cancelled',
  version: 1,
  description: 'The order ends before anything of it was shipped.',
  from: OrderCancelled,
  schema: cancellation,
  translate: ({ data }) => cancelled(data),
})

export const remainderCancelled = publicEvent({
  area,
  name: 'remainder-cancelled',
  version: 1,
  description: 'What had not been shipped of the order will not be; what was shipped stands.',
  from: RemainderCancelled,
  schema: cancellation,
  translate: ({ data }) => cancelled(data),
})

function cancelled({
  orderId,
  code,
  fulfilments,
}: ReturnType<typeof OrderCancelled>['data']): z.input<typeof cancellation> {
  return {
    orderId,
    code,
    fulfilments: fulfilments.map(partOf),
  }
}

export const fulfilmentShipped = publicEvent({
  area,
  name: 'fulfilment-shipped',
  version: 1,
  description: 'Goods left a warehouse: the shipment, its amounts, and what is left to ship.',
  from: FulfilmentShipped,
  schema: z.strictObject({
    orderId: OrderId,
    fulfilmentId: FulfilmentId,
    shipmentId: FulfilmentId,
    warehouseId: WarehouseId,
    dealerId: DealerId,
    shippedOn: LocalDate,
    carrier: Name,
    trackingNumber: Name,
    lines: z.array(z.strictObject({ sku: Sku, quantity: Quantity, ...gross })),
    charges: Charges,
    ...gross,
    currency: Currency,
    left: QuantityLines.describe('Still to be shipped of the fulfilment.'),
  }),
  sums: ['amount', 'net', 'tax'],
  translate: (event) => {
    const { data, metadata } = event
    const { orderId, fulfilmentId, shipmentId, warehouseId, dealerId, carrier } = data
    return {
      ...{ orderId, fulfilmentId, shipmentId, warehouseId, dealerId },
      shippedOn: valueDateOf(event),
      carrier,
      trackingNumber: data.trackingNumber,
      lines: data.lines.map(({ sku, quantity, amount, net, tax }) => ({
        ...{ sku, quantity, amount, net, tax },
      })),
      charges: data.charges,
      amount: data.amount,
      net: data.net,
      tax: data.tax,
      currency: metadata.currency,
      left: quantitiesOf(data.left),
    }
  },
})

export const fulfilmentInTransit = publicEvent({
  area,
  name: 'fulfilment-in-transit',
  version: 1,
  description: 'The carrier has the goods of a fulfilment, and said where.',
  from: FulfilmentInTransit,
  schema: z.strictObject({
    orderId: OrderId,
    fulfilmentId: FulfilmentId,
    carrier: Name,
    trackingNumber: Name,
    place: Name.optional(),
    seenAt: Instant.describe("By the carrier's clock."),
    expectedOn: LocalDate.optional(),
  }),
  translate: ({ data }) => {
    const { orderId, fulfilmentId, carrier, trackingNumber, place, seenAt, expectedOn } = data
    return { orderId, fulfilmentId, carrier, trackingNumber, place, seenAt, expectedOn }
  },
})

export const fulfilmentDelayed = publicEvent({
  area,
  name: 'fulfilment-delayed',
  version: 1,
  description: 'A fulfilment will be later than was said.',
  from: FulfilmentDelayed,
  schema: z.strictObject({
    orderId: OrderId,
    fulfilmentId: FulfilmentId,
    reason: Name.optional(),
    expectedOn: LocalDate.optional(),
  }),
  translate: ({ data: { orderId, fulfilmentId, reason, expectedOn } }) => ({
    ...{ orderId, fulfilmentId, reason, expectedOn },
  }),
})

export const fulfilmentLate = publicEvent({
  area,
  name: 'fulfilment-late',
  version: 1,
  description: 'A warning: the goods were to be there by the end of a day, and are not.',
  from: FulfilmentLate,
  schema: z.strictObject({
    orderId: OrderId,
    fulfilmentId: FulfilmentId,
    expectedOn: LocalDate.describe('The day that was missed.'),
  }),
  translate: ({ data: { orderId, fulfilmentId, expectedOn } }) => ({
    ...{ orderId, fulfilmentId, expectedOn },
  }),
})

export const fulfilmentDelivered = publicEvent({
  area,
  name: 'fulfilment-delivered',
  version: 1,
  description: 'The dealer has the goods of a fulfilment.',
  from: FulfilmentDelivered,
  schema: z.strictObject({
    orderId: OrderId,
    fulfilmentId: FulfilmentId,
    deliveredOn: LocalDate,
  }),
  translate: (event) => ({
    orderId: event.data.orderId,
    fulfilmentId: event.data.fulfilmentId,
    deliveredOn: valueDateOf(event),
  }),
})

export const orderCompleted = publicEvent({
  area,
  name: 'order-completed',
  version: 1,
  description: 'Everything that was to be shipped of the order is delivered.',
  from: OrderCompleted,
  schema: z.strictObject({ orderId: OrderId }),
  translate: ({ data: { orderId } }) => ({ orderId }),
})
