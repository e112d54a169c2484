/** What becomes of each order: its lines, its fulfilments, its end. */

import { type Cents, cents, rounded, text, total } from './cents.ts'
import type { Data, Seen } from './law.ts'
import { law } from './law.ts'

type Line = { quantity: number; amount: Cents; net: Cents; shipped: number }

type Fulfilment = { warehouseId: string; left: Map<string, number>; delivered: boolean }

export type Order = {
  orderId: string
  dealerId: string
  facilityId: string
  payment: string
  status: string
  /** Why it was rejected. */
  code: string
  total: Cents
  charges: Cents
  lines: Map<string, Line>
  fulfilments: Map<string, Fulfilment>
  shipments: Map<string, Cents>
}

const ENDED = new Set(['completed', 'rejected', 'cancelled', 'lapsed'])

/** From which states an event may come. */
const FROM: Readonly<Record<string, readonly string[]>> = {
  FulfilmentPlanned: ['placed', 'review', 'backordered'],
  OrderBackordered: ['placed', 'review', 'backordered'],
  ReviewRequested: ['placed', 'backordered', 'confirmed', 'shipping', 'review'],
  OrderApproved: ['review', 'confirmed', 'shipping'],
  OrderConfirmed: ['placed'],
  OrderRejected: ['placed', 'review', 'backordered'],
  OrderLapsed: ['placed', 'review', 'backordered'],
  OrderCancelled: ['placed', 'review', 'backordered', 'confirmed'],
  RemainderCancelled: ['shipping'],
  FulfilmentPicked: ['confirmed', 'shipping'],
  FulfilmentShipped: ['confirmed', 'shipping'],
  FulfilmentDelivered: ['shipping'],
  OrderCompleted: ['shipping'],
}

export type Orders = ReturnType<typeof createOrders>

export function createOrders() {
  const orders = new Map<string, Order>()

  const handlers: Record<string, (order: Order, data: Data, seen: Seen) => void> = {
    OrderConfirmed(order, { fulfilments, reducedTo }, seen) {
      if (reducedTo !== undefined) withLines(order, reducedTo)
      order.status = 'confirmed'
      divide(order, fulfilments)
      wholeOrder(order, seen)
    },
    OrderAmended(order, data, seen) {
      withLines(order, data)
      if (data.fulfilments.length === 0) return
      divide(order, data.fulfilments)
      wholeOrder(order, seen)
    },
    OrderRejected: (order, { code }) => {
      order.status = 'rejected'
      order.code = code
    },
    OrderLapsed: (order) => {
      order.status = 'lapsed'
    },
    OrderCancelled(order, data, seen) {
      law('an order is cancelled whole before it ships', order.shipments.size === 0, no, seen)
      cancelled(order, data, seen)
      order.status = 'cancelled'
    },
    RemainderCancelled: (order, data, seen) => cancelled(order, data, seen),
    FulfilmentShipped: shipped,
    FulfilmentDelivered(order, { fulfilmentId }, seen) {
      const fulfilment = fulfilmentOf(order, fulfilmentId, seen)
      const isThere = fulfilment.left.size === 0 && !fulfilment.delivered
      law('only what was shipped is delivered, once', isThere, () => fulfilmentId, seen)
      fulfilment.delivered = true
    },
    OrderCompleted(order, _, seen) {
      const open = [...order.fulfilments].filter(([, { delivered }]) => !delivered)
      const names = () => open.map(([id]) => id).join(' ')
      law('an order is completed once all is delivered', open.length === 0, names, seen)
      order.status = 'completed'
    },
    OrderBackordered: (order) => {
      order.status = 'backordered'
    },
    FulfilmentPlanned: (order) => {
      order.status = 'placed'
    },
  }

  function see(seen: Seen): void {
    const { type, data } = seen
    if (type === 'OrderPlaced') placed(data, seen)
    const order = orders.get(data.orderId)
    if (order === undefined || !seen.event.stream.startsWith('order-')) return
    if (type === 'OrderPlaced') return
    const from = FROM[type]
    const mayBe = from?.includes(order.status) ?? !ENDED.has(order.status)
    law('an order goes its way', mayBe, () => `${type} of an order that is ${order.status}`, seen)
    handlers[type]?.(order, data, seen)
  }

  function placed(data: Data, seen: Seen): void {
    law('an order is placed once', !orders.has(data.orderId), () => data.orderId, seen)
    const { orderId, dealerId, facilityId, payment } = data
    const order: Order = {
      ...{
        orderId,
        dealerId,
        facilityId,
        payment,
        status: 'placed',
        code: '',
        total: 0n,
        charges: 0n,
      },
      ...{ lines: new Map(), fulfilments: new Map(), shipments: new Map() },
    }
    withLines(order, data)
    orders.set(orderId, order)
  }

  return {
    see,
    get: (orderId: string) => orders.get(orderId),
    all: () => orders.values(),
    isEnded: ({ status }: Order) => ENDED.has(status),
  }
}

