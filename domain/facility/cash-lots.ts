/** Unapplied cash by where it came from, so that what it settles gets no date before it came. */

import { later } from '../kernel/dates.ts'
import { type Decimal, decimal, minimum, sum, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { type CashLot, type FacilityState, type Member, memberOf } from './state.ts'

/** Adds unapplied cash to a dealer's; the sums are not changed. */
export function withCash(
  state: FacilityState,
  dealerId: string,
  { amount, ...lot }: Readonly<Omit<CashLot, 'amount'> & { amount: Decimal }>,
): FacilityState {
  return amount.isZero() ? state : withLots(state, dealerId, [{ ...lot, amount: toAmount(amount) }])
}

/** Adds lots of unapplied cash to a dealer's; the sums are not changed. */
export function withLots(
  state: FacilityState,
  dealerId: string,
  lots: readonly CashLot[],
): FacilityState {
  return lots.length === 0
    ? state
    : holding(state, dealerId, [...memberOf(state, dealerId).cash, ...lots])
}

/** Takes cash out of a dealer's, as `drawnBy` says; the sums are not changed. */
export function withoutCash(
  state: FacilityState,
  dealerId: string,
  paymentId: string | undefined,
  amount: Decimal,
): FacilityState {
  const { cash } = memberOf(state, dealerId)
  return holding(state, dealerId, drawnBy(cash, paymentId, amount).left)
}

/**
 * Parts cash into an amount of it and the rest: what came by a payment (undefined: what can't be told)
 * first, and of the oldest what that does not hold.
 */
export function drawnBy(
  cash: readonly CashLot[],
  paymentId: string | undefined,
  amount: Decimal,
): Readonly<{ drawn: readonly CashLot[]; left: readonly CashLot[] }> {
  const own = cash.filter((lot) => lot.paymentId === paymentId)
  const others = cash.filter((lot) => lot.paymentId !== paymentId)
  const drawn: CashLot[] = []
  let rest = amount
  const left = [...own.toSorted(byDay), ...others.toSorted(byDay)].flatMap((lot) => {
    const taken = minimum(rest, decimal(lot.amount))
    rest = rest.minus(taken)
    if (!taken.isZero()) drawn.push({ ...lot, amount: toAmount(taken) })
    const remaining = decimal(lot.amount).minus(taken)
    return remaining.isZero() ? [] : [{ ...lot, amount: toAmount(remaining) }]
  })
  return { drawn, left }
}

/** What of a dealer's cash came by a payment. */
export function cashOf({ cash }: Pick<Member, 'cash'>, paymentId: string): Decimal {
  return sum(cash.filter((lot) => lot.paymentId === paymentId).map(({ amount }) => decimal(amount)))
}

function holding(state: FacilityState, dealerId: string, cash: readonly CashLot[]): FacilityState {
  return { ...state, members: state.members.set(dealerId, { ...memberOf(state, dealerId), cash }) }
}

/** Cash of one value date, by where it came from. */
export type DatedCash = Readonly<{ on: LocalDate; amount: Decimal; lots: readonly CashLot[] }>

/**
 * A dealer's cash up to an amount, the oldest first, by the day it may settle something from: the day it
 * came, and not before `earliest`. Of one payment's cash only, if that is given.
 */
export function drawCash(
  state: FacilityState,
  dealerId: string,
  amount: Decimal,
  earliest: LocalDate,
  paymentId?: string,
): readonly DatedCash[] {
  const drawn = new Map<LocalDate, { amount: Decimal; lots: CashLot[] }>()
  let rest = amount
  for (const lot of memberOf(state, dealerId).cash.toSorted(byDay)) {
    if (rest.isZero()) break
    if (paymentId !== undefined && lot.paymentId !== paymentId) continue
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
