/** Why an order is where it is, as it is told to whoever asks. */

import type { StoredExplanation } from '../kernel/explanation.ts'
import type { SkuQuantity } from '../kernel/lines.ts'
import type { Shortage } from './values.ts'

export type OrderReason = Readonly<{
  code: string
  message: string
  decision?: StoredExplanation | undefined
}>

export function reasonOf({ code, message, decision }: OrderReason): OrderReason {
  return { code, message, ...(decision && { decision }) }
}

type Cancelled = Readonly<{ code?: string | undefined; reason?: string | undefined }>

/** Why an order was cancelled, so far as anybody said. */
export function cancellationReason({ code, reason }: Cancelled): OrderReason {
  return { code: code ?? 'cancelled', message: reason ?? 'the order was cancelled' }
}

/** Why an order waits for stock. */
export function shortageReason(shortages: readonly Shortage[]): OrderReason {
  const missing = shortages.map((shortage) => `${shortage.missing} of ${shortage.sku}`)
  return {
    code: 'stock-insufficient',
    message: `waits for ${missing.join(', ')}`,
    decision: {
      rule: 'stock-insufficient',
      ruleVersion: 1,
      inputs: { shortages: shortages.map((shortage) => ({ ...shortage })) },
      ways: ['wait: it goes on by itself once there is enough', 'amend it', 'cancel it'],
    },
  }
}

/** Why an order is confirmed for less than was asked. */
export function partialReason(dropped: readonly SkuQuantity[]): OrderReason {
  const missing = dropped.map(({ sku, quantity }) => `${quantity} of ${sku}`)
  return {
    code: 'stock-insufficient',
    message: `too little in stock: ${missing.join(', ')} will not be served`,
    decision: {
      rule: 'stock-insufficient',
      ruleVersion: 1,
      inputs: { dropped: dropped.map((line) => ({ ...line })) },
      ways: ['order the rest again once more has been received'],
    },
  }
}
