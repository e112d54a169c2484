/** How much credit a dealer has left (DOMAIN: Credit). */

import type { Decimal } from '../kernel/money.ts'
import { decimal, minimum, sum, toAmount, ZERO } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { takenBy } from './releases.ts'
import {
  type FacilityState,
  freeCashOf,
  type Guarantee,
  type Member,
  memberOf,
  pathOf,
} from './state.ts'

/** The order that a decision is about, and what it asks for: its own guarantees count for it. */
export type Wanted = Readonly<{ orderId: string; amount: Decimal }>

/** The figures of one dealer, descendants included. */
export type Room = Readonly<{
  dealerId: string
  limit: Decimal
  temporaryLimits: Decimal
  guarantees: Decimal
  /** How far reviewers let orders go past this limit. */
  releases: Decimal
  exposure: Decimal
  unappliedCash: Decimal
  /** The part of the unapplied cash that is kept for prepaid orders. */
  earmarked: Decimal
  headroom: Decimal
  /** What of revoked guarantees bears what exceeds the limit; it is in `guarantees` and in `headroom`. */
  kept: Decimal
}>

/**
 * headroom = limit + temporary limits in force + guarantees received + releases − exposure + unapplied
 * cash that is not earmarked. A guarantee for one order gives no more room than that order takes; what is
 * left of a revoked one bears what exceeds the limit, and gives room to nothing new.
 */
export function roomOf(
  state: FacilityState,
  dealerId: string,
  on: LocalDate,
  wanted?: Wanted,
): Room {
  const member = memberOf(state, dealerId)
  const limit = decimal(member.limit)
  const temporaryLimits = sum(
    member.temporaryLimits
      .filter(({ from, to }) => from <= on && on < to)
      .map(({ amount }) => decimal(amount)),
  )
  const releases = decimal(member.released)
  const exposure = decimal(member.tree.held).plus(member.tree.owed)
  const { given, kept } = guaranteesOf(state, member, on, wanted)
  const without = sum([limit, temporaryLimits, given, releases, freeCashOf(member.tree)]).minus(
    exposure,
  )
  const bearing = without.isNegative() ? minimum(kept, without.negated()) : ZERO
  return {
    ...{ dealerId, limit, temporaryLimits, releases, exposure },
    guarantees: given.plus(bearing),
    unappliedCash: decimal(member.tree.unappliedCash),
    earmarked: decimal(member.tree.earmarked),
    headroom: without.plus(bearing),
    kept: bearing,
  }
}

/** The headroom before revoked guarantees: what they still bear has to shrink before there is room again. */
export function spareOf({ headroom, kept }: Pick<Room, 'headroom' | 'kept'>): Decimal {
  return headroom.minus(kept)
}

/** What a dealer's guarantees are good for on a day: those in force, and what is left of revoked ones. */
function guaranteesOf(
  state: FacilityState,
  { guaranteesReceived }: Member,
  on: LocalDate,
  wanted: Wanted | undefined,
): Readonly<{ given: Decimal; kept: Decimal }> {
  if (guaranteesReceived.length === 0) return { given: ZERO, kept: ZERO }
  const guarantees = guaranteesReceived.flatMap((id) => state.guarantees.get(id) ?? [])
  return {
    given: roomBy(
      state,
      guarantees.filter(({ revoked }) => !revoked),
      on,
      wanted,
    ),
    kept: roomBy(
      state,
      guarantees.filter(({ revoked }) => revoked),
      on,
      wanted,
    ),
  }
}

/** The room that guarantees give a dealer on a day: those for one order together no more than it takes. */
export function roomBy(
  state: FacilityState,
  guarantees: readonly Guarantee[],
  on: LocalDate,
  wanted?: Wanted,
): Decimal {
  const byOrder = Map.groupBy(
    guarantees.filter(({ until }) => until > on),
    ({ orderId }) => orderId,
  )
  return sum(
    [...byOrder].map(([orderId, all]) => {
      const amount = sum(all.map((guarantee) => decimal(guarantee.amount)))
      const [{ dealerId } = { dealerId: '' }] = all
      if (orderId === undefined) return amount
      const more = wanted?.orderId === orderId ? wanted.amount : ZERO
      return minimum(amount, exposureOf(state, dealerId, orderId).plus(more))
    }),
  )
}

function exposureOf(state: FacilityState, dealerId: string, orderId: string): Decimal {
  const order = state.orders.get(orderId)
  if (order === undefined || !pathOf(state, order.dealerId).includes(dealerId)) return ZERO
  return takenBy(order)
}

/** Canonical amounts; `headroom` may be negative. Exposure and cash include all descendants'. */
export type DealerCredit = Readonly<{
  dealerId: string
  limit: string
  temporaryLimits: string
  guarantees: string
  releases: string
  exposure: string
  unappliedCash: string
  /** The part of it that is kept for prepaid orders: it gives no headroom. */
  earmarked: string
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
    releases: toAmount(room.releases),
    exposure: toAmount(room.exposure),
    unappliedCash: toAmount(room.unappliedCash),
    earmarked: toAmount(room.earmarked),
    headroom: toAmount(room.headroom),
  }
}
