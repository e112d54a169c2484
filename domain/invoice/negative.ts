/** To who reads it, a red letter is below zero; in its events stands what it takes back. */

import { decimal, toAmount } from '../kernel/money.ts'

type Totals = Readonly<Record<'amount' | 'net' | 'tax', string>>

export function negativeOf({ amount, net, tax }: Totals): Totals {
  return { amount: negated(amount), net: negated(net), tax: negated(tax) }
}

function negated(amount: string): string {
  return toAmount(decimal(amount).negated())
}
