/** What becomes of each order: its lines, its fulfilments, its reviews, its end. */

import { type Cents, cents, rounded, text, total } from './cents.ts'
import type { Data, Seen } from './law.ts'
import { law } from './law.ts'

type Line = { quantity: number; amount: Cents; net: Cents; shipped: number }

type Fulfilment = {
  warehouseId: string
  left: Map<string, number>
  shipped: Map<string, number>
  delivered: boolean
  /** The day it is expected on; empty: none was named. */
  expectedOn: string
  /** The day that it was warned of. */
  warnedOf: string
}

type Review = { chain: readonly Data[]; step: number; roles: string[]; amendment: boolean }

export type Order = {
  orderId: string
  dealerId: string
  payment: string
  requestedOn: string
  status: string
  /** Why it was rejected. */
  code: string
  total: Cents
  charges: Cents
  lines: Map<string, Line>
  fulfilments: Map<string, Fulfilment>
  shipments: Map<string, Cents>
  review: Review | undefined
  /** What it was before its review. */
  before: string
  isAmending: boolean
  /** Until when it may wait for its money; empty if it does not. */
  awaitsUntil: string
  /** When its latest event was recorded. */
  latest: string
}

const ENDED = new Set(['completed', 'rejected', 'cancelled', 'lapsed'])

/** From which states an event may come; what is not named may come to any order that has not ended. */
const FROM: Readonly<Record<string, readonly string[]>> = {
  FulfilmentPlanned: ['placed', 'review', 'backordered'],
  OrderBackordered: ['placed', 'backordered'],
  OrderConfirmed: ['placed'],
  OrderRejected: ['placed', 'review', 'backordered'],
  OrderLapsed: ['placed', 'review', 'backordered'],
  OrderCancelled: ['placed', 'review', 'backordered', 'confirmed'],
  RemainderCancelled: ['shipping', 'review'],
  FulfilmentPicked: ['confirmed', 'shipping', 'review'],
  FulfilmentShipped: ['confirmed', 'shipping', 'review'],
  FulfilmentDelivered: ['shipping', 'review'],
  OrderCompleted: ['shipping', 'review'],
}

export type Orders = ReturnType<typeof createOrders>

export function createOrders() {
  const orders = new Map<string, Order>()
  const open = new Set<Order>()

  function see(seen: Seen): void {
    const { type, data, event } = seen
    // What goes back of an order has a way of its own.
    if (!event.stream.startsWith('order-') || type.startsWith('Return')) return
    if (type === 'OrderPlaced') placed(data, seen)
    const order = orders.get(data.orderId)
    if (order === undefined) return
    order.latest = seen.metadata.recordedAt
    if (type === 'OrderPlaced') return
    const mayBe = FROM[type]?.includes(order.status) ?? !ENDED.has(order.status)
    law('an order goes its way', mayBe, () => `${type} of an order that is ${order.status}`, seen)
    handlers[type]?.(order, data, seen)
    if (ENDED.has(order.status)) open.delete(order)
  }

  function placed(data: Data, seen: Seen): void {
    law('an order is placed once', !orders.has(data.orderId), () => data.orderId, seen)
    const { orderId, dealerId, payment, requestedOn = '' } = data
    const order: Order = {
      ...{ orderId, dealerId, payment, requestedOn, status: 'placed', code: '' },
      ...{ total: 0n, charges: 0n },
      ...{ lines: new Map(), fulfilments: new Map(), shipments: new Map() },
      ...{ review: undefined, before: 'placed', isAmending: false, awaitsUntil: '' },
      latest: '',
    }
    withLines(order, data)
    orders.set(orderId, order)
    open.add(order)
  }

  return {
    see,
    get: (orderId: string) => orders.get(orderId),
    all: () => orders.values(),
    /** Those that have not ended. */
    open: (): ReadonlySet<Order> => open,
    /** What was to be there by the end of a day, and is not. */
    missed: (date: string) =>
      [...open].flatMap(({ status, fulfilments }) =>
        status !== 'confirmed' && status !== 'shipping'
          ? []
          : [...fulfilments]
              .filter(([, { delivered }]) => !delivered)
              .filter(
                ([, { expectedOn: on, warnedOf }]) => on !== '' && on <= date && on !== warnedOf,
              )
              .map(([fulfilmentId, { expectedOn }]) => ({ fulfilmentId, expectedOn })),
      ),
    isEnded: ({ status }: Order) => ENDED.has(status),
  }
}

