/** Holds and reservations that no order stands for, and orders that lack theirs. */

import { decimal, toAmount, ZERO } from '../../domain/kernel/money.ts'
import type { Order } from '../../domain/order/state.ts'
import { reservedFor } from '../../domain/stock/reservations.ts'
import type { StockState } from '../../domain/stock/state.ts'
import type { Truth } from './fold.ts'

const ENDED = new Set(['confirmed', 'shipping', 'completed', 'rejected', 'cancelled'])
const SERVED = new Set(['confirmed', 'shipping'])

/** Each thing that is wrong, in words; nothing of a system that is whole. */
export function orphansIn(truth: Truth): readonly string[] {
  return [...undecided(truth), ...wrongHolds(truth), ...wrongReservations(truth)]
}

function undecided({ orders }: Truth): readonly string[] {
  return [...orders].flatMap(([orderId, order]) =>
    order !== undefined && ENDED.has(order.status)
      ? []
      : `order ${orderId} is ${order?.status ?? 'nothing'}`,
  )
}

/** What an order should still hold: what of it is confirmed and was not shipped. */
function toHold({ shipped }: Truth, order: Order | undefined): string {
  if (order === undefined || !SERVED.has(order.status)) return '0.00'
  return toAmount(decimal(order.total).minus(shipped.get(order.orderId) ?? ZERO))
}

function wrongHolds(truth: Truth): readonly string[] {
  const held = new Map<string, string>()
  for (const { orders } of truth.facilities.values()) {
    for (const [orderId, credit] of orders) held.set(orderId, credit.held)
  }
  const ids = new Set([...held.keys(), ...truth.orders.keys()])
  return [...ids].flatMap((orderId) => {
    const order = truth.orders.get(orderId)
    const [found, wanted] = [held.get(orderId) ?? '0.00', toHold(truth, order)]
    if (found === wanted) return []
    return `order ${orderId} (${order?.status}) holds ${found} of credit, not ${wanted}`
  })
}

function wrongReservations(truth: Truth): readonly string[] {
  const wanted = reservationsWanted(truth)
  const found = reservationsFound(truth)
  return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((place) => {
    const [is, should] = [found.get(place) ?? 0, wanted.get(place) ?? 0]
    return is === should ? [] : `${is} reserved for ${place}, not ${should}`
  })
}

/** By warehouse, SKU and order; and by warehouse and SKU over all orders. */
function reservationsWanted({ orders }: Truth): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>()
  for (const order of orders.values()) {
    if (order === undefined || !SERVED.has(order.status)) continue
    for (const { warehouseId, left } of order.fulfilments) {
      for (const { sku, quantity } of left) {
        add(wanted, `${warehouseId} ${sku} ${order.orderId}`, quantity)
        add(wanted, `${warehouseId} ${sku}`, quantity)
      }
    }
  }
  return wanted
}

function reservationsFound({ stocks }: Truth): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const [warehouseId, { levels, reservations }] of stocks) {
    for (const [sku, { reserved }] of levels) add(found, `${warehouseId} ${sku}`, reserved)
    for (const [orderId, orderStock] of reservations.live) {
      for (const sku of skusOf(orderStock.reservations)) {
        add(found, `${warehouseId} ${sku} ${orderId}`, reservedFor(orderStock, sku))
      }
    }
  }
  return found
}

type Live = StockState['reservations']['live']
type Reservations = NonNullable<ReturnType<Live['get']>>['reservations']

function skusOf(reservations: Reservations): ReadonlySet<string> {
  return new Set(reservations.flatMap(({ lines }) => lines.map(({ sku }) => sku)))
}

function add(sums: Map<string, number>, place: string, quantity: number): void {
  sums.set(place, (sums.get(place) ?? 0) + quantity)
}
