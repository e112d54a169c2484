/** What becomes of each line of a statement: its money is booked once, and what is in suspense is told. */

import { type Cents, cents, text, total } from './cents.ts'
import type { Data, Seen } from './law.ts'
import { law } from './law.ts'

export type Line = {
  lineId: string
  lineKey: string
  statementId: string
  source: 'bank' | 'provider'
  line: number
  date: string
  amount: string
  said: Data
  status: 'taken' | 'booking' | 'open' | 'booked' | 'ignored'
  /** Its money is held in suspense. */
  suspended: boolean
  /** What has booked it. */
  bookedBy: string | undefined
}

export type Statement = {
  statementId: string
  source: string
  total: string
  isTaken: boolean
  isReconciled: boolean
  isFound: boolean
}

export type Statements = ReturnType<typeof createStatements>

export function createStatements() {
  const lines = new Map<string, Line>()
  const byKey = new Map<string, Line>()
  const statements = new Map<string, Statement>()
  /** The line that a payment's money was found in, where it was in suspense before. */
  const clearing = new Map<string, Line>()
  let suspended = 0n

  const handlers: Record<string, (data: Data, seen: Seen) => void> = {
    BankStatementReceived({ statementId, source }) {
      const state = { isTaken: false, isReconciled: false, isFound: false }
      statements.set(statementId, { statementId, source, total: '0.00', ...state })
    },
    BankStatementTaken({ statementId, total: all, new: news }, seen) {
      const own = [...lines.values()].filter((line) => line.statementId === statementId)
      const sum = text(total(own.map(({ amount }) => cents(amount))))
      const isAll = news === own.length && all === sum
      law('a statement has the lines that came with it first', isAll, () => `${all}, ${sum}`, seen)
      Object.assign(statements.get(statementId) ?? {}, { total: all, isTaken: true })
    },
    BankStatementReconciled({ statementId }) {
      Object.assign(statements.get(statementId) ?? {}, { isReconciled: true })
    },
    StatementLinesTaken({ date, statementId, source, lines: taken }, seen) {
      for (const { line: number, lineKey, amount, ...said } of taken) {
        law('a line is taken once, in whatever files', !byKey.has(lineKey), () => lineKey, seen)
        const lineId = `${statementId}.${number}`
        const line: Line = {
          ...{ lineId, lineKey, statementId, source, line: number, date, amount, said },
          ...{ status: 'taken', suspended: false, bookedBy: undefined },
        }
        lines.set(lineId, line)
        byKey.set(lineKey, line)
      }
    },
    StatementLinesClassified({ statementId, results }, seen) {
      for (const { line: number, class: of, counterpart } of results) {
        const line = lineOf(`${statementId}.${number}`, seen)
        law('a line is classified once', line.status === 'taken', () => line.lineId, seen)
        const isBooked = of === 'matched' && counterpart.charge === undefined
        line.status = isBooked ? 'booking' : 'open'
      }
    },
    StatementLineMatched: ({ lineId }, seen) => {
      lineOf(lineId, seen).status = 'booking'
    },
    StatementLineIgnored: ({ lineId }, seen) => {
      lineOf(lineId, seen).status = 'ignored'
    },
    StatementLinesBooked({ statementId, outcomes }, seen) {
      for (const { line: number, outcome } of outcomes) {
        const line = lineOf(`${statementId}.${number}`, seen)
        line.status = outcome === 'declined' ? 'open' : 'booked'
        const isBooked = line.bookedBy !== undefined
        const figures = () => `${line.lineId} is ${outcome}, booked by ${line.bookedBy}`
        law(
          'a line is booked by what it stands for',
          isBooked === (outcome !== 'declined'),
          figures,
          seen,
          line.lineId,
        )
      }
    },
    SuspenseBooked({ lineId, amount }, seen) {
      const line = lineOf(lineId, seen)
      const isFirst = !line.suspended && line.bookedBy === undefined && amount === line.amount
      law("a line's money is held in suspense once", isFirst, () => lineId, seen, lineId)
      suspend(line, 1n)
    },
    SuspenseCleared({ lineId, amount }, seen) {
      const line = lineOf(lineId, seen)
      const isHeld = line.suspended && amount === line.amount
      law('only what is in suspense leaves it', isHeld, () => lineId, seen, lineId)
      suspend(line, -1n)
    },
    BankChargeBooked({ lineId }, seen) {
      const line = lineOf(lineId, seen)
      if (line.suspended) suspend(line, -1n)
      bookedOnce(lineId, 'a charge', seen)
      line.status = 'booked'
    },
    PaymentCaptured({ lineId, paymentId, clearedFrom }, seen) {
      if (lineId === undefined) return
      bookedOnce(lineId, paymentId, seen)
      if (clearedFrom !== undefined) clearing.set(paymentId, lineOf(lineId, seen))
    },
    PaymentReceived({ paymentId, clearedFrom }, seen) {
      const line = clearing.get(paymentId)
      const isSame = (line !== undefined) === (clearedFrom !== undefined)
      law('money in suspense leaves it with its receipt', isSame, () => paymentId, seen)
      if (line !== undefined) suspend(line, -1n)
    },
    PaymentReconciled({ paymentId, lineId, clearedFrom }, seen) {
      bookedOnce(lineId, paymentId, seen)
      if (clearedFrom !== undefined) suspend(lineOf(lineId, seen), -1n)
    },
    ProviderSettled: ({ paymentId, lineId }, seen) => bookedOnce(lineId, paymentId, seen),
    RefundReconciled: ({ refundId, lineId }, seen) => bookedOnce(lineId, refundId, seen),
    BounceReconciled: ({ paymentId, lineId }, seen) => bookedOnce(lineId, paymentId, seen),
    SettlementFound({ statementId, lineId }, seen) {
      bookedOnce(lineId, statementId, seen)
      Object.assign(statements.get(statementId) ?? {}, { isFound: true })
    },
    RefundPaid({ refundId, lineId }, seen) {
      if (lineId !== undefined) bookedOnce(lineId, refundId, seen)
    },
    PaymentBounced({ paymentId, lineId }, seen) {
      if (lineId !== undefined) bookedOnce(lineId, paymentId, seen)
    },
  }

  function lineOf(lineId: string, seen: Seen): Line {
    const line = lines.get(lineId)
    law('a line is taken first', line !== undefined, () => lineId, seen)
    return line as Line
  }

  function bookedOnce(lineId: string, by: string, seen: Seen): void {
    const line = lineOf(lineId, seen)
    const both = () => `${lineId} by ${line.bookedBy} and by ${by}`
    law("a line's money is booked once", line.bookedBy === undefined, both, seen, lineId, by)
    line.bookedBy = by
  }

  function suspend(line: Line, sign: Cents): void {
    line.suspended = sign > 0n
    suspended += sign * cents(line.amount)
  }

  /** Every line has its end. */
  function atRest(): void {
    for (const { lineId, status, suspended: isHeld } of lines.values()) {
      const hasEnded = !isHeld && (status === 'booked' || status === 'ignored')
      law(
        'every line is cleared up',
        hasEnded,
        () => `${lineId} is ${status}`,
        { event: undefined },
        lineId,
      )
    }
    for (const { statementId, isReconciled } of statements.values()) {
      law(
        'every statement is reconciled',
        isReconciled,
        () => statementId,
        { event: undefined },
        statementId,
      )
    }
  }

  return {
    see: (seen: Seen) => handlers[seen.type]?.(seen.data, seen),
    atRest,
    suspended: () => suspended,
    line: (lineId: string) => lines.get(lineId),
    all: (): readonly Line[] => [...lines.values()],
    statements: (): readonly Statement[] => [...statements.values()],
  }
}
