/** What a facility knows: its dealers with their sums rolled up, orders, receivables and payments. */

import { OrderedMap, Map as PersistentMap } from 'immutable'
import type { Decimal } from '../kernel/money.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import type { Allocation, PaymentMethod } from './events.ts'
import { DEFAULT_TERMS, type Terms } from './terms.ts'

/** What counts for or against a limit, as canonical amounts. */
export type Sums = Readonly<{
  /** Holds of orders not yet shipped. */
  held: string
  /** Open receivables. */
  owed: string
  /** Money received and not yet allocated. */
  unappliedCash: string
}>

export type TemporaryLimit = Readonly<{
  temporaryLimitId: string
  amount: string
  from: LocalDate
  /** Exclusive. */
  to: LocalDate
}>

/** One dealer of the tree. */
export type Member = Readonly<{
  parentDealerId: string | undefined
  /** Zero until a limit of its own was set. */
  limit: string
  terms: Terms
  graceDays: number
  lateFeeDailyRate: string
  temporaryLimits: readonly TemporaryLimit[]
  guaranteesGiven: readonly string[]
  guaranteesReceived: readonly string[]
  /** The dealer's alone. */
  own: Sums
  /** The dealer's and all its descendants', kept with every change. */
  tree: Sums
  /** The dealer's open receivables by due date: each date's ids with their numbers, as they came. */
  openByDue: PersistentMap<LocalDate, OrderedMap<string, number>>
}>

export type Guarantee = Readonly<{
  guarantorDealerId: string
  dealerId: string
  /** Once revoked: what was in use then. */
  amount: string
  /** Exclusive. */
  until: LocalDate
  orderId: string | undefined
  revoked: boolean
}>

/** An order's credit. */
export type OrderCredit = Readonly<{
  dealerId: string
  /** The hold's amount as it was granted last. */
  granted: string
  /** What is still held of it. */
  held: string
  /** Open receivables of the order. */
  owed: string
  /** The attempt of the hold granted last; −1 before the first. */
  attempt: number
  /** Holds of attempts up to this one are released, those that are still to come too. */
  releasedAttempt: number
  /** Cancelled or completed: no hold is granted any more. */
  closed: boolean
  fulfilmentIds: readonly string[]
  receivableIds: readonly string[]
}>

export type Receivable = Readonly<{
  /** Its place among the facility's receivables: the n of `<facilityId>.<n>`. */
  number: number
  dealerId: string
  orderId: string
  fulfilmentId: string
  dueOn: LocalDate
  amount: string
  outstanding: string
}>

export type ReceivedPayment = Readonly<{
  dealerId: string
  amount: string
  method: PaymentMethod
  allocations: readonly Allocation[]
  /** What was not allocated when it came in. */
  unapplied: string
}>

export type FacilityState = Readonly<{
  members: PersistentMap<string, Member>
  guarantees: PersistentMap<string, Guarantee>
  /** How many temporary limits were ever set: they are numbered. */
  temporaryLimitCount: number
  orders: PersistentMap<string, OrderCredit>
  receivables: PersistentMap<string, Receivable>
  payments: PersistentMap<string, ReceivedPayment>
  /** Orders released without a shipment, by the order of their release: only the newest are kept. */
  released: PersistentMap<string, string>
  releasedCount: number
}>

const NOTHING: Sums = { held: '0.00', owed: '0.00', unappliedCash: '0.00' }

export const emptyFacility: FacilityState = {
  members: PersistentMap(),
  guarantees: PersistentMap(),
  temporaryLimitCount: 0,
  orders: PersistentMap(),
  receivables: PersistentMap(),
  payments: PersistentMap(),
  released: PersistentMap(),
  releasedCount: 0,
}

export function newMember(parentDealerId: string | undefined): Member {
  return {
    parentDealerId,
    limit: '0.00',
    terms: DEFAULT_TERMS,
    graceDays: 0,
    lateFeeDailyRate: '0',
    temporaryLimits: [],
    guaranteesGiven: [],
    guaranteesReceived: [],
    own: NOTHING,
    tree: NOTHING,
    openByDue: PersistentMap(),
  }
}

/** A dealer's account; an empty one for a dealer that has not joined. */
export function memberOf(state: FacilityState, dealerId: string): Member {
  return state.members.get(dealerId) ?? newMember(undefined)
}

/** An order's credit; an empty one for an order not heard of. */
export function orderOf(state: FacilityState, dealerId: string, orderId: string): OrderCredit {
  return (
    state.orders.get(orderId) ?? {
      dealerId,
      granted: '0.00',
      held: '0.00',
      owed: '0.00',
      attempt: -1,
      releasedAttempt: -1,
      closed: false,
      fulfilmentIds: [],
      receivableIds: [],
    }
  )
}

/** A dealer of the facility and its superiors, nearest first, ending with the root. */
export function pathOf(state: FacilityState, dealerId: string): readonly string[] {
  const path: string[] = []
  let next: string | undefined = dealerId
  while (next !== undefined && !path.includes(next)) {
    path.push(next)
    next = state.members.get(next)?.parentDealerId
  }
  return path
}

export type SumChanges = Partial<Record<keyof Sums, Decimal>>

/** Changes a dealer's own sums, and with them those of its tree and of each superior's: O(depth). */
export function changeSums(
  state: FacilityState,
  dealerId: string,
  changes: SumChanges,
): FacilityState {
  const members = state.members.withMutations((all) => {
    for (const id of pathOf(state, dealerId)) {
      const member = memberOf(state, id)
      const tree = added(member.tree, changes)
      all.set(
        id,
        id === dealerId
          ? { ...member, own: added(member.own, changes), tree }
          : { ...member, tree },
      )
    }
  })
  return { ...state, members }
}

function added(sums: Sums, changes: SumChanges): Sums {
  return {
    held: plus(sums.held, changes.held),
    owed: plus(sums.owed, changes.owed),
    unappliedCash: plus(sums.unappliedCash, changes.unappliedCash),
  }
}

/** A canonical amount, changed. */
export function plus(amount: string, change: Decimal | undefined): string {
  return change === undefined ? amount : toAmount(decimal(amount).plus(change))
}

/** Adds a receivable to its dealer's open ones. */
export function opened(
  member: Member,
  receivableId: string,
  { dueOn, number }: Pick<Receivable, 'dueOn' | 'number'>,
): Member {
  const due = member.openByDue.get(dueOn) ?? OrderedMap<string, number>()
  return { ...member, openByDue: member.openByDue.set(dueOn, due.set(receivableId, number)) }
}

/** Takes a receivable out of its dealer's open ones. */
export function settled(member: Member, dueOn: LocalDate, receivableId: string): Member {
  const due = member.openByDue.get(dueOn)?.delete(receivableId)
  if (due === undefined) return member
  const openByDue =
    due.size === 0 ? member.openByDue.delete(dueOn) : member.openByDue.set(dueOn, due)
  return { ...member, openByDue }
}
