/** Payment providers: what they say by calling back, and the port through which they are asked. */

import { z } from 'zod'
import { PaymentId } from '../domain/kernel/values.ts'
import { payment } from '../domain/payment/payment.ts'
import { hearProvider, ProviderView, recordProviderAnswer } from '../domain/payment/provider.ts'
import { command } from './command.ts'
import type { Correspondent } from './correspondents.ts'

/** What a provider says by calling back, in our words, whatever its own are. */
export const ProviderMessage = z.strictObject({ paymentId: PaymentId, view: ProviderView })
export type ProviderMessage = z.output<typeof ProviderMessage>

/** What becomes of a refund at a provider. */
export type ProviderRefundView =
  | Readonly<{ status: 'pending' }>
  | Readonly<{ status: 'refunded'; providerReference: string }>
  | Readonly<{ status: 'failed'; reason: string }>

/** An amount is in the business's currency; every id is ours, and the provider's key for what it is of. */
export type ProviderOrder = Readonly<{ paymentId: string; amount: string; description: string }>
export type ProviderDebit = Readonly<{
  paymentId: string
  amount: string
  mandateReference: string
}>
export type ProviderRefund = Readonly<{ paymentId: string; refundId: string; amount: string }>

/**
 * An online payment provider. Whatever is asked twice under one id is done once, and answered as the
 * first time, as far as it has come by then. Each rejects if there is no answer, or none that it can
 * make sense of: then what became of it is not known. The signal ends a call that takes too long.
 */
export interface Provider extends Correspondent<ProviderMessage> {
  /** Opens an order that the payer can pay; a view with what they scan. */
  createOrder(order: ProviderOrder, signal: AbortSignal): Promise<ProviderView>
  /** Takes what is due from an account whose owner lets it. */
  debit(debit: ProviderDebit, signal: AbortSignal): Promise<ProviderView>
  /** `undefined`: the provider knows of no such order or debit, so there is none. */
  findPayment(paymentId: string, signal: AbortSignal): Promise<ProviderView | undefined>
  /** Gives back a part of what was captured. */
  refund(refund: ProviderRefund, signal: AbortSignal): Promise<ProviderRefundView>
  /** `undefined`: the provider knows of no such refund, so there is none. */
  findRefund(
    refund: Pick<ProviderRefund, 'paymentId' | 'refundId'>,
    signal: AbortSignal,
  ): Promise<ProviderRefundView | undefined>
}

const bySystem = {
  roles: [],
  aggregate: payment,
  stream: ({ paymentId }: Readonly<{ paymentId: string }>) => paymentId,
  expects: 'existing',
} as const

/** What was learnt by asking. */
export const RecordProviderAnswer = command({
  ...bySystem,
  name: 'RecordProviderAnswer',
  schema: z.strictObject({
    paymentId: PaymentId,
    attempt: z.number().int().min(0),
    view: ProviderView.optional(), // no answer, or none that can be understood
  }),
  decide: recordProviderAnswer,
})

export const HearProvider = command({
  ...bySystem,
  name: 'HearProvider',
  schema: ProviderMessage.extend({ provider: z.enum(['wechat', 'alipay']) }),
  decide: hearProvider,
  callback: {
    path: '/payment-callbacks/:provider',
    summary: "A provider's signed callback: paid, or not; in any order, any number of times",
    sender: 'provider',
    subject: (sent) => `payment ${ProviderMessage.parse(sent).paymentId}`,
    calls: async (sent, provider) => {
      const message = ProviderMessage.parse(sent)
      return [{ part: message.paymentId, input: { ...message, provider } }]
    },
  },
})
