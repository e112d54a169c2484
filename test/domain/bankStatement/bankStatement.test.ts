import { test } from 'tap'
import { bankStatement } from '../../../domain/bankStatement/bankStatement.ts'
import { findSettlement, settleLines } from '../../../domain/bankStatement/book.ts'
import {
  BankStatementReceived,
  BankStatementReconciled,
  BankStatementTaken,
  type Counterpart,
  SettlementDeclined,
  SettlementFound,
} from '../../../domain/bankStatement/events.ts'
import { ignoreLine, matchLine } from '../../../domain/bankStatement/match.ts'
import {
  classifyPage,
  completeTaking,
  type LineToClassify,
  receiveStatement,
} from '../../../domain/bankStatement/take.ts'
import { type Given, scenarios } from '../../support/given.ts'

const statements = scenarios(bankStatement)

const STATEMENT = 'S'
const DAY = '2026-01-05'
const received = {
  ...{ statementId: STATEMENT, source: 'bank' as const, format: 'csv' },
  ...{ lines: 1, from: DAY, to: DAY },
}
const taken = { statementId: STATEMENT, new: 1, known: 0, pages: [0], total: '10.00' }
const begun = [BankStatementReceived(received), BankStatementTaken(taken)] as const

const line = (amount = '10.00'): Omit<LineToClassify, 'class' | 'rule'> => ({
  ...{ line: 1, lineKey: 'key-number-1', date: DAY, amount },
})
const unknown = (amount?: string): LineToClassify => ({
  ...line(amount),
  ...{ class: 'exception', rule: 'none', code: 'unknown-payer' },
})
const named = (counterpart: Counterpart, amount?: string): LineToClassify => ({
  ...line(amount),
  ...{ class: 'matched', rule: 'named', counterpart, dealerId: 'D' },
})

type Statement = Given<Parameters<typeof classifyPage>[0]>

/** After the rules have said this of the one line. */
function classified(t: Parameters<typeof statements>[0], lookup: LineToClassify): Statement {
  return statements(t)
    .given(...begun)
    .when((state, context) =>
      classifyPage(state, { statementId: STATEMENT, page: 0 }, { ...context, lookup: [lookup] }),
    )
    .accepted()
}

/** The debits of a journal by account; credits below zero. */
function sums(decision: unknown): Readonly<Record<string, number>> {
  const { events } = decision as { events: readonly { data: { journal?: readonly Entry[] } }[] }
  const found: Record<string, number> = {}
  for (const { account, debit = '0', credit = '0' } of events.flatMap(
    ({ data }) => data.journal ?? [],
  )) {
    found[account] = (found[account] ?? 0) + Number(debit) - Number(credit)
  }
  return found
}
type Entry = Readonly<{ account: string; debit?: string; credit?: string }>

test('a statement is received and taken once', (t) => {
  statements(t)
    .when((state) => receiveStatement(state, received))
    .then(BankStatementReceived(received))
    .when((state) => receiveStatement(state, { ...received, fileName: 'another.csv' }))
    .changesNothing()
    .when((state) => completeTaking(state, { statementId: STATEMENT, lines: [1], total: '10.00' }))
    .then(BankStatementTaken(taken))
    .when((state) => completeTaking(state, { statementId: STATEMENT, lines: [1], total: '10.00' }))
    .changesNothing()
  t.end()
})

test('a statement of which all is known is reconciled by that', (t) => {
  const none = { new: 0, known: 1, pages: [], total: '0.00' }
  statements(t)
    .given(BankStatementReceived(received))
    .when((state) => completeTaking(state, { statementId: STATEMENT, lines: [], total: '0.00' }))
    .then(
      BankStatementTaken({ ...taken, ...none }),
      BankStatementReconciled({ statementId: STATEMENT, matched: 0, suggested: 0, exceptions: 0 }),
    )
  t.end()
})

test('money that nobody can explain is held in suspense, whichever way it went', (t) => {
  for (const [amount, bank] of [
    ['10.00', 10],
    ['-10.00', -10],
  ] as const) {
    const { decision } = statements(t)
      .given(...begun)
      .when((state, context) =>
        classifyPage(
          state,
          { statementId: STATEMENT, page: 0 },
          { ...context, lookup: [unknown(amount)] },
        ),
      )
    t.same(sums(decision), { 1002: bank, '2241.09': -bank })
  }
  t.end()
})

