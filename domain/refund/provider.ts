/** What a provider says of a refund when it is asked, or that it says nothing. */

import { z } from 'zod'
import type { DecisionContext } from '../context.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import { Text } from '../kernel/values.ts'
import { attemptsAt, nextAsking } from '../payment/schedule.ts'
import { RefundPending, RefundUnknown } from './events.ts'
import { isOpen, notByOriginalWay, paid } from './payout.ts'
import { unknownRefund } from './refusals.ts'
import type { RefundState } from './state.ts'

/** What became of a refund, in the provider's view. */
export const RefundView = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('pending') }),
  z.strictObject({ status: z.literal('refunded'), providerReference: Text }),
  z.strictObject({ status: z.literal('failed'), reason: Text }),
])
export type RefundView = z.output<typeof RefundView>

export type RecordRefundAnswer = Readonly<{
  refundId: string
  /** How often it was asked before. */
  attempt: number
  /** Undefined: no answer, or none that can be understood. */
  view?: RefundView | undefined
}>

/**
 * Takes in what was learnt by asking a provider. A refund that is decided stays so, and so does what is
 * learnt of an asking before the last one: the schedule is that of payments.
 */
export function recordRefundAnswer(
  state: RefundState,
  { refundId, attempt, view }: RecordRefundAnswer,
  context: DecisionContext,
): Decision {
  if (state === undefined) return unknownRefund(refundId)
  if (!isOpen(state) || state.to !== 'original') return accept()
  if (view?.status === 'refunded')
    return paid(state, { reference: view.providerReference }, context)
  if (view?.status === 'failed') return notByOriginalWay(state, 'provider-refused', view.reason)
  if (attempt !== attemptsAt(state.provider)) return accept()
  const { dealerId } = state.requested
  const next = { refundId, dealerId, ...nextAsking(state.provider, context.now) }
  return accept(view === undefined ? RefundUnknown(next) : RefundPending(next))
}
