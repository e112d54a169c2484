/** Money that is paid for an order before it is confirmed (DOMAIN: Payments, Credit). */

import { type Decimal, decimal, minimum, sum, toAmount, ZERO } from '../kernel/money.ts'
import { type UseCash, useCash } from './cash.ts'
import { PrepaymentCovered } from './cash-events.ts'
import { type FacilityState, freeCashOf, memberOf, type OrderCredit } from './state.ts'

export type Earmark = Readonly<{ orderId: string; amount: string }>

/** What is still to be paid for an order; zero if nothing is awaited. */
export function awaitedOf({ prepayment, earmarked }: OrderCredit): Decimal {
  if (prepayment === undefined) return ZERO
  const open = decimal(prepayment).minus(earmarked)
  return open.isNegative() ? ZERO : open
}

/** What of a receipt is kept for the payer's prepaid orders that it names, in the order named. */
export function earmarksOf(
  state: FacilityState,
  dealerId: string,
  orderIds: readonly string[],
  cash: Decimal,
): Readonly<{ earmarks: readonly Earmark[]; rest: Decimal }> {
  const earmarks: Earmark[] = []
  let rest = cash
  for (const orderId of new Set(orderIds)) {
    const order = state.orders.get(orderId)
    if (order?.dealerId !== dealerId) continue
    const amount = minimum(rest, awaitedOf(order))
    if (!amount.greaterThan(ZERO)) continue
    earmarks.push({ orderId, amount: toAmount(amount) })
    rest = rest.minus(amount)
  }
  return { earmarks, rest }
}

/** Says of each order whose prepayment is whole with these earmarks that it is covered. */
export function coveredBy(state: FacilityState, dealerId: string, earmarks: readonly Earmark[]) {
  return earmarks.flatMap(({ orderId, amount }) => {
    const order = state.orders.get(orderId)
    if (order?.prepayment === undefined || !awaitedOf(order).equals(amount)) return []
    return [PrepaymentCovered({ dealerId, orderId, amount: order.prepayment })]
  })
}

/** What came for an order before anything was asked for it, and is still unapplied. */
export function earlyCashOf(state: FacilityState, dealerId: string, orderId: string): Decimal {
  const early = state.early.get(orderId)
  if (early?.dealerId !== dealerId) return ZERO
  return minimum(decimal(early.amount), freeCashOf(memberOf(state, dealerId).own))
}

type Recognised = Readonly<{ data: Readonly<{ receivableId: string; amount: string }> }>

/** Settles receivables of an order with the cash that is kept for it. */
export function usePrepaid(
  state: FacilityState,
  orderId: string,
  receivables: readonly Recognised[],
  dated: Pick<UseCash, 'earliest' | 'bookedOn' | 'chart'>,
) {
  const order = state.orders.get(orderId)
  if (order === undefined || decimal(order.earmarked).isZero()) return []
  const owed = sum(receivables.map(({ data }) => decimal(data.amount)))
  const amount = minimum(decimal(order.earmarked), owed)
  const receivableIds = receivables.map(({ data }) => data.receivableId)
  const named = { receivableIds, orderIds: [] }
  return useCash(state, { dealerId: order.dealerId, orderId, amount, named, ...dated })
}
