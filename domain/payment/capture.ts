/** What people say of a payment: that the money came, will not come, was taken back by the bank. */

import type { DecisionContext } from '../context.ts'
import { unknownDealer } from '../facility/members.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import type { DecidedEvent } from '../kernel/event.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { valueDateRefusal, valued } from '../value-date.ts'
import { PaymentBounced, PaymentCaptured, PaymentFailed } from './events.ts'
import { ended, hasRefunds, notCaptured, stillAsked, unknownPayment } from './refusals.ts'
import type { Payment, PaymentState } from './state.ts'

export type CapturePayment = Readonly<{
  paymentId: string
  amount?: string | undefined
  reference?: string | undefined
  effectiveOn?: LocalDate | undefined
}>

/**
 * Says that the money came, as much as was asked for unless another amount is named, on the day given,
 * else the one named at the start, else today. Capturing again changes nothing. Refuses
 * `payment-unknown`, `payment-failed`, `payment-bounced`, `payment-captured` (another amount came),
 * `payment-with-provider`, `value-date-future`, `backdating-limit`.
 */
export function capturePayment(
  state: PaymentState,
  input: CapturePayment,
  context: DecisionContext,
): Decision {
  if (state === undefined) return unknownPayment(input.paymentId)
  const { status, captured, initiated } = state
  if (status === 'failed' || status === 'bounced') return ended(input.paymentId, status)
  if (captured) {
    const { amount = captured.amount } = input
    return decimal(amount).equals(captured.amount) ? accept() : ended(input.paymentId, 'captured')
  }
  if (isWithProvider(state)) return asking(state)
  const effectiveOn = input.effectiveOn ?? state.effectiveOn
  const refused = valueDateRefusal(effectiveOn, context)
  if (refused) return { accepted: false, refusal: refused }
  const facilityId = context.reference.dealers.get(initiated.dealerId)?.facilityId
  if (facilityId === undefined) return unknownDealer(initiated.dealerId)
  const { amount, reference } = input
  return accept(captureOf(state, { facilityId, amount, reference, effectiveOn }, context))
}

/** Until it was asked as often as it is, only the provider says what became of an online payment. */
function isWithProvider({ initiated, provider }: Payment): boolean {
  if (initiated.method === 'bank-transfer') return false
  return provider === undefined || provider.askAgainAt !== undefined
}

function asking({ initiated: { paymentId, method }, provider }: Payment): Decision {
  return stillAsked(paymentId, method, provider?.askAgainAt)
}

type Came = Readonly<{
  facilityId: string
  amount?: string | undefined
  reference?: string | undefined
  effectiveOn: LocalDate | undefined
  lineId?: string | undefined
  clearedFrom?: 'suspense' | undefined
}>

/** The money came: as much as was asked for, unless another amount is given. */
export function captureOf(
  { initiated }: Pick<Payment, 'initiated'>,
  { facilityId, amount: given, reference, effectiveOn, lineId, clearedFrom }: Came,
  { today }: Pick<DecisionContext, 'today'>,
): DecidedEvent {
  const { paymentId, dealerId, amount: asked, method, orderIds, receivableIds } = initiated
  const amount = given === undefined ? asked : toAmount(decimal(given))
  const captured = {
    ...{ paymentId, dealerId, facilityId, amount, method, orderIds, receivableIds },
    ...(reference !== undefined && { reference }),
    ...(amount !== asked && { asked }),
    ...(lineId !== undefined && { lineId }),
    ...(clearedFrom !== undefined && { clearedFrom }),
  }
  return PaymentCaptured(captured, valued(effectiveOn, today))
}

export type FailPayment = Readonly<{
  paymentId: string
  reason?: string | undefined
  reference?: string | undefined
  effectiveOn?: LocalDate | undefined
}>

const NO_REASON = 'the money did not come'

/**
 * Says that the money will not come. Failing again changes nothing. Refuses `payment-unknown`,
 * `payment-captured`, `payment-bounced`, `payment-with-provider`, `value-date-future`,
 * `backdating-limit`.
 */
export function failPayment(
  state: PaymentState,
  { paymentId, reason = NO_REASON, reference, effectiveOn }: FailPayment,
  context: DecisionContext,
): Decision {
  if (state === undefined) return unknownPayment(paymentId)
  const { status, initiated } = state
  if (status === 'failed') return accept()
  if (status === 'captured' || status === 'bounced') return ended(paymentId, status)
  if (isWithProvider(state)) return asking(state)
  const refused = valueDateRefusal(effectiveOn, context)
  if (refused) return { accepted: false, refusal: refused }
  const { dealerId } = initiated
  const failed = { paymentId, dealerId, reason, ...(reference === undefined ? {} : { reference }) }
  return accept(PaymentFailed(failed, valued(effectiveOn, context.today)))
}

export type BouncePayment = Readonly<{
  paymentId: string
  reason: string
  effectiveOn?: LocalDate | undefined
  lineId?: string | undefined
}>

/**
 * Says that the bank took captured money back. Bouncing again changes nothing. Refuses
 * `payment-unknown`, `payment-not-captured`, `payment-refunded` (also what is on its way back),
 * `value-date-future`, `backdating-limit`.
 */
export function bouncePayment(
  state: PaymentState,
  { paymentId, reason, effectiveOn, lineId }: BouncePayment,
  context: DecisionContext,
): Decision {
  if (state === undefined) return unknownPayment(paymentId)
  const { status, captured, givenBack } = state
  if (status === 'bounced') return accept()
  if (captured === undefined) return notCaptured(paymentId, status)
  if (!decimal(givenBack).isZero()) return hasRefunds(paymentId, givenBack)
  const refused = valueDateRefusal(effectiveOn, context)
  if (refused) return { accepted: false, refusal: refused }
  const { dealerId, facilityId, amount } = captured
  const bounced = { paymentId, dealerId, facilityId, amount, reason, ...(lineId && { lineId }) }
  return accept(PaymentBounced(bounced, valued(effectiveOn, context.today)))
}
