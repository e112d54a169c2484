/**
 * The orders of the last day, by dealer and by network address: what risk signals are read from. A hint:
 * the view may not have read the newest, and the number it keeps is bounded.
 */

import { List, Map as PersistentMap } from 'immutable'
import type { Actor } from '../kernel/event.ts'

/** As long as an order is remembered. */
export const REMEMBERED_MS = 24 * 60 * 60_000

/** Orders remembered in all; beyond it, the oldest are forgotten first. */
export const MOST_REMEMBERED = 100_000

export type RecentOrder = Readonly<{
  orderId: string
  dealerId: string
  /** Of the network; undefined for orders that came from no person's. */
  address: string | undefined
  placedAtMs: number
  /** Tax-inclusive. */
  total: string
  /** It was rejected, cancelled, or lapsed. */
  ended: boolean
}>

type Index = PersistentMap<string, List<string>>

/** Each index lists order ids, the oldest first. */
export type RecentOrders = Readonly<{
  orders: PersistentMap<string, RecentOrder>
  queue: List<string>
  byDealer: Index
  byAddress: Index
}>

export const noRecentOrders: RecentOrders = {
  orders: PersistentMap(),
  queue: List(),
  byDealer: PersistentMap(),
  byAddress: PersistentMap(),
}

/** One machine that sends the orders of many: that they come from one address says nothing. */
const SENDS_FOR_MANY = 'erp'

/** The network address that an order is counted under; undefined: it is not. */
export function riskAddressOf({ role, address }: Actor): string | undefined {
  return role === SENDS_FOR_MANY ? undefined : address
}

/** With one order more, and without those that are too old or too many by then. */
export function withRecent(
  recent: RecentOrders,
  order: RecentOrder,
  most: number = MOST_REMEMBERED,
): RecentOrders {
  if (recent.orders.has(order.orderId)) return recent
  return forgotten(
    {
      orders: recent.orders.set(order.orderId, order),
      queue: recent.queue.push(order.orderId),
      byDealer: appended(recent.byDealer, order.dealerId, order.orderId),
      byAddress:
        order.address === undefined
          ? recent.byAddress
          : appended(recent.byAddress, order.address, order.orderId),
    },
    order.placedAtMs - REMEMBERED_MS,
    most,
  )
}

/** With a change of one order, if it is remembered. */
export function withChanged(
  recent: RecentOrders,
  orderId: string,
  change: Partial<Pick<RecentOrder, 'ended' | 'total'>>,
): RecentOrders {
  const before = recent.orders.get(orderId)
  if (before === undefined) return recent
  return { ...recent, orders: recent.orders.set(orderId, { ...before, ...change }) }
}

/** The orders of one dealer or address since an instant, the newest first. */
export function* since(
  recent: RecentOrders,
  by: 'dealer' | 'address',
  key: string,
  sinceMs: number,
): Generator<RecentOrder> {
  const ids = (by === 'dealer' ? recent.byDealer : recent.byAddress).get(key)
  for (let index = (ids?.size ?? 0) - 1; index >= 0; index--) {
    const order = recent.orders.get(ids?.get(index) ?? '')
    // In the order of the log, which is not quite that of the clocks of those who write it.
    if (order !== undefined && order.placedAtMs < sinceMs) return
    if (order !== undefined) yield order
  }
}

function appended(index: Index, key: string, orderId: string): Index {
  return index.set(key, (index.get(key) ?? List()).push(orderId))
}

function forgotten(recent: RecentOrders, beforeMs: number, most: number): RecentOrders {
  let { orders, queue, byDealer, byAddress } = recent
  for (let oldest = queue.first(); oldest !== undefined; oldest = queue.first()) {
    const order = orders.get(oldest)
    const isOld = order === undefined || order.placedAtMs < beforeMs
    if (!isOld && queue.size <= most) break
    queue = queue.shift()
    orders = orders.delete(oldest)
    if (order === undefined) continue
    byDealer = withoutOldest(byDealer, order.dealerId)
    if (order.address !== undefined) byAddress = withoutOldest(byAddress, order.address)
  }
  return { orders, queue, byDealer, byAddress }
}

/** What is forgotten is the oldest of its dealer and of its address as well. */
function withoutOldest(index: Index, key: string): Index {
  const left = index.get(key)?.shift() ?? List()
  return left.isEmpty() ? index.delete(key) : index.set(key, left)
}