const handlers: Record<string, (order: Order, data: Data, seen: Seen) => void> = {
  FulfilmentPlanned(order) {
    order.status = 'placed'
    order.review = undefined
    order.awaitsUntil = ''
  },
  OrderBackordered: (order) => set(order, { status: 'backordered' }),
  PaymentAwaited: (order, { until }) => set(order, { awaitsUntil: until }),
  ReviewRequested(order, { chain, amendment }) {
    const isOfAmendment = amendment !== undefined
    if (order.status !== 'review') order.before = order.status
    order.review = { chain, step: 0, roles: [chain[0]?.role], amendment: isOfAmendment }
    if (!isOfAmendment) order.status = 'review'
  },
  ReviewStepApproved({ review }, { step }) {
    if (review) Object.assign(review, { step: step + 1, roles: [review.chain[step + 1]?.role] })
  },
  ReviewEscalated: ({ review }, { to }) => void review?.roles.push(to),
  OrderApproved(order) {
    if (order.status === 'review') order.status = order.before
    order.review = undefined
  },
  AmendmentRequested: (order) => set(order, { isAmending: true }),
  AmendmentPlanned: (order) => set(order, { isAmending: true }),
  AmendmentRefused(order) {
    set(order, { isAmending: false, awaitsUntil: '' })
    if (order.review?.amendment) order.review = undefined
  },
  OrderConfirmed(order, { fulfilments, reducedTo }, seen) {
    if (reducedTo !== undefined) withLines(order, reducedTo)
    set(order, { status: 'confirmed', awaitsUntil: '' })
    divide(order, fulfilments)
    wholeOrder(order, seen)
  },
  OrderAmended(order, data, seen) {
    withLines(order, data)
    set(order, { isAmending: false, awaitsUntil: '' })
    if (data.fulfilments.length === 0) {
      set(order, { status: 'placed', review: undefined })
      return
    }
    divide(order, data.fulfilments)
    wholeOrder(order, seen)
  },
  FulfilmentStockLost(order, { fulfilmentId, lines, becomes }, seen) {
    const fulfilment = fulfilmentOf(order, fulfilmentId, seen)
    fulfilment.left = leftOf(lines, fulfilment.shipped)
    if (becomes === 'cancelled') order.fulfilments.delete(fulfilmentId)
  },
  OrderRejected: (order, { code }) => set(order, { status: 'rejected', code }),
  OrderLapsed: (order, { code }) => set(order, { status: 'lapsed', code }),
  OrderCancelled(order, data, seen) {
    law('an order is cancelled whole before it ships', order.shipments.size === 0, no, seen)
    cancelled(order, data, seen)
    order.status = 'cancelled'
  },
  RemainderCancelled(order, data, seen) {
    cancelled(order, data, seen)
    if (order.status === 'review') order.status = 'shipping'
    order.review = undefined
  },
  FulfilmentShipped: shipped,
  FulfilmentDelivered(order, { fulfilmentId }, seen) {
    const fulfilment = fulfilmentOf(order, fulfilmentId, seen)
    const isThere = fulfilment.left.size === 0 && !fulfilment.delivered
    law('only what was shipped is delivered, once', isThere, () => fulfilmentId, seen)
    fulfilment.delivered = true
  },
  FulfilmentInTransit: (order, data, seen) => expected(order, data, seen),
  FulfilmentDelayed: (order, data, seen) => expected(order, data, seen),
  FulfilmentLate(order, { fulfilmentId, expectedOn }, seen) {
    const fulfilment = fulfilmentOf(order, fulfilmentId, seen)
    const isLate = !fulfilment.delivered && fulfilment.expectedOn === expectedOn
    const isNews = fulfilment.warnedOf !== expectedOn && expectedOn < seen.bookedOn
    law(
      'what is late is warned of once a day that was named',
      isLate && isNews,
      () => fulfilmentId,
      seen,
    )
    fulfilment.warnedOf = expectedOn
  },
  OrderCompleted(order, _, seen) {
    const open = [...order.fulfilments].filter(([, { delivered }]) => !delivered)
    const names = () => open.map(([id]) => id).join(' ')
    law('an order is completed once all is delivered', open.length === 0, names, seen)
    order.status = 'completed'
  },
}

