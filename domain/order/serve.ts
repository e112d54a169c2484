/** What an order comes to where only a part of it can be served (DOMAIN: Money, "one after another"). */

import type { SkuQuantity } from '../kernel/lines.ts'
import type { Decimal } from '../kernel/money.ts'
import { decimal, runningPart, sum, toAmount } from '../kernel/money.ts'
import type { Charge, OrderLine, Shortage } from './values.ts'

type Whole = Readonly<{ lines: readonly OrderLine[]; charges: readonly Charge[] }>

export type Served = Readonly<{
  lines: readonly OrderLine[]
  charges: readonly Charge[]
  total: string
  net: string
  tax: string
  /** What is left out, whole base units. */
  dropped: readonly SkuQuantity[]
}>

/**
 * The order without what is missing: each line's amounts are the first part of the whole line's rounded
 * running total, so that they and those of the rest would add up; charges stay whole.
 */
export function servedOf({ lines, charges }: Whole, shortages: readonly Shortage[]): Served {
  const missing = new Map(shortages.map((shortage) => [shortage.sku, shortage.missing]))
  const served = lines
    .map((line) => firstOf(line, line.quantity - (missing.get(line.sku) ?? 0)))
    .filter(({ quantity }) => quantity > 0)
  const total = sum([...served, ...charges].map(({ amount }) => decimal(amount)))
  const net = sum([...served, ...charges].map((part) => decimal(part.net)))
  return {
    lines: served,
    charges,
    total: toAmount(total),
    net: toAmount(net),
    tax: toAmount(total.minus(net)),
    dropped: shortages.map(({ sku, missing: quantity }) => ({ sku, quantity })),
  }
}

/** The first units of a line. */
function firstOf(line: OrderLine, quantity: number): OrderLine {
  if (quantity === line.quantity) return line
  const first = (whole: string): Decimal => runningPart(decimal(whole), line.quantity, 0, quantity)
  const amount = first(line.amount)
  const net = first(line.net)
  return {
    ...line,
    quantity,
    discount: toAmount(first(line.discount)),
    amount: toAmount(amount),
    net: toAmount(net),
    tax: toAmount(amount.minus(net)),
  }
}
