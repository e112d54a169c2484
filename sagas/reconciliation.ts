/**
 * From a statement that was taken in to its last line booked. Its pages are classified one after another;
 * the matched lines of a page are booked together, each by the stream that owns its counterpart, and once
 * all have been answered, the statement is told. A line that a person matched is an instance of its own.
 */

import type { Counterpart } from '../domain/bankStatement/events.ts'
import {
  BankStatementTaken,
  type LineOutcome,
  lineIdOf,
  pageOf,
  partsOfLineId,
  SettlementDeclined,
  SettlementFound,
  StatementLineMatched,
  StatementLinesClassified,
} from '../domain/bankStatement/events.ts'
import type { EventDefinition, EventOf, RecordedEvent } from '../domain/kernel/event.ts'
import {
  BounceReconciled,
  PaymentBounced,
  PaymentCaptured,
  PaymentReconciled,
  ProviderSettled,
  StatementLineDeclined,
} from '../domain/payment/events.ts'
import { RefundLineDeclined, RefundPaid, RefundReconciled } from '../domain/refund/events.ts'
import { bookingOf } from './reconciliation/booking.ts'
import type { Listening, Reaction, SagaCommand } from './saga.ts'
import { listen, saga } from './saga.ts'

/** The pages of a statement that are still to be classified. */
type Classifying = Readonly<{ statementId: string; pages: readonly number[] }>

/** Lines that are being booked, and what came of those that have been answered. */
type Booking = Readonly<{
  statementId: string
  /** Which try at booking them it is. */
  attempt: number
  waiting: readonly number[]
  outcomes: readonly LineOutcome[]
}>

export type Reconciliation = Classifying | Booking

export const reconciliation = saga<Reconciliation>({
  name: 'reconciliation',
  version: 1,
  movesMoney: true,
  listens: [
    listen(BankStatementTaken, ({ data }) => data.statementId, taken),
    listen(
      StatementLinesClassified,
      ({ data: { statementId, page } }) => [statementId, pageKey(statementId, page)],
      (state, { data }, key) =>
        key === data.statementId ? classified(state, data) : booking(data),
    ),
    listen(StatementLineMatched, ({ data }) => data.lineId, matched),
    answer(PaymentCaptured, 'booked'),
    answer(PaymentReconciled, 'found'),
    answer(PaymentBounced, 'booked'),
    answer(BounceReconciled, 'found'),
    answer(ProviderSettled, 'booked'),
    answer(RefundPaid, 'booked'),
    answer(RefundReconciled, 'found'),
    answer(SettlementFound, 'booked'),
    answer(StatementLineDeclined, 'declined'),
    answer(RefundLineDeclined, 'declined'),
    answer(SettlementDeclined, 'declined'),
  ],
})

/** No statement's id holds a slash. */
function pageKey(statementId: string, page: number): string {
  return `${statementId}/${page}`
}

function classify({ statementId, pages }: Classifying): Reaction<Reconciliation> {
  const [page] = pages
  if (page === undefined) return { state: null }
  return {
    state: { statementId, pages },
    commands: [{ command: 'ClassifyStatementPage', input: { statementId, page } }],
  }
}

function taken(
  _: Reconciliation | undefined,
  {
    data: { statementId, pages },
  }: RecordedEvent<string, EventOf<typeof BankStatementTaken>['data']>,
): Reaction<Reconciliation> | undefined {
  return pages.length === 0 ? undefined : classify({ statementId, pages })
}

type Page = EventOf<typeof StatementLinesClassified>['data']

function classified(
  state: Reconciliation | undefined,
  { statementId, page }: Page,
): Reaction<Reconciliation> | undefined {
  if (state === undefined || !('pages' in state)) return undefined
  return classify({ statementId, pages: state.pages.filter((one) => one > page) })
}

/** Books what is matched and not booked by its classification. */
function booking({ statementId, results }: Page): Reaction<Reconciliation> | undefined {
  const waiting: number[] = []
  const commands: SagaCommand[] = []
  for (const { class: of, counterpart, line, ...result } of results) {
    if (of !== 'matched' || counterpart === undefined || 'charge' in counterpart) continue
    const lineId = lineIdOf(statementId, line)
    commands.push(bookingOf({ ...result, lineId, counterpart, attempt: 0, accept: 'exact' }))
    waiting.push(line)
  }
  if (commands.length === 0) return undefined
  return { state: { statementId, attempt: 0, waiting, outcomes: [] }, commands }
}

/** Whatever amount came: a person has looked at it. */
function matched(
  _: Reconciliation | undefined,
  { data }: RecordedEvent<string, EventOf<typeof StatementLineMatched>['data']>,
): Reaction<Reconciliation> | undefined {
  const { statementId, lineId } = data
  const counterpart: Counterpart = data.counterpart
  const { line } = partsOfLineId(lineId) ?? {}
  if ('charge' in counterpart || line === undefined) return undefined
  return {
    state: { statementId, attempt: data.attempt, waiting: [line], outcomes: [] },
    commands: [bookingOf({ ...data, counterpart, accept: 'any' })],
  }
}

type Answer = Readonly<{
  lineId?: string | undefined
  code?: string | undefined
  message?: string | undefined
}>

/** An event by which the owner of a counterpart says what became of a line. */
function answer<Type extends string, Data extends Answer>(
  definition: EventDefinition<Type, Data>,
  outcome: LineOutcome['outcome'],
): Listening<Reconciliation> {
  return listen<Reconciliation, Type, Data>(
    definition,
    ({ data }) => instancesOf(data.lineId),
    (state, { data }) => state && answered(state, data, outcome),
  )
}

function instancesOf(lineId: string | undefined): readonly string[] {
  const parts = lineId === undefined ? undefined : partsOfLineId(lineId)
  if (lineId === undefined || parts === undefined) return []
  return [pageKey(parts.statementId, pageOf(parts.line)), lineId]
}

function answered(
  state: Reconciliation,
  { lineId = '', code, message }: Answer,
  outcome: LineOutcome['outcome'],
): Reaction<Reconciliation> | undefined {
  const { line } = partsOfLineId(lineId) ?? {}
  if (!('waiting' in state) || line === undefined || !state.waiting.includes(line)) return undefined
  const { statementId, attempt } = state
  const waiting = state.waiting.filter((one) => one !== line)
  const told = {
    line,
    outcome,
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
  }
  const outcomes = [...state.outcomes, told]
  if (waiting.length > 0) return { state: { statementId, attempt, waiting, outcomes } }
  return {
    state: null,
    commands: [{ command: 'SettleStatementLines', input: { statementId, attempt, outcomes } }],
  }
}
