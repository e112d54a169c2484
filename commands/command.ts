/** How a command is declared: once. Route, permission check, dry run and audit line follow from it. */

import type { z } from 'zod'
import type { LineToClassify } from '../domain/bankStatement/take.ts'
import type { DecisionContext } from '../domain/context.ts'
import type { Aggregate } from '../domain/kernel/aggregate.ts'
import type { Decision } from '../domain/kernel/decision.ts'
import type { Actor, DecidedEvent, RecordedEvent } from '../domain/kernel/event.ts'
import type { Role } from '../domain/kernel/roles.ts'
import type { LocalDate, Period } from '../domain/kernel/values.ts'
import type { Reference } from '../domain/reference/reference.ts'

/** What a command expects of its stream: that it does not exist, that it does, or nothing. */
export type Expectation = 'new' | 'existing' | 'any'

/** What the answer to an accepted command may be made of: only what is recorded, so it repeats. */
export type Answered<Input, State = unknown> = Readonly<{
  input: Input
  /** The id of the stream that was written. */
  streamId: string
  /** The events this command wrote, as recorded; none if it asked for what was already so. */
  events: readonly RecordedEvent[]
  /** The stream's state by now: of it, only what never changes makes an answer that repeats. */
  state: State
}>

export type Route<Input, State = unknown> = Readonly<{
  /** Below `/v1`; `:name` parameters are fields of the command's schema. */
  path: string
  /** 201 for creation; default 200. */
  status?: 200 | 201
  summary: string
  /** The answer's body, without `position`, which is added; default `{}`. */
  answer?(answered: Answered<Input, State>): Readonly<Record<string, unknown>>
  /** Shape of the answer, for OpenAPI. */
  answerSchema?: z.ZodType
  /** The path of what was created, below `/v1`. */
  location?(answered: Answered<Input, State>): string
  requiresIfMatch?: boolean
  /** The outcome that others decide after the command was accepted, if there is one. */
  coordinated?: Coordinated<Input>
}>

/** How the outcome of a coordinated command is seen: the first event of its stream that tells it. */
export type Coordinated<Input> = Readonly<{
  /** What the event adds to the answer; undefined: it tells nothing yet. */
  tell(event: RecordedEvent, input: Input): Readonly<Record<string, unknown>> | undefined
  /** How long to wait where the sender names no time; default: not at all. */
  waitMs?: number
  /** Whether who asks for what is under way already waits for its end; `tell` then goes by the input. */
  joins?: boolean
}>

/** A SKU that left with a shipment, and the cost of all of it. */
export type IssuedGoods = Readonly<{
  shipmentId: string
  sku: string
  quantity: number
  cost: string
}>

/** What a command can ask of the read models; each answer is up to date with the command's cause. */
export interface Lookups {
  /** Debits and credits by account of everything booked on a day. */
  bookedTotals(date: LocalDate): Promise<unknown>
  /** What speaks against closing the open day, by check. */
  dayFindings(): Promise<unknown>
  /** The totals of a period's days, and what speaks against closing it, by check. */
  periodFigures(period: Period): Promise<unknown>
  /**
   * Fulfilments expected by the end of a day that are neither there nor cancelled, and not warned of for
   * their day: at most `most`, by id, those after `after`.
   */
  missedDeliveries(date: LocalDate, after: string | undefined, most: number): Promise<unknown>
  /**
   * Facilities in which something belongs to a closing day: at most `most`, by id, those after `after`.
   */
  facilitiesDue(date: LocalDate, after: string | undefined, most: number): Promise<unknown>
  /** The facility that received a payment's money; undefined if none did. */
  receivedBy(paymentId: string): Promise<string | undefined>
  /** Resolves once a facility has received the money of a payment that is captured; not for ever. */
  awaitReceipt(paymentId: string): Promise<void>
  /**
   * What the rules of reconciliation say of the new lines of one page of a statement, matched with all that
   * was open when its first page was asked for.
   */
  statementPage(statementId: string, page: number): Promise<readonly LineToClassify[]>
  /** What left with some shipments; waits for those that no warehouse has issued yet, not for ever. */
  issuedWith(shipmentIds: readonly string[]): Promise<readonly IssuedGoods[]>
  /** The ids of the fulfilments of which something left under a carrier's tracking number. */
  shippedAs(carrier: string, trackingNumber: string): Promise<readonly string[]>
}

