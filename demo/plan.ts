/** Northwind's history as a plan: what is set up first, then what is done on each business day. Pure. */

import { addDays, endOfMonth } from '../domain/kernel/dates.ts'
import type { LocalDate } from '../domain/kernel/values.ts'
import {
  GOODS_TAX_RATE,
  GRACE_DAYS,
  regionOf,
  statementDay,
  TERMS,
  WAREHOUSES,
} from './assumptions.ts'
import { limitFor } from './limits.ts'
import type { Customer, Northwind, Product } from './northwind.ts'
import { type PlannedOrder, plannedOrders, skuOf } from './orders.ts'
import { categoryOf, type Receipt, receiptsFor, receiving } from './receipts.ts'
import { keyOf, type WriteRequest } from './requests.ts'
import { isAnnounced, ordersOf, type PaidOrder, type Transfer, transfersOf } from './transfers.ts'

/** What is done on one business day; all of it may be done at once, receipts first. */
export type PlannedDay = Readonly<{
  date: LocalDate
  receipts: readonly WriteRequest[]
  placed: readonly PlannedOrder[]
  shipped: readonly PlannedOrder[]
  delivered: readonly PlannedOrder[]
  /** Payments that customers announce before their money comes. */
  announced: readonly PaidOrder[]
  /** The bank's statement of the days since the one before, if one comes on this day. */
  statement: readonly Transfer[]
}>

export type Plan = Readonly<{
  /** Done on the first day, one group after another. */
  setUp: readonly (readonly WriteRequest[])[]
  /** Every calendar day from the first order to the end of the month of the last statement. */
  days: readonly PlannedDay[]
  orders: readonly PlannedOrder[]
  /** What the bank's statements show in all. */
  transfers: readonly Transfer[]
}>

/** The first business day of a system that the history is played in. */
export const FIRST_DAY: LocalDate = '1996-07-04'

export function planOf(data: Northwind): Plan {
  const orders = plannedOrders(data)
  const receipts = receiptsFor(data, orders, FIRST_DAY)
  const names = new Map(data.customers.map((row) => [row.customer_id, row.company_name]))
  const transfers = transfersOf(orders, names)
  const ofDealer = Map.groupBy(orders, ({ dealerId }) => dealerId)
  return {
    setUp: [
      [...WAREHOUSES.map(opening), ...data.customers.map(registering), ...productsOf(data)],
      data.customers.map(({ customer_id: id }) => limiting(id, ofDealer.get(id) ?? [])),
    ],
    days: daysOf(orders, receipts, transfers),
    orders,
    transfers,
  }
}

function daysOf(
  orders: readonly PlannedOrder[],
  receipts: readonly Receipt[],
  transfers: readonly Transfer[],
): readonly PlannedDay[] {
  const received = Map.groupBy(receipts, ({ on }) => on)
  const placed = Map.groupBy(orders, ({ placedOn }) => placedOn)
  const shipped = Map.groupBy(orders, ({ shipping }) => shipping?.shippedOn)
  const delivered = Map.groupBy(orders, ({ shipping }) => shipping?.deliveredOn)
  const announced = Map.groupBy(transfers.filter(isAnnounced), ({ on }) => on)
  const stated = Map.groupBy(transfers, ({ on }) => statementDay(on))
  return datesTo(lastDayOf(orders, transfers)).map((date) => ({
    date,
    receipts: (received.get(date) ?? []).map(receiving),
    placed: placed.get(date) ?? [],
    shipped: shipped.get(date) ?? [],
    delivered: delivered.get(date) ?? [],
    announced: (announced.get(date) ?? []).flatMap(ordersOf),
    statement: stated.get(date) ?? [],
  }))
}

/** The end of the month in which everything is over, so that it can be closed. */
function lastDayOf(orders: readonly PlannedOrder[], transfers: readonly Transfer[]): LocalDate {
  const dates = [
    ...orders.map(({ placedOn, shipping }) => shipping?.deliveredOn ?? placedOn),
    ...transfers.map(({ on }) => statementDay(on)),
  ]
  return endOfMonth(dates.sort().at(-1) ?? FIRST_DAY)
}

function datesTo(last: LocalDate): readonly LocalDate[] {
  const dates: LocalDate[] = []
  for (let date = FIRST_DAY; date <= last; date = addDays(date, 1)) dates.push(date)
  return dates
}

function opening(warehouse: (typeof WAREHOUSES)[number]): WriteRequest {
  return {
    path: '/warehouses',
    key: keyOf('warehouse', warehouse.warehouseId),
    role: 'brand-warehouse',
    body: warehouse,
  }
}

function registering({ customer_id, company_name, country }: Customer): WriteRequest {
  return {
    path: '/dealers',
    key: keyOf('dealer', customer_id),
    role: 'brand-ops',
    body: { dealerId: customer_id, name: company_name, region: regionOf(country) },
  }
}

function limiting(dealerId: string, orders: readonly PlannedOrder[]): WriteRequest {
  return {
    path: `/facilities/${dealerId}/limit`,
    key: keyOf('limit', dealerId),
    role: 'brand-finance',
    body: {
      limit: limitFor(orders),
      terms: TERMS,
      graceDays: GRACE_DAYS,
      reason: 'opening of the books',
    },
  }
}

function productsOf(data: Northwind): readonly WriteRequest[] {
  return [...data.products.values()].map((row) => productOf(row, categoryOf(data, row)))
}

function productOf(row: Product, category: string): WriteRequest {
  const { product_id, product_name: name, unit_price, reorder_level, quantity_per_unit } = row
  return {
    path: '/products',
    key: keyOf('product', product_id),
    role: 'brand-ops',
    body: {
      productId: product_id,
      name,
      category,
      taxRate: GOODS_TAX_RATE,
      skus: [
        {
          sku: skuOf(product_id),
          name,
          attributes: { unit: quantity_per_unit },
          basePrice: unit_price,
          safetyStock: reorder_level,
        },
      ],
    },
  }
}
