/** Taking a statement in, and classifying its lines page by page. */

import type { StatementSource } from '../bankDay/bankDay.ts'
import type { DecisionContext } from '../context.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import type { DecidedEvent } from '../kernel/event.ts'
import { decimal } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { postBankCharge, postSuspense } from '../ledger/money.ts'
import { valued, withinBooks } from '../value-date.ts'
import {
  BankChargeBooked,
  BankStatementReceived,
  BankStatementReconciled,
  BankStatementTaken,
  type Classified,
  lineIdOf,
  pageOf,
  StatementLinesClassified,
  SuspenseBooked,
} from './events.ts'
import { type BankStatementState, evolve } from './state.ts'

export type ReceiveStatement = Readonly<{
  statementId: string
  source: StatementSource
  format: string
  lines: number
  fileName?: string | undefined
  from: LocalDate
  to: LocalDate
}>

/** Takes note of a file; the same content again, under whatever name, changes nothing. */
export function receiveStatement(
  state: BankStatementState,
  { fileName, ...received }: ReceiveStatement,
): Decision {
  if (state !== null) return accept()
  return accept(
    BankStatementReceived({ ...received, ...(fileName === undefined ? {} : { fileName }) }),
  )
}

export type CompleteTaking = Readonly<{
  statementId: string
  /** The numbers of the lines that were new. */
  lines: readonly number[]
  total: string
}>

/** Says that all new lines are in; a statement with none is reconciled by that. */
export function completeTaking(
  state: BankStatementState,
  { statementId, lines, total }: CompleteTaking,
): Decision {
  if (state === null) return noSuchStatement(statementId)
  if (state.taken !== undefined) return accept()
  const pages = [...new Set(lines.map(pageOf))].sort((one, other) => one - other)
  const known = state.lines - lines.length
  const taken = BankStatementTaken({ statementId, new: lines.length, known, pages, total })
  return accept(taken, ...reconciledAfter(state, statementId, [taken]))
}

/** What the look-up gives of a line: `valueOn` is the bank's, where it states another than its date. */
export type LineToClassify = Omit<Classified, 'valueOn'> & Readonly<{ valueOn?: LocalDate }>

export type ClassifyPage = Readonly<{ statementId: string; page: number }>

/**
 * Records what the rules say of a page's lines, which the look-up found. What they can't explain is held
 * in suspense, and the bank's charges are booked, both at once.
 */
export function classifyPage(
  state: BankStatementState,
  { statementId, page }: ClassifyPage,
  context: DecisionContext,
): Decision {
  const { lookup } = context
  if (state?.taken === undefined) return noSuchStatement(statementId)
  if (state.taken.pages[state.classified] !== page) return accept() // it is classified already
  const results = (lookup as readonly LineToClassify[]).map((result) => ({
    ...result,
    valueOn: withinBooks(result.valueOn ?? result.date, context),
  }))
  const events = [
    StatementLinesClassified({ statementId, page, results }),
    ...results.flatMap((result) => bookedAtOnce(state, statementId, result, context)),
  ]
  return accept(...events, ...reconciledAfter(state, statementId, events))
}

function bookedAtOnce(
  { source }: NonNullable<BankStatementState>,
  statementId: string,
  { line, amount, valueOn, counterpart, class: of }: Classified,
  { today, policy: { chart } }: DecisionContext,
): readonly DecidedEvent[] {
  const lineId = lineIdOf(statementId, line)
  const booked = { statementId, lineId, source, amount }
  const dates = valued(valueOn, today)
  if (of === 'exception') {
    return [SuspenseBooked({ ...booked, journal: postSuspense(chart, decimal(amount)) }, dates)]
  }
  const isCharge = of === 'matched' && counterpart !== undefined && 'charge' in counterpart
  if (!isCharge) return []
  const journal = postBankCharge(chart, decimal(amount).negated())
  return [BankChargeBooked({ ...booked, journal }, dates)]
}

/** What follows if, after these events, nothing of a statement is left to be classified or booked. */
export function reconciledAfter(
  state: BankStatementState,
  statementId: string,
  events: readonly DecidedEvent[],
): readonly DecidedEvent[] {
  const after = events.reduce((current, event) => evolve(current, event, NOWHERE), state)
  if (after?.taken === undefined || after.isReconciled || after.booking > 0) return []
  if (after.classified < after.taken.pages.length) return []
  const { matched, suggested, exception: exceptions } = after.counts
  return [BankStatementReconciled({ statementId, matched, suggested, exceptions })]
}

/** The fold of a statement looks at no event's place. */
const NOWHERE = {} as Parameters<typeof evolve>[2]

export function noSuchStatement(statementId: string): Decision {
  return refuse('bank-statement-unknown', {
    kind: 'unknown',
    message: `there is no bank statement ${statementId}`,
    inputs: { statementId },
  })
}