/** What a command can see of other streams before it decides in its own. */
export interface OtherStreams {
  /** A stream's state as it is at the moment; it may move on before this decides: its owner has the last word. */
  stateOf<State>(aggregate: Aggregate<State>, streamId: string): Promise<State>
}

/** One command of those that a message stands for. */
export type CalledFor<Input> = Readonly<{
  /** With the message's id, the command's idempotency key. */
  part: string
  input: Input
}>

/** How outside systems send a command: by calling back, signed, in words of their own. */
export type Callback<Input> = Readonly<{
  /** Below `/v1`; its last part, a parameter, names the sender: `/carrier-callbacks/:carrier`. */
  path: string
  summary: string
  /** What kind of outside system it is; the role of those who call. */
  sender: string
  /**
   * What a message of a sender stands for: a command for each thing it concerns. None: nothing is known
   * by what it names, so that the sender is told (404) and says it again.
   */
  calls(message: unknown, sender: string, lookups: Lookups): Promise<readonly CalledFor<Input>[]>
  /** What a message speaks of, for a sender who is told that nothing is known of it. */
  subject(message: unknown): string
}>

/** What would become of a command, as a dry run found it. */
export type Rehearsed = Readonly<{
  /** What would be written, over all streams, in order, until somebody else has to act. */
  events: readonly RecordedEvent[]
  /** What would be written then, if what the quote supposes happened; none: it supposes nothing. */
  supposed: readonly RecordedEvent[]
  /** A stream's state as it is. */
  stateOf<State>(aggregate: Aggregate<State>, streamId: string): Promise<State>
}>

/** How a command can be asked for what would become of it: the same decisions, with nothing written. */
export type Quote = Readonly<{
  /** Below `/v1`; the body is the command's. */
  path: string
  summary: string
  /** The name of the saga that takes what is decided to its outcome. */
  saga: string
  /** What others may do next, in the command's own stream, to see what would follow from it. */
  suppose?(events: readonly RecordedEvent[]): DecidedEvent | undefined
  answer(rehearsed: Rehearsed): Promise<Readonly<Record<string, unknown>>>
  answerSchema: z.ZodType
}>

const COMMAND = Symbol.for('tradeline.command')

type Schema<Input> = z.ZodType<Input>

export type Command<Input = unknown, State = unknown> = Readonly<{
  [COMMAND]: true
  /** In the imperative: `PlaceOrder`. */
  name: string
  schema: Schema<Input>
  /** Who may send it; the system's own sagas may send every command. */
  roles: readonly Role[]
  /** Whether people have to have signed in with a second factor to send it (DOMAIN: People and rights). */
  secondFactor?: boolean
  /** On whose behalf: a dealer's people may act for their dealer and its descendants only. */
  dealer?(input: Input, state: State, actor: Actor): string | undefined
  aggregate: Aggregate<State>
  /** The id within the aggregate's category. `newId` follows from the command's id. */
  stream(input: Input, context: StreamContext): string
  expects: Expectation
  /**
   * The stream's id is made by `newId`, so that the stream cannot exist yet: the mailbox then writes
   * without reading first.
   */
  generatesStream?: boolean
  /** The day that it closes: its events are in that day's books, though the next day is open already. */
  closes?(input: Input): LocalDate
  /** A saga's command decides with a reference view that has seen its cause. */
  needsFreshReference?: boolean
  /**
   * Figures from read models and other streams, asked for before deciding; `decide` finds them in
   * `context.lookup`.
   */
  lookup?(input: Input, lookups: Lookups & OtherStreams): Promise<unknown>
  decide(state: State, input: Input, context: DecisionContext): Decision
  route?: Route<Input, State>
  /** How outside systems send it, instead of people. */
  callback?: Callback<Input>
  quote?: Quote
}>

export type StreamContext = Readonly<{
  newId: (purpose: string) => string
  reference: Reference
  /** What the command's `lookup` gave. */
  lookup?: unknown
}>

/** Declares a command. */
export function command<Input, State>(
  declaration: Omit<Command<Input, State>, typeof COMMAND>,
): Command<Input, State> {
  return { [COMMAND]: true, ...declaration }
}

/** A command of any input and state, as the registry and the handler hold it. */
export type AnyCommand = Command

export function isCommand(value: unknown): value is AnyCommand {
  return typeof value === 'object' && value !== null && COMMAND in value
}
