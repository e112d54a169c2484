/** What a payment's stream knows. */

import { Map as PersistentMap } from 'immutable'
import { fold } from '../kernel/aggregate.ts'
import type { EventOf } from '../kernel/event.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import type { Instant, LocalDate } from '../kernel/values.ts'
import type { PaymentCaptured, PaymentEvent, PaymentInitiated } from './events.ts'

/** Money that is to go back, or went back, the way it came. */
export type PaymentRefund = Readonly<{
  amount: string
  status: 'reserved' | 'refused' | 'released' | 'refunded'
}>

export type Payment = Readonly<{
  status: 'initiated' | 'pending' | 'unknown' | 'captured' | 'failed' | 'bounced'
  initiated: EventOf<typeof PaymentInitiated>['data']
  /** The value date named at the start, if one was. */
  effectiveOn: LocalDate | undefined
  /** Undefined before the provider was asked for it. */
  provider:
    | Readonly<{
        asked: number
        askAgainAt: Instant | undefined
        reference: string | undefined
        qr: string | undefined
      }>
    | undefined
  captured: EventOf<typeof PaymentCaptured>['data'] | undefined
  /** The statement line that the money was seen in. */
  lineId: string | undefined
  /** The line that shows how the bank took it back. */
  bouncedIn: string | undefined
  /** The last attempt at each line that was declined. */
  declined: PersistentMap<string, number>
  /** The line of the provider's settlement. */
  settledBy: string | undefined
  refunds: PersistentMap<string, PaymentRefund>
  /** What was refunded or is set aside for it. */
  givenBack: string
}>

/** `undefined` before its first event. */
export type PaymentState = Payment | undefined

/** Lines that are remembered as declined: a person matches each of them. */
const MOST_DECLINED = 200

export const evolve = fold<PaymentState, PaymentEvent>({
  PaymentInitiated: (_, initiated, { metadata }) => ({
    status: 'initiated',
    initiated,
    effectiveOn: metadata.effectiveOn,
    provider: undefined,
    captured: undefined,
    lineId: undefined,
    bouncedIn: undefined,
    declined: PersistentMap(),
    settledBy: undefined,
    refunds: PersistentMap(),
    givenBack: '0.00',
  }),
  PaymentPending: (state, { asked, askAgainAt, providerReference, qr }) =>
    state && {
      ...state,
      status: 'pending',
      provider: {
        asked,
        askAgainAt,
        reference: providerReference ?? state.provider?.reference,
        qr: qr ?? state.provider?.qr,
      },
    },
  PaymentUnknown: (state, { asked, askAgainAt }) =>
    state && {
      ...state,
      status: 'unknown',
      provider: {
        asked,
        askAgainAt,
        reference: state.provider?.reference,
        qr: state.provider?.qr,
      },
    },
  PaymentCaptured: (state, captured) =>
    state && { ...state, status: 'captured', captured, lineId: captured.lineId },
  PaymentFailed: (state) => state && { ...state, status: 'failed' },
  PaymentReconciled: (state, { lineId }) => state && { ...state, lineId },
  StatementLineDeclined: (state, { lineId, attempt }) =>
    state && { ...state, declined: bounded(state.declined).set(lineId, attempt) },
  ProviderSettled: (state, { lineId }) => state && { ...state, settledBy: lineId },
  PaymentRefundReserved: (state, { refundId, amount }) =>
    state && given(withRefund(state, refundId, { amount, status: 'reserved' }), amount),
  PaymentRefundRefused: (state, { refundId, amount }) =>
    state && withRefund(state, refundId, { amount, status: 'refused' }),
  PaymentRefundReleased: (state, { refundId, amount }) =>
    state && given(withRefund(state, refundId, { amount, status: 'released' }), `-${amount}`),
  PaymentRefunded: (state, { refundId, amount }) =>
    state && withRefund(state, refundId, { amount, status: 'refunded' }),
  PaymentBounced: (state, { lineId }) =>
    state && { ...state, status: 'bounced', bouncedIn: lineId },
  BounceReconciled: (state, { lineId }) => state && { ...state, bouncedIn: lineId },
})

function withRefund(state: Payment, refundId: string, refund: PaymentRefund): Payment {
  return { ...state, refunds: state.refunds.set(refundId, refund) }
}

function given(state: Payment, amount: string): Payment {
  return { ...state, givenBack: toAmount(decimal(state.givenBack).plus(decimal(amount))) }
}

function bounded(declined: PersistentMap<string, number>): PersistentMap<string, number> {
  return declined.size < MOST_DECLINED ? declined : PersistentMap()
}