test('classifying a page again changes nothing', (t) => {
  classified(t, unknown())
    .when((state, context) =>
      classifyPage(
        state,
        { statementId: STATEMENT, page: 0 },
        { ...context, lookup: [named({ paymentId: 'P' })] },
      ),
    )
    .changesNothing()
  t.end()
})

test('a line that its account declines becomes an exception, and its money goes into suspense', (t) => {
  const declined = { line: 1, outcome: 'declined' as const, code: 'duplicate' }
  const { decision } = classified(t, named({ paymentId: 'P' })).when((state, context) =>
    settleLines(state, { statementId: STATEMENT, attempt: 0, outcomes: [declined] }, context),
  )
  t.same(sums(decision), { 1002: 10, '2241.09': -10 })
  t.match(decision, {
    events: [{}, {}, { type: 'BankStatementReconciled', data: { exceptions: 1 } }],
  })
  t.end()
})

test('what came of an earlier try at a line counts no more', (t) => {
  const lookup = { dealerId: 'D' }
  const booked = { line: 1, outcome: 'booked' as const }
  classified(t, unknown())
    .when((state, context) =>
      matchLine(state, { lineId: 'S.1', counterpart: { paymentId: 'P' } }, { ...context, lookup }),
    )
    .accepted()
    .when((state, context) =>
      settleLines(state, { statementId: STATEMENT, attempt: 0, outcomes: [booked] }, context),
    )
    .changesNothing()
    .when((state, context) =>
      settleLines(state, { statementId: STATEMENT, attempt: 1, outcomes: [booked] }, context),
    )
    .accepted()
  t.end()
})

test('a charge is booked against what was in suspense', (t) => {
  const { decision } = classified(t, unknown('-12.00')).when((state, context) =>
    matchLine(state, { lineId: 'S.1', counterpart: { charge: true } }, { ...context, lookup: {} }),
  )
  t.same(sums(decision), { 6603: 12, '2241.09': -12 })
  t.end()
})

test('what a provider takes for more refunds than it collected is its settlement', (t) => {
  classified(t, unknown('-10.00'))
    .when((state, context) =>
      matchLine(
        state,
        { lineId: 'S.1', counterpart: { settlement: 'wechat-1' } },
        { ...context, lookup: {} },
      ),
    )
    .accepted()
  t.end()
})

test('what came in is no refund, and what went out no payment', (t) => {
  const context = { lookup: { dealerId: 'D' } }
  classified(t, unknown())
    .in(context)
    .when((state, at) => matchLine(state, { lineId: 'S.1', counterpart: { refundId: 'R' } }, at))
    .refused('line-direction')
  classified(t, unknown('-10.00'))
    .in(context)
    .when((state, at) => matchLine(state, { lineId: 'S.1', counterpart: { paymentId: 'P' } }, at))
    .refused('line-direction')
  t.end()
})

test('what is ignored leaves suspense, and stays ignored', (t) => {
  const ignoring = { lineId: 'S.1', reason: 'not ours' }
  const ignored = classified(t, unknown()).when((state, context) =>
    ignoreLine(state, ignoring, context),
  )
  t.same(sums(ignored.decision), { 1002: -10, '2241.09': 10 })
  ignored
    .accepted()
    .when((state, context) => ignoreLine(state, ignoring, context))
    .changesNothing()
    .when((state, context) =>
      matchLine(state, { lineId: 'S.1', counterpart: { charge: true } }, context),
    )
    .refused('line-ignored')
  t.end()
})

test("a settlement's sum is found at the bank once, and to the cent", (t) => {
  const finding = { statementId: STATEMENT, lineId: 'B.1', amount: '10.00', attempt: 0 }
  const provider = { ...received, source: 'provider' as const }
  statements(t)
    .given(BankStatementReceived(provider), BankStatementTaken(taken))
    .when((state) => findSettlement(state, { ...finding, amount: '10.01' }))
    .then(
      SettlementDeclined({
        ...{ statementId: STATEMENT, lineId: 'B.1', code: 'no-counterpart', attempt: 0 },
        message: 'it pays out 10.00, not 10.01',
      }),
    )
    .when((state) => findSettlement(state, { ...finding, attempt: 1 }))
    .then(SettlementFound({ statementId: STATEMENT, lineId: 'B.1', amount: '10.00' }))
    .when((state) => findSettlement(state, { ...finding, attempt: 1 }))
    .changesNothing()
    .when((state) => findSettlement(state, { ...finding, lineId: 'B.2' }))
    .accepted()
  t.end()
})
