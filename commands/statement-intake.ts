/**
 * Takes a statement in: it is recorded, each new line goes into its day, and the statement is told which
 * were new; all that follows is the saga's. Sent again, the same content changes nothing, and after a
 * crash, sending it again finishes the taking.
 */

import { bankDay, MOST_LINES_TAKEN, type TakenLine } from '../domain/bankDay/bankDay.ts'
import { bankStatement } from '../domain/bankStatement/bankStatement.ts'
import { BankStatementReconciled } from '../domain/bankStatement/events.ts'
import type { BankStatementState } from '../domain/bankStatement/state.ts'
import { type Aggregate, streamName } from '../domain/kernel/aggregate.ts'
import type { Refusal } from '../domain/kernel/decision.ts'
import { decimal, toAmount } from '../domain/kernel/money.ts'
import type { Position } from '../domain/kernel/position.ts'
import type { LocalDate } from '../domain/kernel/values.ts'
import type { StatementLine } from '../domain/reconciliation/types.ts'
import { isOf } from './answers.ts'
import type { AnyCommand } from './command.ts'
import type { CommandHandler } from './handler/handler.ts'
import type { Outcomes } from './handler/outcomes.ts'
import { type Accepted, type Outcome, SAGA_ROLE, type Sender } from './handler/request.ts'
import { CompleteTaking, ReceiveStatement, TakeStatementLines } from './statements.ts'

export type IntakePorts = Readonly<{
  handler: Pick<CommandHandler, 'handle' | 'dryRun'>
  outcomes: Pick<Outcomes, 'wait'>
}>

export type SentStatement = Readonly<{
  statementId: string
  source: 'bank' | 'provider'
  format: string
  fileName: string | undefined
  from: LocalDate
  to: LocalDate
  lines: readonly StatementLine[]
}>

type Some = NonNullable<BankStatementState>

/** How far a statement is. */
export type TakenStatement = Readonly<{
  accepted: true
  /** All of it had been taken in before. */
  isRepeated: boolean
  state: Some & Readonly<{ taken: NonNullable<Some['taken']> }>
  position: Position
}>

export type StatementIntake = Readonly<{
  /** Resolves once its lines are classified and booked, or the time is over. */
  take: (
    statement: SentStatement,
    actor: Sender,
    withinMs: number,
  ) => Promise<TakenStatement | Readonly<{ accepted: false; refusal: Refusal }>>
}>

/** Days whose lines are taken at once. */
const DAYS_AT_ONCE = 16
const ITSELF: Sender = { user: 'statement', role: SAGA_ROLE }

export function createStatementIntake({ handler, outcomes }: IntakePorts): StatementIntake {
  /** As it is now. */
  function stateOf<State>(aggregate: Aggregate<State>, id: string): Promise<State> {
    return handler.dryRun().stateOf(aggregate, id)
  }

  async function take(statement: SentStatement, actor: Sender, withinMs: number) {
    const { statementId } = statement
    const received = await handler.handle(receiving(statement, actor))
    if (!received.accepted) return received
    const before = await stateOf(bankStatement, statementId)
    const isRepeated = before?.taken !== undefined
    const position = isRepeated ? received.position : await takeAll(statement, received)
    const stream = streamName(bankStatement.category, statementId)
    const told = before?.isReconciled
      ? undefined
      : await outcomes.wait({ stream, withinMs, lookBack: isRepeated, tell: reconciled })
    const state = await stateOf(bankStatement, statementId)
    if (state?.taken === undefined) throw new Error('a statement was taken, and is not')
    const { taken } = state
    return {
      accepted: true,
      isRepeated,
      state: { ...state, taken },
      position: told ?? position,
    } as const
  }

  async function takeAll(
    { statementId, source, lines }: SentStatement,
    received: Accepted,
  ): Promise<Position> {
    const days = Map.groupBy(lines, ({ date }) => date)
    const rest = days.entries()
    const own: number[] = []
    const worker = async () => {
      for (const [date, ofDay] of rest) {
        for (const some of chunks(ofDay.map(takenLine))) {
          const input = { date, statementId, source, lines: some }
          accepted(await handler.handle(recording(TakeStatementLines, input, received)))
        }
        const day = await stateOf(bankDay, date)
        for (const { line, lineKey } of ofDay) if (day.get(lineKey) === statementId) own.push(line)
      }
    }
    await Promise.all(Array.from({ length: DAYS_AT_ONCE }, worker))
    const numbers = own.sort((one, other) => one - other)
    const input = { statementId, lines: numbers, total: totalOf(lines, new Set(numbers)) }
    return accepted(await handler.handle(recording(CompleteTaking, input, received))).position
  }

  return { take }
}

function receiving({ lines, fileName, ...statement }: SentStatement, actor: Sender) {
  const { statementId, source, format, from, to } = statement
  const input = {
    ...{ statementId, source, format, from, to },
    lines: lines.length,
    ...(fileName === undefined ? {} : { fileName }),
  }
  return { command: ReceiveStatement, input, actor }
}

/** What the system itself records, because of a statement. */
function recording(command: AnyCommand, input: unknown, { events, position }: Accepted) {
  const cause = events[0]
  return {
    command,
    input,
    actor: ITSELF,
    after: position,
    ...(cause && { causationId: cause.id, correlationId: cause.metadata.correlationId }),
  }
}

function accepted(outcome: Outcome): Accepted {
  if (outcome.accepted) return outcome
  throw new Error(`a statement could not be taken: ${outcome.refusal.message}`)
}

function reconciled(event: Parameters<typeof isOf>[1]): Position | undefined {
  return isOf(BankStatementReconciled, event) ? event.position : undefined
}

function takenLine({ line, lineKey, amount, settlement, ...said }: StatementLine): TakenLine {
  const { text, payerName, payerAccount, bankId, valueOn, kind } = said
  return {
    ...{ line, lineKey, amount },
    text: written(text),
    ...(payerName && { payerName: written(payerName) }),
    ...(payerAccount && { payerAccount: written(payerAccount) }),
    ...(bankId && { bankId: written(bankId) }),
    ...(valueOn === undefined ? {} : { valueOn }),
    ...(kind === undefined ? {} : { kind }),
    ...(settlement === undefined ? {} : { settlement: { ...settlement } }),
  }
}

const MOST_WRITTEN = 500

/** What a bank wrote, as the log keeps text. */
function written(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, MOST_WRITTEN)
    .toWellFormed()
}

const CHUNK_BYTES = 128 * 1024

/** So many lines as one event takes. */
function chunks(lines: readonly TakenLine[]): readonly TakenLine[][] {
  const found: TakenLine[][] = []
  let bytes = CHUNK_BYTES
  for (const line of lines) {
    const size = Buffer.byteLength(JSON.stringify(line))
    const last = found.at(-1)
    if (last === undefined || bytes + size > CHUNK_BYTES || last.length >= MOST_LINES_TAKEN) {
      found.push([line])
      bytes = size
    } else {
      last.push(line)
      bytes += size
    }
  }
  return found
}

function totalOf(lines: readonly StatementLine[], own: ReadonlySet<number>): string {
  let total = decimal('0')
  for (const { line, amount } of lines) if (own.has(line)) total = total.plus(amount)
  return toAmount(total)
}
