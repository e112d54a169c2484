/** The words that a provider and we speak in, over HTTP: `docs/payment-providers.md`. */

import { z } from 'zod'
import type { ProviderRefundView } from '../../commands/providers.ts'
import { line, PaymentId, PositiveAmount, RefundId, Text } from '../../domain/kernel/values.ts'
import { PaymentQr } from '../../domain/payment/events.ts'
import type { ProviderView } from '../../domain/payment/provider.ts'

const OccurredAt = z.iso
  .datetime({ offset: true, error: 'must be an instant, RFC 3339' })
  .refine((instant) => instant >= '1970', 'must be in the year 1970 or later')
  .transform((instant) => new Date(instant).toISOString())

const Reference = line(128)

/** What became of a payment, as the provider says it. */
export const PaymentAnswer = z
  .discriminatedUnion('status', [
    z.object({
      paymentId: PaymentId,
      status: z.literal('open'),
      providerReference: Reference,
      qr: PaymentQr.optional(),
    }),
    z.object({
      paymentId: PaymentId,
      status: z.literal('paid'),
      providerReference: Reference,
      amount: PositiveAmount,
      paidAt: OccurredAt,
    }),
    z.object({
      paymentId: PaymentId,
      status: z.literal('closed'),
      providerReference: Reference,
      reason: Text,
    }),
  ])
  .transform((answer): Readonly<{ paymentId: string; view: ProviderView }> => {
    const { paymentId, providerReference } = answer
    if (answer.status === 'paid') {
      const { amount, paidAt: at } = answer
      return { paymentId, view: { status: 'captured', amount, at, providerReference } }
    }
    if (answer.status === 'closed') {
      const { reason } = answer
      return { paymentId, view: { status: 'failed', reason, providerReference } }
    }
    const { qr } = answer
    return { paymentId, view: { status: 'pending', providerReference, ...(qr && { qr }) } }
  })
export type PaymentAnswer = z.input<typeof PaymentAnswer>

/** A callback: the same, with an id that is the same whenever it is sent. */
export const PaymentCallback = z.object({ eventId: line(128), payment: PaymentAnswer })
export type PaymentCallback = z.input<typeof PaymentCallback>

export const RefundAnswer = z
  .discriminatedUnion('status', [
    z.object({ refundId: RefundId, status: z.literal('open') }),
    z.object({ refundId: RefundId, status: z.literal('refunded'), providerReference: Reference }),
    z.object({ refundId: RefundId, status: z.literal('failed'), reason: Text }),
  ])
  .transform((answer): ProviderRefundView => {
    if (answer.status === 'open') return { status: 'pending' }
    if (answer.status === 'failed') return { status: 'failed', reason: answer.reason }
    return { status: 'refunded', providerReference: answer.providerReference }
  })
export type RefundAnswer = z.input<typeof RefundAnswer>

/** What is asked for. */
export const OrderRequest = z.object({
  paymentId: PaymentId,
  amount: PositiveAmount,
  description: Text,
})
export const DebitRequest = z.object({
  paymentId: PaymentId,
  amount: PositiveAmount,
  mandateReference: Text,
})
export const RefundRequest = z.object({ refundId: RefundId, amount: PositiveAmount })

/** Why something asked for will never be done (422). */
export const Refusal = z.object({ reason: Text })
