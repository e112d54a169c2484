/** Decisions about the money of refunds (DOMAIN: Payments): set aside, then paid out or free again. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import { type Decimal, decimal, toAmount, ZERO } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { postRefund } from '../ledger/money.ts'
import { valued } from '../value-date.ts'
import { useFreeCash } from './cash.ts'
import { applied } from './evolve.ts'
import { asMember } from './members.ts'
import { unfreezing } from './overdue.ts'
import {
  RefundCashRefused,
  RefundCashReleased,
  RefundCashReserved,
  RefundPaidOut,
} from './refund-events.ts'
import { type FacilityState, freeCashOf, memberOf, type Refund } from './state.ts'
import type { PaymentMethod, RefundSource } from './values.ts'

type OfRefund = Readonly<{
  facilityId: string
  refundId: string
  dealerId: string
  /** The payment whose money it is to be, as far as there is some. */
  paymentId?: string | undefined
  amount: string
  source: RefundSource
  /** The return that made it payable, if that is its source. */
  returnId?: string | undefined
}>

export type ReserveRefundCash = OfRefund

/**
 * Sets money aside for a refund, or says in an event that there is not so much: unapplied cash that is
 * kept for nothing, or what a return made payable. A refund has one answer: asking again changes nothing.
 * Refuses `dealer-unknown`.
 */
export function reserveRefundCash(
  state: FacilityState,
  input: ReserveRefundCash,
  context: DecisionContext,
): Decision {
  if (state.refunds.has(input.refundId)) return accept()
  return asMember(state, input.dealerId, context, (current) => {
    const most = refundable(current, input)
    return most.lessThan(input.amount)
      ? accept(refused(input, most))
      : accept(RefundCashReserved(refundOf(input)))
  })
}

function refundable(
  state: FacilityState,
  { dealerId, source, returnId }: ReserveRefundCash,
): Decimal {
  if (source === 'unapplied-cash') return freeCashOf(memberOf(state, dealerId).own)
  const credited = returnId === undefined ? undefined : state.returns.get(returnId)
  return credited?.dealerId === dealerId ? decimal(credited.payable) : ZERO
}

function refundOf({ refundId, dealerId, paymentId, amount, source, returnId }: OfRefund) {
  return {
    ...{ refundId, dealerId, amount: toAmount(decimal(amount)), source },
    ...(paymentId === undefined ? {} : { paymentId }),
    ...(source === 'return' && returnId !== undefined ? { returnId } : {}),
  }
}

function refused({ refundId, dealerId, source, ...input }: ReserveRefundCash, most: Decimal) {
  const amount = toAmount(decimal(input.amount))
  const what = source === 'return' ? 'is payable for the return' : 'is unapplied cash of the dealer'
  return RefundCashRefused({
    ...{ refundId, dealerId, amount },
    refusal: {
      code: 'refund-exceeds-cash',
      message: `no more than ${toAmount(most)} ${what}`,
      decision: {
        rule: 'refund-cash',
        ruleVersion: 1,
        inputs: { dealerId, source, available: toAmount(most), wanted: amount },
        ways: most.isZero() ? [] : [`refund at most ${toAmount(most)}`],
      },
    },
  })
}

export type ReleaseRefundCash = Readonly<{
  facilityId: string
  refundId: string
  dealerId: string
  reason: string
}>

/**
 * Frees what was set aside for a refund that is not paid: cash settles what the dealer owes, like any that
 * comes in. Of a refund that nothing is set aside for it says so, and nothing is any more. Releasing again
 * changes nothing. Refuses `dealer-unknown`, `refund-paid`.
 */
export function releaseRefundCash(
  state: FacilityState,
  { refundId, dealerId, reason }: ReleaseRefundCash,
  context: DecisionContext,
): Decision {
  const refund = state.refunds.get(refundId)
  if (refund?.status === 'released') return accept()
  if (refund?.status === 'paid') return stateIs('refund-paid', refundId, 'was paid')
  return asMember(state, dealerId, context, (current) => {
    const { today, policy } = context
    const released = RefundCashReleased({
      ...{ refundId, dealerId, reason },
      ...(refund?.status === 'reserved' ? setAside(refund) : { amount: toAmount(ZERO) }),
    })
    const freed = applied(current, [released], today)
    const used = useFreeCash(freed, dealerId, { bookedOn: today, chart: policy.chart })
    const after = applied(freed, used, today)
    return accept(released, ...used, ...unfreezing(after, [dealerId], today))
  })
}

function setAside({ amount, returnId }: Refund) {
  return { amount, source: returnId === undefined ? 'unapplied-cash' : 'return' } as const
}

export type PayOutRefund = OfRefund &
  Readonly<{
    method: PaymentMethod
    /** The day it left; today if not given. Judged where the refund was decided. */
    effectiveOn?: LocalDate | undefined
  }>

/**
 * Books a refund that left. What was set aside for it is what counts. Paying it out again changes nothing.
 * Refuses `refund-not-reserved`.
 */
export function payOutRefund(
  state: FacilityState,
  { method, effectiveOn, ...input }: PayOutRefund,
  { today, policy: { chart } }: DecisionContext,
): Decision {
  const { refundId, dealerId, source } = input
  const refund = state.refunds.get(refundId)
  if (refund?.status === 'paid') return accept()
  if (refund?.status !== 'reserved' || !decimal(input.amount).equals(refund.amount)) {
    return stateIs('refund-not-reserved', refundId, 'has no such money set aside')
  }
  const paid = {
    ...refundOf(input),
    method,
    journal: postRefund(chart, dealerId, { method, source }, decimal(refund.amount)),
  }
  return accept(RefundPaidOut(paid, valued(effectiveOn, today)))
}

function stateIs(code: string, refundId: string, what: string): Decision {
  return refuse(code, {
    kind: 'state',
    message: `refund ${refundId} ${what}`,
    inputs: { refundId },
  })
}
