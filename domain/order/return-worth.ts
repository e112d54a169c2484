/** What goods are worth that come back, one return after another (DOMAIN: Money and quantities). */

import type { Decimal } from '../kernel/money.ts'
import { decimal, runningPart, sum, toAmount } from '../kernel/money.ts'
import { unitsOf } from './return-request.ts'
import type { Order } from './state.ts'

export type Worth = Readonly<{
  sku: string
  quantity: number
  /** Base units of the line that earlier returns took back. */
  before: number
  amount: string
  net: string
  tax: string
}>

/**
 * The next parts of the order's lines: the rounded running total over what came back of each. A line that
 * comes back whole is so worth what it was sold for, to the cent. Charges are not given back.
 */
export function worthOf(order: Order, units: ReadonlyMap<string, number>): readonly Worth[] {
  const came = unitsOf(order.returning.returns.flatMap(({ received }) => received?.lines ?? []))
  return order.lines.flatMap(({ sku, quantity: whole, amount, net }) => {
    const quantity = units.get(sku) ?? 0
    if (quantity === 0) return []
    const before = came.get(sku) ?? 0
    const next = (text: string) => runningPart(decimal(text), whole, before, before + quantity)
    return [{ sku, quantity, before, ...written(next(amount), next(net)) }]
  })
}

export function totalOf(worths: readonly Worth[]) {
  const of = (field: 'amount' | 'net') => sum(worths.map((worth) => decimal(worth[field])))
  return written(of('amount'), of('net'))
}

function written(amount: Decimal, net: Decimal) {
  return { amount: toAmount(amount), net: toAmount(net), tax: toAmount(amount.minus(net)) }
}
