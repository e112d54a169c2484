/** How much credit a dealer has left (DOMAIN: Credit). */

import type { Decimal } from '../kernel/money.ts'
import { decimal, minimum, sum, toAmount, ZERO } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { type FacilityState, type Guarantee, memberOf, pathOf } from './state.ts'

/** The order that a decision is about, and what it asks for: its own guarantees count for it. */
export type Wanted = Readonly<{ orderId: string; amount: Decimal }>

/** The figures of one dealer, descendants included. */
export type Room = Readonly<{
  dealerId: string
  limit: Decimal
  temporaryLimits: Decimal
  guarantees: Decimal
  exposure: Decimal
  unappliedCash: Decimal
  headroom: Decimal
}>

/**
 * headroom = limit + temporary limits in force + guarantees received − exposure + unapplied cash.
 * A guarantee for one order gives no more room than that order takes.
 */
export function roomOf(
  state: FacilityState,
  dealerId: string,
  on: LocalDate,
  wanted?: Wanted,
): Room {
  const member = memberOf(state, dealerId)
  const figures = {
    dealerId,
    limit: decimal(member.limit),
    temporaryLimits: sum(
      member.temporaryLimits
        .filter(({ from, to }) => from <= on && on < to)
        .map(({ amount }) => decimal(amount)),
    ),
    guarantees: sum(
      member.guaranteesReceived.map((id) =>
        guaranteedBy(state, state.guarantees.get(id), on, wanted),
      ),
    ),
    exposure: decimal(member.tree.held).plus(member.tree.owed),
    unappliedCash: decimal(member.tree.unappliedCash),
  }
  const { limit, temporaryLimits, guarantees, exposure, unappliedCash } = figures
  const headroom = limit.plus(temporaryLimits).plus(guarantees).minus(exposure).plus(unappliedCash)
  return { ...figures, headroom }
}

/** The room that one guarantee gives on a day. */
export function guaranteedBy(
  state: FacilityState,
  guarantee: Guarantee | undefined,
  on: LocalDate,
  wanted?: Wanted,
): Decimal {
  if (guarantee === undefined || guarantee.until <= on) return ZERO
  const amount = decimal(guarantee.amount)
  if (guarantee.orderId === undefined) return amount
  const taken = exposureOf(state, guarantee.dealerId, guarantee.orderId)
  const more = wanted?.orderId === guarantee.orderId ? wanted.amount : ZERO
  return minimum(amount, taken.plus(more))
}

function exposureOf(state: FacilityState, dealerId: string, orderId: string): Decimal {
  const order = state.orders.get(orderId)
  if (order === undefined || !pathOf(state, order.dealerId).includes(dealerId)) return ZERO
  return decimal(order.held).plus(order.owed)
}

/** Canonical amounts; `headroom` may be negative. Exposure and cash include all descendants'. */
export type DealerCredit = Readonly<{
  dealerId: string
  limit: string
  temporaryLimits: string
  guarantees: string
  exposure: string
  unappliedCash: string
  headroom: string
}>

export type CreditPosition = DealerCredit &
  Readonly<{
    /** The holds in `exposure`. */
    holds: string
    /** The open receivables in `exposure`. */
    receivables: string
    /** Nearest first, ending with the root. */
    ancestors: readonly DealerCredit[]
  }>

/** A dealer's credit on a day, with that of each superior; all zero for a dealer that has not joined. */
export function creditOf(state: FacilityState, dealerId: string, on: LocalDate): CreditPosition {
  const { tree } = memberOf(state, dealerId)
  const [, ...superiors] = pathOf(state, dealerId)
  return {
    ...inAmounts(roomOf(state, dealerId, on)),
    holds: tree.held,
    receivables: tree.owed,
    ancestors: superiors.map((id) => inAmounts(roomOf(state, id, on))),
  }
}

function inAmounts(room: Room): DealerCredit {
  return {
    dealerId: room.dealerId,
    limit: toAmount(room.limit),
    temporaryLimits: toAmount(room.temporaryLimits),
    guarantees: toAmount(room.guarantees),
    exposure: toAmount(room.exposure),
    unappliedCash: toAmount(room.unappliedCash),
    headroom: toAmount(room.headroom),
  }
}
