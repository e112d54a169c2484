/** What of an order's paid receivables goes back when goods come back: money, and discounts with it. */

import { type Decimal, decimal, minimum, round, sum, toAmount, ZERO } from '../kernel/money.ts'
import { lossOf } from './losses.ts'
import { discountIn, moneyIn, valueDateOf } from './reductions.ts'
import { returnedOf } from './returned.ts'
import type { FacilityState, OrderCredit, Receivable, Reduction, Refunded } from './state.ts'
import type { ReversedAllocation } from './values.ts'
import { larger } from './ways-out.ts'

export type PaidBack = Readonly<{
  discountBack: Decimal
  /** Where the discounts had been given. */
  discounts: readonly ReversedAllocation[]
  refundPayable: Decimal
  refunds: readonly (Refunded & { paymentId?: string })[]
}>

/** The shipments of an order that are recognised. */
export function receivablesOf(
  { receivables }: FacilityState,
  { receivableIds }: OrderCredit,
): readonly (Receivable & Readonly<{ receivableId: string }>)[] {
  return receivableIds.flatMap((receivableId) => {
    const receivable = receivables.get(receivableId)
    return receivable === undefined ? [] : [{ ...receivable, receivableId }]
  })
}

type Settled = Reduction & Readonly<{ receivableId: string }>

/** Parts what had been paid of an order, and goes back now, into discounts and money. */
export function paidBackOf(state: FacilityState, order: OrderCredit, amount: Decimal): PaidBack {
  const settled = newestFirst(state, order)
  const recovered = sum(
    receivablesOf(state, order).map((receivable) => decimal(lossOf(receivable).recovered)),
  )
  const discountBack = discountOf(order, amount, {
    money: sum(settled.map(moneyIn)).plus(recovered),
    discount: sum(settled.map(discountIn)),
  })
  const refundPayable = amount.minus(discountBack)
  return {
    discountBack,
    discounts: discountsOf(settled, discountBack),
    refundPayable,
    refunds: refundsOf(settled, order, refundPayable),
  }
}

/** By which money an order was paid: the newest first, whose way back is the surest. */
function newestFirst(state: FacilityState, order: OrderCredit): readonly Settled[] {
  return receivablesOf(state, order)
    .flatMap(({ receivableId, reductions }) =>
      reductions
        .filter(({ by }) => by === undefined)
        .map((reduction) => ({ ...reduction, receivableId })),
    )
    .map((reduction) => ({ reduction, on: valueDateOf(state, reduction) }))
    .reverse()
    .sort((one, other) => (one.on === other.on ? 0 : one.on < other.on ? 1 : -1))
    .map(({ reduction }) => reduction)
}

/** Discounts in proportion to what was settled with them: the rounded running total, less what went before. */
function discountOf(
  order: OrderCredit,
  amount: Decimal,
  paid: Readonly<{ money: Decimal; discount: Decimal }>,
): Decimal {
  if (amount.isZero() || paid.discount.isZero()) return ZERO
  const before = returnedOf(order)
  const given = paid.discount.plus(before.discountBack)
  const back = decimal(before.settled).plus(amount)
  const share = round(given.times(back).dividedBy(given.plus(paid.money)))
  const moneyLeft = larger(paid.money.minus(before.settled).plus(before.discountBack), ZERO)
  const least = larger(share.minus(before.discountBack), amount.minus(moneyLeft))
  return minimum(larger(least, ZERO), minimum(amount, paid.discount))
}

function discountsOf(
  settled: readonly Settled[],
  discountBack: Decimal,
): readonly ReversedAllocation[] {
  let rest = discountBack
  return settled.flatMap((reduction) => {
    const part = minimum(rest, discountIn(reduction))
    if (part.isZero()) return []
    rest = rest.minus(part)
    const { receivableId, paymentId, notBefore } = reduction
    return [
      {
        ...{ receivableId, amount: toAmount(ZERO), discount: toAmount(part) },
        ...(paymentId === undefined ? {} : { paymentId }),
        ...(notBefore === undefined ? {} : { since: notBefore }),
      },
    ]
  })
}

/** Each payment gives back no more than it paid of the order; what none gave goes by bank transfer. */
function refundsOf(settled: readonly Settled[], order: OrderCredit, amount: Decimal) {
  const before = returnedOf(order).refunds
  const paid = Map.groupBy(
    settled.filter(({ paymentId }) => paymentId !== undefined),
    ({ paymentId }) => paymentId,
  )
  let rest = amount
  const byPayment = [...paid].flatMap(([paymentId, parts]) => {
    const gone = before.find((refund) => refund.paymentId === paymentId)?.amount ?? '0'
    const part = minimum(rest, sum(parts.map(moneyIn)).minus(gone))
    if (paymentId === undefined || !part.greaterThan(ZERO)) return []
    rest = rest.minus(part)
    return [{ paymentId, amount: toAmount(part) }]
  })
  return rest.isZero() ? byPayment : [...byPayment, { amount: toAmount(rest) }]
}
