/** Why a warehouse refuses, with the figures and what would make it pass. */

import type { Refusal } from '../kernel/decision.ts'
import { refusal } from '../kernel/decision.ts'
import type { Decimal } from '../kernel/money.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import type { Reference } from '../reference/reference.ts'
import type { Level } from './state.ts'

/** So that every sum over an order's lines fits an amount of 15 digits. */
const MAX_VALUE: Decimal = decimal('1e12')
const MAX_ON_HAND = 1_000_000_000

/** Why nothing can be done with a SKU in a warehouse: one of them does not exist. */
export function unknownPlace(
  { warehouses, skus }: Reference,
  { warehouseId, sku }: Readonly<{ warehouseId: string; sku: string }>,
): Refusal | undefined {
  if (!warehouses.has(warehouseId)) return warehouseUnknown(warehouseId)
  return skus.has(sku) ? undefined : skuUnknown(sku)
}

export function warehouseUnknown(warehouseId: string): Refusal {
  return refusal('warehouse-unknown', {
    kind: 'unknown',
    message: `there is no warehouse ${warehouseId}`,
    inputs: { warehouseId },
    ways: ['open the warehouse first'],
  })
}

export function skuUnknown(sku: string): Refusal {
  return refusal('sku-unknown', {
    message: `no product has the SKU ${sku}`,
    inputs: { sku },
    ways: ['register a product with this SKU first'],
  })
}

/** Why so much more can't come in: quantities and sums have bounds. */
export function tooMuch(
  sku: string,
  level: Level,
  more: Readonly<{ quantity: number; cost: Decimal }>,
): Refusal | undefined {
  const onHand = level.onHand + more.quantity
  const value = decimal(level.value).plus(more.cost)
  if (onHand <= MAX_ON_HAND && value.lessThan(MAX_VALUE)) return undefined
  return refusal('stock-too-large', {
    message: `a warehouse can't hold so much of ${sku}`,
    inputs: { sku, onHand, value: toAmount(value), maxOnHand: MAX_ON_HAND, below: '1000000000000' },
    ways: ['receive less', 'check the unit cost'],
  })
}

type Goods = Readonly<{ sku: string; quantity: number; batch?: string | undefined }>

/** More is asked for than is there; `there` says of what. */
export function notThere(
  { sku, quantity, batch }: Goods,
  found: number,
  there: 'on hand' | 'not in quarantine yet' | 'in quarantine' | 'available',
): Refusal {
  const what = batch === undefined ? sku : `${sku}, batch ${batch}`
  return refusal(there === 'available' ? 'stock-insufficient' : 'not-on-hand', {
    message: `${quantity} of ${what} were asked for, and ${found} are ${there}`,
    inputs: { sku, ...(batch !== undefined && { batch }), wanted: quantity, found, of: there },
    ways: found > 0 ? [`ask for at most ${found}`] : [`count ${what}, if more is there`],
  })
}
