/** What is recorded about a statement: its lines, what they stand for, and what came of booking them. */

import { z } from 'zod'
import {
  bankDay,
  LineNumber,
  MOST_LINES_TAKEN,
  StatementId,
  StatementSource,
  TakenLine,
  takeLines,
} from '../domain/bankDay/bankDay.ts'
import { bankStatement } from '../domain/bankStatement/bankStatement.ts'
import { findSettlement, settleLines } from '../domain/bankStatement/book.ts'
import { LINES_PER_PAGE, LineOutcome } from '../domain/bankStatement/events.ts'
import {
  type ClassifyPage,
  classifyPage,
  completeTaking,
  receiveStatement,
} from '../domain/bankStatement/take.ts'
import type { Role } from '../domain/kernel/roles.ts'
import { Count, LocalDate, Name, SignedAmount, StatementLineId } from '../domain/kernel/values.ts'
import { command } from './command.ts'
import { stillOwed } from './still-owed.ts'

/** Who may send statements. */
export const STATEMENT_ROLES: readonly Role[] = ['brand-finance', 'erp']

const ofStatement = {
  aggregate: bankStatement,
  stream: ({ statementId }: Readonly<{ statementId: string }>) => statementId,
  expects: 'any',
} as const

/** The first of what follows from a file that is sent; the rest the system asks for itself. */
export const ReceiveStatement = command({
  ...ofStatement,
  name: 'ReceiveStatement',
  roles: STATEMENT_ROLES,
  schema: z.strictObject({
    statementId: StatementId,
    source: StatementSource,
    format: Name,
    lines: Count,
    fileName: Name.optional(),
    from: LocalDate,
    to: LocalDate,
  }),
  decide: receiveStatement,
})

export const TakeStatementLines = command({
  name: 'TakeStatementLines',
  roles: [],
  schema: z.strictObject({
    date: LocalDate,
    statementId: StatementId,
    source: StatementSource,
    lines: z.array(TakenLine).min(1).max(MOST_LINES_TAKEN),
  }),
  aggregate: bankDay,
  stream: ({ date }) => date,
  expects: 'any',
  decide: takeLines,
})

export const CompleteTaking = command({
  ...ofStatement,
  name: 'CompleteTaking',
  roles: [],
  schema: z.strictObject({
    statementId: StatementId,
    lines: z.array(LineNumber),
    total: SignedAmount,
  }),
  decide: completeTaking,
})

export const ClassifyStatementPage = command({
  ...ofStatement,
  name: 'ClassifyStatementPage',
  roles: [],
  schema: z.strictObject({ statementId: StatementId, page: Count }),
  lookup: async ({ statementId, page }: ClassifyPage, lookups) =>
    await stillOwed(await lookups.statementPage(statementId, page), lookups),
  decide: classifyPage,
})

export const SettleStatementLines = command({
  ...ofStatement,
  name: 'SettleStatementLines',
  roles: [],
  schema: z.strictObject({
    statementId: StatementId,
    attempt: Count,
    outcomes: z.array(LineOutcome).min(1).max(LINES_PER_PAGE),
  }),
  decide: settleLines,
})

export const FindSettlement = command({
  ...ofStatement,
  name: 'FindSettlement',
  roles: [],
  schema: z.strictObject({
    statementId: StatementId,
    lineId: StatementLineId,
    amount: SignedAmount,
    attempt: Count,
  }),
  decide: findSettlement,
})
