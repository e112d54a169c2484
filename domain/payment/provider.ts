/** What an online payment's provider says, by calling back or when it is asked; or that it says nothing. */

import { z } from 'zod'
import type { DecisionContext } from '../context.ts'
import { unknownDealer } from '../facility/members.ts'
import { dayIn } from '../kernel/dates.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import { Instant, PositiveAmount, Text } from '../kernel/values.ts'
import { withinBooks } from '../value-date.ts'
import { captureOf } from './capture.ts'
import { PaymentFailed, PaymentPending, PaymentQr, PaymentUnknown } from './events.ts'
import { unknownPayment } from './refusals.ts'
import { type Asking, attemptsAt, nextAsking } from './schedule.ts'
import type { Payment, PaymentState } from './state.ts'

/** What became of a payment, in the provider's view. */
export const ProviderView = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('pending'),
    providerReference: Text.optional(),
    qr: PaymentQr.optional(),
  }),
  z.strictObject({
    status: z.literal('captured'),
    amount: PositiveAmount,
    at: Instant, // by the provider's clock
    providerReference: Text,
  }),
  z.strictObject({
    status: z.literal('failed'),
    reason: Text,
    providerReference: Text.optional(),
  }),
])
export type ProviderView = z.output<typeof ProviderView>

export type RecordProviderAnswer = Readonly<{
  paymentId: string
  /** How often it was asked before. */
  attempt: number
  /** Undefined: no answer, or none that can be understood. */
  view?: ProviderView | undefined
}>

/**
 * Takes in what was learnt by asking a provider. A payment that is decided stays so; only a late capture
 * counts after a failure. What is learnt of an asking before the last one tells no more of when to ask.
 */
export function recordProviderAnswer(
  state: PaymentState,
  { paymentId, attempt, view }: RecordProviderAnswer,
  context: DecisionContext,
): Decision {
  if (state === undefined) return unknownPayment(paymentId)
  if (view?.status === 'captured') return providerCaptured(state, view, context)
  if (!isOpen(state)) return accept()
  if (view?.status === 'failed') return providerFailed(state, view)
  if (attempt !== attemptsAt(state.provider))
    return view ? providerPending(state, view, context) : accept()
  const next = nextAsking(state.provider, context.now)
  const { dealerId } = state.initiated
  if (view === undefined) return accept(PaymentUnknown({ paymentId, dealerId, ...next }))
  return accept(PaymentPending({ paymentId, dealerId, ...next, ...newIn(state, view) }))
}

export type HearProvider = Readonly<{
  paymentId: string
  provider: 'wechat' | 'alipay'
  view: ProviderView
}>

/**
 * Takes in what a provider says by calling back: in any order, any number of times. Refuses
 * `payment-unknown`, as of a payment by another method.
 */
export function hearProvider(
  state: PaymentState,
  { paymentId, provider, view }: HearProvider,
  context: DecisionContext,
): Decision {
  if (state?.initiated.method !== provider) return unknownPayment(paymentId)
  if (view.status === 'captured') return providerCaptured(state, view, context)
  if (!isOpen(state)) return accept()
  if (view.status === 'failed') return providerFailed(state, view)
  return providerPending(state, view, context)
}

function isOpen({ status }: Payment): boolean {
  return status === 'initiated' || status === 'pending' || status === 'unknown'
}

type Captured = Extract<ProviderView, { status: 'captured' }>

/** Money that came is never refused, and counts once. */
function providerCaptured(
  state: Payment,
  { amount, at, providerReference }: Captured,
  context: DecisionContext,
): Decision {
  if (state.captured) return accept()
  const { dealerId } = state.initiated
  const facilityId = context.reference.dealers.get(dealerId)?.facilityId
  if (facilityId === undefined) return unknownDealer(dealerId)
  const effectiveOn = withinBooks(dayIn(context.policy.timeZone, at), context)
  const came = { facilityId, amount, reference: providerReference, effectiveOn }
  return accept(captureOf(state, came, context))
}

function providerFailed(
  { initiated: { paymentId, dealerId } }: Payment,
  { reason, providerReference: reference }: Extract<ProviderView, { status: 'failed' }>,
): Decision {
  return accept(PaymentFailed({ paymentId, dealerId, reason, ...(reference && { reference }) }))
}

type Pending = Extract<ProviderView, { status: 'pending' }>

/** News of a payment that is still awaited leave the schedule as it is. */
function providerPending(state: Payment, view: Pending, context: DecisionContext): Decision {
  const { status, provider, initiated } = state
  const news = newIn(state, view)
  const tellsNothing = status === 'pending' && Object.keys(news).length === 0
  if (tellsNothing) return accept()
  const { paymentId, dealerId } = initiated
  const next = provider ? keptAsking(provider) : nextAsking(undefined, context.now)
  return accept(PaymentPending({ paymentId, dealerId, ...next, ...news }))
}

function keptAsking({ asked, askAgainAt: at }: NonNullable<Payment['provider']>): Asking {
  return { asked, ...(at && { askAgainAt: at }) }
}

/** What the provider says that was not known. */
function newIn({ provider }: Payment, { providerReference, qr }: Pending) {
  return {
    ...(providerReference && providerReference !== provider?.reference && { providerReference }),
    ...(qr && qr !== provider?.qr && { qr }),
  }
}
