/** Northwind's orders as they will be placed, shipped, delivered and paid. */

import { type Decimal, decimal, round, sum, toAmount } from '../domain/kernel/money.ts'
import type { LocalDate } from '../domain/kernel/values.ts'
import { deliveryDay, FREIGHT_TAX_RATE, paymentDay, regionOf } from './assumptions.ts'
import { type Customer, type Line, type Northwind, type Order, rowOf } from './northwind.ts'
import { keyOf, type WriteRequest } from './requests.ts'

export type PlannedOrder = Readonly<{
  orderNumber: string
  dealerId: string
  region: string
  lines: readonly PlannedLine[]
  /** Lines and freight. */
  total: string
  place: WriteRequest
  placedOn: LocalDate
  /** Undefined: never shipped, and so never paid. */
  shipping: Shipping | undefined
}>

export type Shipping = Readonly<{
  carrier: string
  shippedOn: LocalDate
  deliveredOn: LocalDate
  paidOn: LocalDate
}>

export type PlannedLine = Readonly<{
  sku: string
  quantity: number
  /** Of one unit, as it was sold, with at most 4 places. */
  unitPrice: string
  priceOverride?: Readonly<{ unitPrice: string; reason: string }>
}>

export function plannedOrders(data: Northwind): readonly PlannedOrder[] {
  const customers = new Map(data.customers.map((customer) => [customer.customer_id, customer]))
  return data.orders.map((order) =>
    plannedOrder(data, order, rowOf(customers, order.customer_id, 'customer')),
  )
}

function plannedOrder(data: Northwind, order: Order, customer: Customer): PlannedOrder {
  const lines = rowOf(data.lines, order.order_id, 'order with lines').map((line) =>
    plannedLine(data, line),
  )
  const amounts = lines.map(({ unitPrice, quantity }) => round(decimal(unitPrice).times(quantity)))
  const region = regionOf(order.ship_country)
  return {
    orderNumber: order.order_id,
    dealerId: order.customer_id,
    region,
    lines,
    total: toAmount(sum([...amounts, decimal(order.freight)])),
    place: placing(order, customer, lines),
    placedOn: order.order_date,
    shipping: shippingOf(order, rowOf(data.shippers, order.ship_via, 'shipper').company_name),
  }
}

/** The SKU of a product: each has one. */
export function skuOf(productId: string): string {
  return `NW-${productId.padStart(2, '0')}`
}

/**
 * A line at its list price, or at the price it was sold at: with a discount, the price of that time less
 * its share. Throws if that has more than the 4 places of a unit price (in this data none has).
 */
function plannedLine({ products }: Northwind, line: Line): PlannedLine {
  const list = rowOf(products, line.product_id, 'product').unit_price
  const price = decimal(line.unit_price).times(decimal(1).minus(line.discount))
  if (price.decimalPlaces() > 4)
    throw new Error(`order ${line.order_id}: ${price} is no unit price`)
  const base = { sku: skuOf(line.product_id), quantity: line.quantity, unitPrice: price.toString() }
  if (price.equals(list)) return base
  const reason = overrideReason(line.unit_price, line.discount)
  return { ...base, priceOverride: { unitPrice: base.unitPrice, reason } }
}

/** `price of the time 14.00, less 15%` */
export function overrideReason(priceThen: string, discount: string): string {
  const price = `price of the time ${toAmount(decimal(priceThen))}`
  return decimal(discount).isZero() ? price : `${price}, less ${decimal(discount).times(100)}%`
}

/** The price before discount that an override's reason names; undefined if it names none. */
export function priceThenOf(reason: string): Decimal | undefined {
  const price = /^price of the time (\d+\.\d{2})(?:, less \d+%)?$/.exec(reason)?.[1]
  return price === undefined ? undefined : decimal(price)
}

function placing(order: Order, customer: Customer, lines: readonly PlannedLine[]): WriteRequest {
  return {
    path: '/orders',
    key: keyOf('order', order.order_id),
    role: 'brand-ops',
    body: {
      dealerId: order.customer_id,
      shipTo: {
        region: regionOf(order.ship_country),
        address: addressOf(order),
        contact: { name: customer.contact_name, phone: customer.phone },
      },
      lines: lines.map(({ unitPrice: _, ...line }) => line),
      charges: [{ kind: 'freight', amount: order.freight, taxRate: FREIGHT_TAX_RATE }],
      payment: 'term',
      orderNumber: order.order_id,
      requestedOn: order.required_date,
    },
  }
}

function addressOf(order: Order): string {
  const { ship_name, ship_address, ship_city, ship_region, ship_postal_code, ship_country } = order
  return [ship_name, ship_address, ship_city, ship_region, ship_postal_code, ship_country]
    .filter((part) => part !== undefined)
    .join(', ')
}

function shippingOf(order: Order, carrier: string): Shipping | undefined {
  const { shipped_date: shippedOn, customer_id: customerId } = order
  if (shippedOn === undefined) return undefined
  return {
    carrier,
    shippedOn,
    deliveredOn: deliveryDay(carrier, shippedOn),
    paidOn: paymentDay(customerId, shippedOn),
  }
}
