/** Decisions about what money settles instead (DOMAIN: Payments). */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import { type Decimal, decimal, minimum, sum, toAmount, ZERO } from '../kernel/money.ts'
import { postAllocationReversal } from '../ledger/money.ts'
import { payableFor } from './allocation.ts'
import { useCash, useFreeCash } from './cash.ts'
import { AllocationsReversed } from './cash-events.ts'
import { cashOf } from './cash-lots.ts'
import { applied } from './evolve.ts'
import { unfreezing } from './overdue.ts'
import { bounced, notReceived } from './payment-refusals.ts'
import { reversalOf } from './reversal.ts'
import { type FacilityState, freeCashOf, memberOf, type ReceivedPayment } from './state.ts'
import type { Allocation, ReversedAllocation } from './values.ts'

type To = Readonly<{ receivableId: string; amount: string }>

export type ReallocatePayment = Readonly<{
  paymentId: string
  /** Each receivable once. */
  to: readonly To[]
  reason: string
}>

/**
 * Lets a payment settle other receivables than it did: what it settled is owed again, as it was all along,
 * and its money settles the named amounts, then what is owed by the usual rule, as of its own value date.
 * Reallocating to what it settles, or to the same again, changes nothing. Refuses as `notReceived` does, `payment-bounced`,
 * `receivable-unknown`, `receivable-settled`, `receivable-exceeded`, `payment-exceeded`.
 */
export function reallocate(
  state: FacilityState,
  { paymentId, to, reason }: ReallocatePayment,
  context: DecisionContext,
): Decision {
  const payment = state.payments.get(paymentId)
  if (payment === undefined) return notReceived(paymentId, context.lookup)
  if (payment.reversed) return bounced(paymentId)
  if (isLast(payment, to)) return accept()
  const { today, policy } = context
  const { dealerId } = payment
  const reversal = reversalOf(state, paymentId)
  const reversed = AllocationsReversed({
    ...{ paymentId, dealerId, reason, allocations: [...reversal.allocations] },
    ...{ amount: toAmount(reversal.allocated), to: inAmounts(to) },
    journal: postAllocationReversal(policy.chart, dealerId, reversal),
  })
  const freed = applied(state, [reversed], today)
  const refused = unpayable(freed, paymentId, payment, to)
  if (refused) return refused
  const use = { dealerId, paymentId, earliest: '', bookedOn: today, chart: policy.chart }
  const atMost = new Map(to.map(({ receivableId, amount }) => [receivableId, decimal(amount)]))
  const named = { receivableIds: [...atMost.keys()], orderIds: [], atMost }
  const wanted = useCash(freed, { ...use, amount: sum(atMost.values()), named })
  const then = applied(freed, wanted, today)
  const rest = useCash(then, { ...use, amount: freeOf(then, paymentId, dealerId) })
  const left = applied(then, rest, today)
  const others = useFreeCash(left, dealerId, { bookedOn: today, chart: policy.chart })
  const settled = [...wanted, ...rest, ...others]
  if (
    isSame(
      reversal.allocations,
      settled.flatMap(({ data }) => data.allocations),
      paymentId,
    )
  ) {
    return accept()
  }
  const after = applied(left, others, today)
  return accept(reversed, ...settled, ...unfreezing(after, [dealerId], today))
}

function inAmounts(to: readonly To[]): To[] {
  return to.map(({ receivableId, amount }) => ({ receivableId, amount: toAmount(decimal(amount)) }))
}

/** Whether the payment was reallocated to just this the last time. */
function isLast({ reallocatedTo: last }: ReceivedPayment, to: readonly To[]): boolean {
  if (last?.length !== to.length) return false
  return inAmounts(to).every(
    ({ receivableId, amount }, index) =>
      last[index]?.receivableId === receivableId && last[index].amount === amount,
  )
}

/** What of a payment's money is kept for nothing else. */
function freeOf(state: FacilityState, paymentId: string, dealerId: string): Decimal {
  const member = memberOf(state, dealerId)
  return minimum(cashOf(member, paymentId), freeCashOf(member.own))
}

function unpayable(
  state: FacilityState,
  paymentId: string,
  { dealerId, on }: ReceivedPayment,
  to: readonly To[],
): Decision | undefined {
  for (const { receivableId, amount } of to) {
    const receivable = state.receivables.get(receivableId)
    if (receivable?.dealerId !== dealerId) return unknownReceivable(receivableId, dealerId)
    const payable = payableFor(receivable, on)
    if (payable.isZero()) return settledAlready(receivableId)
    if (payable.lessThan(amount)) return exceeded(receivableId, payable, amount)
  }
  const wanted = sum(to.map(({ amount }) => decimal(amount)))
  const available = freeOf(state, paymentId, dealerId)
  return wanted.greaterThan(available) ? tooMuch(paymentId, wanted, available) : undefined
}

/** Whether what is settled now is what was settled before, by the same money. */
function isSame(
  before: readonly ReversedAllocation[],
  after: readonly Allocation[],
  paymentId: string,
): boolean {
  const parts = [
    ...before.map((part) => ({ ...part, sign: 1 })),
    ...after.map((part) => ({ ...part, sign: -1 })),
  ]
  const key = (part: Readonly<{ receivableId: string; paymentId?: string | undefined }>) =>
    `${part.receivableId} ${part.paymentId ?? paymentId}`
  return [...Map.groupBy(parts, key).values()].every((same) => {
    const total = (amountOf: (part: (typeof parts)[number]) => string) =>
      sum(same.map((part) => decimal(amountOf(part)).times(part.sign)))
    return (
      total(({ amount }) => amount).isZero() && total(({ discount = '0' }) => discount).isZero()
    )
  })
}

function unknownReceivable(receivableId: string, dealerId: string): Decision {
  return refuse('receivable-unknown', {
    message: `${dealerId} owes no receivable ${receivableId}`,
    inputs: { receivableId, dealerId },
    ways: ['name receivables of the dealer that paid'],
  })
}

function settledAlready(receivableId: string): Decision {
  return refuse('receivable-settled', {
    kind: 'state',
    message: `nothing of receivable ${receivableId} is open`,
    inputs: { receivableId },
    ways: ['reallocate first the payments that settled it'],
  })
}

function exceeded(receivableId: string, payable: Decimal, amount: string): Decision {
  return refuse('receivable-exceeded', {
    message: `no more than ${toAmount(payable)} can be paid of receivable ${receivableId}`,
    inputs: { receivableId, payable: toAmount(payable), wanted: toAmount(decimal(amount)) },
    ways: [`name at most ${toAmount(payable)}`],
  })
}

function tooMuch(paymentId: string, wanted: Decimal, available: Decimal): Decision {
  const most = toAmount(available.lessThan(ZERO) ? ZERO : available)
  return refuse('payment-exceeded', {
    message: `no more than ${most} of payment ${paymentId} can be allocated`,
    inputs: { paymentId, available: most, wanted: toAmount(wanted) },
    ways: [`name at most ${most} in all`],
  })
}
