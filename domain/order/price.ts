/** What the lines and charges of an order cost (DOMAIN: Prices and promotions; Money). */

import type { Refusal } from '../kernel/decision.ts'
import { refusal } from '../kernel/decision.ts'
import type { Decimal } from '../kernel/money.ts'
import { decimal, netOf, round, sum, toAmount } from '../kernel/money.ts'
import type { SkuReference } from '../reference/reference.ts'
import type { Charge, OrderLine } from './values.ts'

/** A line as it is asked for. */
export type AskedLine = Readonly<{
  sku: string
  /** Base units. */
  quantity: number
  priceOverride?: Readonly<{ unitPrice: string; reason: string }> | undefined
}>

export type AskedCharge = Readonly<{
  kind: Charge['kind']
  /** Tax-inclusive. */
  amount: string
  taxRate: string
}>

/** A line whose SKU is known. */
export type KnownLine = AskedLine & Readonly<{ terms: SkuReference }>

export type Priced = Readonly<{
  lines: readonly OrderLine[]
  charges: readonly Charge[]
  total: string
  net: string
  tax: string
}>

/** The greatest amount that an event can hold: 15 digits before the point. */
const MAX_AMOUNT = decimal('999999999999999.99')

const NO_DISCOUNT = '0.00'

/**
 * Prices each line at its base price, or at the price that overrides it; tax is taken per line and per
 * charge, and summed. Refuses `amount-out-of-range` if an amount needs more than 15 digits.
 */
export function price(
  asked: readonly KnownLine[],
  charges: readonly AskedCharge[],
): Priced | Refusal {
  const lines = asked.map(priceLine)
  const extra = charges.map(({ kind, amount, taxRate }) => ({
    kind,
    taxRate,
    gross: taxed(decimal(amount), taxRate),
  }))
  const parts = [...lines, ...extra].map(({ gross }) => gross)
  const total = sum(parts.map(({ amount }) => amount))
  if (total.greaterThan(MAX_AMOUNT)) return amountOutOfRange(total)
  const net = sum(parts.map((part) => part.net))
  return {
    lines: lines.map(({ gross, ...line }) => ({ ...line, ...written(gross) })),
    charges: extra.map(({ gross, ...charge }) => ({ ...charge, ...written(gross) })),
    total: toAmount(total),
    net: toAmount(net),
    tax: toAmount(total.minus(net)),
  }
}

/** An amount as it is computed with: amount = net + tax. */
type Gross = Readonly<{ amount: Decimal; net: Decimal; tax: Decimal }>

function priceLine({ sku, quantity, priceOverride, terms }: KnownLine, index: number) {
  const unitPrice = priceOverride?.unitPrice ?? terms.basePrice
  return {
    lineId: index + 1,
    sku,
    name: terms.name,
    productId: terms.productId,
    quantity,
    unitPrice,
    listPrice: terms.basePrice,
    ...(priceOverride && { overrideReason: priceOverride.reason }),
    discount: NO_DISCOUNT,
    taxRate: terms.taxRate,
    divisible: terms.divisible,
    gross: taxed(round(decimal(unitPrice).times(quantity)), terms.taxRate),
  }
}

function taxed(amount: Decimal, taxRate: string): Gross {
  const net = netOf(amount, decimal(taxRate))
  return { amount, net, tax: amount.minus(net) }
}

function written({ amount, net, tax }: Gross) {
  return { amount: toAmount(amount), net: toAmount(net), tax: toAmount(tax) }
}

function amountOutOfRange(total: Decimal): Refusal {
  return refusal('amount-out-of-range', {
    message: `the order's total of ${toAmount(total)} is more than can be booked`,
    inputs: { total: toAmount(total), most: toAmount(MAX_AMOUNT) },
    ways: ['order less, or in several orders'],
  })
}
