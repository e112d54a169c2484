/** Unapplied cash by where it came from, so that what it settles gets no date before it came. */

import { later } from '../kernel/dates.ts'
import { type Decimal, decimal, minimum, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { type CashLot, type FacilityState, memberOf } from './state.ts'

/** Adds unapplied cash to a dealer's; the sums are not changed. */
export function withCash(
  state: FacilityState,
  dealerId: string,
  { amount, ...lot }: Readonly<Omit<CashLot, 'amount'> & { amount: Decimal }>,
): FacilityState {
  if (amount.isZero()) return state
  const { cash } = memberOf(state, dealerId)
  return withLots(state, dealerId, [...cash, { ...lot, amount: toAmount(amount) }])
}

/**
 * Takes cash that came by a payment (undefined: by none) from a dealer's, and from the oldest what that
 * does not hold; the sums are not changed.
 */
export function withoutCash(
  state: FacilityState,
  dealerId: string,
  paymentId: string | undefined,
  amount: Decimal,
): FacilityState {
  const { cash } = memberOf(state, dealerId)
  const [own, others] = [
    cash.filter((lot) => lot.paymentId === paymentId),
    cash.filter((lot) => lot.paymentId !== paymentId),
  ]
  let rest = amount
  const left = [...own, ...others.toSorted(byDay)].flatMap((lot) => {
    const taken = minimum(rest, decimal(lot.amount))
    rest = rest.minus(taken)
    const remaining = decimal(lot.amount).minus(taken)
    return remaining.isZero() ? [] : [{ ...lot, amount: toAmount(remaining) }]
  })
  return withLots(state, dealerId, left)
}

function withLots(state: FacilityState, dealerId: string, cash: readonly CashLot[]): FacilityState {
  return { ...state, members: state.members.set(dealerId, { ...memberOf(state, dealerId), cash }) }
}

/** Cash of one value date, by where it came from. */
export type DatedCash = Readonly<{ on: LocalDate; amount: Decimal; lots: readonly CashLot[] }>

/**
 * A dealer's cash up to an amount, the oldest first, by the day it may settle something from: the day it
 * came, and not before `earliest`.
 */
export function drawCash(
  state: FacilityState,
  dealerId: string,
  amount: Decimal,
  earliest: LocalDate,
): readonly DatedCash[] {
  const drawn = new Map<LocalDate, { amount: Decimal; lots: CashLot[] }>()
  let rest = amount
  for (const lot of memberOf(state, dealerId).cash.toSorted(byDay)) {
    if (rest.isZero()) break
    const part = minimum(rest, decimal(lot.amount))
    rest = rest.minus(part)
    const on = later(lot.on, earliest)
    const of = drawn.get(on) ?? { amount: decimal(0), lots: [] }
    of.lots.push({ ...lot, amount: toAmount(part) })
    drawn.set(on, { amount: of.amount.plus(part), lots: of.lots })
  }
  return [...drawn].map(([on, of]) => ({ on, ...of }))
}

function byDay(one: CashLot, other: CashLot): number {
  if (one.on === other.on) return 0
  return one.on < other.on ? -1 : 1
}
