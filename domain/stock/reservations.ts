/**
 * For which orders stock is set aside. Orders that have nothing set aside any more are remembered for a
 * while, so that a command that comes twice, or after the one that ended it, changes nothing; beyond
 * that, the mailbox knows every command by its id.
 */

import { Map as PersistentMap } from 'immutable'
import type { SkuQuantity } from '../kernel/lines.ts'
import type { Instant } from '../kernel/values.ts'

export type Reservation = Readonly<{
  attempt: number
  /** What is still set aside; never empty. */
  lines: readonly SkuQuantity[]
  expiresAt: Instant
  /** Grows with each reservation of the warehouse: the highest is the newest. */
  sequence: number
}>

/** An order, as one warehouse knows it. An order may hold several reservations, one an attempt. */
export type OrderStock = Readonly<{
  /** Oldest first. */
  reservations: readonly Reservation[]
  /** Attempts that were refused, released or issued whole: they reserve nothing again. */
  endedAttempts: readonly number[]
  /** Shipments, by id; a fulfilment that ships at once goes by its own. */
  issuedShipments: readonly string[]
  /** Attempts of plans that needed less: each gives back once. */
  reducedAttempts: readonly number[]
  /** What was taken from the order because fewer goods were found than were promised. */
  lost: readonly SkuQuantity[]
}>

export type Reservations = Readonly<{
  /** Orders with stock set aside. */
  live: PersistentMap<string, OrderStock>
  /** Orders that ended lately, in two generations; the older is dropped when the newer is full. */
  recent: PersistentMap<string, OrderStock>
  older: PersistentMap<string, OrderStock>
  /** The sequence number of the next reservation. */
  next: number
}>

/** At least so many ended orders are remembered, and at most twice as many. */
export const REMEMBERED_ORDERS = 32_768
const REMEMBERED_ATTEMPTS = 64

export const NO_RESERVATIONS: Reservations = {
  live: PersistentMap(),
  recent: PersistentMap(),
  older: PersistentMap(),
  next: 0,
}

const UNKNOWN_ORDER: OrderStock = {
  reservations: [],
  endedAttempts: [],
  issuedShipments: [],
  reducedAttempts: [],
  lost: [],
}

export function orderStock({ live, recent, older }: Reservations, orderId: string): OrderStock {
  return live.get(orderId) ?? recent.get(orderId) ?? older.get(orderId) ?? UNKNOWN_ORDER
}

/** The reservation of one attempt, if it still holds something. */
export function reservationOf(order: OrderStock, attempt: number): Reservation | undefined {
  return order.reservations.find((reservation) => reservation.attempt === attempt)
}

/** What an order has set aside of a SKU, over all its reservations. */
export function reservedFor(order: OrderStock, sku: string): number {
  return unitsOf(
    order.reservations.flatMap(({ lines }) => lines),
    sku,
  )
}

/** What an order lost of a SKU, and may still have shipped before anybody knew. */
export function lostOf({ lost }: OrderStock, sku: string): number {
  return unitsOf(lost, sku)
}

function unitsOf(lines: readonly SkuQuantity[], sku: string): number {
  return lines.reduce((total, line) => (line.sku === sku ? total + line.quantity : total), 0)
}

export function reserved(
  reservations: Reservations,
  orderId: string,
  { attempt, lines, expiresAt }: Omit<Reservation, 'sequence'>,
): Reservations {
  const order = orderStock(reservations, orderId)
  const sequence = reservations.next
  const all = [...order.reservations, { attempt, lines, expiresAt, sequence }]
  const counted = { ...reservations, next: sequence + 1 }
  return withOrder(counted, orderId, { ...order, reservations: all })
}

/** Remembers that an attempt came to its end without holding anything. */
export function ended(reservations: Reservations, orderId: string, attempt: number): Reservations {
  const order = orderStock(reservations, orderId)
  return withOrder(reservations, orderId, withEnded(order, [attempt]))
}

