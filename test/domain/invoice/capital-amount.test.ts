import fc from 'fast-check'
import { test } from 'tap'
import { capitalAmount } from '../../../domain/invoice/capital-amount.ts'

test('amounts are written out as the central bank’s rules have them', async (t) => {
  const written = {
    '1319.99': '壹仟叁佰壹拾玖圆玖角玖分',
    '1409.50': '壹仟肆佰零玖圆伍角',
    '6007.14': '陆仟零柒圆壹角肆分',
    '1680.32': '壹仟陆佰捌拾圆叁角贰分',
    '107000.53': '壹拾万柒仟圆伍角叁分',
    '16409.02': '壹万陆仟肆佰零玖圆零贰分',
    '325.04': '叁佰贰拾伍圆零肆分',
    '1000.00': '壹仟圆整',
    '10010.00': '壹万零壹拾圆整',
    '100000000.00': '壹亿圆整',
    '100000001.00': '壹亿零壹圆整',
    '100010000.00': '壹亿零壹万圆整',
    '1000000000000.05': '壹万亿圆零伍分',
    '999999999999999.99': '玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖圆玖角玖分',
    '0.00': '零圆整',
    '0.05': '伍分',
    '0.50': '伍角',
    '-1227.04': '负壹仟贰佰贰拾柒圆零肆分',
  }
  for (const [amount, text] of Object.entries(written)) t.equal(capitalAmount(amount), text, amount)
})

const UNITS: readonly (readonly [string, number])[] = [
  ['仟', 1000],
  ['佰', 100],
  ['拾', 10],
]

/** Reads the words back, in a way of its own. */
function read(text: string): bigint {
  const digit = (at: string) => BigInt('零壹贰叁肆伍陆柒捌玖'.indexOf(at))
  const section = (part: string) => {
    let total = 0n
    let rest = part.replaceAll('零', '')
    for (const [unit, worth] of UNITS) {
      const at = rest.indexOf(unit)
      if (at < 0) continue
      total += digit(rest[at - 1] ?? '') * BigInt(worth)
      rest = rest.slice(at + 1)
    }
    return rest === '' ? total : total + digit(rest)
  }
  const below = (part: string) => {
    const [high = '', low] = part.split('万')
    return low === undefined ? section(high) : section(high) * 10_000n + section(low)
  }
  const [whole = '', cents = ''] = text.includes('圆') ? text.split('圆') : ['', text]
  const [high = '', low] = whole.split('亿')
  const yuan = low === undefined ? below(high) : below(high) * 100_000_000n + below(low)
  const jiao = /(.)角/.exec(cents)?.[1]
  const fen = /(.)分/.exec(cents)?.[1]
  return yuan * 100n + (jiao ? digit(jiao) * 10n : 0n) + (fen ? digit(fen) : 0n)
}

test('what is written out reads back as the amount, with no two zeros together', async () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 99_999_999_999_999_999n }), (cents) => {
      const amount = `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
      const text = capitalAmount(amount)
      return read(text) === cents && !text.includes('零零') && !/零[万亿]/.test(text)
    }),
    { numRuns: 2000 },
  )
})
