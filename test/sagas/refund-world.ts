/**
 * The real deciders of payment, facility and refund, and the sagas between them, with nothing in between: a
 * test says which command is decided next, and which event the sagas see next. A look-up may be old.
 */

import type { AnyCommand, Lookups, OtherStreams } from '../../commands/command.ts'
import { isCommand } from '../../commands/command.ts'
import * as facilities from '../../commands/facilities.ts'
import * as facilityMoney from '../../commands/facility-money.ts'
import * as paymentSteps from '../../commands/payment-steps.ts'
import * as payments from '../../commands/payments.ts'
import * as providers from '../../commands/providers.ts'
import * as refundSteps from '../../commands/refund-steps.ts'
import * as refunds from '../../commands/refunds.ts'
import { DealerRegistered } from '../../domain/dealer/dealer.ts'
import type { FacilityState } from '../../domain/facility/state.ts'
import type { Aggregate } from '../../domain/kernel/aggregate.ts'
import type { Actor, DecidedEvent, RecordedEvent } from '../../domain/kernel/event.ts'
import type { PaymentState } from '../../domain/payment/state.ts'
import { emptyReference, evolveReference } from '../../domain/reference/evolve.ts'
import type { Reference } from '../../domain/reference/reference.ts'
import type { RefundState } from '../../domain/refund/state.ts'
import { paymentAllocation } from '../../sagas/payment-allocation.ts'
import { refund } from '../../sagas/refund.ts'
import type { Snapshot } from '../../sagas/runner/react.ts'
import { ABSENT, listenersOf, step, targetsOf } from '../../sagas/runner/react.ts'
import type { SagaCommand } from '../../sagas/saga.ts'
import { testContext } from '../support/given.ts'
import { testLookups } from '../support/lookups.ts'
import { recorded } from '../support/recorded.ts'

const OF_MONEY = [
  facilities,
  facilityMoney,
  payments,
  paymentSteps,
  providers,
  refunds,
  refundSteps,
]

type Module = Readonly<Record<string, unknown>>

function commandsOf(modules: readonly Module[]): ReadonlyMap<string, AnyCommand> {
  return new Map(
    modules
      .flatMap((declared) => Object.values<unknown>(declared))
      .filter(isCommand)
      .map((command) => [command.name, command]),
  )
}

const DEALER = DealerRegistered({
  ...{ dealerId: 'D1', name: 'D1', level: 'standard', region: 'East', facilityId: 'D1' },
})
const ONE_DEALER = evolveReference(emptyReference, recorded('dealer-D1', DEALER))

export const SAGA: Actor = { user: 'saga', role: 'saga' }

/** A command on its way, and the event of which saga's instance it follows from. */
type InFlight = SagaCommand & Readonly<{ instance: string; cause: number }>

/** What a world has beside payments, facility and refunds. */
type More = Readonly<{
  modules?: readonly Module[]
  sagas?: Parameters<typeof listenersOf>[0]
  reference?: Reference
  lookups?: (log: readonly RecordedEvent[]) => Partial<Lookups>
  /** Refusals of commands that came too early: the runner sends them again. */
  tooEarly?: readonly string[]
}>

export type World = ReturnType<typeof refundWorld>

