/** What a second person says of a refund over the threshold (DOMAIN: People and rights). */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import { RefundApproved, RefundRejected } from './events.ts'
import { ownRefund, unknownRefund, wrongStatus } from './refusals.ts'
import type { RefundState } from './state.ts'

/**
 * Agrees to a refund. Again changes nothing. Refuses `own-refund` (403) to who asked for it, whatever
 * their role, and `refund-<status>` (409).
 */
export function approveRefund(
  state: RefundState,
  { refundId, reason }: Readonly<{ refundId: string; reason?: string | undefined }>,
  { actor }: DecisionContext,
): Decision {
  if (state === undefined) return unknownRefund(refundId)
  const { status, requested, requestedBy } = state
  if (actor.user === requestedBy) return ownRefund(refundId, actor.user)
  const { dealerId } = requested
  if (status === 'requested') {
    return accept(RefundApproved({ refundId, dealerId, ...(reason !== undefined && { reason }) }))
  }
  if (requested.needsApproval && status !== 'rejected') return accept()
  return wrongStatus(state, 'nobody is asked to approve it')
}

/** Does not agree. Again changes nothing. Refuses as `approveRefund` does. */
export function rejectRefund(
  state: RefundState,
  { refundId, reason }: Readonly<{ refundId: string; reason: string }>,
  { actor }: DecisionContext,
): Decision {
  if (state === undefined) return unknownRefund(refundId)
  const { status, requested, requestedBy } = state
  if (actor.user === requestedBy) return ownRefund(refundId, actor.user)
  const { dealerId } = requested
  if (status === 'requested') return accept(RefundRejected({ refundId, dealerId, reason }))
  return status === 'rejected' ? accept() : wrongStatus(state, 'it was decided already')
}
