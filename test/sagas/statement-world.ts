/**
 * One statement's saga among the real deciders of statements and payments, with nothing between them: a
 * test says which command is decided next, which event the saga sees next, and when its process dies.
 */

import { type AnyCommand, isCommand } from '../../commands/command.ts'
import * as paymentSteps from '../../commands/payment-steps.ts'
import * as payments from '../../commands/payments.ts'
import * as reconciliations from '../../commands/reconciliation.ts'
import * as statements from '../../commands/statements.ts'
import type { BankStatementState } from '../../domain/bankStatement/state.ts'
import type { LineToClassify } from '../../domain/bankStatement/take.ts'
import { DealerRegistered } from '../../domain/dealer/dealer.ts'
import type { DecidedEvent, RecordedEvent } from '../../domain/kernel/event.ts'
import { PaymentInitiated } from '../../domain/payment/events.ts'
import { reconciliation } from '../../sagas/reconciliation.ts'
import { ABSENT, listenersOf, type Snapshot, step, targetsOf } from '../../sagas/runner/react.ts'
import type { SagaCommand } from '../../sagas/saga.ts'
import { viewOf } from '../domain/order/shop.ts'
import { testContext } from '../support/given.ts'
import { recorded } from '../support/recorded.ts'

export const STATEMENT = 'STATEMENT'
export const DAY = '2026-01-05'

const commands: ReadonlyMap<string, AnyCommand> = new Map(
  [statements, reconciliations, paymentSteps, payments]
    .flatMap((declared) => Object.values<unknown>(declared))
    .filter(isCommand)
    .map((command) => [command.name, command]),
)

const DEALER = { dealerId: 'D1', name: 'D1', level: 'standard', region: 'East' } as const
const reference = viewOf(DealerRegistered({ ...DEALER, facilityId: 'D1' }))
const listeners = listenersOf([reconciliation])

/** A command on its way, and the place in the log of the event that it follows from. */
type InFlight = SagaCommand & Readonly<{ instance: string; cause: bigint }>

type Kept = Readonly<{ seen: number; instances: ReadonlyMap<string, Snapshot> }>

export type StatementWorld = ReturnType<typeof createStatementWorld>

/** `asked`: the amounts of announced payments, by id; `verdicts`: what the rules say of the lines. */
export function createStatementWorld(
  asked: Readonly<Record<string, string>>,
  pages: ReadonlyMap<number, readonly LineToClassify[]>,
) {
  const states = new Map<string, { state: unknown; revision: bigint }>()
  const log: RecordedEvent[] = []
  const failures: string[] = []
  let inFlight: InFlight[] = []
  let seen = 0
  let instances = new Map<string, Snapshot>()
  let kept: Kept = { seen: 0, instances: new Map() }

  function write(command: Pick<AnyCommand, 'aggregate'>, stream: string, event: DecidedEvent) {
    const { aggregate } = command
    aggregate.events.find(({ eventType }) => eventType === event.type)?.schema.parse(event.data)
    const at = states.get(stream) ?? { state: aggregate.initial, revision: -1n }
    const revision = at.revision + 1n
    const one = recorded(stream, event, { revision, position: BigInt(log.length) })
    states.set(stream, { state: aggregate.evolve(at.state, one, one), revision })
    log.push(one)
  }

  /** Decides a command on its stream; says why if it is refused. */
  function decide(name: string, input: Readonly<Record<string, unknown>>): string | undefined {
    const command = commands.get(name)
    if (!command) throw new Error(`there is no command ${name}`)
    const lookup =
      name === 'ClassifyStatementPage' ? pages.get(Number(input.page)) : { dealerId: 'D1' }
    const context = testContext({ reference, today: DAY, lookup })
    const parsed = command.schema.parse(input)
    const stream = `${command.aggregate.category}-${command.stream(parsed, context)}`
    const state = states.get(stream)?.state ?? command.aggregate.initial
    const decision = command.decide(state, parsed, context)
    if (!decision.accepted) return decision.refusal.code
    for (const event of decision.events) write(command, stream, event)
    return undefined
  }

  /** Decides one of the saga's commands; a doubled one stays on its way. */
  function arrive(index: number, doubled = false): void {
    const sendable = inFlight.filter(({ instance, cause }) =>
      inFlight.every((other) => other.instance !== instance || other.cause >= cause),
    )
    const command = sendable[index % Math.max(sendable.length, 1)]
    if (!command) return
    if (!doubled) inFlight.splice(inFlight.indexOf(command), 1)
    const refused = decide(command.command, command.input)
    if (refused) failures.push(`${command.command}: ${refused}`)
  }

  /** Shows the saga the next event of the log. */
  function seeNext(): void {
    const event = log[seen]
    if (event === undefined) return
    seen += 1
    for (const { listening, to } of targetsOf(listeners, event)) {
      const instance = String(to)
      const reacted = step(listening, instances.get(instance) ?? ABSENT, event, instance)
      if (!reacted) continue
      instances.set(instance, reacted.after)
      const cause = event.position
      inFlight.push(...reacted.commands.map((command) => ({ ...command, instance, cause })))
    }
  }

  /** What was reacted to is kept once its commands are accepted. */
  function commit(): void {
    if (inFlight.length === 0) kept = { seen, instances: new Map(instances) }
  }

  /** The process ends; the next one begins where the last commit was. */
  function crash(): void {
    inFlight = []
    seen = kept.seen
    instances = new Map(kept.instances)
  }

  function settle(): void {
    for (let round = 0; inFlight.length > 0 || seen < log.length; round++) {
      if (round > 5_000) throw new Error('the world does not come to rest')
      while (inFlight.length > 0) arrive(0)
      seeNext()
    }
  }

  for (const [paymentId, amount] of Object.entries(asked)) {
    const named = { orderIds: [], receivableIds: [] }
    const started = { paymentId, dealerId: 'D1', amount, method: 'bank-transfer' as const }
    const of = commands.get('BookStatementLine')
    if (of)
      write(
        of,
        `payment-${paymentId}`,
        PaymentInitiated({ ...started, ...named, reference: paymentId }),
      )
  }

  return {
    log,
    failures,
    decide,
    arrive,
    seeNext,
    commit,
    crash,
    settle,
    instances: () => [...instances.values()].filter(({ state }) => state !== undefined),
    statement: () => states.get(`bankStatement-${STATEMENT}`)?.state as BankStatementState,
  }
}
