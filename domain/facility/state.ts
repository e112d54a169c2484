/** What a facility knows: its dealers with their sums rolled up, orders, receivables and payments. */

import { OrderedMap, Map as PersistentMap, Set as PersistentSet } from 'immutable'
import type { Decimal } from '../kernel/money.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { DEFAULT_TERMS, type Terms } from './terms.ts'
import type { PaymentMethod } from './values.ts'

/** What counts for or against a limit, as canonical amounts. */
export type Sums = Readonly<{
  /** Holds of orders not yet shipped. */
  held: string
  /** Open receivables. */
  owed: string
  /** Money received and not yet allocated, what is earmarked included. */
  unappliedCash: string
  /** The part of it that is kept for prepaid orders. */
  earmarked: string
  /** The part of it that is set aside for refunds. */
  reserved: string
}>

export type TemporaryLimit = Readonly<{
  temporaryLimitId: string
  amount: string
  from: LocalDate
  /** Exclusive. */
  to: LocalDate
}>

/** Why a dealer may not order. */
export type Freeze = Readonly<{
  cause: 'overdue' | 'manual'
  /** What is overdue, the oldest first. */
  receivableIds: readonly string[]
  reason: string | undefined
}>

/** How far reviewers let an order go past the limits of one dealer. */
export type Release = Readonly<{ dealerId: string; amount: string }>

/** The provider's word that a dealer lets what it owes be debited. */
export type Mandate = Readonly<{ method: 'wechat' | 'alipay'; mandateReference: string }>

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
  /** What reviewers let the orders of the tree go past this dealer's limits: each order at most what it takes. */
  released: string
  frozen: Freeze | undefined
  /** Finance lifted a freeze: what was overdue on that day, and known by then, freezes no more. */
  lifted: Readonly<{ on: LocalDate; receivables: number }> | undefined
  /** By which what it owes is debited on its due date. */
  mandate: Mandate | undefined
  /** The dealer's unapplied cash that is not set aside for a refund, by where it came from. */
  cash: readonly CashLot[]
  /** The orders that cash is kept for. */
  earmarkedFor: PersistentSet<string>
  /**
   * What the dealer owes by due date: each date's shipments with their numbers, in that order, while the
   * principal or its fee is open.
   */
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
  /** What is to be paid for it before it is confirmed; undefined if nothing is awaited. */
  prepayment: string | undefined
  /** Unapplied cash kept for it. */
  earmarked: string
  /** The attempt of the hold granted last; −1 before the first. */
  attempt: number
  /** Holds of attempts up to this one are released, those that are still to come too. */
  releasedAttempt: number
  /** Cancelled or completed: no hold is granted any more. */
  closed: boolean
  fulfilmentIds: readonly string[]
  receivableIds: readonly string[]
  /** What came back of it; undefined if nothing did. */
  returned: Returned | undefined
}>

/** What came back of an order, and what of that had been paid and so was made payable again. */
export type Returned = Readonly<{
  /** The goods, gross. */
  amount: string
  /** What of it was neither open nor lost: money and discounts together. */
  settled: string
  /** The discounts in that. */
  discountBack: string
  /** The money in that, by the payments it had come by. */
  refunds: readonly Refunded[]
}>

/** Money to go back by the payment that it had come by; without one, by bank transfer. */
export type Refunded = Readonly<{ paymentId?: string | undefined; amount: string }>

/**
 * What made a receivable smaller: money with its discount, goods that came back, a loss. Its value date is
 * the later of the payment's and `notBefore`.
 */
export type Reduction = Readonly<{
  /** Discount included. */
  amount: string
  /** The part of it that was given for paying early. */
  discount?: string | undefined
  paymentId?: string | undefined
  notBefore?: LocalDate | undefined
  /** Money, if not given. */
  by?: 'return' | 'write-off' | undefined
}>

/** What was given up of a receivable, and what came of that after all. */
export type Loss = Readonly<{ writtenOff: string; recovered: string }>

export type Receivable = Readonly<{
  /** Its place among the facility's receivables: the n of `<facilityId>.<n>`. */
  number: number
  dealerId: string
  /** Undefined for what is owed because the bank took refunded money back. */
  orderId: string | undefined
  /** Undefined for a late fee. */
  fulfilmentId: string | undefined
  dueOn: LocalDate
  amount: string
  outstanding: string
  graceDays: number
  /** Of the principal, for each day that it is late; `'0'` for a late fee. */
  dailyRate: string
  earlyDiscount: Readonly<{ rate: string; until: LocalDate }> | undefined
  reductions: readonly Reduction[]
  /** Undefined if nothing of it was written off. */
  loss: Loss | undefined
  /** The receivable that this is the late fee of. */
  feeOf: string | undefined
  /** Its own late fee, once one was charged. */
  feeId: string | undefined
  /** The last day that fees were charged or corrected through. */
  chargedThrough: LocalDate | undefined
  /** It was in a debit. */
  debited?: true
}>