const no = () => ''

function withLines(order: Order, { lines, charges, total: whole }: Data): void {
  order.total = cents(whole)
  order.charges = total(charges.map(({ amount }: Data) => cents(amount)))
  order.lines = new Map(
    lines.map(({ sku, quantity, amount, net }: Data) => [
      sku,
      { quantity, amount: cents(amount), net: cents(net), shipped: 0 },
    ]),
  )
}

function divide(order: Order, fulfilments: readonly Data[]): void {
  order.fulfilments = new Map(
    fulfilments.map(({ fulfilmentId, warehouseId, lines }: Data) => [
      fulfilmentId,
      { warehouseId, left: quantities(lines), delivered: false },
    ]),
  )
}

function wholeOrder(order: Order, seen: Seen): void {
  const planned = new Map<string, number>()
  for (const { left } of order.fulfilments.values()) {
    for (const [sku, quantity] of left) planned.set(sku, (planned.get(sku) ?? 0) + quantity)
  }
  const wanted = [...order.lines].map(([sku, { quantity }]) => [sku, quantity])
  const same =
    wanted.length === planned.size && wanted.every(([sku, n]) => planned.get(`${sku}`) === n)
  law(
    'the fulfilments are the order, no more and no less',
    same,
    () => `${JSON.stringify([...planned])} of ${JSON.stringify(wanted)}`,
    seen,
  )
}

function quantities(lines: readonly Data[]): Map<string, number> {
  return new Map(lines.map(({ sku, quantity }) => [sku, quantity]))
}

function fulfilmentOf(order: Order, fulfilmentId: string, seen: Seen): Fulfilment {
  const found = order.fulfilments.get(fulfilmentId)
  law('a fulfilment belongs to its order', found !== undefined, () => fulfilmentId, seen)
  return found ?? { warehouseId: '', left: new Map(), delivered: false }
}

/** The parts of a line over all its shipments are the rounded running total, less what went before. */
function shipped(order: Order, data: Data, seen: Seen): void {
  const fulfilment = fulfilmentOf(order, data.fulfilmentId, seen)
  const isFirst = order.shipments.size === 0
  let sum = isFirst ? order.charges : 0n
  for (const { sku, quantity, amount, net } of data.lines) {
    const line = order.lines.get(sku)
    const left = fulfilment.left.get(sku) ?? 0
    const figures = () => `${quantity} of ${sku}, ${left} left of ${data.fulfilmentId}`
    law(
      'nothing is shipped beyond the order',
      line !== undefined && quantity <= left,
      figures,
      seen,
    )
    if (line === undefined) continue
    const expected = [line.amount, line.net].map((whole) => text(part(whole, line, quantity)))
    law(
      'parts add up to the cent',
      expected[0] === amount && expected[1] === net,
      () => `${sku}: ${amount} net ${net}, expected ${expected.join(' net ')}`,
      seen,
    )
    line.shipped += quantity
    if (left === quantity) fulfilment.left.delete(sku)
    else fulfilment.left.set(sku, left - quantity)
    sum += cents(amount)
  }
  law(
    'a shipment is its lines and charges',
    sum === cents(data.amount) && cents(data.amount) === cents(data.net) + cents(data.tax),
    () => `${data.amount}, the parts are ${text(sum)}`,
    seen,
  )
  const isNew = !order.shipments.has(data.shipmentId)
  law('a shipment has its own id', isNew, () => data.shipmentId, seen)
  order.shipments.set(data.shipmentId, sum)
  order.status = 'shipping'
}

function part(whole: Cents, { quantity: all, shipped: before }: Line, quantity: number): Cents {
  const until = (units: number) => rounded(whole * BigInt(units), BigInt(all))
  return until(before + quantity) - until(before)
}

function cancelled(order: Order, { fulfilments }: Data, seen: Seen): void {
  for (const { fulfilmentId, lines, becomes } of fulfilments) {
    const fulfilment = fulfilmentOf(order, fulfilmentId, seen)
    const named = JSON.stringify(lines.map(({ sku, quantity }: Data) => [sku, quantity]))
    law(
      'what is cancelled is what was left',
      named === JSON.stringify([...fulfilment.left]),
      () => `${named} of ${JSON.stringify([...fulfilment.left])}`,
      seen,
    )
    fulfilment.left.clear()
    if (becomes === 'cancelled') order.fulfilments.delete(fulfilmentId)
  }
}
