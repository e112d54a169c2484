/** Amounts and dates as banks write them. */

import { decimal, toAmount } from '../../domain/kernel/money.ts'
import { LocalDate, SignedAmount } from '../../domain/kernel/values.ts'
import { type Broken, shown } from './faults.ts'

export type Value = Readonly<{ ok: true; value: string }> | Readonly<{ ok: false; broken: Broken }>

function broken(rule: string, message: string): Value {
  return { ok: false, broken: { rule, message } }
}

/** Text as a program shows it: `="0012"`, `'0012` and `` `0012 `` are ways to write it down as text. */
export function bare(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/^=?"(.*)"$/s, '$1')
    .replace(/^['`]/, '')
    .trim()
}

/** Digits, thousands parted by commas or not, with a sign before or after, or in brackets. */
const AMOUNT =
  /^(?<open>\()?(?<sign>[+-])?(?<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?<places>\d+))?(?<after>-)?(?<close>\))?$/
/** Longer text is no amount. */
const MOST_AMOUNT_LENGTH = 60

/** A signed amount with two places. */
export function amountIn(text: string): Value {
  const plain = bare(text)
    .replaceAll(/\s|[¥￥]|cny|rmb|元/gi, '')
    .replaceAll('−', '-')
  const groups = plain.length > MOST_AMOUNT_LENGTH ? undefined : AMOUNT.exec(plain)?.groups
  const { open, sign, whole, places = '', after, close } = groups ?? {}
  if (whole === undefined || (open === undefined) !== (close === undefined)) {
    return broken('not-an-amount', `${shown(text)} is no amount`)
  }
  if (!/^\d{0,2}0*$/.test(places)) {
    return broken('too-many-places', `${shown(text)} has more than two decimal places`)
  }
  const signs = [open, sign === '-' ? sign : undefined, after].filter((one) => one !== undefined)
  if (signs.length > 1) return broken('not-an-amount', `${shown(text)} has more than one sign`)
  const digits = `${whole.replaceAll(',', '')}.${places.slice(0, 2) || '0'}`
  const checked = SignedAmount.safeParse(digits)
  if (!checked.success) return broken('amount-too-large', `${shown(text)} is too large`)
  const amount = decimal(checked.data)
  return { ok: true, value: toAmount(signs.length === 1 ? amount.negated() : amount) }
}

/** Year, month and day in this order; a time after them does not count. */
const DATE =
  /^(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))(?:[T\s\d].*)?$/

export function dateIn(text: string): Value {
  const parts = DATE.exec(bare(text).slice(0, MOST_AMOUNT_LENGTH)) ?? []
  const [year, month, day] = parts.slice(1).filter((part) => part !== undefined)
  const date = `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}`
  const checked = LocalDate.safeParse(date)
  return checked.success
    ? { ok: true, value: checked.data }
    : broken('not-a-date', `${shown(text)} is no date as year, month, day`)
}

export function isZero(amount: string): boolean {
  return decimal(amount).isZero()
}

export function negated(amount: string): string {
  return toAmount(decimal(amount).negated())
}
