/** A refund that is found on a bank statement. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import { decimal } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { withinBooks } from '../value-date.ts'
import { RefundLineDeclined, RefundReconciled } from './events.ts'
import { isOpen, paid } from './payout.ts'
import { unknownRefund } from './refusals.ts'
import type { Refund, RefundState } from './state.ts'

export type PayRefundFromLine = Readonly<{
  refundId: string
  lineId: string
  effectiveOn: LocalDate
  /** What left. */
  amount: string
  reference?: string | undefined
  /** Raised when a line that was declined is tried again. */
  attempt?: number | undefined
}>

/**
 * Books a statement line on the refund that it was matched with: it was paid by it, or is found by it;
 * else the line is declined, by an event. The same line again changes nothing.
 */
export function payRefundFromLine(
  state: RefundState,
  input: PayRefundFromLine,
  context: DecisionContext,
): Decision {
  const { refundId, lineId, attempt = 0 } = input
  if (state === undefined) return unknownRefund(refundId)
  if (state.lineId === lineId) return accept()
  const declined = state.declined.get(lineId)
  if (declined !== undefined && declined >= attempt) return accept()
  if (state.lineId !== undefined) {
    return decline(state, input, 'duplicate', `it is on line ${state.lineId} already`)
  }
  const wrong = otherAmount(state, input)
  if (wrong) return decline(state, input, wrong, `it is of ${state.requested.amount}`)
  if (state.status === 'paid') {
    const { dealerId, amount } = state.requested
    return accept(RefundReconciled({ refundId, dealerId, lineId, amount }))
  }
  if (isOpen(state)) {
    return paid(state, { ...input, effectiveOn: withinBooks(input.effectiveOn, context) }, context)
  }
  return decline(state, input, 'failed', `it is ${state.status}`)
}

function otherAmount({ requested }: Refund, { amount }: PayRefundFromLine) {
  if (decimal(amount).equals(requested.amount)) return undefined
  return decimal(amount).greaterThan(requested.amount) ? 'over-paid' : 'partial'
}

function decline(
  { requested: { refundId } }: Refund,
  { lineId, attempt = 0 }: PayRefundFromLine,
  code: 'duplicate' | 'failed' | 'over-paid' | 'partial',
  why: string,
): Decision {
  const message = `refund ${refundId} does not take the line: ${why}`
  return accept(RefundLineDeclined({ refundId, lineId, attempt, code, message }))
}
