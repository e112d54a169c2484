/**
 * The money of a facility as its events say, added up by the plainest means: no fold of the facility's own,
 * no persistent maps, every sum from scratch.
 */

import type { FacilityEvent } from '../../../domain/facility/events.ts'
import { type Decimal, decimal, sum, toAmount, ZERO } from '../../../domain/kernel/money.ts'

/** By how much each is more or less, by whom it is of. */
type Entry = readonly [of: string, amount: Decimal]

const plus = (of: string, amount = '0'): Entry => [of, decimal(amount)]
const minus = (of: string, amount = '0'): Entry => [of, decimal(amount).negated()]

function total(entries: readonly Entry[], of: string): string {
  return toAmount(sum(entries.filter(([whose]) => whose === of).map(([, amount]) => amount)))
}

type Part = Readonly<{ receivableId: string; amount: string; discount?: string | undefined }>

const inAll = ({ amount, discount = '0' }: Part) => decimal(amount).plus(discount)
const less = (parts: readonly Part[]): readonly Entry[] =>
  parts.map((part) => [part.receivableId, inAll(part).negated()])
const more = (parts: readonly Part[]): readonly Entry[] =>
  parts.map((part) => [part.receivableId, inAll(part)])

/** What is owed, by receivable. */
function owing(event: FacilityEvent): readonly Entry[] {
  switch (event.type) {
    case 'ReceivableRecognised':
      return [plus(event.data.receivableId, event.data.amount)]
    case 'LateFeesCharged':
      return event.data.fees.map(({ receivableId, amount }) => plus(receivableId, amount))
    case 'LateFeesCorrected':
      return event.data.corrections.map(({ receivableId, open }) => minus(receivableId, open))
    case 'PaymentReceived':
    case 'UnappliedCashAllocated':
    case 'ReturnCredited':
      return less(event.data.allocations)
    case 'AllocationsReversed':
      return more(event.data.allocations)
    case 'ReceiptReversed': {
      const { allocations, owed } = event.data
      return [...more(allocations), ...(owed ? [plus(owed.receivableId, owed.amount)] : [])]
    }
    case 'ReceivableWrittenOff':
      return [minus(event.data.receivableId, event.data.amount)]
    default:
      return []
  }
}

function ownerIn(event: FacilityEvent): readonly (readonly [string, string])[] {
  switch (event.type) {
    case 'ReceivableRecognised':
      return [[event.data.receivableId, event.data.dealerId]]
    case 'LateFeesCharged':
      return event.data.fees.map(({ receivableId, dealerId }) => [receivableId, dealerId])
    case 'ReceiptReversed':
      return event.data.owed ? [[event.data.owed.receivableId, event.data.dealerId]] : []
    default:
      return []
  }
}

const allocatedBy = (parts: readonly Part[]) =>
  toAmount(sum(parts.map(({ amount }) => decimal(amount))))

/**
 * Unapplied cash by dealer, as the domain page says: money captured, and credits, less refunds, less net
 * allocations. Money that the bank took back was not captured; a fee that was paid and taken back was
 * allocated no more, nor was what is owed because it had been refunded.
 */
function cashIn(event: FacilityEvent): readonly Entry[] {
  switch (event.type) {
    case 'PaymentReceived': {
      const { dealerId, amount, allocations } = event.data
      return [plus(dealerId, amount), minus(dealerId, allocatedBy(allocations))]
    }
    case 'UnappliedCashAllocated':
      return [minus(event.data.dealerId, allocatedBy(event.data.allocations))]
    case 'AllocationsReversed':
      return [plus(event.data.dealerId, allocatedBy(event.data.allocations))]
    case 'ReceiptReversed': {
      const { dealerId, amount, allocations, owed } = event.data
      return [
        minus(dealerId, amount),
        plus(dealerId, allocatedBy(allocations)),
        plus(dealerId, owed?.amount),
      ]
    }
    case 'LateFeesCorrected':
      return event.data.corrections.map(({ dealerId, paid }) => plus(dealerId, paid))
    case 'RefundPaidOut':
      return event.data.source === 'return' ? [] : [minus(event.data.dealerId, event.data.amount)]
    default:
      return []
  }
}

function payableIn(event: FacilityEvent): readonly Entry[] {
  switch (event.type) {
    case 'ReturnCredited':
      return [plus(event.data.dealerId, event.data.refundPayable)]
    case 'RefundPaidOut':
      return event.data.source === 'return' ? [minus(event.data.dealerId, event.data.amount)] : []
    default:
      return []
  }
}

