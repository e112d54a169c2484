/** Settling receivables with money that came earlier. */

import { allocate, type Decimal, decimal, minimum, toAmount, ZERO } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import type { Chart } from '../ledger/chart.ts'
import { postAllocation } from '../ledger/money.ts'
import { valued } from '../value-date.ts'
import { type Named, type Settlement, settle } from './allocation.ts'
import { UnappliedCashAllocated } from './cash-events.ts'
import { type DatedCash, drawCash } from './cash-lots.ts'
import { applied } from './evolve.ts'
import { type CashLot, type FacilityState, freeCashOf, memberOf } from './state.ts'
import type { Allocation } from './values.ts'

export type UseCash = Readonly<{
  dealerId: string
  /** At most what the dealer has. */
  amount: Decimal
  /** No value date before this day: what was shipped then can't be paid before. */
  earliest: LocalDate
  /** The business day that the events are booked on. */
  bookedOn: LocalDate
  chart: Chart
  named?: Named | undefined
  /** The payment whose cash alone is used. */
  paymentId?: string | undefined
  /** The prepaid order that the cash was kept for. */
  orderId?: string | undefined
}>

/**
 * Settles a dealer's receivables with its unapplied cash, the oldest cash first. Each event has one value
 * date: the day the cash came, or `earliest` if that is later.
 */
export function useCash(state: FacilityState, use: UseCash) {
  const { dealerId, amount, earliest, bookedOn, paymentId } = use
  const events: ReturnType<typeof cashAllocated>[] = []
  let current = state
  let { named } = use
  for (const cash of drawCash(state, dealerId, amount, earliest, paymentId)) {
    const settlement = settle(current, dealerId, cash, named)
    if (settlement.allocated.isZero()) break
    const event = cashAllocated(use, cash, settlement)
    events.push(event)
    current = applied(current, [event], bookedOn)
    named = named && without(named, settlement.allocations)
  }
  return events
}

/** What is still to be settled of what was named with an amount. */
function without(named: Named, allocations: readonly Allocation[]): Named {
  if (named.atMost === undefined) return named
  const atMost = new Map(named.atMost)
  for (const { receivableId, amount } of allocations) {
    atMost.set(receivableId, (atMost.get(receivableId) ?? ZERO).minus(amount))
  }
  return { ...named, atMost }
}

function cashAllocated(
  { dealerId, bookedOn, orderId, chart }: UseCash,
  cash: DatedCash,
  { allocations, allocated, discount }: Settlement,
) {
  return UnappliedCashAllocated(
    {
      dealerId,
      allocations: fromLots(allocations, cash.lots),
      amount: toAmount(allocated),
      ...(orderId === undefined ? {} : { orderId }),
      journal: postAllocation(chart, dealerId, { allocated, discount }),
    },
    valued(cash.on, bookedOn),
  )
}

/** Says of each allocation which payment's cash it is; one of several payments' becomes several. */
function fromLots(allocations: readonly Allocation[], lots: readonly CashLot[]): Allocation[] {
  const left = lots.map(({ paymentId, amount }) => ({ paymentId, amount: decimal(amount) }))
  return allocations.flatMap(({ receivableId, amount, discount }) => {
    const parts: Allocation[] = []
    let rest = decimal(amount)
    for (const lot of left) {
      const part = minimum(rest, lot.amount)
      if (part.isZero()) continue
      lot.amount = lot.amount.minus(part)
      rest = rest.minus(part)
      const { paymentId } = lot
      const from = paymentId === undefined ? {} : { paymentId }
      parts.push({ receivableId, amount: toAmount(part), ...from })
    }
    return withDiscount(parts, discount)
  })
}

/** Each money has its share of the discount, so that it can be taken back with it. */
function withDiscount(parts: readonly Allocation[], discount: string | undefined): Allocation[] {
  if (discount === undefined) return [...parts]
  const weights = parts.map(({ amount }) => decimal(amount))
  const shares = allocate(decimal(discount), weights)
  return parts.map((part, index) => {
    const share = shares[index] ?? ZERO
    return share.isZero() ? part : { ...part, discount: toAmount(share) }
  })
}

/** Settles what a dealer owes with cash of its that has become free on a business day. */
export function useFreeCash(
  state: FacilityState,
  dealerId: string,
  { bookedOn, chart }: Pick<UseCash, 'bookedOn' | 'chart'>,
) {
  const amount = freeCashOf(memberOf(state, dealerId).own)
  return useCash(state, { dealerId, amount, earliest: bookedOn, bookedOn, chart })
}
