/** The tables of Northwind Traders, parsed once and typed. Pure: the texts are handed in. */

import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { LocalDate } from '../domain/kernel/values.ts'

/** The tables the demo uses; each a file `data/northwind/<name>.csv`. */
export const TABLE_NAMES = [
  'categories',
  'customers',
  'order_details',
  'orders',
  'products',
  'shippers',
] as const
export type TableName = (typeof TABLE_NAMES)[number]

const Key = z.string().min(1)
const Whole = z.string().regex(/^\d+$/).transform(Number)
const Decimals = z.string().regex(/^\d+(\.\d+)?$/)
const Optional = z.string().transform((text) => (text === '' ? undefined : text))

const Category = z.object({ category_id: Key, category_name: Key })

const Customer = z.object({
  customer_id: Key,
  company_name: Key,
  contact_name: Key,
  phone: Key,
  country: Key,
})
export type Customer = z.output<typeof Customer>

const Product = z.object({
  product_id: Key,
  product_name: Key,
  category_id: Key,
  quantity_per_unit: Key,
  unit_price: Decimals,
  units_in_stock: Whole,
  reorder_level: Whole,
  discontinued: z.enum(['0', '1']).transform((flag) => flag === '1'),
})
export type Product = z.output<typeof Product>

const Order = z.object({
  order_id: Key,
  customer_id: Key,
  order_date: LocalDate,
  required_date: LocalDate,
  shipped_date: z.union([z.literal('').transform(() => undefined), LocalDate]),
  ship_via: Key,
  freight: Decimals,
  ship_name: Key,
  ship_address: Key,
  ship_city: Key,
  ship_region: Optional,
  ship_postal_code: Optional,
  ship_country: Key,
})
export type Order = z.output<typeof Order>

const Line = z.object({
  order_id: Key,
  product_id: Key,
  unit_price: Decimals, // at that time
  quantity: Whole,
  discount: Decimals, // a share of the line: 0.15
})
export type Line = z.output<typeof Line>

const Shipper = z.object({ shipper_id: Key, company_name: Key })
export type Shipper = z.output<typeof Shipper>

export type Northwind = Readonly<{
  categories: ReadonlyMap<string, string>
  customers: readonly Customer[]
  products: ReadonlyMap<string, Product>
  shippers: ReadonlyMap<string, Shipper>
  /** In the order of their numbers, which is that of their dates. */
  orders: readonly Order[]
  /** By order number. */
  lines: ReadonlyMap<string, readonly Line[]>
}>

/** Throws, naming the table, where a row is not what it should be. */
export function readNorthwind(texts: Readonly<Record<TableName, string>>): Northwind {
  const table = <Row>(name: TableName, row: z.ZodType<Row>) => rowsOf(name, texts[name], row)
  const categories = table('categories', Category)
  return {
    categories: new Map(categories.map((row) => [row.category_id, row.category_name])),
    customers: table('customers', Customer),
    products: new Map(table('products', Product).map((row) => [row.product_id, row])),
    shippers: new Map(table('shippers', Shipper).map((row) => [row.shipper_id, row])),
    orders: table('orders', Order),
    lines: Map.groupBy(table('order_details', Line), (line) => line.order_id),
  }
}

function rowsOf<Row>(name: TableName, text: string, row: z.ZodType<Row>): readonly Row[] {
  const rows: unknown = parse(text, { columns: true, bom: true })
  const parsed = z.array(row).min(1).safeParse(rows)
  if (!parsed.success) throw new Error(`${name}.csv: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

/** The row of a key that another table names. Throws where there is none. */
export function rowOf<Row>(rows: ReadonlyMap<string, Row>, key: string, what: string): Row {
  const row = rows.get(key)
  if (row === undefined) throw new Error(`there is no ${what} ${key}`)
  return row
}
