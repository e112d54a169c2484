/** How far a statement is, and what may still be done with each of its lines. */

import { Map as PersistentMap } from 'immutable'
import type { StatementSource } from '../bankDay/bankDay.ts'
import { fold } from '../kernel/aggregate.ts'
import type { LocalDate } from '../kernel/values.ts'
import {
  type BankStatementEvent,
  type Classified,
  type Counterpart,
  type LineClass,
  partsOfLineId,
} from './events.ts'

/** A line whose money is where it belongs; nothing more is decided on it. */
export type SettledLine = Readonly<{ status: 'booked' | 'ignored'; class: LineClass }>

/** A line that is being booked, or waits for a person. */
export type UnsettledLine = Readonly<{
  status: 'booking' | 'open'
  class: LineClass
  lineKey: string
  date: LocalDate
  valueOn: LocalDate
  amount: string
  counterpart: Counterpart | undefined
  /** Its money is held in suspense. */
  isSuspended: boolean
  /** By hand: its booking is told on its own. */
  isByHand: boolean
  /** How often a person said what it stands for. */
  attempts: number
  /** The bank's, for the counterpart to keep. */
  reference: string | undefined
  /** Of a provider's line. */
  settlement: Classified['settlement']
}>

export type LineState = SettledLine | UnsettledLine

export type BankStatementState = Readonly<{
  source: StatementSource
  lines: number
  /** Undefined while its lines are being taken in. */
  taken:
    | Readonly<{ new: number; known: number; pages: readonly number[]; total: string }>
    | undefined
  /** How many of the pages are classified. */
  classified: number
  /** Lines that the rules matched and that are not booked yet. */
  booking: number
  isReconciled: boolean
  counts: Readonly<Record<LineClass, number>>
  byLine: PersistentMap<number, LineState>
  /** The bank's line in which the sum of this settlement file was found. */
  foundIn: string | undefined
  /** The last attempt at each of the bank's lines that were declined. */
  declined: PersistentMap<string, number>
}> | null

const BOOKED: SettledLine = { status: 'booked', class: 'matched' }

export const evolve = fold<BankStatementState, BankStatementEvent>({
  BankStatementReceived: (_, { source, lines }) => ({
    source,
    lines,
    taken: undefined,
    classified: 0,
    booking: 0,
    isReconciled: false,
    counts: { matched: 0, suggested: 0, exception: 0 },
    byLine: PersistentMap(),
    foundIn: undefined,
    declined: PersistentMap(),
  }),
  BankStatementTaken: (state, { statementId: _, ...taken }) => state && { ...state, taken },
  StatementLinesClassified: (state, { results }) =>
    state && {
      ...state,
      classified: state.classified + 1,
      booking: state.booking + results.filter(isToBeBooked).length,
      counts: results.reduce((counts, one) => moved(counts, undefined, one.class), state.counts),
      byLine: state.byLine.withMutations((lines) => {
        for (const result of results) lines.set(result.line, lineOf(result))
      }),
    },
  StatementLinesBooked: (state, { outcomes }) =>
    state &&
    outcomes.reduce((current, { line, outcome }) => {
      const before = current.byLine.get(line)
      if (before?.status !== 'booking') return current
      const booking = before.isByHand ? current.booking : current.booking - 1
      if (outcome !== 'declined') return { ...withLine(current, line, before, BOOKED), booking }
      const open = {
        ...before,
        status: 'open',
        class: 'exception',
        counterpart: undefined,
      } as const
      return { ...withLine(current, line, before, { ...open, isByHand: false }), booking }
    }, state),
  SuspenseBooked: (state, { lineId }) => inSuspense(state, lineId, true),
  SuspenseCleared: (state, { lineId }) => inSuspense(state, lineId, false),
  BankChargeBooked: (state, { lineId }) => settled(state, lineId, BOOKED),
  ProviderRefundSettled: (state) => state,
  StatementLineMatched: (state, { lineId, counterpart }) => {
    const line = lineIn(state, lineId)
    if (state === null || line?.status !== 'open') return state
    const after = {
      ...line,
      status: 'booking',
      counterpart,
      isByHand: true,
      attempts: line.attempts + 1,
    } as const
    return withLine(state, numberOf(lineId), line, after)
  },
  StatementLineIgnored: (state, { lineId }) => {
    const line = lineIn(state, lineId)
    return settled(state, lineId, { status: 'ignored', class: line?.class ?? 'exception' })
  },
  BankStatementReconciled: (state) => state && { ...state, isReconciled: true },
  SettlementFound: (state, { lineId }) => state && { ...state, foundIn: lineId },
  SettlementDeclined: (state, { lineId, attempt }) =>
    state && { ...state, declined: state.declined.set(lineId, attempt) },
})

/** What is matched with a charge is booked with its classification. */
function isToBeBooked({ class: of, counterpart }: Classified): boolean {
  return of === 'matched' && counterpart !== undefined && !('charge' in counterpart)
}

function lineOf(result: Classified): LineState {
  const { lineKey, date, valueOn, amount, counterpart, reference, settlement } = result
  return {
    status: isToBeBooked(result) ? 'booking' : 'open',
    class: result.class,
    lineKey,
    date,
    valueOn,
    amount,
    counterpart,
    isSuspended: false,
    isByHand: false,
    attempts: 0,
    reference,
    settlement,
  }
}

type Counts = Readonly<Record<LineClass, number>>

function moved(counts: Counts, from: LineClass | undefined, to: LineClass): Counts {
  if (from === to) return counts
  const less = from === undefined ? counts : { ...counts, [from]: counts[from] - 1 }
  return { ...less, [to]: less[to] + 1 }
}

type Some = NonNullable<BankStatementState>

function withLine(state: Some, line: number, before: LineState, after: LineState): Some {
  return {
    ...state,
    counts: moved(state.counts, before.class, after.class),
    byLine: state.byLine.set(line, after),
  }
}

function numberOf(lineId: string): number {
  return partsOfLineId(lineId)?.line ?? 0
}

/** A line by its id; undefined for one that is not classified yet, or of another statement. */
export function lineIn(state: BankStatementState, lineId: string): LineState | undefined {
  return state?.byLine.get(numberOf(lineId))
}

function settled(
  state: BankStatementState,
  lineId: string,
  after: SettledLine,
): BankStatementState {
  const before = lineIn(state, lineId)
  return state === null || before === undefined
    ? state
    : withLine(state, numberOf(lineId), before, after)
}

function inSuspense(
  state: BankStatementState,
  lineId: string,
  isSuspended: boolean,
): BankStatementState {
  const line = lineIn(state, lineId)
  if (state === null || line === undefined || !isUnsettled(line)) return state
  return { ...state, byLine: state.byLine.set(numberOf(lineId), { ...line, isSuspended }) }
}

export function isUnsettled(line: LineState): line is UnsettledLine {
  return line.status === 'booking' || line.status === 'open'
}
