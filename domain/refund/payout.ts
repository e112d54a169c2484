/** How a refund comes to its end, once it is agreed to: set aside, due, and paid or failed. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import type { LocalDate } from '../kernel/values.ts'
import { valueDateRefusal, valued } from '../value-date.ts'
import { RefundDue, RefundFailed, RefundPaid, RefundRerouted } from './events.ts'
import { unknownRefund, withProvider, wrongStatus } from './refusals.ts'
import type { Refund, RefundState } from './state.ts'

/** All of it is set aside. Changes nothing where it is not waited for. */
export function makeRefundDue(
  state: RefundState,
  { refundId }: Readonly<{ refundId: string }>,
): Decision {
  if (state === undefined) return unknownRefund(refundId)
  if (state.status !== 'approved') return accept()
  const { requested, to, method } = state
  const { dealerId, amount } = requested
  return accept(RefundDue({ ...ofPayment(state), refundId, dealerId, amount, to, method }))
}

export type DeclineRefund = Readonly<{
  refundId: string
  /** Who has not so much: the payment, to go back its way, or the facility. */
  by: 'payment' | 'facility'
  code: string
  reason: string
}>

/** There is not so much: what is owed for a return goes by bank then, all else fails. */
export function declineRefund(
  state: RefundState,
  { refundId, by, code, reason }: DeclineRefund,
): Decision {
  if (state === undefined) return unknownRefund(refundId)
  if (state.status !== 'approved') return accept()
  if (by === 'payment' && state.to !== 'original') return accept() // it goes by bank already
  return by === 'payment' ? notByOriginalWay(state, code, reason) : failed(state, code, reason)
}

/** What is owed for a return is owed still: by bank, where the original way is closed. */
export function notByOriginalWay(state: Refund, code: string, reason: string): Decision {
  const { refundId, dealerId, source } = state.requested
  if (source !== 'return' || state.to === 'bank') return failed(state, code, reason)
  const bank = { to: 'bank' as const, method: 'bank-transfer' as const }
  return accept(RefundRerouted({ refundId, dealerId, ...bank, reason }))
}

export type PayRefund = Readonly<{
  refundId: string
  reference?: string | undefined
  effectiveOn?: LocalDate | undefined
}>

/**
 * Says that finance saw a refund leave. Again changes nothing. Refuses `refund-<status>`,
 * `refund-with-provider`, `value-date-future`, `backdating-limit`.
 */
export function payRefund(
  state: RefundState,
  { refundId, reference, effectiveOn }: PayRefund,
  context: DecisionContext,
): Decision {
  if (state === undefined) return unknownRefund(refundId)
  if (state.status === 'paid') return accept()
  const notNow = notForPeople(state)
  if (notNow) return notNow
  const refused = valueDateRefusal(effectiveOn, context)
  if (refused) return { accepted: false, refusal: refused }
  return paid(state, { reference, effectiveOn }, context)
}

/** Says that a refund will not leave. Again changes nothing. Refuses as `payRefund` does. */
export function failRefund(
  state: RefundState,
  { refundId, reason }: Readonly<{ refundId: string; reason: string }>,
): Decision {
  if (state === undefined) return unknownRefund(refundId)
  if (state.status === 'failed') return accept()
  return notForPeople(state) ?? failed(state, 'not-paid', reason)
}

/** People decide on what goes by bank; on what a provider has, once it was asked seven times. */
function notForPeople(state: Refund): Decision | undefined {
  if (!isOpen(state)) return wrongStatus(state, 'it does not wait to be paid')
  if (state.method === 'bank-transfer') return undefined
  const isPeoples = state.provider !== undefined && state.provider.askAgainAt === undefined
  return isPeoples ? undefined : withProvider(state)
}

/** Whether it waits to be paid. */
export function isOpen({ status }: Refund): boolean {
  return status === 'due' || status === 'unknown'
}

type Seen = Readonly<{
  reference?: string | undefined
  lineId?: string | undefined
  effectiveOn?: LocalDate | undefined
}>

export function paid(
  state: Refund,
  { reference, lineId, effectiveOn }: Seen,
  { today }: Pick<DecisionContext, 'today'>,
): Decision {
  const { refundId, dealerId, amount } = state.requested
  const seen = {
    ...(reference !== undefined && { reference }),
    ...(lineId !== undefined && { lineId }),
  }
  const { method } = state
  const left = { ...ofPayment(state), refundId, dealerId, amount, method, ...seen }
  return accept(RefundPaid(left, valued(effectiveOn, today)))
}

export function failed(state: Refund, code: string, reason: string): Decision {
  const { refundId, dealerId, amount } = state.requested
  return accept(RefundFailed({ ...ofPayment(state), refundId, dealerId, amount, code, reason }))
}

function ofPayment({ requested: { paymentId } }: Refund) {
  return paymentId === undefined ? {} : { paymentId }
}
