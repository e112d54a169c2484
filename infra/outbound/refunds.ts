/** Asks providers to give money back, and about it. */

import { z } from 'zod'
import type { Provider, ProviderRefundView } from '../../commands/providers.ts'
import type { Executor, OutboundRequest } from './executors.ts'

/** The kind of its requests. */
export const REFUND_REQUESTS = 'refund'

/** What a row of `outbound_requests` says of a refund. */
const Wanted = z.object({ paymentId: z.string(), amount: z.string() })

export function refundExecutor(providers: ReadonlyMap<string, Provider>): Executor {
  return {
    counterparties: [...providers.keys()],
    async perform(request, signal) {
      const { subjectId: refundId, attempt, counterparty } = request
      const provider = providers.get(counterparty)
      if (provider === undefined) return undefined
      const view = await learn(provider, request, signal).catch(() => undefined)
      return { command: 'RecordRefundAnswer', input: { refundId, attempt, ...(view && { view }) } }
    },
  }
}

/** A provider is asked for a refund under our id; from then on it is asked first what became of it. */
async function learn(
  provider: Provider,
  { subjectId: refundId, attempt, data }: OutboundRequest,
  signal: AbortSignal,
): Promise<ProviderRefundView> {
  const { paymentId, amount } = Wanted.parse(data)
  const wanted = { paymentId, refundId, amount }
  const known = attempt === 0 ? undefined : await provider.findRefund(wanted, signal)
  return known ?? (await provider.refund(wanted, signal))
}
