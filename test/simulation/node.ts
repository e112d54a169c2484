/**
 * A process of the system: the real command handler and reference view over what outlives a crash. It is
 * thrown away whole when it crashes; another one begins again from the log, the index and the snapshots.
 */

import { isDeepStrictEqual } from 'node:util'
import { v4 } from 'uuid'
import type { AnyCommand, Lookups } from '../../commands/command.ts'
import type { Appended, EventStore } from '../../commands/event-store.ts'
import { EventStoreUnavailable } from '../../commands/event-store.ts'
import { type CommandHandler, createHandler } from '../../commands/handler/handler.ts'
import { DEFAULT_LIMITS } from '../../commands/handler/limits.ts'
import type { Machine } from '../../commands/handler/machine.ts'
import {
  followReference,
  type RunningReferenceView,
} from '../../commands/handler/reference-view.ts'
import type { EventLog, Subscription } from '../../domain/kernel/event-log.ts'
import type { Policy } from '../../domain/policy.ts'
import type { MemoryStore } from '../../infra/event-store/memory-store.ts'
import type { Random } from '../chaos/random.ts'
import type { Durable } from './durable.ts'
import { BrokenLaw } from './model/law.ts'
import { OUTSIDE, type Owner, type Scheduler } from './scheduler.ts'
import type { Weather } from './weather.ts'

export type Node = Readonly<{
  name: string
  owner: Owner
  handler: CommandHandler
  reference: RunningReferenceView
  log: EventLog
  commands: ReadonlyMap<string, AnyCommand>
  /** Resolves when a message has come to the process, or would have if it lived. */
  hop: () => Promise<void>
  crash: () => void
}>

export type Surroundings = Readonly<{
  scheduler: Scheduler
  weather: Weather
  random: Random
  store: MemoryStore
  durable: Durable
  commands: ReadonlyMap<string, AnyCommand>
  policy: Policy
}>

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** Small, so that every bound is met in a short run. */
const LIMITS = {
  ...DEFAULT_LIMITS,
  cachedStreams: 1_000,
  perAppend: 16,
  loading: 4,
  knownCommands: 200,
  snapshotEvery: 120,
  rememberedCommands: 2_000,
}

const APPEND_TRIES = 3
const UNANSWERED_MS = 2_000

export function startNode(name: string, surroundings: Surroundings): Node {
  const { scheduler, weather, random, durable, commands, policy } = surroundings
  const owner: Owner = { alive: true }
  const subscriptions: Subscription[] = []
  const hop = () => scheduler.wait(weather.delayMs(), owner)
  const store = storeOf(surroundings, owner, subscriptions)
  const machine = machineOf(scheduler, random, owner)
  const reference = followReference({ log: store, logger: quiet, machine })
  const handler = createHandler(
    {
      store,
      index: {
        lookup: async (ids) => {
          await hop()
          const answer = durable.index.lookup(ids)
          await hop()
          return answer
        },
      },
      snapshots: {
        load: async (stream, version) => {
          await hop()
          return durable.snapshots.load(stream, version)
        },
        save: async (stream, version, snapshot) => {
          await hop()
          durable.snapshots.save(stream, version, snapshot)
        },
      },
      reference,
      clock: { now: () => new Date(scheduler.now()) },
      logger: quiet,
      policy,
      lookups: delayed(durable.lookups, hop),
      machine,
    },
    LIMITS,
  )

  function crash(): void {
    owner.alive = false
    for (const subscription of subscriptions) void subscription.stop()
  }

  return { name, owner, handler, reference, log: store, commands, hop, crash }
}

/** The store takes known ids for a repetition, whatever is in the events. */
async function asWritten(
  store: MemoryStore,
  [stream, events]: Parameters<EventStore['append']>,
  { revision }: Appended,
): Promise<void> {
  const fromRevision = revision - BigInt(events.length) + 1n
  const written = store.readStream(stream, { fromRevision, maxCount: events.length })
  for (const [index, event] of (await Array.fromAsync(written)).entries()) {
    if (isDeepStrictEqual(event.data, events[index]?.data)) continue
    const what = `${JSON.stringify(event.data)} is written, not ${JSON.stringify(events[index]?.data)}`
    throw new BrokenLaw('a process goes on with what was written', what, undefined, [stream])
  }
}

/** Every question to a read model takes its time. */
function delayed(lookups: Lookups, hop: () => Promise<void>): Lookups {
  return new Proxy(lookups, {
    get: (target, name, receiver) => {
      const asked = Reflect.get(target, name, receiver)
      return async (...inputs: unknown[]) => {
        await hop()
        return Reflect.apply(asked, target, inputs)
      }
    },
  })
}

function machineOf(scheduler: Scheduler, random: Random, owner: Owner): Machine {
  return {
    randomId: () => v4({ random: Uint8Array.from({ length: 16 }, () => random.between(0, 255)) }),
    soon: (work) => scheduler.at(scheduler.now(), owner, work),
    later: (work, ms) => {
      let cancelled = false
      const due = () => {
        if (!cancelled) work()
      }
      scheduler.at(scheduler.now() + ms, owner, due, true)
      return () => {
        cancelled = true
      }
    },
  }
}

/** The event store as a process sees it: across a network, from which messages may be lost. */
function storeOf(
  { scheduler, weather, random, store }: Surroundings,
  owner: Owner,
  subscriptions: Subscription[],
): EventStore & EventLog {
  const hop = () => scheduler.wait(weather.delayMs(), owner)

  async function append(...sent: Parameters<EventStore['append']>): Promise<Appended> {
    for (let attempt = 1; attempt <= APPEND_TRIES; attempt++) {
      const answer = await attemptOnce(sent)
      if (answer !== undefined) return answer
    }
    throw new EventStoreUnavailable(`appending to ${sent[0]}`)
  }

  /** Undefined if the answer did not come: it may be stored or not. */
  async function attemptOnce(
    sent: Parameters<EventStore['append']>,
  ): Promise<Appended | undefined> {
    const fate = weather.message()
    // A request that is on its way arrives, or not, whatever becomes of its sender.
    await scheduler.wait(weather.delayMs(), random.chance(0.5) ? OUTSIDE : owner)
    if (fate !== 'request-lost') {
      const [answer] = await Promise.allSettled([store.append(...sent)])
      if (fate === 'arrives') {
        await hop()
        if (answer.status === 'rejected') throw answer.reason
        await asWritten(store, sent, answer.value)
        return answer.value
      }
    }
    await scheduler.wait(UNANSWERED_MS, owner)
    return undefined
  }

  async function* readStream(...asked: Parameters<EventStore['readStream']>) {
    await hop()
    if (weather.message() !== 'arrives') {
      await scheduler.wait(UNANSWERED_MS, owner)
      throw new EventStoreUnavailable(`reading ${asked[0]}`)
    }
    yield* store.readStream(...asked)
  }

  return {
    append,
    readStream,
    readAll: store.readAll,
    head: async () => {
      await hop()
      return store.head()
    },
    follow: (options) => {
      const subscription = store.follow(options)
      subscriptions.push(subscription)
      return subscription
    },
  }
}
