/** The fold of what makes receivables smaller, and of what is taken back of that. */

import { later } from '../kernel/dates.ts'
import { type Decimal, decimal, minimum, sum, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { type Open, opened, settled } from './open-receivables.ts'
import { withOrder } from './releases.ts'
import {
  changeSums,
  type FacilityState,
  memberOf,
  orderOf,
  plus,
  type Receivable,
  type Reduction,
} from './state.ts'
import type { Allocation, ReversedAllocation } from './values.ts'

/** Which money it was, or what else. */
export type Source = Pick<Reduction, 'paymentId' | 'notBefore' | 'by'>

/** By how much an allocation makes its receivable smaller: money and discount. */
export function settledBy({ amount, discount }: Pick<ReversedAllocation, 'amount' | 'discount'>) {
  return decimal(amount).plus(discount ?? 0)
}

/** The money in a reduction; nothing in what is no money. */
export function moneyIn({ amount, discount, by }: Reduction): Decimal {
  return by === undefined ? decimal(amount).minus(discount ?? 0) : decimal(0)
}

export function discountIn({ discount }: Reduction): Decimal {
  return decimal(discount ?? 0)
}

/** Takes what was allocated, with its discounts, off the dealer's receivables, their orders and the sums. */
export function allocated(
  state: FacilityState,
  dealerId: string,
  allocations: readonly Allocation[],
  sourceOf: (allocation: Allocation) => Source,
): FacilityState {
  const reduced = allocations.reduce(
    (current, allocation) =>
      reduceReceivable(current, allocation.receivableId, {
        amount: toAmount(settledBy(allocation)),
        ...(allocation.discount === undefined ? {} : { discount: allocation.discount }),
        ...sourceOf(allocation),
      }),
    state,
  )
  return changeSums(reduced, dealerId, { owed: sum(allocations.map(settledBy)).negated() })
}

function reduceReceivable(
  state: FacilityState,
  receivableId: string,
  reduction: Reduction,
): FacilityState {
  const receivable = state.receivables.get(receivableId)
  if (receivable === undefined) return state
  const reductions = withReduction(receivable.reductions, reduction)
  const reduced = withReceivable(state, receivableId, { reductions })
  const after = withOutstanding(reduced, receivableId, decimal(reduction.amount).negated())
  const isLate = receivable.feeId !== undefined || valueDateOf(state, reduction) > receivable.dueOn
  return isLate ? touched(after, receivableId) : after
}

/** Has the fees of a receivable looked at when the day closes. */
function touched(state: FacilityState, receivableId: string): FacilityState {
  const receivable = state.receivables.get(receivableId)
  return receivable === undefined || !bearsFees(receivable)
    ? state
    : { ...state, touched: state.touched.add(receivableId) }
}

/** The day that a reduction counts from: that of its payment as it is dated now, and not before another. */
export function valueDateOf(
  { payments }: FacilityState,
  { paymentId, notBefore = '' }: Pick<Reduction, 'paymentId' | 'notBefore'>,
): LocalDate {
  return later((paymentId === undefined ? undefined : payments.get(paymentId)?.on) ?? '', notBefore)
}

export function bearsFees({ dailyRate }: Pick<Receivable, 'dailyRate'>): boolean {
  return !decimal(dailyRate).isZero()
}

/** What had settled receivables does not any more: they are owed again, and were all along. */
export function owedAgain(
  state: FacilityState,
  dealerId: string,
  reversed: readonly ReversedAllocation[],
): FacilityState {
  const byReceivable = [...Map.groupBy(reversed, ({ receivableId }) => receivableId)]
  const back = byReceivable.reduce((current, [receivableId, parts]) => {
    const receivable = current.receivables.get(receivableId)
    if (receivable === undefined) return current
    const reductions = parts.reduce(without, receivable.reductions)
    const reduced = withReceivable(current, receivableId, { reductions })
    return touched(outstanding(reduced, receivableId, sum(parts.map(settledBy))), receivableId)
  }, state)
  const ids = byReceivable.map(([receivableId]) => receivableId)
  return changeSums(placed(back, ids), dealerId, { owed: sum(reversed.map(settledBy)) })
}

function isOfSource(one: Source, { by, paymentId, notBefore }: Source): boolean {
  return one.by === by && one.paymentId === paymentId && one.notBefore === notBefore
}

/** One more reduction; those of one source and date are one. */
function withReduction(
  reductions: readonly Reduction[],
  reduction: Reduction,
): readonly Reduction[] {
  const index = reductions.findIndex((one) => isOfSource(one, reduction))
  const before = reductions[index]
  if (before === undefined) return [...reductions, reduction]
  const discount = discountIn(before).plus(discountIn(reduction))
  return reductions.with(index, {
    ...before,
    amount: plus(before.amount, decimal(reduction.amount)),
    ...(discount.isZero() ? {} : { discount: toAmount(discount) }),
  })
}

/** Reductions by money without what is taken back of them. */
function without(reductions: readonly Reduction[], back: ReversedAllocation): readonly Reduction[] {
  const { paymentId, since: notBefore } = back
  const index = reductions.findIndex((one) => isOfSource(one, { paymentId, notBefore }))
  const reduction = reductions[index]
  if (reduction === undefined) return reductions
  const amount = plus(reduction.amount, settledBy(back).negated())
  const discount = discountIn(reduction).minus(back.discount ?? 0)
  const { discount: _, ...rest } = reduction
  const left = discount.isZero()
    ? { ...rest, amount }
    : { ...rest, amount, discount: toAmount(discount) }
  return amount === '0.00' ? reductions.toSpliced(index, 1) : reductions.with(index, left)
}

/** The discount on goods that came back: they settle in its place, from the same day. */
export function discountReturned(
  state: FacilityState,
  { receivableId, discount = '0', paymentId, since }: ReversedAllocation,
): FacilityState {
  const receivable = state.receivables.get(receivableId)
  if (receivable === undefined) return state
  const instead: Reduction = {
    ...{ amount: toAmount(decimal(discount)), by: 'return' as const },
    ...(paymentId === undefined ? {} : { paymentId }),
    ...(since === undefined ? {} : { notBefore: since }),
  }
  const back = { receivableId, amount: '0.00', discount, paymentId, since }
  const reductions = withReduction(without(receivable.reductions, back), instead)
  return withReceivable(state, receivableId, { reductions })
}

/** Takes an amount out of the newest reductions of a kind, whatever their dates. */
export function lessOf(
  reductions: readonly Reduction[],
  amount: Decimal,
  isOfKind: (reduction: Reduction) => boolean,
): readonly Reduction[] {
  let rest = amount
  return reductions
    .toReversed()
    .flatMap((reduction) => {
      if (rest.isZero() || !isOfKind(reduction)) return [reduction]
      const part = minimum(rest, decimal(reduction.amount))
      rest = rest.minus(part)
      const left = plus(reduction.amount, part.negated())
      return left === '0.00' ? [] : [{ ...reduction, amount: left }]
    })
    .toReversed()
}

/** Changes what is outstanding of a receivable, and with it what its order owes, and what is open. */
export function withOutstanding(
  state: FacilityState,
  receivableId: string,
  change: Decimal,
): FacilityState {
  return placed(outstanding(state, receivableId, change), [receivableId])
}

function outstanding(state: FacilityState, receivableId: string, change: Decimal): FacilityState {
  const receivable = state.receivables.get(receivableId)
  if (receivable === undefined) return state
  const { dealerId, orderId } = receivable
  const changed = withReceivable(state, receivableId, {
    outstanding: plus(receivable.outstanding, change),
  })
  if (orderId === undefined) return changed
  const order = orderOf(state, dealerId, orderId)
  return withOrder(changed, orderId, { ...order, owed: plus(order.owed, change) })
}

/** Keeps shipments among their dealers' open ones while they, or their fees, are open. */
export function placed(state: FacilityState, receivableIds: readonly string[]): FacilityState {
  const shipments = new Set(receivableIds.map((id) => state.receivables.get(id)?.feeOf ?? id))
  const open = new Map<string, Open[]>()
  const members = state.members.withMutations((all) => {
    for (const receivableId of shipments) {
      const receivable = state.receivables.get(receivableId)
      if (receivable === undefined) continue
      const { dealerId, dueOn, number } = receivable
      if (openWithFee(state, receivable).isZero()) {
        const member = all.get(dealerId) ?? memberOf(state, dealerId)
        all.set(dealerId, settled(member, dueOn, receivableId))
      } else {
        const others = open.get(dealerId) ?? []
        others.push({ receivableId, dueOn, number })
        open.set(dealerId, others)
      }
    }
    for (const [dealerId, owed] of open) {
      all.set(dealerId, opened(all.get(dealerId) ?? memberOf(state, dealerId), owed))
    }
  })
  return { ...state, members }
}

function openWithFee(state: FacilityState, { outstanding: own, feeId }: Receivable): Decimal {
  const fee = feeId === undefined ? undefined : state.receivables.get(feeId)
  return decimal(own).plus(fee?.outstanding ?? '0')
}

export function withReceivable(
  state: FacilityState,
  receivableId: string,
  changes: Partial<Receivable>,
): FacilityState {
  const receivable = state.receivables.get(receivableId)
  if (receivable === undefined) return state
  return {
    ...state,
    receivables: state.receivables.set(receivableId, { ...receivable, ...changes }),
  }
}
