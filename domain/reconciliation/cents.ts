/**
 * Amounts as whole cents, for comparing and adding up many of them: exact, as decimals are, and fit to be
 * looked up. No fraction of a cent comes up.
 */

const SHAPE = /^(-?)(\d+)(?:\.(\d{1,2}))?$/

/** Throws on text that is no amount: it was checked where it came in. */
export function centsOf(amount: string): bigint {
  const [, sign, whole, places = ''] = SHAPE.exec(amount) ?? []
  if (whole === undefined) throw new Error(`${amount} is no amount`)
  const cents = BigInt(whole + places.padEnd(2, '0'))
  return sign === '-' ? -cents : cents
}

export function amountOf(cents: bigint): string {
  const digits = absolute(cents).toString().padStart(3, '0')
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

export function absolute(cents: bigint): bigint {
  return cents < 0n ? -cents : cents
}

export function lesser(one: bigint, other: bigint): bigint {
  if (other < one) return other
  return one
}

export function greater(one: bigint, other: bigint): bigint {
  if (one < other) return other
  return one
}

const RATE_PLACES = 8
const RATE_UNIT = 10n ** BigInt(RATE_PLACES)

/** A fraction such as `0.005` in hundred-millionths. */
export function rateOf(rate: string): bigint {
  const [whole = '0', places = ''] = rate.split('.')
  return BigInt(whole + places.padEnd(RATE_PLACES, '0').slice(0, RATE_PLACES))
}

/** A share of an amount, whole cents, rounded half up. */
export function shareOf(cents: bigint, rate: bigint): bigint {
  return (2n * cents * rate + RATE_UNIT) / (2n * RATE_UNIT)
}
