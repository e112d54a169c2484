/**
 * The statement lines of one calendar day, over all accounts: here each line is taken once, in whatever
 * files it comes. Stream: `bankDay-<date>`.
 */

import { Map as PersistentMap } from 'immutable'
import { z } from 'zod'
import { aggregate, fold } from '../kernel/aggregate.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import { type EventOf, event } from '../kernel/event.ts'
import { decimal } from '../kernel/money.ts'
import { Amount, Id, LocalDate, PaymentId, PositiveAmount, SignedAmount } from '../kernel/values.ts'

/** Of a file, by its content. */
export const StatementId = Id
/** Of a line, by its content: the same in every file that it comes in. */
export const LineKey = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/)
/** A line's place among the lines of its file, from 1. */
export const LineNumber = z.number().int().min(1).max(1_000_000)
/** What a bank writes beside a movement; cut there. */
const Written = z.string().max(500)

/** Lines of an account at a bank, or of what a provider collected and pays out. */
export const StatementSource = z.enum(['bank', 'provider'])
export type StatementSource = z.output<typeof StatementSource>

export const TakenLine = z.strictObject({
  line: LineNumber,
  lineKey: LineKey,
  amount: SignedAmount.refine((text) => /[1-9]/.test(text), 'must not be zero'), // below zero: it went out
  text: Written,
  payerName: Written.optional(),
  payerAccount: Written.optional(),
  bankId: Written.optional(), // the bank's, or the provider's
  valueOn: LocalDate.optional(), // the bank's value date, where it states another
  kind: z.enum(['charge', 'bounce']).optional(), // what the bank's transaction code says
  settlement: z
    .strictObject({ paymentId: PaymentId, gross: PositiveAmount, fee: Amount })
    .optional(),
})
export type TakenLine = z.output<typeof TakenLine>

/** Lines of one command and event. */
export const MOST_LINES_TAKEN = 500

// Events: a storage format. Add fields and versions; never change a meaning.
export const StatementLinesTaken = event(
  'StatementLinesTaken',
  1,
  {
    date: LocalDate,
    statementId: StatementId, // in which they came first
    source: StatementSource,
    lines: z.array(TakenLine).min(1).max(MOST_LINES_TAKEN),
  },
  { description: 'Lines of a statement were taken in that had not come in any file before.' },
)

/** Which statement each line came in first, by its key. */
export type BankDayState = PersistentMap<string, string>

const initial: BankDayState = PersistentMap()

export const bankDay = aggregate<BankDayState>({
  category: 'bankDay',
  version: 1,
  events: [StatementLinesTaken],
  initial,
  evolve: fold<BankDayState, EventOf<typeof StatementLinesTaken>>({
    StatementLinesTaken: (state, { statementId, lines }) =>
      state.withMutations((known) => {
        for (const { lineKey } of lines) known.set(lineKey, statementId)
      }),
  }),
})

export type TakeLines = Readonly<{
  date: LocalDate
  statementId: string
  source: StatementSource
  lines: readonly TakenLine[]
}>

/** Takes those lines that no file had before; the others are known already. */
export function takeLines(state: BankDayState, { lines, ...taking }: TakeLines): Decision {
  const news = new Map<string, TakenLine>()
  for (const line of lines) {
    if (!state.has(line.lineKey) && !decimal(line.amount).isZero()) news.set(line.lineKey, line)
  }
  if (news.size === 0) return accept()
  return accept(StatementLinesTaken({ ...taking, lines: [...news.values()] }))
}
