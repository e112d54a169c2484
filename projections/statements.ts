/** Statements and their lines: what each line stands for, and how its money is in the books. */

import { StatementLinesTaken, type TakenLine } from '../domain/bankDay/bankDay.ts'
import {
  BankChargeBooked,
  BankStatementReceived,
  BankStatementReconciled,
  BankStatementTaken,
  type Classified,
  type Counterpart,
  type LineOutcome,
  lineIdOf,
  ProviderRefundSettled,
  partsOfLineId,
  receiptIdOf,
  SettlementFound,
  StatementLineIgnored,
  StatementLineMatched,
  StatementLinesBooked,
  StatementLinesClassified,
  SuspenseBooked,
  SuspenseCleared,
} from '../domain/bankStatement/events.ts'
import { PaymentReceived, ReceiptReversed } from '../domain/facility/cash-events.ts'
import { RefundPaidOut } from '../domain/facility/refund-events.ts'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import { PaymentReconciled, ProviderSettled } from '../domain/payment/events.ts'
import { type Change, on, type Row, readModel } from './read-model.ts'

function patchStatement(statementId: string, set: Row): Change {
  return { op: 'patch', table: 'bank_statements', key: { statement_id: statementId }, set }
}

function patchLine(lineId: string, set: Row): Change {
  return { op: 'patch', table: 'statement_lines', key: { line_id: lineId }, set }
}

type Taking = Readonly<{ statementId: string; date: string; source: string }>

function taken(
  { statementId, date, source }: Taking,
  { position }: RecordedEvent,
  line: TakenLine,
): Change {
  const row = {
    line_id: lineIdOf(statementId, line.line),
    statement_id: statementId,
    line: line.line,
    line_key: line.lineKey,
    source,
    date,
    value_on: line.valueOn ?? null,
    amount: line.amount,
    text: line.text,
    payer_name: line.payerName ?? null,
    payer_account: line.payerAccount ?? null,
    bank_id: line.bankId ?? null,
    kind: line.kind ?? null,
    settlement: line.settlement ?? null,
    class: null,
    status: 'taken',
    rule: null,
    code: null,
    message: null,
    counterpart: null,
    dealer_id: null,
    candidates: null,
    gave_up: false,
    is_suspended: false,
    books: null,
    position,
  }
  return { op: 'put', table: 'statement_lines', row }
}

/** The name under which the bank's account holds a line's money, if that is booked with its counterpart. */
function bookedAs(lineId: string, lineKey: string, counterpart: Counterpart): string {
  if ('paymentId' in counterpart) return `payment:${counterpart.paymentId}`
  if ('receivableIds' in counterpart) return `payment:${receiptIdOf(lineKey)}`
  if ('refundId' in counterpart) return `refund:${counterpart.refundId}`
  if ('bounce' in counterpart) return `bounce:${counterpart.bounce}`
  if ('settlement' in counterpart) return `settlement:${counterpart.settlement}`
  return `line:${lineId}`
}

/** A provider's lines come to the bank in one sum. */
function bankNameOf({ source, statementId, lineId }: OfLine): string {
  return source === 'bank' ? `line:${lineId}` : `settlement:${statementId}`
}

type OfLine = Readonly<{ source: string; statementId: string; lineId: string }>

/** What an event that may move the bank's account speaks of, under the same names. */
function named(position: bigint, name: string): Change {
  return { op: 'put', table: 'bank_names', row: { position, name } }
}

function classified(statementId: string, result: Classified): Change {
  const { counterpart, lineKey, line } = result
  const lineId = lineIdOf(statementId, line)
  const isBooking = result.class === 'matched' && counterpart !== undefined
  return patchLine(lineId, {
    class: result.class,
    status: isBooking ? 'booking' : 'open',
    rule: result.rule,
    code: result.code ?? null,
    message: result.message ?? null,
    counterpart: counterpart ?? null,
    dealer_id: result.dealerId ?? null,
    candidates: result.candidates ?? null,
    gave_up: result.gaveUp ?? false,
    books: isBooking ? bookedAs(lineId, lineKey, counterpart) : null,
  })
}

function booked(statementId: string, { line, outcome, code, message }: LineOutcome): Change {
  const lineId = lineIdOf(statementId, line)
  if (outcome !== 'declined') {
    const found = outcome === 'found' ? { is_suspended: false } : {} // was booked without the line
    return patchLine(lineId, { class: 'matched', status: 'booked', code: null, ...found })
  }
  return patchLine(lineId, {
    class: 'exception',
    status: 'open',
    code: code ?? 'no-counterpart',
    message: message ?? null,
    counterpart: null,
    books: null,
  })
}

