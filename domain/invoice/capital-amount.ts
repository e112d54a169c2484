/** An amount as Chinese documents write it out: 壹仟叁佰壹拾玖圆玖角玖分. */

import { decimal, toAmount } from '../kernel/money.ts'

const DIGITS = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'] as const
const PLACES = ['仟', '佰', '拾', ''] as const
const MYRIAD = 10_000n
const HUNDRED_MILLION = 100_000_000n

/**
 * Follows the central bank's rules for amounts on documents (支付结算办法, 附件 1): 整 after 圆 alone, zeros
 * in between once, and none where the rules leave the choice.
 */
export function capitalAmount(amount: string): string {
  const value = decimal(amount)
  const [whole = '0', cents = '00'] = toAmount(value.abs()).split('.')
  const yuan = BigInt(whole)
  const text = yuan === 0n && cents !== '00' ? '' : `${wholeText(yuan)}圆`
  return `${value.isNegative() && !value.isZero() ? '负' : ''}${text}${centsText(cents, yuan > 0n)}`
}

function centsText(cents: string, isAfterYuan: boolean): string {
  const [jiao = 0, fen = 0] = [...cents].map(Number)
  if (jiao === 0 && fen === 0) return '整'
  if (fen === 0) return `${DIGITS[jiao]}角`
  if (jiao === 0) return `${isAfterYuan ? '零' : ''}${DIGITS[fen]}分`
  return `${DIGITS[jiao]}角${DIGITS[fen]}分`
}

function wholeText(value: bigint): string {
  if (value === 0n) return '零'
  if (value >= HUNDRED_MILLION) return parts(value, HUNDRED_MILLION, '亿')
  if (value >= MYRIAD) return parts(value, MYRIAD, '万')
  return belowMyriad(value)
}

/** So many of a unit, and the rest, after a 零 where places are skipped. */
function parts(value: bigint, unit: bigint, name: string): string {
  const many = `${wholeText(value / unit)}${name}`
  const rest = value % unit
  if (rest === 0n) return many
  return `${many}${rest < unit / 10n ? '零' : ''}${wholeText(rest)}`
}

function belowMyriad(value: bigint): string {
  const digits = [...String(value).padStart(PLACES.length, '0')].map(Number)
  return digits
    .map((digit, place) => (digit === 0 ? DIGITS[0] : `${DIGITS[digit]}${PLACES[place]}`))
    .join('')
    .replace(/^零+|零+$/g, '')
    .replace(/零+/g, '零')
}
