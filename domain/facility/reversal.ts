/** What a payment has settled, as it would be taken back. */

import { type Decimal, decimal, sum, toAmount } from '../kernel/money.ts'
import { settledWith } from './owed.ts'
import { moneyIn } from './reductions.ts'
import type { FacilityState, Receivable, Reduction } from './state.ts'
import type { ReversedAllocation } from './values.ts'

export type Reversal = Readonly<{
  allocations: readonly ReversedAllocation[]
  /** The payment's money in them. */
  allocated: Decimal
  /** All discounts in them. */
  discount: Decimal
}>

/** All that a payment has settled, with the discounts that its money was given. */
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
  return reductions
    .filter((reduction) => reduction.by === undefined && reduction.paymentId === paymentId)
    .map((reduction) => ({
      ...{ receivableId, amount: toAmount(moneyIn(reduction)), paymentId },
      ...sourceOf(reduction),
    }))
}

function sourceOf({ discount, notBefore }: Reduction) {
  return {
    ...(discount === undefined ? {} : { discount }),
    ...(notBefore === undefined ? {} : { since: notBefore }),
  }
}
