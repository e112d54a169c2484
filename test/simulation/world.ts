/**
 * The whole system in one process and in virtual time: two processes of it over one log, led by the seed,
 * with clients outside that ask, ask again, and hear nothing.
 */

import { createHash } from 'node:crypto'
import type { AnyCommand, Lookups } from '../../commands/command.ts'
import { EventStoreUnavailable } from '../../commands/event-store.ts'
import { Overloaded } from '../../commands/handler/errors.ts'
import type { Outcome, Request } from '../../commands/handler/request.ts'
import { START } from '../../domain/kernel/position.ts'
import type { Policy } from '../../domain/policy.ts'
import { sagaSender } from '../../infra/app/write-side.ts'
import type { Declarations } from '../../infra/discover.ts'
import type { StoredEvent } from '../../infra/event-store/codec.ts'
import { createMemoryStore } from '../../infra/event-store/memory-store.ts'
import type { CommandSender, CommandToSend } from '../../sagas/runner/ports.ts'
import { replay } from '../../sagas/runner/replay.ts'
import type { Saga } from '../../sagas/saga.ts'
import { randomFrom } from '../chaos/random.ts'
import { auditNode } from './audit.ts'
import { createDurable } from './durable.ts'
import { BrokenLaw } from './model/law.ts'
import { createModel } from './model/model.ts'
import { type Node, type Surroundings, startNode } from './node.ts'
import { leadSagas } from './saga-runner.ts'
import { createSagaTables } from './saga-tables.ts'
import { createScheduler, OUTSIDE } from './scheduler.ts'
import { createWeather } from './weather.ts'

export type World = ReturnType<typeof createWorld>

/** What a client asks for: a command by its name, as somebody, with a key unless it never asks again. */
export type Asked = Readonly<{
  command: string
  input: Readonly<Record<string, unknown>>
  actor: Request['actor']
  key?: string
  ifRevision?: bigint
}>

export type Options = Readonly<{
  seed: number
  start: string
  policy: Policy
  declarations: Pick<Declarations, 'events' | 'aggregates' | 'commands' | 'sagas'>
  /** Changes how sagas send their commands: a bug that is planted. */
  sending?: ((sender: CommandSender) => CommandSender) | undefined
  /** Figures of read models, made of the model. */
  lookups: (world: () => World) => Lookups
}>

/** Batches may expire on days that are still to come. */
const MAY_WAIT = ['batch-expiry']

const NAMES = ['one', 'two']
const CLIENT_TRIES = 8
const CLIENT_WAITS_MS = 15_000
const ELECTION_MS = [300, 8_000] as const
const RESTART_MS = [200, 15_000] as const

