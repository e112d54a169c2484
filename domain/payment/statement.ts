/** What a statement says of a payment: its account is looked at again at the moment of booking. */

import type { DecisionContext } from '../context.ts'
import { unknownDealer } from '../facility/members.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { postProviderSettlement, postSuspense } from '../ledger/money.ts'
import { valued, withinBooks } from '../value-date.ts'
import { captureOf } from './capture.ts'
import {
  BounceReconciled,
  PaymentBounced,
  PaymentInitiated,
  PaymentReconciled,
  ProviderSettled,
  StatementLineDeclined,
} from './events.ts'
import { paymentReference } from './initiate.ts'
import { unknownPayment } from './refusals.ts'
import type { Payment, PaymentState } from './state.ts'

type Line = Readonly<{
  paymentId: string
  lineId: string
  effectiveOn: LocalDate
  reference?: string | undefined
  /** The line was booked as an unknown payer's before. */
  clearedFrom?: 'suspense' | undefined
}>

export type RecordReceipt = Line &
  Readonly<{
    dealerId: string
    amount: string
    method: 'bank-transfer'
    orderIds: readonly string[]
    receivableIds: readonly string[]
  }>

/** Money that came with no payment announced. Recording it again changes nothing. Refuses `dealer-unknown`. */
export function recordReceipt(
  state: PaymentState,
  input: RecordReceipt,
  context: DecisionContext,
): Decision {
  if (state) return accept()
  const { paymentId, dealerId, method, reference, lineId, clearedFrom } = input
  const facilityId = context.reference.dealers.get(dealerId)?.facilityId
  if (facilityId === undefined) return unknownDealer(dealerId)
  const effectiveOn = withinBooks(input.effectiveOn, context)
  const initiated = {
    ...{ paymentId, dealerId, method },
    amount: toAmount(decimal(input.amount)),
    orderIds: [...input.orderIds],
    receivableIds: [...input.receivableIds],
    reference: paymentReference(paymentId),
  }
  const came = { facilityId, reference, effectiveOn, lineId, clearedFrom }
  return accept(
    PaymentInitiated(initiated, valued(effectiveOn, context.today)),
    captureOf({ initiated }, came, context),
  )
}

export type BookStatementLine = Line &
  Readonly<{
    amount: string
    /** Whether another amount than was asked for is taken. */
    accept: 'exact' | 'any'
    /** Raised when a line that was declined is tried again; default 0. */
    attempt?: number | undefined
  }>

/**
 * Books a line of a bank statement on the payment that it was matched with: it captures the payment, or
 * proves a capture. If the account has moved on, the line is declined, which is an event. Booking it
 * again changes nothing.
 */
export function bookStatementLine(
  state: PaymentState,
  input: BookStatementLine,
  context: DecisionContext,
): Decision {
  if (state === undefined) return unknownPayment(input.paymentId)
  if (state.lineId === input.lineId || wasDeclined(state, input)) return accept()
  const { status, initiated, captured, lineId } = state
  // What came before it bounced may be seen after that.
  if (status === 'bounced' && lineId !== undefined) {
    return decline(state, input, 'failed', 'the payment has bounced')
  }
  if (initiated.method !== 'bank-transfer') {
    return decline(state, input, 'failed', `the payment is by ${initiated.method}, not by transfer`)
  }
  if (status === 'failed') return decline(state, input, 'failed', 'the payment has failed')
  if (lineId !== undefined) {
    return decline(state, input, 'duplicate', `the money was seen in line ${lineId}`)
  }
  const wrong = otherAmount(input.amount, captured?.amount ?? initiated.amount)
  if (wrong && (captured || input.accept === 'exact')) {
    return decline(state, input, wrong.code, wrong.message)
  }
  return captured ? reconcile(captured, input, context) : capture(state, input, context)
}

/** What was captured by hand and booked as an unknown payer's, too, came once. */
function reconcile(
  { paymentId, dealerId, amount }: NonNullable<Payment['captured']>,
  { lineId, clearedFrom, effectiveOn }: BookStatementLine,
  context: DecisionContext,
): Decision {
  const found = { paymentId, dealerId, lineId, amount }
  if (clearedFrom === undefined) return accept(PaymentReconciled({ ...found, journal: [] }))
  const journal = postSuspense(context.policy.chart, decimal(amount).negated())
  const dates = valued(withinBooks(effectiveOn, context), context.today)
  return accept(PaymentReconciled({ ...found, clearedFrom, journal }, dates))
}

function capture(state: Payment, input: BookStatementLine, context: DecisionContext): Decision {
  const { dealerId } = state.initiated
  const facilityId = context.reference.dealers.get(dealerId)?.facilityId
  if (facilityId === undefined) return unknownDealer(dealerId)
  const { amount, reference, lineId, clearedFrom } = input
  const effectiveOn = withinBooks(input.effectiveOn, context)
  const came = { facilityId, amount, reference, effectiveOn, lineId, clearedFrom }
  return accept(captureOf(state, came, context))
}