export type ReceivedPayment = Readonly<{
  dealerId: string
  amount: string
  method: PaymentMethod
  /** Its value date. */
  on: LocalDate
  /** The receivables that it settled when it came in, and that are reduced by it still. */
  settled: readonly string[]
  /** Those that its unapplied cash settled later. */
  settledLater: PersistentSet<string> | undefined
  /** The prepaid orders that it was kept for. */
  earmarked?: readonly string[] | undefined
  /** For what finance had it reallocated last. */
  reallocatedTo?: readonly Readonly<{ receivableId: string; amount: string }>[] | undefined
  /** The bank took it back. */
  reversed?: true | undefined
}>

/**
 * Unapplied cash by where it came from: `paymentId` is undefined for what can't be told. What of a fee was
 * paid and taken back is cash from that day on, `notBefore`, however its payment is dated.
 */
export type CashLot = Readonly<{
  paymentId: string | undefined
  on: LocalDate
  amount: string
  notBefore?: LocalDate | undefined
}>

/** A refund's money. Only what is `reserved` has any. */
export type Refund = Readonly<{
  status: 'reserved' | 'refused' | 'released' | 'paid'
  dealerId: string
  amount: string
  /** Of unapplied cash: what it is taken from. */
  lots: readonly CashLot[]
  /** The return that made it payable. */
  returnId: string | undefined
}>

/** What is payable for a return, and not set aside for a refund yet. */
export type ReturnPayable = Readonly<{ dealerId: string; orderId: string; payable: string }>

export type EarlyCash = Readonly<{ dealerId: string; amount: string }>

export type FacilityState = Readonly<{
  members: PersistentMap<string, Member>
  /** Those that have not ended. */
  guarantees: PersistentMap<string, Guarantee>
  /** How many were ever given: they are numbered. */
  guaranteeCount: number
  /** How many temporary limits were ever set: they are numbered. */
  temporaryLimitCount: number
  orders: PersistentMap<string, OrderCredit>
  /** By order; each counts for no more than its order takes. */
  releases: PersistentMap<string, readonly Release[]>
  /** Money that named an order before anything was asked for it; the newest orders only. */
  early: OrderedMap<string, EarlyCash>
  receivables: PersistentMap<string, Receivable>
  /** How many there ever were, late fees included: they are numbered, whichever are kept. */
  receivableCount: number
  payments: PersistentMap<string, ReceivedPayment>
  /** The returns that were credited. */
  returns: PersistentMap<string, ReturnPayable>
  refunds: PersistentMap<string, Refund>
  /** Receivables whose fees may be other than was charged: their reductions changed since. */
  touched: PersistentSet<string>
  /** The last day that was closed in this facility, of those on which it had something to post. */
  closedThrough: LocalDate | undefined
  /** Orders released without a shipment, by the order of their release: only the newest are kept. */
  released: PersistentMap<string, string>
  releasedCount: number
}>

const NOTHING: Sums = {
  held: '0.00',
  owed: '0.00',
  unappliedCash: '0.00',
  earmarked: '0.00',
  reserved: '0.00',
}

export const emptyFacility: FacilityState = {
  members: PersistentMap(),
  guarantees: PersistentMap(),
  guaranteeCount: 0,
  temporaryLimitCount: 0,
  orders: PersistentMap(),
  releases: PersistentMap(),
  early: OrderedMap(),
  receivables: PersistentMap(),
  receivableCount: 0,
  payments: PersistentMap(),
  returns: PersistentMap(),
  refunds: PersistentMap(),
  touched: PersistentSet(),
  closedThrough: undefined,
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
    released: '0.00',
    frozen: undefined,
    lifted: undefined,
    mandate: undefined,
    cash: [],
    earmarkedFor: PersistentSet(),
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
      prepayment: undefined,
      earmarked: '0.00',
      attempt: -1,
      releasedAttempt: -1,
      closed: false,
      fulfilmentIds: [],
      receivableIds: [],
      returned: undefined,
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

/** Adds (or, with −1, takes off) what a whole tree adds up to, for a dealer and each superior. */
export function changeTrees(
  state: FacilityState,
  dealerId: string,
  { held, owed, unappliedCash, earmarked, reserved }: Sums,
  sign: 1 | -1,
): FacilityState {
  const changes = {
    held: decimal(held).times(sign),
    owed: decimal(owed).times(sign),
    unappliedCash: decimal(unappliedCash).times(sign),
    earmarked: decimal(earmarked).times(sign),
    reserved: decimal(reserved).times(sign),
  }
  const members = state.members.withMutations((all) => {
    for (const id of pathOf(state, dealerId)) {
      const member = memberOf(state, id)
      all.set(id, { ...member, tree: added(member.tree, changes) })
    }
  })
  return { ...state, members }
}

function added(sums: Sums, changes: SumChanges): Sums {
  return {
    held: plus(sums.held, changes.held),
    owed: plus(sums.owed, changes.owed),
    unappliedCash: plus(sums.unappliedCash, changes.unappliedCash),
    earmarked: plus(sums.earmarked, changes.earmarked),
    reserved: plus(sums.reserved, changes.reserved),
  }
}

/** A canonical amount, changed. */
export function plus(amount: string, change: Decimal | undefined): string {
  return change === undefined ? amount : toAmount(decimal(amount).plus(change))
}

/** What may be used of unapplied cash: all that is kept for no prepaid order and for no refund. */
export function freeCashOf({ unappliedCash, earmarked, reserved }: Sums): Decimal {
  return decimal(unappliedCash).minus(earmarked).minus(reserved)
}
