/**
 * What a facility's events add up to, recomputed from scratch by the plainest means: independent of the
 * facility's own fold, so that the laws can hold one against the other.
 */

import type { FacilityEvent } from '../../../domain/facility/events.ts'
import { type Decimal, decimal, sum, toAmount, ZERO } from '../../../domain/kernel/money.ts'
import { belowIn } from './headroom-model.ts'
import { TREE } from './tree.ts'

type Entry = Readonly<{ dealerId: string; amount: Decimal }>

const DEALERS = Object.keys(TREE)

function totalOf(entries: readonly Entry[], dealers: readonly string[]): Decimal {
  return sum(
    entries.filter((entry) => dealers.includes(entry.dealerId)).map(({ amount }) => amount),
  )
}

function heldBy(event: FacilityEvent): readonly Entry[] {
  switch (event.type) {
    case 'HoldPlaced':
      return [{ dealerId: event.data.dealerId, amount: decimal(event.data.amount) }]
    case 'HoldReleased':
      return [{ dealerId: event.data.dealerId, amount: decimal(event.data.amount).negated() }]
    case 'ReceivableRecognised':
      return [{ dealerId: event.data.dealerId, amount: decimal(event.data.holdReduced).negated() }]
    default:
      return []
  }
}

function allocatedBy(event: FacilityEvent): readonly { receivableId: string; amount: Decimal }[] {
  if (event.type !== 'PaymentReceived' && event.type !== 'UnappliedCashAllocated') return []
  return event.data.allocations.map(({ receivableId, amount }) => ({
    receivableId,
    amount: decimal(amount),
  }))
}

function outstandingOf(events: readonly FacilityEvent[]): readonly Entry[] {
  const allocations = events.flatMap(allocatedBy)
  return events.flatMap((event) => {
    if (event.type !== 'ReceivableRecognised') return []
    const { receivableId, dealerId, amount } = event.data
    const paid = allocations.filter((allocation) => allocation.receivableId === receivableId)
    return [{ dealerId, amount: decimal(amount).minus(sum(paid.map((part) => part.amount))) }]
  })
}

/** Per dealer: money captured less net allocations (DOMAIN: Payments). */
function cashOf(events: readonly FacilityEvent[]): readonly Entry[] {
  return events.flatMap((event) => {
    if (event.type !== 'PaymentReceived' && event.type !== 'UnappliedCashAllocated') return []
    const allocated = sum(allocatedBy(event).map(({ amount }) => amount))
    const captured = event.type === 'PaymentReceived' ? decimal(event.data.amount) : ZERO
    return [{ dealerId: event.data.dealerId, amount: captured.minus(allocated) }]
  })
}

/** Per dealer: what is kept for prepaid orders. */
function keptBy(event: FacilityEvent): readonly Entry[] {
  const entry = (amount = '0') =>
    'dealerId' in event.data ? [{ dealerId: event.data.dealerId, amount: decimal(amount) }] : []
  switch (event.type) {
    case 'HoldPlaced':
      return entry(event.data.earmarked)
    case 'HoldReleased':
      return entry(`-${event.data.prepaymentFreed ?? '0'}`)
    case 'UnappliedCashAllocated':
      return event.data.orderId === undefined ? [] : entry(`-${event.data.amount}`)
    case 'PaymentReceived':
      return (event.data.earmarked ?? []).flatMap(({ amount }) => entry(amount))
    default:
      return []
  }
}

/** By dealer: holds, open receivables and unapplied cash, the dealer's own and with all below it. */
export function recomputed(events: readonly FacilityEvent[]) {
  const held = events.flatMap(heldBy)
  const owed = outstandingOf(events)
  const cash = cashOf(events)
  const kept = events.flatMap(keptBy)
  const sumsOf = (dealers: readonly string[]) => ({
    held: toAmount(totalOf(held, dealers)),
    owed: toAmount(totalOf(owed, dealers)),
    unappliedCash: toAmount(totalOf(cash, dealers)),
    earmarked: toAmount(totalOf(kept, dealers)),
    reserved: '0.00',
  })
  return Object.fromEntries(
    DEALERS.map((dealerId) => [
      dealerId,
      { own: sumsOf([dealerId]), tree: sumsOf(belowIn(events, dealerId)) },
    ]),
  )
}

/** No receivable was ever settled beyond its amount, and no hold was ever used beyond it. */
export function leastOutstanding(events: readonly FacilityEvent[]): Decimal {
  return outstandingOf(events)
    .map(({ amount }) => amount)
    .reduce((least, amount) => (amount.lessThan(least) ? amount : least), ZERO)
}

/** Debits less credits of an account, over the journals of all events; of one dealer if given. */
export function balanceOf(
  events: readonly FacilityEvent[],
  account: string | undefined,
  dealerId?: string,
): Decimal {
  return sum(
    events
      .flatMap((event) => ('journal' in event.data ? event.data.journal : []))
      .filter((line) => account === undefined || line.account === account)
      .filter((line) => dealerId === undefined || line.dealerId === dealerId)
      .map((line) => decimal(line.debit ?? '0').minus(line.credit ?? '0')),
  )
}
