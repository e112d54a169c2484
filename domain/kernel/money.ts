/** Exact decimal money. Amounts travel as strings and are computed as `Decimal`; never as binary floats. */

import { Decimal as DecimalJs } from 'decimal.js'

/** A decimal of our own precision: enough for 15 digits × 15 digits with places to spare. */
export const Decimal = DecimalJs.clone({ precision: 40, rounding: DecimalJs.ROUND_HALF_UP })
export type Decimal = DecimalJs

export const ZERO: Decimal = new Decimal(0)

/** Decimal places of the business's currency; all supported currencies have two. */
const MINOR_PLACES = 2

export function decimal(text: string | number): Decimal {
  return new Decimal(text)
}

/** Rounds half up to the currency's minor unit. */
export function round(value: Decimal): Decimal {
  return value.toDecimalPlaces(MINOR_PLACES, DecimalJs.ROUND_HALF_UP)
}

/** The wire form of an amount: always two places, `"1319.90"`. Throws on a value not yet rounded. */
export function toAmount(value: Decimal): string {
  if (value.decimalPlaces() > MINOR_PLACES) throw new Error(`amount ${value} is not rounded`)
  return value.isZero() ? '0.00' : value.toFixed(MINOR_PLACES)
}

export function sum(values: Iterable<Decimal>): Decimal {
  let total = ZERO
  for (const value of values) total = total.plus(value)
  return total
}

export function minimum(first: Decimal, second: Decimal): Decimal {
  return first.lessThan(second) ? first : second
}

/** The net part of a tax-inclusive amount: round(gross / (1 + rate)); the tax is gross less net. */
export function netOf(gross: Decimal, taxRate: Decimal): Decimal {
  return round(gross.dividedBy(taxRate.plus(1)))
}

/**
 * Divides an amount over weights so that the parts add up to the cent: largest remainder, ties to the
 * earlier part. Weights are zero or more; if all are zero, the whole goes to the first.
 */
export function allocate(amount: Decimal, weights: readonly Decimal[]): Decimal[] {
  if (weights.length === 0) throw new Error('nothing to allocate to')
  const total = sum(weights)
  if (total.isZero()) return weights.map((_, index) => (index === 0 ? amount : ZERO))
  const unit = new Decimal(10).pow(-MINOR_PLACES)
  const shares = weights.map((weight) => amount.times(weight).dividedBy(total))
  const parts = shares.map((share) => share.toDecimalPlaces(MINOR_PLACES, DecimalJs.ROUND_DOWN))
  const missing = amount.minus(sum(parts)).dividedBy(unit).abs().toNumber()
  const step = amount.isNegative() ? unit.negated() : unit
  const byRemainder = shares
    .map((share, index) => ({ index, remainder: share.minus(parts[index] ?? ZERO).abs() }))
    .sort((a, b) => b.remainder.comparedTo(a.remainder) || a.index - b.index)
  for (const { index } of byRemainder.slice(0, missing)) {
    parts[index] = (parts[index] ?? ZERO).plus(step)
  }
  return parts
}

/**
 * The next part of an amount taken in steps: the rounded running total up to `after` of `whole`, less
 * the rounded running total at `before`. Parts taken one after another so always add up.
 */
export function runningPart(
  amount: Decimal,
  whole: number,
  before: number,
  after: number,
): Decimal {
  const at = (quantity: number) => round(amount.times(quantity).dividedBy(whole))
  return at(after).minus(at(before))
}