const no = () => ''

function set(order: Order, change: Partial<Order>): void {
  Object.assign(order, change)
}

function withLines(order: Order, { lines, charges, total: whole }: Data): void {
  const shippedOf = new Map([...order.lines].map(([sku, line]) => [sku, line.shipped]))
  order.total = cents(whole)
  order.charges = total(charges.map(({ amount }: Data) => cents(amount)))
  order.lines = new Map(
    lines.map(({ sku, quantity, amount, net }: Data) => [
      sku,
      { quantity, amount: cents(amount), net: cents(net), shipped: shippedOf.get(sku) ?? 0 },
    ]),
  )
}

function divide(order: Order, fulfilments: readonly Data[]): void {
  order.fulfilments = new Map(
    fulfilments.map(({ fulfilmentId, warehouseId, lines }: Data) => {
      const before = order.fulfilments.get(fulfilmentId)
      const gone = before?.shipped ?? new Map<string, number>()
      const left = leftOf(lines, gone)
      const delivered = before?.delivered === true && left.size === 0
      const { expectedOn = order.requestedOn, warnedOf = '' } = before ?? {}
      const named = { expectedOn, warnedOf }
      return [fulfilmentId, { warehouseId, left, shipped: gone, delivered, ...named }]
    }),
  )
}

function leftOf(lines: readonly Data[], gone: ReadonlyMap<string, number>): Map<string, number> {
  const left = lines.map(({ sku, quantity }) => [sku, quantity - (gone.get(sku) ?? 0)] as const)
  return new Map(left.filter(([, quantity]) => quantity > 0))
}

function wholeOrder(order: Order, seen: Seen): void {
  const planned = new Map<string, number>()
  for (const { left, shipped: gone } of order.fulfilments.values()) {
    for (const [sku, quantity] of [...left, ...gone]) {
      planned.set(sku, (planned.get(sku) ?? 0) + quantity)
    }
  }
  const wanted = [...order.lines].map(([sku, { quantity }]) => [sku, quantity] as const)
  law(
    'the fulfilments are the order, no more and no less',
    wanted.length === planned.size && wanted.every(([sku, units]) => planned.get(sku) === units),
    () => `${JSON.stringify([...planned])} of ${JSON.stringify(wanted)}`,
    seen,
  )
}

function fulfilmentOf(order: Order, fulfilmentId: string, seen: Seen): Fulfilment {
  const found = order.fulfilments.get(fulfilmentId)
  law('a fulfilment belongs to its order', found !== undefined, () => fulfilmentId, seen)
  if (found === undefined) throw new Error(fulfilmentId)
  return found
}

function expected(order: Order, { fulfilmentId, expectedOn }: Data, seen: Seen): void {
  if (expectedOn !== undefined) fulfilmentOf(order, fulfilmentId, seen).expectedOn = expectedOn
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
    law('nothing is shipped beyond the order', line && quantity <= left, figures, seen)
    if (line === undefined) continue
    const expected = [line.amount, line.net].map((whole) => text(part(whole, line, quantity)))
    law(
      'parts add up to the cent',
      expected[0] === amount && expected[1] === net,
      () => `${sku}: ${amount} net ${net}, expected ${expected.join(' net ')}`,
      seen,
    )
    line.shipped += quantity
    fulfilment.shipped.set(sku, (fulfilment.shipped.get(sku) ?? 0) + quantity)
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
  if (order.status === 'review') order.before = 'shipping'
  else order.status = 'shipping'
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
