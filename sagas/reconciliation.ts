/**
 * From a statement that was taken in to its last line booked. Its pages are classified one after another;
 * the matched lines of a page are booked together, each by the stream that owns its counterpart, and once
 * all have been answered, the statement is told. Lines that people matched are told one by one.
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

/** Lines of a page that are being booked, and what came of those that have been answered; kept small. */
type Booking = Readonly<{
  statementId: string
  waiting: readonly number[]
  booked: readonly number[]
  others: readonly LineOutcome[]
}>

/** Lines of a statement that people matched, and which try at booking each it is. */
type ByHand = Readonly<{
  statementId: string
  byHand: readonly Readonly<{ line: number; attempt: number }>[]
}>

export type Reconciliation = Classifying | Booking | ByHand

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
    listen(StatementLineMatched, ({ data }) => handKey(data.statementId), matched),
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

function handKey(statementId: string): string {
  return `${statementId}/by-hand`
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
  return { state: { statementId, waiting, booked: [], others: [] }, commands }
}

/** Whatever amount came: a person has looked at it. */
function matched(
  state: Reconciliation | undefined,
  { data }: RecordedEvent<string, EventOf<typeof StatementLineMatched>['data']>,
): Reaction<Reconciliation> | undefined {
  const { statementId, lineId, attempt } = data
  const counterpart: Counterpart = data.counterpart
  const { line } = partsOfLineId(lineId) ?? {}
  if ('charge' in counterpart || line === undefined) return undefined
  const others = state !== undefined && 'byHand' in state ? without(state, line) : []
  return {
    state: { statementId, byHand: [...others, { line, attempt }] },
    commands: [bookingOf({ ...data, counterpart, accept: 'any' })],
  }
}

function without({ byHand }: ByHand, line: number): ByHand['byHand'] {
  return byHand.filter((one) => one.line !== line)
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
  const { statementId, line } = parts
  return [pageKey(statementId, pageOf(line)), handKey(statementId)]
}

function answered(
  state: Reconciliation,
  { lineId = '', code, message }: Answer,
  outcome: LineOutcome['outcome'],
): Reaction<Reconciliation> | undefined {
  const { line } = partsOfLineId(lineId) ?? {}
  if (line === undefined) return undefined
  const told: LineOutcome = {
    line,
    outcome,
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
  }
  if ('byHand' in state) return answeredByHand(state, told)
  return 'waiting' in state ? answeredOnPage(state, told) : undefined
}

function answeredByHand(state: ByHand, told: LineOutcome): Reaction<Reconciliation> | undefined {
  const found = state.byHand.find(({ line }) => line === told.line)
  if (found === undefined) return undefined
  const { statementId } = state
  const byHand = without(state, told.line)
  return {
    state: byHand.length === 0 ? null : { statementId, byHand },
    commands: [settling(statementId, found.attempt, [told])],
  }
}

function answeredOnPage(state: Booking, told: LineOutcome): Reaction<Reconciliation> | undefined {
  if (!state.waiting.includes(told.line)) return undefined
  const { statementId } = state
  const waiting = state.waiting.filter((line) => line !== told.line)
  const isBooked = told.outcome === 'booked'
  const booked = isBooked ? [...state.booked, told.line] : state.booked
  const others = isBooked ? state.others : [...state.others, told]
  if (waiting.length > 0) return { state: { statementId, waiting, booked, others } }
  const outcomes = [...booked.map((line) => ({ line, outcome: 'booked' as const })), ...others]
  return { state: null, commands: [settling(statementId, 0, outcomes)] }
}

function settling(
  statementId: string,
  attempt: number,
  outcomes: readonly LineOutcome[],
): SagaCommand {
  return { command: 'SettleStatementLines', input: { statementId, attempt, outcomes } }
}
