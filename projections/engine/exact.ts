/** Exact sums of the values that Postgres keeps exactly: whole numbers and decimals of any length. */

import type { ColumnType, Value } from '../read-model.ts'

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i

/** An unscaled whole number and the count of its decimal places. */
type Scaled = Readonly<{ unscaled: bigint; places: number }>

/** The sum, with the more places of the two, as Postgres gives it. Null counts as zero. */
export function sumOf(type: ColumnType, first: Value, second: Value): Value {
  if (typeof first === 'number' && typeof second === 'number') {
    const sum = first + second
    const exact = Number.isSafeInteger(first) && Number.isSafeInteger(second)
    if (exact && Number.isSafeInteger(sum)) return sum
  }
  const [one, two] = [scaled(type, first ?? '0'), scaled(type, second ?? '0')]
  const places = Math.max(one.places, two.places)
  return textOf(raised(one, places) + raised(two, places), places)
}

/** One text for each number, however it is written: `1.50` and `1.5` are one key. */
export function numberKey(type: ColumnType, value: Value): string {
  const { unscaled, places } = scaled(type, value)
  const text = textOf(unscaled, places)
  return places === 0 ? text : text.replace(/\.?0+$/, '')
}

/** The text that Postgres reads a number from. Throws on what is no number of that type. */
export function numberText(type: ColumnType, value: Value): string {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value)
  const { unscaled, places } = scaled(type, value)
  return textOf(unscaled, places)
}

function scaled(type: ColumnType, value: Value): Scaled {
  if (typeof value === 'bigint') return { unscaled: value, places: 0 }
  const found = DECIMAL.exec(typeof value === 'number' ? String(value) : text(value))
  if (found === null) throw new TypeError(`a ${typeof value} given for a ${type} is not a number`)
  const [, sign, whole = '', fraction = '', exponent = '0'] = found
  const digits = BigInt(`${whole}${fraction}`)
  const unscaled = sign === '-' ? -digits : digits
  const places = fraction.length - Number(exponent)
  if (type !== 'numeric' && places > 0) throw new TypeError(`a ${type} must be whole`)
  return places < 0
    ? { unscaled: unscaled * 10n ** BigInt(-places), places: 0 }
    : { unscaled, places }
}

function text(value: Value): string {
  return typeof value === 'string' ? value : ''
}

function raised({ unscaled, places }: Scaled, to: number): bigint {
  return unscaled * 10n ** BigInt(to - places)
}

function textOf(unscaled: bigint, places: number): string {
  if (places === 0) return String(unscaled)
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(places + 1, '0')
  const sign = unscaled < 0n ? '-' : ''
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`
}
