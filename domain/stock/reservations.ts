/**
 * For which orders stock is set aside. Orders that have nothing set aside any more are remembered for a
 * while, so that a command that comes twice, or after the one that ended it, changes nothing; beyond
 * that, the mailbox knows every command by its id.
 */

import { Map as PersistentMap } from 'immutable'
import type { Instant } from '../kernel/values.ts'

export type SkuQuantity = Readonly<{ sku: string; quantity: number }>

export type Reservation = Readonly<{
  attempt: number
  /** What is still set aside; never empty. */
  lines: readonly SkuQuantity[]
  expiresAt: Instant
}>

/** An order, as one warehouse knows it. An order may hold several reservations, one an attempt. */
export type OrderStock = Readonly<{
  /** Oldest first. */
  reservations: readonly Reservation[]
  /** Attempts that were refused, released or issued whole: they reserve nothing again. */
  endedAttempts: readonly number[]
  /** Shipments, by id; a fulfilment that ships at once goes by its own. */
  issuedShipments: readonly string[]
}>

export type Reservations = Readonly<{
  /** Orders with stock set aside. */
  live: PersistentMap<string, OrderStock>
  /** Orders that ended lately, in two generations; the older is dropped when the newer is full. */
  recent: PersistentMap<string, OrderStock>
  older: PersistentMap<string, OrderStock>
}>

/** At least so many ended orders are remembered, and at most twice as many. */
export const REMEMBERED_ORDERS = 32_768
const REMEMBERED_ATTEMPTS = 64

export const NO_RESERVATIONS: Reservations = {
  live: PersistentMap(),
  recent: PersistentMap(),
  older: PersistentMap(),
}

const UNKNOWN_ORDER: OrderStock = { reservations: [], endedAttempts: [], issuedShipments: [] }

export function orderStock({ live, recent, older }: Reservations, orderId: string): OrderStock {
  return live.get(orderId) ?? recent.get(orderId) ?? older.get(orderId) ?? UNKNOWN_ORDER
}

/** The reservation of one attempt, if it still holds something. */
export function reservationOf(order: OrderStock, attempt: number): Reservation | undefined {
  return order.reservations.find((reservation) => reservation.attempt === attempt)
}

/** What an order has set aside of a SKU, over all its reservations. */
export function reservedFor(order: OrderStock, sku: string): number {
  return order.reservations
    .flatMap(({ lines }) => lines)
    .reduce((total, line) => (line.sku === sku ? total + line.quantity : total), 0)
}

export function reserved(
  reservations: Reservations,
  orderId: string,
  { attempt, lines, expiresAt }: Reservation,
): Reservations {
  const order = orderStock(reservations, orderId)
  const all = [...order.reservations, { attempt, lines, expiresAt }]
  return withOrder(reservations, orderId, { ...order, reservations: all })
}

/** Remembers that an attempt came to its end without holding anything. */
export function ended(reservations: Reservations, orderId: string, attempt: number): Reservations {
  const order = orderStock(reservations, orderId)
  return withOrder(reservations, orderId, withEnded(order, [attempt]))
}

export function released(
  reservations: Reservations,
  orderId: string,
  attempt: number,
): Reservations {
  const order = orderStock(reservations, orderId)
  const left = order.reservations.filter((reservation) => reservation.attempt !== attempt)
  return withOrder(reservations, orderId, withEnded({ ...order, reservations: left }, [attempt]))
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
  const rest = new Map(issue.lines.map(({ sku, quantity }) => [sku, quantity]))
  const left = order.reservations.map((reservation) => taken(reservation, rest))
  const empty = left.filter(({ lines }) => lines.length === 0).map(({ attempt }) => attempt)
  const after = {
    ...order,
    reservations: left.filter(({ lines }) => lines.length > 0),
    issuedShipments: [...order.issuedShipments, shipmentOf(issue)],
  }
  return withOrder(reservations, issue.orderId, withEnded(after, empty))
}

/** A reservation less what can be taken from it; `rest` keeps what is still to be taken. */
function taken(reservation: Reservation, rest: Map<string, number>): Reservation {
  const lines = reservation.lines.map(({ sku, quantity }) => {
    const part = Math.min(quantity, rest.get(sku) ?? 0)
    rest.set(sku, (rest.get(sku) ?? 0) - part)
    return { sku, quantity: quantity - part }
  })
  return { ...reservation, lines: lines.filter(({ quantity }) => quantity > 0) }
}

function withEnded(order: OrderStock, attempts: readonly number[]): OrderStock {
  const endedAttempts = [...order.endedAttempts, ...attempts].slice(-REMEMBERED_ATTEMPTS)
  return { ...order, endedAttempts }
}

function withOrder(
  { live, recent, older }: Reservations,
  orderId: string,
  order: OrderStock,
): Reservations {
  if (order.reservations.length > 0) return { live: live.set(orderId, order), recent, older }
  const still = live.remove(orderId)
  const remembered = recent.set(orderId, order)
  return remembered.size < REMEMBERED_ORDERS
    ? { live: still, recent: remembered, older }
    : { live: still, recent: PersistentMap(), older: remembered }
}
