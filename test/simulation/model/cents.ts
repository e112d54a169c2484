/** Sums of money as whole cents, and days. */

const DAY_MS = 86_400_000

export type Cents = bigint

/** Of a canonical amount such as `"-12.30"`; nothing is nought. */
export function cents(amount: string | undefined): Cents {
  if (amount === undefined) return 0n
  const parts = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(amount)
  if (parts === null) throw new Error(`${amount} is no amount`)
  const [, sign, whole = '0', places = ''] = parts
  const value = BigInt(whole) * 100n + BigInt(places.padEnd(2, '0'))
  return sign === '-' ? -value : value
}

export function text(value: Cents): string {
  const digits = String(value < 0n ? -value : value).padStart(3, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

export function total(values: Iterable<Cents>): Cents {
  let sum = 0n
  for (const value of values) sum += value
  return sum
}

/** Of a quotient, half up (away from nought). */
export function rounded(numerator: bigint, denominator: bigint): bigint {
  const magnitude = numerator < 0n ? -numerator : numerator
  const half = (2n * magnitude + denominator) / (2n * denominator)
  return numerator < 0n ? -half : half
}

export function least(one: Cents, other: Cents): Cents {
  return one < other ? one : other
}

const known = new Map<string, string>()

export function plusDays(date: string, days: number): string {
  const key = `${date} ${days}`
  const found = known.get(key)
  if (found !== undefined) return found
  const result = new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10)
  known.set(key, result)
  return result
}