export function refundWorld({
  modules = [],
  sagas = [],
  reference = ONE_DEALER,
  lookups: asked = () => ({}),
  tooEarly = [],
}: More = {}) {
  const commands = commandsOf([...OF_MONEY, ...modules])
  const listeners = listenersOf([paymentAllocation, refund, ...sagas])
  const streams = new Map<string, Readonly<{ state: unknown; revision: bigint }>>()
  let hints: ReadonlyMap<string, unknown> = new Map()
  const log: RecordedEvent[] = []
  const inFlight: InFlight[] = []
  const unseen = new Map<string, RecordedEvent[]>()
  const failures: string[] = []
  const instances = new Map<string, Snapshot>()
  let causes = 0

  const lookups: Lookups & OtherStreams = testLookups({
    stateOf: async <State>(aggregate: { category: string; initial: State }, id: string) =>
      (hints.get(`${aggregate.category}-${id}`) ?? aggregate.initial) as State,
    ...asked(log),
  })

  /** Decides a command on its stream; says why if it is refused. */
  async function decide(
    name: string,
    input: unknown,
    actor: Actor = { user: 'ann', role: 'brand-finance' },
    newId = 'none',
  ): Promise<string | undefined> {
    const command = commands.get(name)
    if (!command) throw new Error(`there is no command ${name}`)
    const parsed = command.schema.parse(input)
    const lookup = await command.lookup?.(parsed, lookups)
    const context = { ...testContext({ reference, actor, newId: () => newId }), lookup }
    const stream = `${command.aggregate.category}-${command.stream(parsed, context)}`
    const before = streams.get(stream) ?? { state: command.aggregate.initial, revision: -1n }
    const decision = command.decide(before.state, parsed, context)
    if (!decision.accepted) return decision.refusal.code
    write(stream, command.aggregate, decision.events, actor)
    return undefined
  }

  function write(
    stream: string,
    aggregate: Aggregate,
    events: readonly DecidedEvent[],
    actor: Actor,
  ): void {
    let { state, revision } = streams.get(stream) ?? { state: aggregate.initial, revision: -1n }
    for (const decided of events) {
      const definition = aggregate.events.find((one) => one.eventType === decided.type)
      definition?.schema.parse(decided.data)
      revision += 1n
      const event = recorded(stream, decided, {
        ...{ revision, position: BigInt(log.length), metadata: { actor } },
      })
      state = aggregate.evolve(state, event, event)
      log.push(event)
      unseen.set(stream, [...(unseen.get(stream) ?? []), event])
    }
    streams.set(stream, { state, revision })
  }

  /** Decides one of the sagas' commands that may be sent; a doubled one stays on its way. */
  async function arrive(index: number, doubled = false): Promise<void> {
    const sent = inFlight.filter(isNext)
    const command = sent[index % Math.max(sent.length, 1)]
    if (!command) return
    const refused = await decide(command.command, command.input, SAGA)
    if (refused !== undefined && tooEarly.includes(refused)) return
    if (!doubled) inFlight.splice(inFlight.indexOf(command), 1)
    if (refused) failures.push(`${command.command}: ${refused} ${JSON.stringify(command.input)}`)
  }

  function isNext({ instance, cause }: InFlight): boolean {
    return inFlight.every((other) => other.instance !== instance || other.cause >= cause)
  }

  /** Shows the sagas an event: the next one of a stream, or one that they have seen before. */
  function see(event: RecordedEvent): void {
    for (const { saga, listening, to } of targetsOf(listeners, event)) {
      const key = String(to)
      const instance = `${saga.name}.${key}`
      const reacted = step(listening, instances.get(instance) ?? ABSENT, event, key)
      if (!reacted) continue
      causes += 1
      const cause = causes
      instances.set(instance, reacted.after)
      inFlight.push(...reacted.commands.map((command) => ({ ...command, instance, cause })))
    }
  }

  function seeNext(index: number): void {
    const names = [...unseen.keys()]
    const stream = names[index % Math.max(names.length, 1)]
    if (stream === undefined) return
    const [next, ...others] = unseen.get(stream) ?? []
    if (others.length > 0) unseen.set(stream, others)
    else unseen.delete(stream)
    if (next) see(next)
  }

  /** Lets everything arrive and be seen, until nothing is on its way. */
  async function settle(): Promise<void> {
    let turn = 0
    for (let round = 0; inFlight.length > 0 || unseen.size > 0; round++) {
      if (round > 1000) throw new Error('the world does not come to rest')
      for (let tries = 2 * inFlight.length; tries > 0; tries--) await arrive(turn++)
      while (unseen.size > 0) seeNext(0)
    }
  }

  function stateOf<State>(stream: string): State {
    return streams.get(stream)?.state as State
  }

  return {
    log,
    unseen,
    failures,
    decide,
    /** What has happened in a stream before. */
    given: (stream: string, aggregate: Aggregate, ...events: readonly DecidedEvent[]) =>
      write(stream, aggregate, events, SAGA),
    stateOf,
    arrive,
    see,
    seeNext,
    settle,
    /** From here on, look-ups see what is there now. */
    lookAgain: () => {
      hints = new Map([...streams].map(([stream, { state }]) => [stream, state]))
    },
    instances: () => [...instances].filter(([, { state }]) => state !== undefined),
    payment: (id: string) => stateOf<PaymentState>(`payment-${id}`),
    facility: () => stateOf<FacilityState>('facility-D1'),
    refund: (id: string) => stateOf<RefundState>(`refund-${id}`),
    refundIds: () =>
      [...streams.keys()]
        .filter((stream) => stream.startsWith('refund-'))
        .map((stream) => stream.slice('refund-'.length)),
  }
}
