/** What people say of lines that the rules could not match, or only suggest. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import { decimal } from '../kernel/money.ts'
import { postBankCharge, postSuspense } from '../ledger/money.ts'
import { valued } from '../value-date.ts'
import { lineNotOpen } from './book.ts'
import {
  BankChargeBooked,
  type Counterpart,
  partsOfLineId,
  StatementLineIgnored,
  StatementLineMatched,
  SuspenseCleared,
} from './events.ts'
import { type BankStatementState, isUnsettled, lineIn, type UnsettledLine } from './state.ts'

/** What the look-up found of a counterpart that a person named: whose it is, or why it can't be it. */
export type FoundCounterpart = Readonly<{
  dealerId?: string | undefined
  missing?: Readonly<{ code: string; message: string; kind: 'unknown' | 'state' | 'rule' }>
}>

export type MatchLine = Readonly<{ lineId: string; counterpart: Counterpart }>

/**
 * Says what a line stands for, whatever amount was expected of that; the account concerned has the last
 * word. Saying the same again changes nothing. Refuses `line-unknown`, `line-booked`, `line-booking`,
 * `line-ignored`, `line-direction`, and what the look-up found wrong with the counterpart.
 */
export function matchLine(
  state: BankStatementState,
  { lineId, counterpart: named }: MatchLine,
  { lookup, today, policy }: DecisionContext,
): Decision {
  const line = lineIn(state, lineId)
  if (state === null || line === undefined) return noSuchLine(lineId)
  const counterpart = isUnsettled(line) ? atProvider(line, named) : named
  if (line.status === 'booking' && isSame(line.counterpart, counterpart)) return accept()
  if (line.status !== 'open' || !isUnsettled(line)) return lineNotOpen(lineId, line.status)
  const wrong = wrongDirection(lineId, line, counterpart)
  if (wrong !== undefined) return wrong
  const { dealerId, missing } = lookup as FoundCounterpart
  if (missing !== undefined) {
    const { code, message, kind } = missing
    return refuse(code, { kind, message, inputs: { lineId } })
  }
  const { lineKey, amount, valueOn, isSuspended, attempts, reference } = line
  const { statementId = '' } = partsOfLineId(lineId) ?? {}
  const matched = StatementLineMatched({
    statementId,
    lineId,
    lineKey,
    counterpart,
    amount,
    valueOn,
    attempt: attempts + 1,
    ...(reference === undefined ? {} : { reference }),
    ...(dealerId === undefined ? {} : { dealerId }),
    ...(isSuspended ? { clearedFrom: 'suspense' as const } : {}),
  })
  if (!('charge' in counterpart)) return accept(matched)
  const charge = {
    statementId,
    lineId,
    source: state.source,
    amount,
    journal: postBankCharge(
      policy.chart,
      decimal(amount).negated(),
      isSuspended ? 'suspense' : undefined,
    ),
  }
  return accept(matched, BankChargeBooked(charge, valued(valueOn, today)))
}

/** A payment that a provider's line names is settled by it, less the provider's fee. */
function atProvider({ settlement }: UnsettledLine, named: Counterpart): Counterpart {
  const isSettled = settlement !== undefined && 'paymentId' in named
  return isSettled ? { settles: named.paymentId, ...settlement } : named
}

function isSame(one: Counterpart | undefined, other: Counterpart): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/**
 * What is owed to us comes in; refunds go out, and so does what the bank takes back. A provider that gave
 * back more than it collected takes the rest: which way its sum goes, its file says.
 */
function wrongDirection(
  lineId: string,
  { amount }: UnsettledLine,
  counterpart: Counterpart,
): Decision | undefined {
  if ('charge' in counterpart || 'settlement' in counterpart) return undefined
  const goesOut = 'refundId' in counterpart || 'bounce' in counterpart
  if (goesOut === decimal(amount).isNegative()) return undefined
  return refuse('line-direction', {
    message: `line ${lineId} of ${amount} went ${goesOut ? 'in' : 'out'}: it can't be that`,
    inputs: { lineId, amount },
    ways: goesOut
      ? ['match it with a payment, receivables or a charge']
      : ['match it with a refund, a charge or a bounced payment'],
  })
}

export type IgnoreLine = Readonly<{ lineId: string; reason: string }>

/**
 * Says that a line does not belong into these books: what was held in suspense for it is reversed.
 * Refuses `line-unknown`, `line-booked`, `line-booking`.
 */
export function ignoreLine(
  state: BankStatementState,
  { lineId, reason }: IgnoreLine,
  { today, policy }: DecisionContext,
): Decision {
  const line = lineIn(state, lineId)
  if (state === null || line === undefined) return noSuchLine(lineId)
  if (line.status === 'ignored') return accept()
  if (line.status !== 'open' || !isUnsettled(line)) return lineNotOpen(lineId, line.status)
  const { statementId = '' } = partsOfLineId(lineId) ?? {}
  const { amount, valueOn, isSuspended } = line
  const journal = postSuspense(policy.chart, decimal(amount).negated())
  const cleared = { statementId, lineId, source: state.source, amount, journal }
  return accept(
    StatementLineIgnored({ statementId, lineId, reason }),
    ...(isSuspended ? [SuspenseCleared(cleared, valued(valueOn, today))] : []),
  )
}

function noSuchLine(lineId: string): Decision {
  return refuse('line-unknown', {
    kind: 'unknown',
    message: `there is no statement line ${lineId}, or it is not classified yet`,
    inputs: { lineId },
  })
}