/** Lets go of an attempt; `lost` is what the order did not want to give. */
export function released(
  reservations: Reservations,
  orderId: string,
  attempt: number,
  lost: readonly SkuQuantity[] = [],
): Reservations {
  const order = orderStock(reservations, orderId)
  const left = order.reservations.filter((reservation) => reservation.attempt !== attempt)
  const after = { ...order, reservations: left, lost: bySku([...order.lost, ...lost]) }
  return withOrder(reservations, orderId, withEnded(after, [attempt]))
}

/** Gives back what the plan of an attempt does not need, from the oldest reservations. */
export function reduced(
  reservations: Reservations,
  orderId: string,
  attempt: number,
  lines: readonly SkuQuantity[],
): Reservations {
  const order = orderStock(reservations, orderId)
  const reducedAttempts = [...order.reducedAttempts, attempt].slice(-REMEMBERED_ATTEMPTS)
  const after = withoutLines({ ...order, reducedAttempts }, quantities(lines))
  return withOrder(reservations, orderId, after)
}

export type Issue = Readonly<{
  orderId: string
  fulfilmentId: string
  shipmentId?: string | undefined
  lines: readonly SkuQuantity[]
}>

/** What an issue is known by. */
export function shipmentOf({ shipmentId, fulfilmentId }: Issue): string {
  return shipmentId ?? fulfilmentId
}

/** Takes what left the warehouse from the order's reservations, the oldest first. */
export function issued(reservations: Reservations, issue: Issue): Reservations {
  const order = orderStock(reservations, issue.orderId)
  const rest = quantities(issue.lines)
  const issuedShipments = [...order.issuedShipments, shipmentOf(issue)]
  const after = withoutLines({ ...order, issuedShipments }, rest)
  const lost = withoutUnits(order.lost, rest)
  return withOrder(reservations, issue.orderId, { ...after, lost })
}

/** One line a SKU, in the order of their first mention. */
export function bySku(lines: readonly SkuQuantity[]): { sku: string; quantity: number }[] {
  return [...quantities(lines)].map(([sku, quantity]) => ({ sku, quantity }))
}

function quantities(lines: readonly SkuQuantity[]): Map<string, number> {
  const bySkus = new Map<string, number>()
  for (const { sku, quantity } of lines) bySkus.set(sku, (bySkus.get(sku) ?? 0) + quantity)
  return bySkus
}

/** What an order's reservations are without some units; `rest` keeps what they did not have. */
function withoutLines(order: OrderStock, rest: Map<string, number>): OrderStock {
  const left = order.reservations.map((reservation) => ({
    ...reservation,
    lines: withoutUnits(reservation.lines, rest),
  }))
  const empty = left.filter(({ lines }) => lines.length === 0).map(({ attempt }) => attempt)
  const reservations = left.filter(({ lines }) => lines.length > 0)
  return withEnded({ ...order, reservations }, empty)
}

/** Lines less what can be taken from them; `rest` keeps what is still to be taken. */
function withoutUnits(
  lines: readonly SkuQuantity[],
  rest: Map<string, number>,
): readonly SkuQuantity[] {
  const left = lines.map(({ sku, quantity }) => {
    const part = Math.min(quantity, rest.get(sku) ?? 0)
    rest.set(sku, (rest.get(sku) ?? 0) - part)
    return { sku, quantity: quantity - part }
  })
  return left.filter(({ quantity }) => quantity > 0)
}

function withEnded(order: OrderStock, attempts: readonly number[]): OrderStock {
  const endedAttempts = [...order.endedAttempts, ...attempts].slice(-REMEMBERED_ATTEMPTS)
  return { ...order, endedAttempts }
}

function withOrder(reservations: Reservations, orderId: string, order: OrderStock): Reservations {
  const { live, recent } = reservations
  if (order.reservations.length > 0) return { ...reservations, live: live.set(orderId, order) }
  const still = { ...reservations, live: live.remove(orderId) }
  const remembered = recent.set(orderId, order)
  return remembered.size < REMEMBERED_ORDERS
    ? { ...still, recent: remembered }
    : { ...still, recent: PersistentMap(), older: remembered }
}
