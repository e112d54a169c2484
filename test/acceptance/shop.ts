/** A small business on an empty system, set up through HTTP as its own people would. */

import { type Answer, type Body, textOf } from './http.ts'
import type { Person, System } from './system.ts'

/** Fails the test, with what was answered, unless the status is this. */
export function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status) throw new Error(`${answer.status} for ${status}: ${answer.text}`)
  return answer
}

export type Staff = Readonly<{
  admin: Person
  ops: Person
  finance: Person
  warehouse: Person
  auditor: Person
}>

export async function staffOf({ person }: System): Promise<Staff> {
  return {
    admin: await person('brand-admin'),
    ops: await person('brand-ops'),
    finance: await person('brand-finance'),
    warehouse: await person('brand-warehouse'),
    auditor: await person('auditor'),
  }
}

type DealerOf = Readonly<{ dealerId: string; parentDealerId?: string; limit?: string }>

/** Registers a dealer, with a limit if one is given. */
export async function addDealer(
  { ops, finance }: Staff,
  { limit, ...dealer }: DealerOf,
): Promise<void> {
  const registered = await ops.post('/dealers', {
    name: dealer.dealerId,
    region: 'East',
    ...dealer,
  })
  expectStatus(registered, 201)
  if (limit === undefined) return
  const path = `/facilities/${dealer.dealerId}/limit`
  expectStatus(await finance.post(path, { limit, reason: 'as agreed' }), 200)
}

type SkuOf = Readonly<{ sku: string; basePrice: string }> & Body

/** Registers a product of one SKU, at 13% VAT. */
export async function addProduct({ ops }: Staff, { sku, ...terms }: SkuOf): Promise<void> {
  const product = { productId: `P-${sku}`, name: sku, category: 'food', taxRate: '0.13' }
  const skus = [{ sku, name: sku, ...terms }]
  expectStatus(await ops.post('/products', { ...product, skus }), 201)
}

export async function addWarehouse(
  { ops }: Staff,
  warehouseId: string,
  regions: readonly string[],
  priority: number,
): Promise<void> {
  const warehouse = { warehouseId, name: warehouseId, regions, priority }
  expectStatus(await ops.post('/warehouses', warehouse), 201)
}

export async function receive(
  { warehouse }: Staff,
  warehouseId: string,
  sku: string,
  quantity: number,
): Promise<void> {
  const receipt = { warehouseId, sku, quantity, unitCost: '5.00' }
  expectStatus(await warehouse.post('/stock/receipts', receipt), 200)
}

export type Line = Readonly<{ sku: string; quantity: number }>

export function orderOf(dealerId: string, lines: readonly Line[], more: Body = {}): Body {
  return { dealerId, shipTo: { region: 'East' }, lines, payment: 'term', ...more }
}

const COORDINATED = { prefer: 'wait=20' }

/** Places an order and waits for its outcome. */
export async function order(
  person: Person,
  dealerId: string,
  lines: readonly Line[],
  more: Body = {},
): Promise<Answer> {
  const placed = await person.post('/orders', orderOf(dealerId, lines, more), COORDINATED)
  return expectStatus(placed, 201)
}

/** The id of an order that was confirmed. */
export async function confirmedOrder(
  person: Person,
  dealerId: string,
  lines: readonly Line[],
): Promise<string> {
  const { body, text } = await order(person, dealerId, lines)
  if (body.status !== 'confirmed') throw new Error(`not confirmed: ${text}`)
  return textOf(body, 'orderId')
}

/** Ships what is left of a fulfilment, or some lines. */
export async function ship(
  { warehouse }: Staff,
  fulfilmentId: string,
  lines?: readonly Line[],
): Promise<Answer> {
  const carriage = { carrier: 'SF', trackingNumber: 'SF-1', ...(lines && { lines }) }
  return expectStatus(await warehouse.post(`/fulfilments/${fulfilmentId}/ship`, carriage), 200)
}

/** A dealer D with credit, one SKU at 10.00 and 1,000 of it in one warehouse. */
export async function smallShop(system: System): Promise<Staff> {
  const staff = await staffOf(system)
  await addDealer(staff, { dealerId: 'D', limit: '100000' })
  await addProduct(staff, { sku: 'S', basePrice: '10.00' })
  await addWarehouse(staff, 'W', ['East'], 1)
  await receive(staff, 'W', 'S', 1000)
  return staff
}