function keptIn(event: FacilityEvent): readonly Entry[] {
  switch (event.type) {
    case 'HoldPlaced':
      return [plus(event.data.dealerId, event.data.earmarked)]
    case 'HoldReleased':
      return [minus(event.data.dealerId, event.data.prepaymentFreed)]
    case 'UnappliedCashAllocated': {
      const { orderId, dealerId, amount } = event.data
      return orderId === undefined ? [] : [minus(dealerId, amount)]
    }
    case 'PaymentReceived': {
      const { dealerId, earmarked = [] } = event.data
      return earmarked.map(({ amount }) => plus(dealerId, amount))
    }
    case 'ReceiptReversed': {
      const { dealerId, unearmarked = [] } = event.data
      return unearmarked.map(({ amount }) => minus(dealerId, amount))
    }
    default:
      return []
  }
}

function asideIn(event: FacilityEvent): readonly Entry[] {
  switch (event.type) {
    case 'RefundCashReserved':
      return event.data.source === 'return' ? [] : [plus(event.data.dealerId, event.data.amount)]
    case 'RefundCashReleased':
      return event.data.source === 'unapplied-cash'
        ? [minus(event.data.dealerId, event.data.amount)]
        : []
    case 'RefundPaidOut':
      return event.data.source === 'return' ? [] : [minus(event.data.dealerId, event.data.amount)]
    default:
      return []
  }
}

/** By dealer: what it owes, its unapplied cash, what of that is kept and set aside, what is payable to it. */
export function moneyOf(events: readonly FacilityEvent[], dealerId: string) {
  const owners = new Map(events.flatMap(ownerIn))
  const owed = events.flatMap(owing).map(([id, amount]): Entry => [owners.get(id) ?? '', amount])
  return {
    owed: total(owed, dealerId),
    unappliedCash: total(events.flatMap(cashIn), dealerId),
    earmarked: total(events.flatMap(keptIn), dealerId),
    reserved: total(events.flatMap(asideIn), dealerId),
    payable: total(events.flatMap(payableIn), dealerId),
  }
}

/** What is open of each receivable. */
export function openOf(events: readonly FacilityEvent[]): ReadonlyMap<string, string> {
  const entries = events.flatMap(owing)
  return new Map([...new Map(events.flatMap(ownerIn)).keys()].map((id) => [id, total(entries, id)]))
}

/** What made a receivable smaller, of a payment or not. */
export type Reduced = Readonly<{
  receivableId: string
  amount: Decimal
  paymentId: string | undefined
  since: string | undefined
}>

/** What makes receivables smaller, on which days; from the events alone. */
export function reductionsIn(
  log: readonly Readonly<{ event: FacilityEvent & { effectiveOn?: string }; bookedOn: string }>[],
): readonly Reduced[] {
  return log.flatMap(({ event, bookedOn }): readonly Reduced[] => {
    const on = event.effectiveOn ?? bookedOn
    switch (event.type) {
      case 'PaymentReceived': {
        const { paymentId } = event.data
        return event.data.allocations.map((part) => of(part, inAll(part), paymentId, undefined))
      }
      case 'UnappliedCashAllocated':
        return event.data.allocations.map((part) => of(part, inAll(part), part.paymentId, on))
      case 'AllocationsReversed':
      case 'ReceiptReversed':
        return event.data.allocations.map((part) =>
          of(part, inAll(part).negated(), part.paymentId, part.since),
        )
      case 'ReturnCredited':
        return event.data.allocations.map((part) => of(part, inAll(part), undefined, on))
      case 'ReceivableWrittenOff':
        return [of(event.data, decimal(event.data.amount), undefined, on)]
      default:
        return []
    }
  })
}

function of(
  { receivableId }: Readonly<{ receivableId: string }>,
  amount: Decimal,
  paymentId: string | undefined,
  since: string | undefined,
): Reduced {
  return { receivableId, amount, paymentId, since }
}

/** The money of a payment that settles something, less what of it goes back by fees taken back. */
export function settledBy(events: readonly FacilityEvent[], paymentId: string): Decimal {
  return sum(
    events.map((event) => {
      switch (event.type) {
        case 'PaymentReceived':
          return event.data.paymentId === paymentId
            ? decimal(allocatedBy(event.data.allocations))
            : ZERO
        case 'UnappliedCashAllocated':
          return own(event.data.allocations, paymentId)
        case 'AllocationsReversed':
        case 'ReceiptReversed':
          return own(event.data.allocations, paymentId).negated()
        case 'LateFeesCorrected':
          return sum(
            event.data.corrections.map(({ paidBy = [] }) => own(paidBy, paymentId)),
          ).negated()
        default:
          return ZERO
      }
    }),
  )
}

function own(
  parts: readonly Readonly<{ paymentId?: string | undefined; amount: string }>[],
  paymentId: string,
): Decimal {
  return sum(
    parts.filter((part) => part.paymentId === paymentId).map(({ amount }) => decimal(amount)),
  )
}
