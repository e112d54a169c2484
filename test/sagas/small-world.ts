/**
 * One order's sagas among the real deciders of order, stock and credit, with nothing between them: a test
 * says which command is decided next, and which event the sagas see next. As in the runner, the commands
 * of an instance's next event go out after those of the one before.
 */

import type { AnyCommand } from '../../commands/command.ts'
import { isCommand } from '../../commands/command.ts'
import * as facilities from '../../commands/facilities.ts'
import * as fulfilments from '../../commands/fulfilments.ts'
import * as orderSteps from '../../commands/order-steps.ts'
import * as orders from '../../commands/orders.ts'
import * as reviews from '../../commands/reviews.ts'
import * as stocks from '../../commands/stock.ts'
import { DealerRegistered } from '../../domain/dealer/dealer.ts'
import type { Actor, DecidedEvent, RecordedEvent } from '../../domain/kernel/event.ts'
import type { Order } from '../../domain/order/state.ts'
import type { Policy } from '../../domain/policy.ts'
import { DEFAULT_POLICY } from '../../domain/policy.ts'
import { evolveReference } from '../../domain/reference/evolve.ts'
import type { Reference } from '../../domain/reference/reference.ts'
import { TimerFired, timerStreamId } from '../../domain/timer/timer.ts'
import { WarehouseOpened } from '../../domain/warehouse/warehouse.ts'
import { backorder } from '../../sagas/backorder.ts'
import type { Progress } from '../../sagas/order-fulfilment/progress.ts'
import { orderFulfilment } from '../../sagas/order-fulfilment.ts'
import type { Snapshot } from '../../sagas/runner/react.ts'
import { ABSENT, listenersOf, step, targetsOf } from '../../sagas/runner/react.ts'
import type { SagaCommand } from '../../sagas/saga.ts'
import { productOf, stocked, viewOf } from '../domain/order/shop.ts'
import { testContext } from '../support/given.ts'
import { recorded } from '../support/recorded.ts'

export const ORDER = 'command-order'

const commands: ReadonlyMap<string, AnyCommand> = new Map(
  [orders, orderSteps, fulfilments, reviews, stocks, facilities]
    .flatMap((declared) => Object.values<unknown>(declared))
    .filter(isCommand)
    .map((command) => [command.name, command]),
)

/** Two warehouses with ten each of A and B, and a dealer with a limit. */
const SETTING: readonly DecidedEvent[] = [
  DealerRegistered({
    dealerId: 'D1',
    name: 'D1',
    level: 'standard',
    region: 'East',
    facilityId: 'D1',
  }),
  productOf('A', { basePrice: '10.00' }),
  productOf('B', { basePrice: '3.33' }),
  WarehouseOpened({ warehouseId: 'SH', name: 'Shanghai', regions: ['East'], priority: 1 }),
  WarehouseOpened({ warehouseId: 'BJ', name: 'Beijing', regions: ['East'], priority: 2 }),
]
const GOODS = [
  stocked('SH', 'A', 10),
  stocked('SH', 'B', 2),
  stocked('BJ', 'B', 10),
  stocked('BJ', 'A', 4),
]

type Stream = { state: unknown; revision: bigint }

export type World = ReturnType<typeof createWorld>

/** A command on its way, and the event of which saga's instance it follows from. */
type InFlight = SagaCommand & Readonly<{ instance: string; cause: number }>

type Options = Readonly<{ limit?: string; policy?: Partial<Policy> }>

const listeners = listenersOf([orderFulfilment, backorder])

const OF_ORDER = `order-fulfilment.${ORDER}`

export const CLERK: Actor = { user: 'clerk', role: 'brand-admin' }
export const SAGA: Actor = { user: 'saga', role: 'saga' }

