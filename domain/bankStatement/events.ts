/** What becomes of the lines that came with one statement. Stream: `bankStatement-<statementId>`. */

import { z } from 'zod'
import { LineKey, LineNumber, StatementId, StatementSource } from '../bankDay/bankDay.ts'
import { type EventOf, event } from '../kernel/event.ts'
import { Journal } from '../kernel/journal.ts'
import {
  Amount,
  Count,
  DealerId,
  Id,
  LocalDate,
  Name,
  PaymentId,
  PositiveAmount,
  ReceivableId,
  RefundId,
  SignedAmount,
  StatementLineId,
  Text,
} from '../kernel/values.ts'

/** What a line stands for, in the books. */
export const Counterpart = z.union([
  z.strictObject({ paymentId: PaymentId }),
  z.strictObject({ receivableIds: z.array(ReceivableId).min(1).max(1000) }),
  z.strictObject({ refundId: RefundId }),
  z.strictObject({ charge: z.literal(true) }), // the bank's own; interest, if it came in
  z.strictObject({ bounce: PaymentId }), // the bank took that payment's money back
  z.strictObject({ settlement: StatementId }), // the sum that a provider paid out, with that file
  z.strictObject({ settles: PaymentId, gross: PositiveAmount, fee: Amount }), // one line of such a file
])
export type Counterpart = z.output<typeof Counterpart>

export const LineClass = z.enum(['matched', 'suggested', 'exception'])
export type LineClass = z.output<typeof LineClass>

/** `lost`: the account had moved on when it was booked; others are the matching rules' own. */
const Code = z.string().regex(/^[a-z][a-z-]{0,39}$/)

/** What the rules say of one line, with all that booking it needs. */
export const Classified = z.strictObject({
  line: LineNumber,
  lineKey: LineKey,
  date: LocalDate, // the bank's
  valueOn: LocalDate, // the value date it is booked with: the bank's, as far as the books are open to it
  amount: SignedAmount,
  reference: Text.optional(), // the bank's
  settlement: z.strictObject({ gross: PositiveAmount, fee: Amount }).optional(), // of a provider's line
  class: LineClass,
  rule: Code,
  code: Code.optional(), // of an exception
  message: Text.optional(),
  counterpart: Counterpart.optional(),
  dealerId: DealerId.optional(),
  candidates: z.array(Counterpart).max(10).optional(),
  gaveUp: z.literal(true).optional(), // the search for a combination was cut short
})
export type Classified = z.output<typeof Classified>

/** Lines are classified and booked by so many, by their numbers: part of a storage format, never changed. */
export const LINES_PER_PAGE = 200

/** The page that a line is on, from 0. */
export function pageOf(line: number): number {
  return Math.floor((line - 1) / LINES_PER_PAGE)
}

export function lineIdOf(statementId: string, line: number): string {
  return `${statementId}.${line}`
}

/** The parts of a line's id; undefined for text that is none. */
export function partsOfLineId(
  lineId: string,
): Readonly<{ statementId: string; line: number }> | undefined {
  const parts = /^(.+)\.([1-9]\d{0,6})$/.exec(lineId)
  const [, statementId, line] = parts ?? []
  return statementId === undefined ? undefined : { statementId, line: Number(line) }
}

/** What came of booking a line: it was, or it was found booked already, or its counterpart declined. */
export const LineOutcome = z.strictObject({
  line: LineNumber,
  outcome: z.enum(['booked', 'found', 'declined']),
  code: Code.optional(),
  message: Text.optional(),
})
export type LineOutcome = z.output<typeof LineOutcome>

// Events: a storage format. Add fields and versions; never change a meaning.
export const BankStatementReceived = event(
  'BankStatementReceived',
  1,
  {
    statementId: StatementId,
    source: StatementSource,
    format: Name,
    lines: Count,
    fileName: Name.optional(),
    from: LocalDate,
    to: LocalDate, // inclusive
  },
  { description: 'A statement came in; what of it is new is taken into the days of its lines.' },
)