export const statements = readModel({
  name: 'statements',
  version: 1,
  tables: {
    bank_statements: {
      columns: {
        statement_id: { type: 'text' },
        source: { type: 'text' },
        format: { type: 'text' },
        file_name: { type: 'text', nullable: true },
        status: { type: 'text' },
        lines: { type: 'integer' },
        new_lines: { type: 'integer', nullable: true },
        total: { type: 'numeric', nullable: true },
        from_date: { type: 'date' },
        to_date: { type: 'date' },
        found_in: { type: 'text', nullable: true },
        received_at: { type: 'timestamptz' },
        position: { type: 'bigint' },
        revision: { type: 'bigint' },
      },
      key: ['statement_id'],
      indexes: [['position'], ['source', 'status']],
    },
    statement_lines: {
      columns: {
        line_id: { type: 'text' },
        statement_id: { type: 'text' },
        line: { type: 'integer' },
        line_key: { type: 'text' },
        source: { type: 'text' },
        date: { type: 'date' },
        value_on: { type: 'date', nullable: true },
        amount: { type: 'numeric' },
        text: { type: 'text' },
        payer_name: { type: 'text', nullable: true },
        payer_account: { type: 'text', nullable: true },
        bank_id: { type: 'text', nullable: true },
        kind: { type: 'text', nullable: true },
        settlement: { type: 'jsonb', nullable: true },
        class: { type: 'text', nullable: true },
        status: { type: 'text' },
        rule: { type: 'text', nullable: true },
        code: { type: 'text', nullable: true },
        message: { type: 'text', nullable: true },
        counterpart: { type: 'jsonb', nullable: true },
        dealer_id: { type: 'text', nullable: true },
        candidates: { type: 'jsonb', nullable: true },
        gave_up: { type: 'boolean' },
        is_suspended: { type: 'boolean' },
        books: { type: 'text', nullable: true },
        position: { type: 'bigint' },
      },
      key: ['line_id'],
      indexes: [
        ['date', 'class'],
        ['statement_id', 'line'],
        ['payer_account'],
        ['class', 'line_id'],
      ],
    },
    bank_names: {
      columns: { position: { type: 'bigint' }, name: { type: 'text' } },
      key: ['position'],
      indexes: [['name']],
    },
  },
  handlers: [
    on(BankStatementReceived, ({ data, metadata, position, revision }) => [
      {
        op: 'put',
        table: 'bank_statements',
        row: {
          statement_id: data.statementId,
          source: data.source,
          format: data.format,
          file_name: data.fileName ?? null,
          status: 'taking',
          lines: data.lines,
          new_lines: null,
          total: null,
          from_date: data.from,
          to_date: data.to,
          found_in: null,
          received_at: metadata.recordedAt,
          position,
          revision,
        },
      },
    ]),
    on(StatementLinesTaken, (event) =>
      event.data.lines.map((line) => taken(event.data, event, line)),
    ),
    on(BankStatementTaken, ({ data, revision }) => [
      patchStatement(data.statementId, {
        status: 'reconciling',
        new_lines: data.new,
        total: data.total,
        revision,
      }),
    ]),
    on(StatementLinesClassified, ({ data: { statementId, results } }) =>
      results.map((result) => classified(statementId, result)),
    ),
    on(StatementLinesBooked, ({ data: { statementId, outcomes } }) =>
      outcomes.map((outcome) => booked(statementId, outcome)),
    ),
    on(StatementLineMatched, ({ data }) => [
      patchLine(data.lineId, {
        status: 'booking',
        rule: 'by-hand',
        code: null,
        message: null,
        counterpart: data.counterpart,
        dealer_id: data.dealerId ?? null,
        candidates: null,
        books: bookedAs(data.lineId, data.lineKey, data.counterpart),
      }),
    ]),
    on(BankChargeBooked, ({ position, data }) => [
      patchLine(data.lineId, { class: 'matched', status: 'booked' }),
      named(position, bankNameOf(data)),
    ]),
    on(StatementLineIgnored, ({ data: { lineId, reason } }) => [
      patchLine(lineId, { status: 'ignored', message: reason }),
    ]),
    on(SuspenseBooked, ({ position, data }) => [
      patchLine(data.lineId, { is_suspended: true }),
      named(position, bankNameOf(data)),
    ]),
    on(SuspenseCleared, ({ position, data }) => [
      patchLine(data.lineId, { is_suspended: false }),
      named(position, bankNameOf(data)),
    ]),
    on(ProviderRefundSettled, ({ position, data }) => [named(position, bankNameOf(data))]),
    on(PaymentReceived, ({ position, data: { paymentId } }) => [
      named(position, `payment:${paymentId}`),
    ]),
    on(ReceiptReversed, ({ position, data: { paymentId } }) => [
      named(position, `bounce:${paymentId}`),
    ]),
    on(RefundPaidOut, ({ position, data: { refundId } }) => [
      named(position, `refund:${refundId}`),
    ]),
    on(PaymentReconciled, ({ position, data: { lineId } }) => [named(position, `line:${lineId}`)]),
    on(ProviderSettled, ({ position, data: { lineId } }) => [
      named(position, `settlement:${partsOfLineId(lineId)?.statementId}`),
    ]),
    on(SettlementFound, ({ data: { statementId, lineId } }) => [
      patchStatement(statementId, { found_in: lineId }),
    ]),
    on(BankStatementReconciled, ({ data: { statementId }, revision }) => [
      patchStatement(statementId, { status: 'reconciled', revision }),
    ]),
  ],
})
