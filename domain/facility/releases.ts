/** Reviewers' releases: room past the limits for one order, and for nothing else. */

import { type Decimal, decimal, minimum, ZERO } from '../kernel/money.ts'
import {
  type FacilityState,
  memberOf,
  type OrderCredit,
  orderOf,
  pathOf,
  plus,
  type Release,
} from './state.ts'

const NO_RELEASES: readonly Release[] = []

export function releasesOf(state: FacilityState, orderId: string): readonly Release[] {
  return state.releases.get(orderId) ?? NO_RELEASES
}

/** The most that an order was let go past any limit. */
export function releaseOf(state: FacilityState, orderId: string): Decimal {
  return releasesOf(state, orderId).reduce(
    (most, { amount }) => (most.lessThan(amount) ? decimal(amount) : most),
    ZERO,
  )
}

/** The credit that an order takes: what is held and what is owed. */
export function takenBy({ held, owed }: Pick<OrderCredit, 'held' | 'owed'>): Decimal {
  return decimal(held).plus(owed)
}

/**
 * Sets an order's credit. Its releases count for no more than it takes, and are over once it takes
 * nothing. O(depth).
 */
export function withOrder(
  state: FacilityState,
  orderId: string,
  order: OrderCredit,
): FacilityState {
  const after = { ...state, orders: state.orders.set(orderId, order) }
  const releases = state.releases.get(orderId)
  if (releases === undefined) return after
  const before = takenBy(orderOf(state, order.dealerId, orderId))
  const taken = takenBy(order)
  const counted = releases.reduce(
    (current, release) =>
      count(current, release, room(release, taken).minus(room(release, before))),
    after,
  )
  if (!taken.isZero()) return counted
  return { ...counted, releases: counted.releases.delete(orderId) }
}

/** Sets how far an order was let go past whose limits, in the place of what was set before. O(depth). */
export function withReleases(
  state: FacilityState,
  orderId: string,
  releases: readonly Release[],
): FacilityState {
  const order = state.orders.get(orderId)
  if (order === undefined) return state
  const taken = takenBy(order)
  const without = releasesOf(state, orderId).reduce(
    (current, release) => count(current, release, room(release, taken).negated()),
    state,
  )
  const counted = releases.reduce(
    (current, release) => count(current, release, room(release, taken)),
    without,
  )
  return {
    ...counted,
    releases:
      releases.length === 0
        ? counted.releases.delete(orderId)
        : counted.releases.set(orderId, releases),
  }
}

function room({ amount }: Release, taken: Decimal): Decimal {
  return minimum(decimal(amount), taken)
}

function count(state: FacilityState, { dealerId }: Release, change: Decimal): FacilityState {
  if (change.isZero()) return state
  const member = memberOf(state, dealerId)
  const released = plus(member.released, change)
  return { ...state, members: state.members.set(dealerId, { ...member, released }) }
}

/** Ends the releases at dealers that are no superiors of their order's dealer any more. */
export function withoutStrayReleases(state: FacilityState): FacilityState {
  return state.releases.reduce((current, releases, orderId) => {
    const order = current.orders.get(orderId)
    const path = order === undefined ? [] : pathOf(current, order.dealerId)
    const kept = releases.filter(({ dealerId }) => path.includes(dealerId))
    return kept.length === releases.length ? current : withReleases(current, orderId, kept)
  }, state)
}
