/** Decisions about what is overdue: freezes of ordering, and receipts that get another value date. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import { decimal } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { valueDateRefusal } from '../value-date.ts'
import { openByDueDate } from './allocation.ts'
import { PaymentRedated } from './cash-events.ts'
import { OrderingFrozen, OrderingUnfrozen } from './credit-events.ts'
import { graceUntil } from './late-fees.ts'
import { asMember } from './members.ts'
import { bounced, notReceived } from './payment-refusals.ts'
import { type FacilityState, type Member, memberOf, type Receivable } from './state.ts'

/** A freeze names at most so many of the receivables that are overdue. */
export const MOST_NAMED = 20

/**
 * What freezes a dealer's ordering on a day, the oldest first: open receivables past due date and grace,
 * but for those that were overdue when finance lifted a freeze. Lazy.
 */
export function* freezingOf(
  state: FacilityState,
  dealerId: string,
  on: LocalDate,
): Generator<string> {
  const member = memberOf(state, dealerId)
  for (const id of openByDueDate(state, dealerId, on)) {
    const receivable = state.receivables.get(id)
    if (receivable === undefined || graceUntil(receivable) >= on) continue
    if (!isLetThrough(member, receivable)) yield* openParts(state, id, receivable)
  }
}

/** A late fee is let through with the receivable that it is for. */
function isLetThrough({ lifted }: Member, receivable: Receivable): boolean {
  if (lifted === undefined || receivable.number > lifted.receivables) return false
  return graceUntil(receivable) < lifted.on
}

function openParts(state: FacilityState, id: string, { feeId }: Receivable): readonly string[] {
  return (feeId === undefined ? [id] : [feeId, id]).filter(
    (part) => !decimal(state.receivables.get(part)?.outstanding ?? '0').isZero(),
  )
}

function freezes(state: FacilityState, dealerId: string, on: LocalDate): boolean {
  return freezingOf(state, dealerId, on).next().done !== true
}

/** Lets those of the dealers order again whose freeze was for overdue receivables, of which none is left. */
export function unfreezing(state: FacilityState, dealerIds: readonly string[], on: LocalDate) {
  return dealerIds
    .filter((dealerId) => memberOf(state, dealerId).frozen?.cause === 'overdue')
    .filter((dealerId) => !freezes(state, dealerId, on))
    .map((dealerId) => OrderingUnfrozen({ dealerId, cause: 'settled' }))
}

/** Freezes the dealers that owe something overdue, and are not frozen yet. */
export function freezing(state: FacilityState, dealerIds: readonly string[], on: LocalDate) {
  return dealerIds
    .filter((dealerId) => memberOf(state, dealerId).frozen === undefined)
    .filter((dealerId) => freezes(state, dealerId, on))
    .map((dealerId) => {
      const receivableIds = freezingOf(state, dealerId, on).take(MOST_NAMED).toArray()
      return OrderingFrozen({ dealerId, cause: 'overdue', receivableIds })
    })
}

export type FreezeOrdering = Readonly<{ dealerId: string; reason: string }>

/**
 * Stops a dealer's ordering by hand, until it is lifted by hand. Freezing again changes nothing. Refuses
 * `dealer-unknown`.
 */
export function freezeOrdering(
  state: FacilityState,
  { dealerId, reason }: FreezeOrdering,
  context: DecisionContext,
): Decision {
  return asMember(state, dealerId, context, (current) =>
    memberOf(current, dealerId).frozen?.cause === 'manual'
      ? accept()
      : accept(OrderingFrozen({ dealerId, cause: 'manual', receivableIds: [], reason })),
  )
}

/**
 * Lets a dealer order again, whatever froze it; what is overdue now does not freeze it again. One that is
 * not frozen: nothing changes. Refuses `dealer-unknown`.
 */
export function unfreezeOrdering(
  state: FacilityState,
  { dealerId, reason }: FreezeOrdering,
  context: DecisionContext,
): Decision {
  return asMember(state, dealerId, context, (current) =>
    memberOf(current, dealerId).frozen === undefined
      ? accept()
      : accept(OrderingUnfrozen({ dealerId, cause: 'lifted', reason })),
  )
}

export type RedatePayment = Readonly<{
  paymentId: string
  effectiveOn: LocalDate
  reason: string
}>

/**
 * Gives a receipt another value date; late fees follow at the close of day. Giving it the date it has
 * changes nothing. Refuses as `notReceived` does, `payment-bounced`, `value-date-future`, `backdating-limit`.
 */
export function redatePayment(
  state: FacilityState,
  { paymentId, effectiveOn, reason }: RedatePayment,
  context: DecisionContext,
): Decision {
  const payment = state.payments.get(paymentId)
  if (payment === undefined) return notReceived(paymentId, context.lookup)
  if (payment.reversed) return bounced(paymentId)
  if (payment.on === effectiveOn) return accept()
  const refusal = valueDateRefusal(effectiveOn, context)
  if (refusal) return { accepted: false, refusal }
  const redated = { paymentId, dealerId: payment.dealerId, was: payment.on, reason }
  return accept(PaymentRedated(redated, { effectiveOn }))
}
