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

/** Sets an order's credit. Its releases count for no more than it takes. O(depth). */
export function withOrder(
  state: FacilityState,
  orderId: string,
  order: OrderCredit,
): FacilityState {
  const orders = state.orders.set(orderId, order)
  const after = earmarkedFor({ ...state, orders }, orderId, order)
  if (!state.releases.has(orderId)) return after
  const before = orderOf(state, order.dealerId, orderId)
  return counted(counted(after, orderId, before, -1), orderId, order, 1)
}

/** Knows for which of a dealer's orders cash is kept. */
function earmarkedFor(
  state: FacilityState,
  orderId: string,
  { dealerId, earmarked }: OrderCredit,
): FacilityState {
  const member = state.members.get(dealerId)
  const isKept = earmarked !== '0.00'
  if (member === undefined || member.earmarkedFor.has(orderId) === isKept) return state
  const ids = isKept ? member.earmarkedFor.add(orderId) : member.earmarkedFor.delete(orderId)
  return { ...state, members: state.members.set(dealerId, { ...member, earmarkedFor: ids }) }
}

/** Sets how far an order was let go past whose limits, in the place of what was set before. O(depth). */
export function withReleases(
  state: FacilityState,
  orderId: string,
  releases: readonly Release[],
): FacilityState {
  const order = state.orders.get(orderId)
  if (order === undefined) return state
  const without = counted(state, orderId, order, -1)
  if (releases.length === 0) return { ...without, releases: without.releases.delete(orderId) }
  const set = { ...without, releases: without.releases.set(orderId, releases) }
  return counted(set, orderId, order, 1)
}

/** Counts every release where its order is after a change of the tree. O(orders with a release). */
export function recounted(
  state: FacilityState,
  change: (state: FacilityState) => FacilityState,
): FacilityState {
  const all = (current: FacilityState, sign: 1 | -1) =>
    [...current.releases.keys()].reduce((before, orderId) => {
      const order = before.orders.get(orderId)
      return order === undefined ? before : counted(before, orderId, order, sign)
    }, current)
  return all(change(all(state, -1)), 1)
}

/** Adds what an order's releases count for to its superiors, or takes it off. */
function counted(
  state: FacilityState,
  orderId: string,
  order: OrderCredit,
  sign: 1 | -1,
): FacilityState {
  const taken = takenBy(order)
  if (taken.isZero()) return state
  const path = pathOf(state, order.dealerId)
  const members = state.members.withMutations((all) => {
    for (const { dealerId, amount } of releasesOf(state, orderId)) {
      if (!path.includes(dealerId)) continue
      const member = memberOf(state, dealerId)
      const change = minimum(decimal(amount), taken).times(sign)
      all.set(dealerId, { ...member, released: plus(member.released, change) })
    }
  })
  return { ...state, members }
}
