/** How a payment begins: somebody is about to pay, or a mandate lets what is due be debited. */

import type { DecisionContext } from '../context.ts'
import { unknownDealer } from '../facility/members.ts'
import { methodUnavailable } from '../facility/methods.ts'
import type { PaymentMethod } from '../facility/values.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { valueDateRefusal, valued } from '../value-date.ts'
import { PaymentInitiated } from './events.ts'
import { misnamed, type NamedDebts } from './named.ts'
import type { PaymentState } from './state.ts'

export type InitiatePayment = Readonly<{
  dealerId: string
  amount: string
  method: PaymentMethod
  orderIds?: readonly string[] | undefined
  receivableIds?: readonly string[] | undefined
  effectiveOn?: LocalDate | undefined
  reference?: string | undefined
}>

/**
 * Starts a payment: a bank transfer with the reference and the QR text for it, an online one by having
 * its provider asked. Refuses `payment-method-unavailable`, `dealer-unknown`, `order-unknown` and
 * `receivable-unknown` (named, but not the dealer's), `value-date-future`, `backdating-limit`.
 */
export function initiatePayment(
  state: PaymentState,
  input: InitiatePayment,
  named: NamedDebts,
  context: DecisionContext,
): Decision {
  if (state) return accept()
  const { reference: views, policy, today } = context
  const available = ['bank-transfer', ...policy.onlineMethods]
  if (!available.includes(input.method)) {
    return { accepted: false, refusal: methodUnavailable(input.method, available) }
  }
  if (!views.dealers.has(input.dealerId)) return unknownDealer(input.dealerId)
  const wrong = misnamed(input.dealerId, named)
  if (wrong) return wrong
  const refused = valueDateRefusal(input.effectiveOn, context)
  if (refused) return { accepted: false, refusal: refused }
  const paymentId = context.newId('payment')
  const amount = toAmount(decimal(input.amount))
  const reference = input.reference ?? paymentReference(paymentId)
  const qr = transferQr({ reference, amount, currency: policy.currency })
  const initiated = {
    paymentId,
    dealerId: input.dealerId,
    amount,
    method: input.method,
    orderIds: [...new Set(input.orderIds)],
    receivableIds: [...new Set(input.receivableIds)],
    reference,
    ...(input.method === 'bank-transfer' ? { qr } : {}),
  }
  return accept(PaymentInitiated(initiated, valued(input.effectiveOn, today)))
}

const REFERENCE_LENGTH = 16

/** A reference short enough to be typed: `P` and 16 letters or digits of the payment's id. */
export function paymentReference(paymentId: string): string {
  return `P${paymentId.replaceAll('-', '').slice(0, REFERENCE_LENGTH).toUpperCase()}`
}

type Transfer = Readonly<{ reference: string; amount: string; currency: string }>

/** The text of a payment QR code: `tradeline:pay?reference=…&amount=…&currency=…`, URL-encoded. */
export function transferQr({ reference, amount, currency }: Transfer): string {
  return `tradeline:pay?reference=${encodeURIComponent(reference)}&amount=${amount}&currency=${currency}`
}

export type StartDebit = Readonly<{
  debitId: string
  dealerId: string
  method: 'wechat' | 'alipay'
  mandateReference: string
  amount: string
  receivableIds: readonly string[]
}>

/** Starts the payment of a debit, under the debit's id: once. */
export function startDebit(state: PaymentState, input: StartDebit): Decision {
  if (state) return accept()
  const { debitId, dealerId, method, mandateReference, amount, receivableIds } = input
  return accept(
    PaymentInitiated({
      paymentId: debitId,
      dealerId,
      amount: toAmount(decimal(amount)),
      method,
      orderIds: [],
      receivableIds: [...receivableIds],
      reference: paymentReference(debitId),
      debit: { debitId, mandateReference },
    }),
  )
}
