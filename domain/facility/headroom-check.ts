/** Whether an order may take so much credit: the dealer and every superior must have the headroom. */

import type { StoredRefusal } from '../kernel/explanation.ts'
import { type Decimal, decimal, minimum, toAmount, ZERO } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { type Room, roomOf, spareOf } from './credit.ts'
import { releaseOf, withReleases } from './releases.ts'
import { type FacilityState, orderOf, pathOf, type Release } from './state.ts'
import {
  type Blocked,
  larger,
  paymentFor,
  type Shortfall,
  type Way,
  waysOut,
  wordsOf,
} from './ways-out.ts'

export type Asking = Readonly<{
  dealerId: string
  orderId: string
  /** What is to be held for the order; only what this is more than its hold needs headroom. */
  amount: Decimal
  /** How far past the limits reviewers let it go. */
  release: Decimal
  /** Whether reviewers could still look at it. */
  reviewable: boolean
  today: LocalDate
}>

/** Past whose limits an order goes how far, of what reviewers released; or why it may not. */
export type Check =
  | Readonly<{ granted: true; releasedFor: readonly Release[] }>
  | Readonly<{ granted: false; refusal: StoredRefusal; ways: readonly Way[] }>

/**
 * Grants if no limit on the path is exceeded, or by no more than reviewers released for this order, or
 * if the order takes no more than it does already. What was released for it before stays released.
 */
export function checkHeadroom(state: FacilityState, asking: Asking): Check {
  const more = moreOf(state, asking)
  const lacking = lackingFor(state, asking, more)
  const allowed = larger(asking.release, releaseOf(state, asking.orderId))
  const isBlocked = more.greaterThan(ZERO) && exceed(lacking, allowed)
  if (isBlocked) return refused(state, asking, { more, lacking, allowed })
  const releasedFor = lacking
    .map(({ dealerId, amount }) => ({ dealerId, amount: toAmount(minimum(amount, allowed)) }))
    .filter(({ amount }) => decimal(amount).greaterThan(ZERO))
  return { granted: true, releasedFor }
}

/** What the order asks for beyond what is held for it; negative if it is less. */
function moreOf(state: FacilityState, { dealerId, orderId, amount }: Asking): Decimal {
  return amount.minus(orderOf(state, dealerId, orderId).held)
}

/** What each dealer on the path lacks, if nothing were released for the order. */
function lackingFor(
  state: FacilityState,
  { dealerId, orderId, today }: Asking,
  more: Decimal,
): readonly Shortfall[] {
  const bare = withReleases(state, orderId, [])
  return pathOf(state, dealerId).map((id) => {
    const { headroom } = roomOf(bare, id, today, { orderId, amount: more })
    return { dealerId: id, amount: larger(more.minus(headroom), ZERO) }
  })
}

function exceed(lacking: readonly Shortfall[], allowed: Decimal): boolean {
  return lacking.some(({ amount }) => amount.greaterThan(allowed))
}

type Lacking = Readonly<{ more: Decimal; lacking: readonly Shortfall[]; allowed: Decimal }>

function refused(state: FacilityState, asking: Asking, { more, lacking, allowed }: Lacking): Check {
  const { dealerId, reviewable, today } = asking
  const blocking = lacking.find(({ amount }) => amount.greaterThan(allowed))
  const shortfalls = shortfallsIn(state, asking, more)
  const release = mostOf(lacking)
  const blocked: Blocked = {
    ...{ dealerId, reviewable, today, shortfalls, release },
    payment: paymentFor(state, dealerId, today, (paid) => mostOf(shortfallsIn(paid, asking, more))),
    atMost: atMostOf(state, asking, mostOf(shortfalls)),
  }
  const ways = waysOut(state, blocked)
  const room = roomFor(state, asking, more)(blocking?.dealerId ?? dealerId)
  return { granted: false, ways, refusal: insufficient(room, { more, release, ways, asking }) }
}

function roomFor(state: FacilityState, { orderId, today }: Asking, more: Decimal) {
  return (dealerId: string) => roomOf(state, dealerId, today, { orderId, amount: more })
}

/** What each dealer on the path is short of, if the order is to pass without any further release. */
function shortfallsIn(state: FacilityState, asking: Asking, more: Decimal): readonly Shortfall[] {
  const room = roomFor(state, asking, more)
  return pathOf(state, asking.dealerId)
    .map((dealerId) => ({ dealerId, amount: more.minus(spareOf(room(dealerId))) }))
    .filter(({ amount }) => amount.greaterThan(ZERO))
}

function mostOf(shortfalls: readonly Shortfall[]): Decimal {
  return shortfalls.map(({ amount }) => amount).reduce(larger, ZERO)
}

/** What the order may be at most; undefined if even that would not pass. */
function atMostOf(state: FacilityState, asking: Asking, shortfall: Decimal): Decimal | undefined {
  const most = asking.amount.minus(shortfall)
  if (!most.greaterThan(ZERO)) return undefined
  const less = { ...asking, amount: most }
  const lacking = lackingFor(state, less, moreOf(state, less))
  return exceed(lacking, releaseOf(state, asking.orderId)) ? undefined : most
}

type Figures = Readonly<{
  more: Decimal
  release: Decimal
  ways: readonly Way[]
  asking: Asking
}>

function insufficient(room: Room, { more, release, ways, asking }: Figures): StoredRefusal {
  const headroom = toAmount(room.headroom)
  const shortfall = toAmount(more.minus(spareOf(room)))
  const inputs = {
    dealerId: room.dealerId,
    limit: toAmount(room.limit),
    exposure: toAmount(room.exposure),
    headroom,
    ...(room.kept.isZero() ? {} : { keptOfRevokedGuarantees: toAmount(room.kept) }),
    wanted: toAmount(more),
    shortfall,
    releaseNeeded: toAmount(release),
    ...(asking.release.isZero() ? {} : { release: toAmount(asking.release) }),
  }
  return {
    code: 'credit-insufficient',
    message: `${room.dealerId} has a headroom of ${headroom}, ${shortfall} less than the order takes`,
    decision: {
      rule: 'credit-headroom',
      ruleVersion: 2,
      inputs,
      ways: ways.map((way) => wordsOf(way, asking.reviewable)),
    },
  }
}