export function createWorld({ limit = '1000.00', policy = {} }: Options = {}) {
  const streams = new Map<string, Stream>()
  const log: RecordedEvent[] = []
  const inFlight: InFlight[] = []
  const unseen = new Map<string, RecordedEvent[]>()
  const failures: string[] = []
  let reference: Reference = viewOf(...SETTING)
  const instances = new Map<string, Snapshot>()
  let causes = 0

  function write(stream: string, decided: DecidedEvent, actor: Actor): void {
    const at = streams.get(stream) ?? { state: undefined, revision: -1n }
    const position = BigInt(log.length)
    const event = recorded(stream, decided, {
      revision: at.revision + 1n,
      position,
      metadata: { actor },
    })
    streams.set(stream, { ...at, revision: event.revision })
    log.push(event)
    reference = evolveReference(reference, event)
    unseen.set(stream, [...(unseen.get(stream) ?? []), event])
  }

  /** Decides a command on its stream; says why if it is refused. */
  function decide(
    name: string,
    input: unknown,
    { fresh = true, actor = CLERK }: Readonly<{ fresh?: boolean; actor?: Actor }> = {},
  ): string | undefined {
    const command = commands.get(name)
    if (!command) throw new Error(`there is no command ${name}`)
    const context = testContext({
      reference: fresh ? reference : before,
      actor,
      policy: { ...DEFAULT_POLICY, ...policy },
    })
    const parsed = command.schema.parse(input)
    const stream = `${command.aggregate.category}-${command.stream(parsed, context)}`
    const state = streams.get(stream)?.state ?? command.aggregate.initial
    const decision = command.decide(state, parsed, context)
    if (!decision.accepted) return decision.refusal.code
    let next = state
    for (const event of decision.events) {
      const definition = command.aggregate.events.find(({ eventType }) => eventType === event.type)
      definition?.schema.parse(event.data)
      write(stream, event, actor)
      const last = log.at(-1)
      if (last) next = command.aggregate.evolve(next, last, last)
    }
    streams.set(stream, { revision: -1n, ...streams.get(stream), state: next })
    return undefined
  }

  /** Decides one of the sagas' commands that may be sent; a doubled one stays on its way. */
  function arrive(index: number, doubled = false): void {
    const sent = inFlight.filter(isNext)
    const command = sent[index % Math.max(sent.length, 1)]
    if (!command) return
    // What credit refused, it may grant later; the mailbox, which knows every command by its id, would not.
    const stays = doubled && command.command !== 'PlaceHold'
    if (!stays) inFlight.splice(inFlight.indexOf(command), 1)
    const refused = decide(command.command, command.input, { actor: SAGA })
    if (refused) failures.push(`${command.command}: ${refused}`)
  }

  function isNext({ instance, cause }: InFlight): boolean {
    return inFlight.every((other) => other.instance !== instance || other.cause >= cause)
  }

  /** Shows the sagas an event: the next one of a stream, or one that they have seen before. */
  function see(event: RecordedEvent): void {
    for (const { saga, listening, to } of targetsOf(listeners, event)) {
      const key = String(to)
      const instance = `${saga.name}.${key}`
      if (saga === orderFulfilment && key !== ORDER) continue
      const reacted = step(listening, instances.get(instance) ?? ABSENT, event, key)
      if (!reacted) continue
      causes += 1
      const cause = causes
      instances.set(instance, reacted.after)
      inFlight.push(...reacted.commands.map((command) => ({ ...command, instance, cause })))
    }
  }

  function seeNext(stream: string): void {
    const [next, ...others] = unseen.get(stream) ?? []
    if (others.length > 0) unseen.set(stream, others)
    else unseen.delete(stream)
    if (next) see(next)
  }

  function fireTimers(): void {
    for (const [name, { at }] of Object.entries(instances.get(OF_ORDER)?.timers ?? {})) {
      const fired = { saga: orderFulfilment.name, key: ORDER, name, dueAt: at }
      write(`timer-${timerStreamId(fired)}`, TimerFired(fired), SAGA)
    }
  }

  /** Lets everything arrive and be seen, in order, until nothing is on its way. */
  function settle(): void {
    for (let round = 0; inFlight.length > 0 || unseen.size > 0; round++) {
      if (round > 1000) throw new Error('the world does not come to rest')
      while (inFlight.length > 0) arrive(0)
      for (const stream of [...unseen.keys()]) seeNext(stream)
    }
  }

  for (const goods of GOODS) decide('ReceiveStock', receiptOf(goods))
  decide('SetLimit', { dealerId: 'D1', limit, reason: 'test' })
  unseen.clear()
  const before = reference

  function progressOf(): Progress | undefined {
    return instances.get(OF_ORDER)?.state as Progress | undefined
  }

  return {
    log,
    inFlight,
    unseen,
    failures,
    decide,
    arrive,
    see,
    seeNext,
    fireTimers,
    settle,
    isThere: () => progressOf() !== undefined,
    progress: progressOf,
    order: () => streams.get(`order-${ORDER}`)?.state as Order | undefined,
  }
}

function receiptOf({ data }: DecidedEvent) {
  const { amount: _, journal: __, ...input } = data as Record<string, unknown>
  return input
}