export const BankStatementTaken = event(
  'BankStatementTaken',
  1,
  {
    statementId: StatementId,
    new: Count,
    known: Count, // came in other files before
    pages: z.array(Count).max(5_000), // those with new lines
    total: SignedAmount, // of the new lines
  },
  { description: 'All lines of a statement that were new are taken in.' },
)

export const StatementLinesClassified = event(
  'StatementLinesClassified',
  1,
  { statementId: StatementId, page: Count, results: z.array(Classified).max(LINES_PER_PAGE) },
  { description: 'What lines of a statement stand for, by the rules; what is matched is booked.' },
)

export const StatementLinesBooked = event(
  'StatementLinesBooked',
  1,
  { statementId: StatementId, outcomes: z.array(LineOutcome).min(1).max(LINES_PER_PAGE) },
  { description: 'What became of lines when they were booked, as the accounts concerned decided.' },
)

/** What a statement's own stream books of a line. */
const OfLine = {
  statementId: StatementId,
  lineId: StatementLineId,
  source: StatementSource,
  amount: SignedAmount,
  journal: Journal,
}

export const SuspenseBooked = event('SuspenseBooked', 1, OfLine, {
  description: 'Money moved at the bank, and it is not known yet what for.',
})

export const SuspenseCleared = event('SuspenseCleared', 1, OfLine, {
  description: 'What was held in suspense is booked elsewhere: its entry is reversed.',
})

export const BankChargeBooked = event('BankChargeBooked', 1, OfLine, {
  description: 'The bank took a charge, or paid interest.',
})

export const ProviderRefundSettled = event('ProviderRefundSettled', 1, OfLine, {
  description: 'A provider kept what it had given back for us from what it pays out.',
})

export const StatementLineMatched = event(
  'StatementLineMatched',
  1,
  {
    statementId: StatementId,
    lineId: StatementLineId,
    lineKey: LineKey,
    counterpart: Counterpart,
    dealerId: DealerId.optional(),
    amount: SignedAmount,
    valueOn: LocalDate,
    reference: Text.optional(), // the bank's
    clearedFrom: z.literal('suspense').optional(),
    attempt: Count, // which try at booking the line it is; that by the rules was the first, 0
  },
  { description: 'A person said what a line stands for; it is booked as that.' },
)

export const StatementLineIgnored = event(
  'StatementLineIgnored',
  1,
  { statementId: StatementId, lineId: StatementLineId, reason: Text },
  { description: 'A person said that a line does not belong into these books.' },
)

export const BankStatementReconciled = event(
  'BankStatementReconciled',
  1,
  { statementId: StatementId, matched: Count, suggested: Count, exceptions: Count },
  { description: 'Every new line of a statement is classified, and what is matched is booked.' },
)

export const SettlementFound = event(
  'SettlementFound',
  1,
  { statementId: StatementId, lineId: StatementLineId, amount: SignedAmount },
  { description: 'The sum that a provider said it paid out came in at the bank.' },
)

export const SettlementDeclined = event(
  'SettlementDeclined',
  1,
  {
    statementId: StatementId,
    lineId: StatementLineId,
    code: z.enum(['duplicate', 'no-counterpart']),
    message: Text,
    attempt: Count,
  },
  { description: "A bank's line is not what the provider paid out with this file." },
)

export const BANK_STATEMENT_EVENTS = [
  BankStatementReceived,
  BankStatementTaken,
  StatementLinesClassified,
  StatementLinesBooked,
  SuspenseBooked,
  SuspenseCleared,
  BankChargeBooked,
  ProviderRefundSettled,
  StatementLineMatched,
  StatementLineIgnored,
  BankStatementReconciled,
  SettlementFound,
  SettlementDeclined,
] as const

export type BankStatementEvent = EventOf<(typeof BANK_STATEMENT_EVENTS)[number]>

/** The id of the payment that a line is received as where there was none: it follows from its content. */
export const ReceiptId = Id
export function receiptIdOf(lineKey: string): string {
  return `line.${lineKey.slice(0, 58)}`
}
