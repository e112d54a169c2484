/**
 * The orders of the last day, by dealer and by network address: what risk signals are read from. A hint:
 * the view may not have read the newest, and the number it keeps is bounded.
 */

import { List, Map as PersistentMap } from 'immutable'
import type { Actor } from '../kernel/event.ts'
import type { Decimal } from '../kernel/money.ts'

/** As long as an order is remembered, at least. */
export const REMEMBERED_MS = 24 * 60 * 60_000

/** As many orders are remembered, at most; half as many at least. */
export const MOST_REMEMBERED = 100_000

export type RecentOrder = Readonly<{
  orderId: string
  dealerId: string
  /** Of the network; undefined for orders that came from no person's. */
  address: string | undefined
  placedAtMs: number
  /** Tax-inclusive. */
  total: Decimal
  /** It was rejected, cancelled, or lapsed. */
  ended: boolean
}>

type Index = PersistentMap<string, List<string>>

/** Orders placed one after another; each index lists their ids, the oldest first. */
type Generation = Readonly<{
  sinceMs: number
  orders: PersistentMap<string, RecentOrder>
  byDealer: Index
  byAddress: Index
}>

/**
 * Once the newer generation is a day old, or full, it becomes the older one, and what was the older one is
 * forgotten whole: so that forgetting costs nothing.
 */
export type RecentOrders = Readonly<{ newer: Generation; older: Generation }>

function generation(sinceMs: number): Generation {
  return {
    sinceMs,
    orders: PersistentMap(),
    byDealer: PersistentMap(),
    byAddress: PersistentMap(),
  }
}

export const noRecentOrders: RecentOrders = { newer: generation(0), older: generation(0) }

/** One machine that sends the orders of many: that they come from one address says nothing. */
const SENDS_FOR_MANY = 'erp'

/** The network address that an order is counted under; undefined: it is not. */
export function riskAddressOf({ role, address }: Actor): string | undefined {
  return role === SENDS_FOR_MANY ? undefined : address
}

/** With one order more; orders come in the order of the log. */
export function withRecent(
  recent: RecentOrders,
  order: RecentOrder,
  most: number = MOST_REMEMBERED,
): RecentOrders {
  const { orderId, dealerId, address, placedAtMs } = order
  if (recent.newer.orders.has(orderId) || recent.older.orders.has(orderId)) return recent
  const { newer, older } = withRoom(recent, placedAtMs, most / 2)
  return {
    older,
    newer: {
      sinceMs: newer.sinceMs,
      orders: newer.orders.set(orderId, order),
      byDealer: appended(newer.byDealer, dealerId, orderId),
      byAddress:
        address === undefined ? newer.byAddress : appended(newer.byAddress, address, orderId),
    },
  }
}

function withRoom(recent: RecentOrders, nowMs: number, most: number): RecentOrders {
  const { newer } = recent
  const isOver = nowMs - newer.sinceMs >= REMEMBERED_MS || newer.orders.size >= most
  return isOver ? { newer: generation(nowMs), older: newer } : recent
}

/** With a change of one order, if it is remembered. */
export function withChanged(
  recent: RecentOrders,
  orderId: string,
  change: Partial<Pick<RecentOrder, 'ended' | 'total'>>,
): RecentOrders {
  for (const name of ['newer', 'older'] as const) {
    const { orders, ...rest } = recent[name]
    const before = orders.get(orderId)
    if (before === undefined) continue
    const after = orders.set(orderId, { ...before, ...change })
    return { ...recent, [name]: { ...rest, orders: after } }
  }
  return recent
}

/** The orders of one dealer or address since an instant, the newest first. */
export function* since(
  { newer, older }: RecentOrders,
  by: 'dealer' | 'address',
  key: string,
  sinceMs: number,
): Generator<RecentOrder> {
  for (const { orders, byDealer, byAddress } of [newer, older]) {
    const ids = (by === 'dealer' ? byDealer : byAddress).get(key)
    for (let index = (ids?.size ?? 0) - 1; index >= 0; index--) {
      const order = orders.get(ids?.get(index) ?? '')
      // In the order of the log, which is not quite that of the clocks of those who write it.
      if (order !== undefined && order.placedAtMs < sinceMs) return
      if (order !== undefined) yield order
    }
  }
}

function appended(index: Index, key: string, orderId: string): Index {
  return index.set(key, (index.get(key) ?? List()).push(orderId))
}