export function createWorld(options: Options) {
  const { seed, policy, declarations } = options
  const random = randomFrom(seed)
  const scheduler = createScheduler(random, Date.parse(options.start))
  const weather = createWeather(random, scheduler.now)
  const commands: ReadonlyMap<string, AnyCommand> = declarations.commands
  const sagas: readonly Saga[] = [...declarations.sagas.values()]
  const store = createMemoryStore({
    registry: declarations.events,
    schedule: (step) => scheduler.at(scheduler.now() + weather.delayMs(), OUTSIDE, step),
  })
  const lookups = options.lookups(() => world)
  const durable = createDurable(lookups)
  const tables = createSagaTables(sagas)
  const surroundings: Surroundings = {
    ...{ scheduler, weather, random, store, durable, commands, policy },
  }
  const model = createModel()
  const nodes = new Map<string, Node>()
  const revisions = new Map<string, bigint>()
  const watchers: ((event: StoredEvent) => void)[] = []
  const acceptedOfSagas = new Map<string, CommandToSend>()
  const acceptedOfClients = new Map<string, Request>()
  const tally = { crashes: 0, usurpations: 0, storms: 0 }
  let leader: Node | undefined
  let isElecting = false
  let isIndexing = false
  let seen = 0
  let fault: unknown

  function note(error: unknown): void {
    fault ??= error
  }

  // Processes

  function start(name: string): void {
    nodes.set(name, startNode(name, surroundings))
    if (leader === undefined) elect()
  }

  function crash(node: Node): void {
    tally.crashes += 1
    node.crash()
    const { now, at } = scheduler
    at(now() + random.between(...RESTART_MS), OUTSIDE, () => start(node.name))
    if (node !== leader) return
    leader = undefined
    elect()
  }

  function alive(): readonly Node[] {
    return [...nodes.values()].filter(({ owner }) => owner.alive)
  }

  /** Some process that lives takes the lead, after a while. */
  function elect(): void {
    if (isElecting) return
    isElecting = true
    scheduler.at(scheduler.now() + random.between(...ELECTION_MS), OUTSIDE, () => {
      isElecting = false
      const [node] = random.shuffled(alive())
      if (node !== undefined) lead(node)
    })
  }

  function lead(node: Node): void {
    leader = node
    const onFault = note
    const { sending = (sender: CommandSender) => sender } = options
    const sender = sending(remembering(sagaSender(commands, node.handler)))
    void leadSagas({ sagas, node, tables, sender, scheduler, weather, onFault }).catch(note)
  }

  function remembering(sender: CommandSender): CommandSender {
    return {
      async send(command) {
        const answer = await sender.send(command)
        if (answer.accepted) acceptedOfSagas.set(command.commandId, command)
        return answer
      },
    }
  }

  function trouble(): void {
    const [node] = random.shuffled(alive())
    if (node !== undefined && weather.crash()) crash(node)
    else if (node !== undefined && weather.usurp()) {
      tally.usurpations += 1
      lead(node)
    }
  }

  // Clients

  /** Asks until there is an answer, or patience is over; undefined: the outcome is not known. */
  async function ask(asked: Asked): Promise<Outcome | undefined> {
    const request = requestOf(asked)
    if (asked.key !== undefined && random.chance(0.04)) void attempt(request)
    const tries = asked.key === undefined ? 1 : CLIENT_TRIES
    for (let attempts = 0; attempts < tries; attempts++) {
      const outcome = await attempt(request)
      if (outcome !== undefined) return outcome
      await scheduler.wait(random.between(50, 5_000), OUTSIDE)
    }
    return undefined
  }

  function requestOf({ command: name, input, actor, key, ifRevision }: Asked): Request {
    const command = commands.get(name)
    if (command === undefined) throw new Error(`there is no command ${name}`)
    return {
      ...{ command, input: command.schema.parse(input), actor },
      ...(key !== undefined && { idempotencyKey: key }),
      ...(ifRevision !== undefined && { ifRevision }),
    }
  }

  async function attempt(request: Request): Promise<Outcome | undefined> {
    const [name = ''] = random.shuffled(NAMES)
    const fate = weather.message()
    await scheduler.wait(weather.delayMs(), OUTSIDE)
    const node = nodes.get(name)
    if (fate === 'request-lost' || !node?.owner.alive) return undefined
    const answer = handled(node, request)
    const outcome = await Promise.race([answer, scheduler.wait(CLIENT_WAITS_MS, OUTSIDE)])
    await scheduler.wait(weather.delayMs(), OUTSIDE)
    return fate === 'answer-lost' ? undefined : (outcome ?? undefined)
  }

  async function handled(node: Node, request: Request): Promise<Outcome | undefined> {
    try {
      const outcome = await node.handler.handle(request)
      if (outcome.accepted && outcome.events.length > 0 && request.idempotencyKey !== undefined) {
        acceptedOfClients.set(outcome.events[0]?.metadata.commandId ?? '', request)
      }
      return outcome
    } catch (error) {
      if (!(error instanceof Overloaded || error instanceof EventStoreUnavailable)) note(error)
      return undefined
    }
  }

  // Steps

  function afterEach(): void {
    observe()
    if (fault !== undefined) throw asBroken(fault)
    trouble()
  }

  function observe(): void {
    const all = store.stored()
    if (seen === all.length) return
    const news = all.slice(seen)
    seen = all.length
    for (const event of news) {
      revisions.set(event.stream, event.revision)
      model.see(event)
    }
    model.settled()
    for (const event of news) for (const watch of watchers) watch(event)
    if (!isIndexing) catchUpIndex()
  }

  function catchUpIndex(): void {
    isIndexing = true
    scheduler.at(scheduler.now() + weather.delayMs() * 3, OUTSIDE, () => {
      isIndexing = false
      durable.index.catchUp(store.stored())
    })
  }

  async function run(): Promise<void> {
    await scheduler.run(afterEach)
  }

  // The end

  /** The states of the sagas are those that the log gives, and none is left that should not be. */
  async function sagasAtRest(): Promise<void> {
    for (const saga of sagas) {
      const [after, upTo] = [START, await store.head()]
      const replayed = await replay({ log: store, saga, after, upTo, counts: () => true })
      const difference = tables.difference(saga, replayed)
      if (difference !== undefined) {
        throw new BrokenLaw('saga states are what the log gives', difference)
      }
    }
    const [left] = tables.instances().filter(({ saga }) => !MAY_WAIT.includes(saga))
    if (left !== undefined) {
      const { saga, key, json } = left
      throw new BrokenLaw('no saga is left over', `${saga}.${key}: ${json}`, undefined, [key])
    }
    const [timer] = tables.timers()
    if (timer !== undefined) throw new BrokenLaw('no timer is left over', JSON.stringify(timer))
  }

  /** What the processes hold in memory is what the log gives. */
  async function statesAtRest(): Promise<void> {
    weather.setCalm(true)
    const { aggregates } = declarations
    const audits = async () => {
      for (const node of alive()) await auditNode({ node, store, aggregates, stock: model.stock })
    }
    audits().catch(note)
    await run()
    if (fault !== undefined) throw asBroken(fault)
  }

  /** A process that knows nothing is asked for everything once more. */
  async function askAllAgain(): Promise<void> {
    weather.setCalm(true)
    for (const node of alive()) node.crash()
    const node = startNode('later', surroundings)
    const before = store.stored().length
    const sender = sagaSender(commands, node.handler)
    const again = async () => {
      await node.reference.ready
      for (const command of acceptedOfSagas.values()) await sender.send(command)
      for (const request of acceptedOfClients.values()) await node.handler.handle(request)
    }
    again().catch(note)
    await scheduler.run(() => {
      const event = store.stored()[before]
      if (event === undefined) return
      const { commandId } = event.metadata as { commandId: string }
      const what = `${commandId} gave ${event.type} when it came again`
      throw new BrokenLaw('what was accepted changes nothing when it comes again', what, event)
    })
    if (fault !== undefined) throw asBroken(fault)
  }

  /** Over every event, as it is read. */
  async function history(): Promise<string> {
    const hash = createHash('sha256')
    for await (const event of store.readAll({ after: START })) hash.update(lineOf(event))
    return hash.digest('hex')
  }

  const world = {
    ...{ scheduler, weather, random, store, tables, model, policy, declarations, tally },
    ...{ note, ask, run, sagasAtRest, statesAtRest, askAllAgain, history },
    /** The last revision of a stream that there is. */
    revisionOf: (stream: string) => revisions.get(stream) ?? -1n,
    watch: (watcher: (event: StoredEvent) => void) => void watchers.push(watcher),
    sent: () => acceptedOfSagas.size + acceptedOfClients.size,
    begin: () => {
      for (const name of NAMES) start(name)
    },
  }
  return world
}

function asBroken(error: unknown): unknown {
  if (error instanceof BrokenLaw) return error
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new BrokenLaw('nothing fails for a bug, and no saga is parked', stack)
}

function lineOf(event: object): string {
  return `${JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}\n`
}
