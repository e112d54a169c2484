/** Lines of goods, as orders, shipments, returns and invoices have them. */

import { type Refusal, refusal } from './decision.ts'

/** Whole base units of a SKU. */
export type SkuQuantity = Readonly<{ sku: string; quantity: number }>

/** Refuses `line-twice` unless each line is named once, however `keyOf` tells them apart. */
export function lineTwice<Line extends SkuQuantity>(
  lines: readonly Line[],
  keyOf: (line: Line) => string = ({ sku }) => sku,
): Refusal | undefined {
  const keys = lines.map(keyOf)
  const twice = lines.filter((_, index) => keys.indexOf(keys[index] ?? '') !== index)
  if (twice.length === 0) return undefined
  const skus = [...new Set(twice.map(({ sku }) => sku))]
  return refusal('line-twice', {
    message: `${skus.join(', ')}: more than one line`,
    inputs: { skus },
    ways: ['name each SKU once'],
  })
}
