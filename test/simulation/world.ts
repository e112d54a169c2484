/** The whole system in one process and in virtual time: its processes over one log, and clients outside. */

import { createHash } from 'node:crypto'
import type { Lookups } from '../../commands/command.ts'
import { EventStoreUnavailable } from '../../commands/event-store.ts'
import { Overloaded } from '../../commands/handler/errors.ts'
import type { Request } from '../../commands/handler/request.ts'
import { createStatementIntake, type SentStatement } from '../../commands/statement-intake.ts'
import { START } from '../../domain/kernel/position.ts'
import type { Policy } from '../../domain/policy.ts'
import { sagaSender } from '../../infra/app/write-side.ts'
import type { Declarations } from '../../infra/discover.ts'
import type { StoredEvent } from '../../infra/event-store/codec.ts'
import { createMemoryStore } from '../../infra/event-store/memory-store.ts'
import type { Executor } from '../../infra/outbound/executors.ts'
import type { CommandSender, CommandToSend, SendAnswer } from '../../sagas/runner/ports.ts'
import { isUnavailable } from '../../sagas/runner/ports.ts'
import { replay } from '../../sagas/runner/replay.ts'
import { randomFrom } from '../chaos/random.ts'
import { auditNode } from './audit.ts'
import { createClients } from './clients.ts'
import { createDurable } from './durable.ts'
import { BrokenLaw } from './model/law.ts'
import { createModel } from './model/model.ts'
import { type Surroundings, startNode } from './node.ts'
import { createProcesses, NAMES } from './processes.ts'
import { createSagaTables } from './saga-tables.ts'
import { createScheduler, OUTSIDE } from './scheduler.ts'
import { createWeather } from './weather.ts'

/** Who asks providers, by kind of request. */
export type Executors = Readonly<Record<'payment' | 'refund', Executor>>

export type World = ReturnType<typeof createWorld>

export type Options = Readonly<{
  seed: number
  start: string
  policy: Policy
  declarations: Pick<Declarations, 'events' | 'aggregates' | 'commands' | 'sagas'>
  /** Changes how sagas send their commands: a bug that is planted. */
  sending?: ((sender: CommandSender) => CommandSender) | undefined
  /** Changes how outside systems are asked: a bug that is planted. */
  outbound?: ((executors: Executors) => Executors) | undefined
  /** Figures of read models, made of the model. */
  lookups: (world: () => World) => Lookups
}>

/** How long somebody waits for an answer. */
const UNANSWERED_MS = 60_000

/** Batches may expire on days that are still to come. */
const MAY_WAIT = ['batch-expiry']

export function createWorld(options: Options) {
  const { seed, policy, declarations, sending = (sender: CommandSender) => sender } = options
  const { commands, aggregates } = declarations
  const sagas = [...declarations.sagas.values()]
  const random = randomFrom(seed)
  const scheduler = createScheduler(random, Date.parse(options.start))
  const weather = createWeather(random, scheduler.now)
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
  const revisions = new Map<string, bigint>()
  const watchers: ((event: StoredEvent) => void)[] = []
  const acceptedOfSagas = new Map<string, CommandToSend>()
  const acceptedOfClients = new Map<string, Request>()
  const tally = { crashes: 0, usurpations: 0, storms: 0 }
  let isIndexing = false
  let seen = 0
  let fault: unknown

  function note(error: unknown): void {
    fault ??= error
  }

  const processes = createProcesses({
    ...{ surroundings, sagas, tables, tally, onFault: note },
    sending: (sender) => sending(remembering(sender)),
  })
  const clients = createClients({
    ...{ surroundings, process: processes.get, onFault: note },
    onAccepted: (commandId, request) => void acceptedOfClients.set(commandId, request),
  })

  function remembering(sender: CommandSender): CommandSender {
    return {
      async send(command) {
        const answer = await sender.send(command)
        if (answer.accepted) acceptedOfSagas.set(command.commandId, command)
        return answer
      },
    }
  }

  /** Some process that lives. */
  function anyProcess() {
    return random.shuffled(processes.alive())[0]
  }

  /** What the system sends to itself besides its sagas: undefined if it hears nothing of it. */
  async function send(command: CommandToSend): Promise<SendAnswer | undefined> {
    const node = anyProcess()
    if (node === undefined) return undefined
    const sender = remembering(sagaSender(commands, node.handler))
    return await within(UNANSWERED_MS, () => sender.send(command))
  }

  /** Takes a statement in, in some process; whether it was heard of. */
  async function takeStatement(statement: SentStatement): Promise<boolean> {
    const node = anyProcess()
    if (node === undefined || weather.message() === 'request-lost') return false
    const outcomes = { wait: async () => undefined }
    const { dryRun, handle } = node.handler
    // By its declaration here, which a planted bug may have changed.
    const declared = (request: Request): Request => {
      return { ...request, command: commands.get(request.command.name) ?? request.command }
    }
    const handler = { dryRun, handle: (request: Request) => handle(declared(request)) }
    const intake = createStatementIntake({ handler, outcomes })
    const actor = { user: 'finance', role: 'brand-finance' }
    const taken = await within(UNANSWERED_MS, () => intake.take(statement, actor, 0))
    return taken?.accepted === true && weather.message() !== 'answer-lost'
  }

  /** Undefined if there is no answer in time, for whatever reason that goes by. */
  async function within<Answer>(ms: number, work: () => Promise<Answer>) {
    const done = work().catch((error: unknown) => {
      const goesBy = error instanceof Overloaded || error instanceof EventStoreUnavailable
      if (!goesBy && !isUnavailable(error)) note(error)
      return undefined
    })
    return (await Promise.race([done, scheduler.wait(ms, OUTSIDE)])) ?? undefined
  }

  // Steps

  function afterEach(): void {
    observe()
    if (fault !== undefined) throw asBroken(fault)
    processes.trouble()
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
    const audits = async () => {
      for (const node of processes.alive())
        await auditNode({ node, store, aggregates, stock: model.stock })
    }
    audits().catch(note)
    await run()
    if (fault !== undefined) throw asBroken(fault)
  }

  /** A process that knows nothing is asked for everything once more. */
  async function askAllAgain(): Promise<void> {
    weather.setCalm(true)
    for (const node of processes.alive()) node.crash()
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
    ...{ note, run, sagasAtRest, statesAtRest, askAllAgain, history },
    /** The last revision of a stream that there is. */
    revisionOf: (stream: string) => revisions.get(stream) ?? -1n,
    ask: clients.ask,
    ...{ send, takeStatement },
    outbound: options.outbound ?? ((executors: Executors) => executors),
    watch: (watcher: (event: StoredEvent) => void) => void watchers.push(watcher),
    sent: () => acceptedOfSagas.size + acceptedOfClients.size,
    begin: () => {
      for (const name of NAMES) processes.start(name)
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
