/** What a payment has settled, as it would be taken back. */

import { type Decimal, decimal, sum, toAmount } from '../kernel/money.ts'
import type { ReversedAllocation } from './events.ts'
import { settledWith } from './owed.ts'
import { discountIn, moneyIn } from './reductions.ts'
import type { FacilityState, Receivable, Reduction } from './state.ts'

export type Reversal = Readonly<{
  allocations: readonly ReversedAllocation[]
  /** The payment's money in them. */
  allocated: Decimal
  /** All discounts in them. */
  discount: Decimal
}>

/**
 * All that a payment has settled. A discount for paying early was given for the whole of a receivable: it
 * is taken back by whichever of the payments that settled it comes undone.
 */
export function reversalOf(state: FacilityState, paymentId: string): Reversal {
  const payment = state.payments.get(paymentId)
  const settled = (payment === undefined ? [] : settledWith(payment))
    .flatMap((receivableId) => {
      const receivable = state.receivables.get(receivableId)
      return receivable === undefined ? [] : [{ receivableId, receivable }]
    })
    .sort((one, other) => one.receivable.number - other.receivable.number)
  const allocations = settled.flatMap(({ receivableId, receivable }) =>
    takenBack(receivable, receivableId, paymentId),
  )
  return {
    allocations,
    allocated: sum(allocations.map(({ amount }) => decimal(amount))),
    discount: sum(allocations.map(({ discount }) => decimal(discount ?? 0))),
  }
}

function takenBack(
  { reductions }: Receivable,
  receivableId: string,
  paymentId: string,
): readonly ReversedAllocation[] {
  const money = reductions.filter(({ by }) => by === undefined)
  if (!money.some((reduction) => reduction.paymentId === paymentId)) return []
  return money
    .filter((reduction) => reduction.paymentId === paymentId || !discountIn(reduction).isZero())
    .map((reduction) => ({
      receivableId,
      amount: toAmount(reduction.paymentId === paymentId ? moneyIn(reduction) : decimal(0)),
      ...sourceOf(reduction),
    }))
}

function sourceOf({ discount, paymentId, notBefore }: Reduction) {
  return {
    ...(discount === undefined ? {} : { discount }),
    ...(paymentId === undefined ? {} : { paymentId }),
    ...(notBefore === undefined ? {} : { since: notBefore }),
  }
}
