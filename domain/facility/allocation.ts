/** Which receivables money settles, and with what discount (DOMAIN: Payments; Credit). */

import { type Decimal, decimal, minimum, round, sum, toAmount, ZERO } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { type FacilityState, memberOf, type Receivable } from './state.ts'
import type { Allocation } from './values.ts'

/**
 * At most so many receivables are settled by one event (the store bounds its size); the rest stays
 * unapplied cash until the next receivable is recognised.
 */
export const MAX_ALLOCATIONS = 2000

/** Money that may settle something from a day on. */
export type Money = Readonly<{ amount: Decimal; on: LocalDate }>

export type Settlement = Readonly<{
  allocations: readonly Allocation[]
  /** The money in them. */
  allocated: Decimal
  discount: Decimal
  /** What is left of the money. */
  rest: Decimal
}>

/** Those of the payer's open receivables that are named, by themselves first, then by their orders. */
export type Named = Readonly<{
  receivableIds: readonly string[]
  orderIds: readonly string[]
  /** If given, these receivables are settled and no others, each by no more than this money. */
  atMost?: ReadonlyMap<string, Decimal> | undefined
}>

const NOBODY: Named = { receivableIds: [], orderIds: [] }

/**
 * Divides money over a dealer's open receivables: the named ones in the order named (an order's by due
 * date; the principal, not its fee), then by due date, each fee before its principal; ties by number.
 */
export function settle(
  state: FacilityState,
  dealerId: string,
  money: Money,
  named: Named = NOBODY,
): Settlement {
  const allocations: Allocation[] = []
  let rest = money.amount
  if (rest.isZero()) return { allocations, allocated: ZERO, discount: ZERO, rest }
  const order = named.atMost === undefined ? inOrder(state, dealerId, named) : named.atMost.keys()
  for (const receivableId of order) {
    if (rest.isZero() || allocations.length === MAX_ALLOCATIONS) break
    const receivable = state.receivables.get(receivableId)
    const most = named.atMost === undefined ? rest : named.atMost.get(receivableId)
    if (receivable === undefined || most === undefined || most.isZero()) continue
    const part = partOf(receivable, { amount: minimum(rest, most), on: money.on })
    allocations.push({ receivableId, ...part })
    rest = rest.minus(part.amount)
  }
  const discount = sum(allocations.map((allocation) => decimal(allocation.discount ?? 0)))
  return { allocations, allocated: money.amount.minus(rest), discount, rest }
}

function partOf(receivable: Receivable, { amount, on }: Money): Omit<Allocation, 'receivableId'> {
  const open = decimal(receivable.outstanding)
  const discount = earlyDiscountOf(receivable, on)
  const isEarly = discount.greaterThan(0) && amount.greaterThanOrEqualTo(open.minus(discount))
  return isEarly
    ? { amount: toAmount(open.minus(discount)), discount: toAmount(discount) }
    : { amount: toAmount(minimum(amount, open)) }
}

/** The money that settles the whole rest of a receivable on a day. */
export function payableFor(receivable: Receivable, on: LocalDate): Decimal {
  return decimal(receivable.outstanding).minus(earlyDiscountOf(receivable, on))
}

/** What whoever settles the whole rest of a receivable on a day need not pay; less than that rest. */
function earlyDiscountOf({ earlyDiscount, outstanding }: Receivable, on: LocalDate): Decimal {
  if (earlyDiscount === undefined || on > earlyDiscount.until) return ZERO
  const discount = round(decimal(outstanding).times(earlyDiscount.rate))
  return discount.lessThan(outstanding) ? discount : ZERO
}

/** The dealer's open receivables, each once. Lazy: a dealer may have very many. */
function* inOrder(state: FacilityState, dealerId: string, named: Named): Generator<string> {
  const first = new Set([
    ...openOf(state, dealerId, named.receivableIds),
    ...named.orderIds.flatMap((orderId) => openOfOrder(state, dealerId, orderId)),
  ])
  yield* first
  for (const id of openByDueDate(state, dealerId)) {
    const fee = state.receivables.get(id)?.feeId
    const both = openOf(state, dealerId, fee === undefined ? [id] : [fee, id])
    yield* both.filter((open) => !first.has(open))
  }
}

/** The dealer's shipments of which principal or fee is open, by due date; before `dueBefore`, if given. */
export function* openByDueDate(
  state: FacilityState,
  dealerId: string,
  dueBefore?: LocalDate,
): Generator<string> {
  const { openByDue } = memberOf(state, dealerId)
  for (const dueOn of openByDue.keySeq().toArray().sort()) {
    if (dueBefore !== undefined && dueOn >= dueBefore) return
    yield* openByDue.get(dueOn)?.keys() ?? []
  }
}

/** An order's open receivables by due date. */
export function openOfOrder(
  state: FacilityState,
  dealerId: string,
  orderId: string,
): readonly string[] {
  const ids = state.orders.get(orderId)?.receivableIds ?? []
  return byDueDate(state, openOf(state, dealerId, ids))
}

function openOf(state: FacilityState, dealerId: string, ids: readonly string[]): readonly string[] {
  return ids.filter((id) => {
    const receivable = state.receivables.get(id)
    return receivable?.dealerId === dealerId && !decimal(receivable.outstanding).isZero()
  })
}

function byDueDate(state: FacilityState, ids: readonly string[]): readonly string[] {
  return ids
    .flatMap((id) => {
      const receivable = state.receivables.get(id)
      return receivable === undefined ? [] : [{ id, receivable }]
    })
    .sort((a, b) => compare(a.receivable, b.receivable))
    .map(({ id }) => id)
}

function compare(a: Receivable, b: Receivable): number {
  if (a.dueOn !== b.dueOn) return a.dueOn < b.dueOn ? -1 : 1
  return a.number - b.number
}
