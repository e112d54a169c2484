/** Asks providers for payments, and about them. */

import { z } from 'zod'
import type { Provider } from '../../commands/providers.ts'
import type { ProviderView } from '../../domain/payment/provider.ts'
import type { Executor, OutboundRequest } from './executors.ts'

/** The kind of its requests. */
export const PAYMENT_REQUESTS = 'payment'

/** What a row of `outbound_requests` says of a payment. */
const Wanted = z.object({ amount: z.string(), mandateReference: z.string().nullable() })

export function paymentExecutor(providers: ReadonlyMap<string, Provider>): Executor {
  return {
    counterparties: [...providers.keys()],
    async perform(request, signal) {
      const { subjectId: paymentId, attempt, counterparty } = request
      const provider = providers.get(counterparty)
      if (provider === undefined) return undefined
      const view = await learn(provider, request, signal).catch(() => undefined)
      return {
        command: 'RecordProviderAnswer',
        input: { paymentId, attempt, ...(view && { view }) },
      }
    },
  }
}

/** A provider is asked for a payment under our id, once; from then on it is asked what became of it. */
async function learn(
  provider: Provider,
  { subjectId: paymentId, attempt, data }: OutboundRequest,
  signal: AbortSignal,
): Promise<ProviderView> {
  const known = attempt === 0 ? undefined : await provider.findPayment(paymentId, signal)
  if (known !== undefined) return known
  const { amount, mandateReference } = Wanted.parse(data)
  return mandateReference === null
    ? await provider.createOrder({ paymentId, amount, description: paymentId }, signal)
    : await provider.debit({ paymentId, amount, mandateReference }, signal)
}