export type SettleAtProvider = Readonly<{
  paymentId: string
  lineId: string
  gross: string
  /** At most the gross amount. */
  fee: string
  effectiveOn: LocalDate
  attempt?: number | undefined
}>

/**
 * The provider paid out what it had collected, less its fee; that proves the money, so the payment is
 * captured by it if it was not yet, even if it had failed. What can't be is declined, which is an event.
 */
export function settleAtProvider(
  state: PaymentState,
  input: SettleAtProvider,
  context: DecisionContext,
): Decision {
  if (state === undefined) return unknownPayment(input.paymentId)
  if (state.settledBy === input.lineId || wasDeclined(state, input)) return accept()
  const { status, initiated, captured, settledBy } = state
  const { paymentId, dealerId, method } = initiated
  if (method === 'bank-transfer') {
    return decline(state, input, 'failed', 'the payment is by transfer, not by a provider')
  }
  if (status === 'bounced') return decline(state, input, 'failed', 'the payment has bounced')
  if (settledBy !== undefined) {
    return decline(state, input, 'duplicate', `the provider settled it in line ${settledBy}`)
  }
  const wrong = captured && otherAmount(input.gross, captured.amount)
  if (wrong) return decline(state, input, wrong.code, wrong.message)
  const facilityId = context.reference.dealers.get(dealerId)?.facilityId
  if (facilityId === undefined) return unknownDealer(dealerId)
  const effectiveOn = withinBooks(input.effectiveOn, context)
  const gross = decimal(input.gross)
  const fee = decimal(input.fee)
  const came = { facilityId, amount: input.gross, effectiveOn }
  const settled = {
    ...{ paymentId, dealerId, method, lineId: input.lineId },
    gross: toAmount(gross),
    fee: toAmount(fee),
    net: toAmount(gross.minus(fee)),
    journal: postProviderSettlement(context.policy.chart, { gross, fee }),
  }
  return accept(
    ...(captured ? [] : [captureOf(state, came, context)]),
    ProviderSettled(settled, valued(effectiveOn, context.today)),
  )
}

export type BounceFromLine = Readonly<{
  paymentId: string
  lineId: string
  /** What went out; above zero. */
  amount: string
  effectiveOn: LocalDate
  attempt?: number | undefined
}>

/**
 * The bank took a payment's money back, as a line of its statement shows; a bounce that was told before
 * is proved by it. What can't be is declined, which is an event.
 */
export function bounceFromLine(
  state: PaymentState,
  input: BounceFromLine,
  context: DecisionContext,
): Decision {
  if (state === undefined) return unknownPayment(input.paymentId)
  if (state.bouncedIn === input.lineId || wasDeclined(state, input)) return accept()
  const { status, captured, bouncedIn, givenBack } = state
  if (captured === undefined) return decline(state, input, 'failed', 'its money had not come')
  if (bouncedIn !== undefined) {
    return decline(state, input, 'duplicate', `it bounced in line ${bouncedIn}`)
  }
  if (!decimal(givenBack).isZero()) {
    return decline(state, input, 'failed', `${givenBack} of it went back, or is about to`)
  }
  const wrong = otherAmount(input.amount, captured.amount)
  if (wrong) return decline(state, input, wrong.code, wrong.message.replace('came', 'went'))
  const { paymentId, dealerId, facilityId, amount } = captured
  const bounced = { paymentId, dealerId, amount, lineId: input.lineId }
  if (status === 'bounced') return accept(BounceReconciled(bounced))
  const effectiveOn = withinBooks(input.effectiveOn, context)
  const reason = 'the bank took it back'
  return accept(
    PaymentBounced({ ...bounced, facilityId, reason }, valued(effectiveOn, context.today)),
  )
}

type Tried = Readonly<{ lineId: string; attempt?: number | undefined }>

function wasDeclined({ declined }: Payment, { lineId, attempt = 0 }: Tried): boolean {
  const last = declined.get(lineId)
  return last !== undefined && last >= attempt
}

type Code = 'duplicate' | 'over-paid' | 'partial' | 'failed'

function decline(
  { initiated: { paymentId } }: Payment,
  { lineId, attempt = 0 }: Tried,
  code: Code,
  message: string,
): Decision {
  return accept(StatementLineDeclined({ paymentId, lineId, code, message, attempt }))
}

function otherAmount(
  came: string,
  expected: string,
): Readonly<{ code: 'partial' | 'over-paid'; message: string }> | undefined {
  if (decimal(came).equals(expected)) return undefined
  const code = decimal(came).lessThan(expected) ? 'partial' : 'over-paid'
  return { code, message: `${came} came, not ${expected}` }
}
