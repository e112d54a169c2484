/** Stock receipts that let every order pass: each quarter begins with what will be ordered in it. */

import { decimal } from '../domain/kernel/money.ts'
import type { LocalDate } from '../domain/kernel/values.ts'
import { COST_SHARE, regionOf, warehouseFor } from './assumptions.ts'
import { type Northwind, type Product, rowOf } from './northwind.ts'
import { type PlannedOrder, skuOf } from './orders.ts'
import { keyOf, type WriteRequest } from './requests.ts'

export type Receipt = Readonly<{
  on: LocalDate
  warehouseId: string
  sku: string
  quantity: number
  unitCost: string
}>

/** `units_in_stock`, which is what is left in the end, is received first and lies in Europe. */
export function receiptsFor(
  data: Northwind,
  orders: readonly PlannedOrder[],
  firstDay: LocalDate,
): readonly Receipt[] {
  const bySku = new Map([...data.products.values()].map((row) => [skuOf(row.product_id), row]))
  const homeOf = (sku: string, region: string) =>
    warehouseFor(region, categoryOf(data, rowOf(bySku, sku, 'SKU')))
  const left = [...bySku].map(([sku, { units_in_stock: quantity }]) => {
    return { on: firstDay, warehouseId: homeOf(sku, regionOf('Germany')), sku, quantity }
  })
  const ordered = orders.flatMap(({ lines, region, placedOn }) =>
    lines.map(({ sku, quantity }) => {
      return { on: quarterOf(placedOn, firstDay), warehouseId: homeOf(sku, region), sku, quantity }
    }),
  )
  return [...Map.groupBy([...left, ...ordered], placeAndDay).values()].flatMap((needs) => {
    const [first] = needs
    const quantity = needs.reduce((total, need) => total + need.quantity, 0)
    if (first === undefined || quantity === 0) return []
    const unitCost = costOf(rowOf(bySku, first.sku, 'SKU'))
    return [{ ...first, quantity, unitCost }]
  })
}

export function receiving({ on, ...receipt }: Receipt): WriteRequest {
  return {
    path: '/stock/receipts',
    key: keyOf('receipt', on, receipt.warehouseId, receipt.sku),
    role: 'brand-warehouse',
    body: { ...receipt, reference: `supply of ${on}` },
  }
}

/** The name of a product's category. */
export function categoryOf({ categories }: Northwind, { category_id }: Product): string {
  return rowOf(categories, category_id, 'category')
}

function placeAndDay({ on, warehouseId, sku }: Omit<Receipt, 'unitCost'>): string {
  return `${on} ${warehouseId} ${sku}`
}

function costOf({ unit_price }: Product): string {
  return decimal(unit_price).times(COST_SHARE).toDecimalPlaces(4).toString()
}

/** The first day of a day's quarter, but not before the books are open. */
function quarterOf(date: LocalDate, firstDay: LocalDate): LocalDate {
  const [year = '', month = ''] = date.split('-')
  const begins = Math.floor((Number(month) - 1) / 3) * 3 + 1
  const first = `${year}-${String(begins).padStart(2, '0')}-01`
  return first < firstDay ? firstDay : first
}
