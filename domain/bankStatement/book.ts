/** What becomes of the lines once the accounts concerned have decided. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import type { DecidedEvent } from '../kernel/event.ts'
import { decimal, ZERO } from '../kernel/money.ts'
import { postProviderSettlement, postSuspense } from '../ledger/money.ts'
import { valued } from '../value-date.ts'
import {
  type LineOutcome,
  lineIdOf,
  ProviderRefundSettled,
  SettlementDeclined,
  SettlementFound,
  StatementLinesBooked,
  SuspenseBooked,
  SuspenseCleared,
} from './events.ts'
import { type BankStatementState, isUnsettled, type UnsettledLine } from './state.ts'
import { noSuchStatement, reconciledAfter } from './take.ts'

export type SettleLines = Readonly<{
  statementId: string
  /** Which try at booking them it was: what came of an earlier one counts no more. */
  attempt: number
  outcomes: readonly LineOutcome[]
}>

/**
 * Records what came of booking lines. What was declined is held in suspense; what was in suspense and is
 * booked against the bank elsewhere leaves it. Lines that are not being booked are passed over.
 */
export function settleLines(
  state: BankStatementState,
  { statementId, attempt, outcomes }: SettleLines,
  context: DecisionContext,
): Decision {
  if (state === null) return noSuchStatement(statementId)
  const counted = new Map<number, LineOutcome>()
  for (const outcome of outcomes) {
    const line = state.byLine.get(outcome.line)
    if (line?.status === 'booking' && line.attempts === attempt) counted.set(outcome.line, outcome)
  }
  if (counted.size === 0) return accept()
  const booked = [...counted.values()]
  const events = [
    StatementLinesBooked({ statementId, outcomes: booked }),
    ...booked.flatMap((outcome) => suspenseOf(state, statementId, outcome, context)),
  ]
  return accept(...events, ...reconciledAfter(state, statementId, events))
}

function suspenseOf(
  { source, byLine }: NonNullable<BankStatementState>,
  statementId: string,
  { line, outcome }: LineOutcome,
  { today, policy: { chart } }: DecisionContext,
): readonly DecidedEvent[] {
  const state = byLine.get(line)
  if (state === undefined || !isUnsettled(state)) return []
  const { amount, isSuspended, valueOn } = state
  const moved = { statementId, lineId: lineIdOf(statementId, line), source, amount }
  const dates = valued(valueOn, today)
  if (outcome === 'declined') {
    const journal = postSuspense(chart, decimal(amount))
    return isSuspended ? [] : [SuspenseBooked({ ...moved, journal }, dates)]
  }
  const events: DecidedEvent[] = []
  if (isSuspended && isBookedAtBank(state)) {
    const journal = postSuspense(chart, decimal(amount).negated())
    events.push(SuspenseCleared({ ...moved, journal }, dates))
  }
  if (source === 'provider' && state.counterpart !== undefined && 'refundId' in state.counterpart) {
    const journal = postProviderSettlement(chart, { gross: decimal(amount), fee: ZERO })
    events.push(ProviderRefundSettled({ ...moved, journal }, dates))
  }
  return events
}

/** Whether the counterpart's own entry is against the bank; a payment takes from suspense itself. */
function isBookedAtBank({ counterpart }: UnsettledLine): boolean {
  if (counterpart === undefined) return false
  return !('paymentId' in counterpart || 'receivableIds' in counterpart)
}

export type FindSettlement = Readonly<{
  statementId: string
  lineId: string
  amount: string
  /** Raised when a line that was declined is tried again. */
  attempt: number
}>

/** Finds the sum of a settlement file in the bank's line: once, and to the cent. */
export function findSettlement(
  state: BankStatementState,
  { statementId, lineId, amount, attempt }: FindSettlement,
): Decision {
  if (state === null) return noSuchStatement(statementId)
  if (state.foundIn === lineId || (state.declined.get(lineId) ?? -1) >= attempt) return accept()
  const declined = (code: 'duplicate' | 'no-counterpart', message: string) =>
    accept(SettlementDeclined({ statementId, lineId, code, message, attempt }))
  if (state.foundIn !== undefined) {
    return declined('duplicate', `its sum was found in ${state.foundIn} already`)
  }
  const total = state.taken?.total
  if (state.source !== 'provider' || total === undefined || !decimal(total).equals(amount)) {
    return declined('no-counterpart', `it pays out ${total ?? 'nothing'}, not ${amount}`)
  }
  return accept(SettlementFound({ statementId, lineId, amount }))
}

export function lineNotOpen(lineId: string, status: string): Decision {
  return refuse(`line-${status}`, {
    kind: 'state',
    message: `line ${lineId} is ${status}`,
    inputs: { lineId, status },
    ways: status === 'booking' ? ['look at it again in a moment'] : [],
  })
}
