/**
 * The ports of the event store in memory, for tests and simulations. It has no timers and no clock:
 * what happens next is decided by the scheduler it is given, and what goes wrong by its hooks.
 */

import type {
  Appended,
  EventStore,
  ExpectedRevision,
  NewEvent,
  ReadStream,
} from '../../commands/event-store.ts'
import { EventStoreUnavailable, WrongExpectedRevision } from '../../commands/event-store.ts'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type {
  Batch,
  EventLog,
  Follow,
  ReadAll,
  Subscription,
} from '../../domain/kernel/event-log.ts'
import { START } from '../../domain/kernel/position.ts'
import { type Codec, createCodec, type Registry, type StoredEvent } from './codec.ts'
import { DEFAULT_BATCH } from './limits.ts'
import { isSealed, memoryKeys, type PersonalKeys } from './personal-data.ts'

/**
 * What goes wrong with one append: its answer is lost though it was stored; it never arrives; or
 * another writer was there first, as far as the caller is told.
 */
export type AppendFault = 'lost-answer' | 'lost-request' | 'wrong-expected-revision'

export type Intended = Readonly<{
  stream: string
  events: readonly NewEvent[]
  expected: ExpectedRevision
}>

export type MemoryStoreOptions = Readonly<{
  registry: Registry
  keys?: PersonalKeys
  /** Runs each step of a follower; default: as a microtask. */
  schedule?: (step: () => void) => void
  /** Called before each append; its promise delays the append. */
  beforeAppend?: (intended: Intended) => AppendFault | undefined | Promise<AppendFault | undefined>
  /** Called before each read of a stream or of the log; may delay it, or fail it by throwing. */
  beforeRead?: (what: string) => void | Promise<void>
  /** The `created` time of every stored event. */
  created?: Date
}>

/** What other programs, or older versions of ours, may have put into a store. */
export type Foreign = Readonly<{ id: string; type: string; data: unknown; metadata?: unknown }>

export type MemoryStore = EventStore &
  EventLog &
  Readonly<{
    /** Writes as it is, unchecked: old versions, unknown types, system events. */
    appendForeign: (stream: string, events: readonly Foreign[]) => Promise<void>
    /** What is stored, in the order of the log. */
    stored: () => readonly StoredEvent[]
    close: () => Promise<void>
  }>

/** Positions grow in steps, so that nobody counts on their being next to each other. */
const POSITION_STEP = 16n

export function createMemoryStore(options: MemoryStoreOptions): MemoryStore {
  const codec = remembering(createCodec(options.registry, options.keys ?? memoryKeys()))
  const log = createLog(options.created ?? new Date(0))
  const followers = new Set<Subscription>()
  const read = (what: string) => options.beforeRead?.(what)
  return {
    append: (stream, events, expected) => append(options, codec, log, { stream, events, expected }),
    appendForeign: async (stream, events) => log.write(stream, events),
    readStream: (stream, range = {}) => readStream(codec, log, stream, range, read),
    readAll: (range) => readAll(codec, log, range, read),
    head: async () => log.all.findLast((event) => !isSystem(event))?.position ?? START,
    follow: (follow) => {
      const subscription = startFollower(options.schedule ?? queueMicrotask, codec, log, follow)
      followers.add(subscription)
      const forget = () => followers.delete(subscription)
      subscription.ended.then(forget, forget)
      return subscription
    },
    stored: () => log.all,
    close: async () => {
      await Promise.all([...followers].map((follower) => follower.stop()))
    },
  }
}

/** Decodes an event only once, unless it holds personal data, which may be forgotten meanwhile. */
function remembering(codec: Codec): Codec {
  const read = new WeakMap<StoredEvent, readonly RecordedEvent[]>()

  async function decodeOne(event: StoredEvent): Promise<readonly RecordedEvent[]> {
    const decoded = await codec.decode([event])
    if (!holdsPersonalData(event)) read.set(event, decoded)
    return decoded
  }

  return {
    ...codec,
    async decode(events) {
      const recorded: RecordedEvent[] = []
      for (const event of events) recorded.push(...(read.get(event) ?? (await decodeOne(event))))
      return recorded
    },
  }
}

function holdsPersonalData({ data }: StoredEvent): boolean {
  return typeof data === 'object' && data !== null && Object.values(data).some(isSealed)
}

type Log = Readonly<{
  all: readonly StoredEvent[]
  stream: (name: string) => readonly StoredEvent[]
  write: (stream: string, events: readonly Foreign[]) => void
  /** Resolves with the next write. */
  grown: () => Promise<void>
}>

function createLog(created: Date): Log {
  const all: StoredEvent[] = []
  const streams = new Map<string, StoredEvent[]>()
  let waiting: (() => void)[] = []
  return {
    all,
    stream: (name) => streams.get(name) ?? [],
    write: (stream, events) => {
      const into = streams.get(stream) ?? []
      streams.set(stream, into)
      for (const event of events) {
        const position = BigInt(all.length) * POSITION_STEP
        const revision = BigInt(into.length)
        const stored = { metadata: undefined, ...plain(event), stream, revision, position, created }
        all.push(stored)
        into.push(stored)
      }
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
    grown: () => new Promise((resolve) => waiting.push(resolve)),
  }
}

function plain<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value))
}

function isSystem({ type, stream }: StoredEvent): boolean {
  return type.startsWith('$') || stream.startsWith('$')
}

async function append(
  { beforeAppend }: MemoryStoreOptions,
  codec: Codec,
  log: Log,
  intended: Intended,
): Promise<Appended> {
  const { stream, events, expected } = intended
  if (events.length === 0) throw new RangeError(`nothing to append to ${stream}`)
  const encoded = await codec.encode(events)
  const fault = await beforeAppend?.(intended)
  if (fault === 'lost-request') throw new EventStoreUnavailable(`appending to ${stream}`)
  const before = log.stream(stream)
  const current = before.at(-1)?.revision
  if (fault === 'wrong-expected-revision') throw new WrongExpectedRevision(stream, current)
  const last = storedBefore(before, events, expected) ?? write(log, stream, encoded, expected)
  if (fault === 'lost-answer') throw new EventStoreUnavailable(`appending to ${stream}`)
  return { revision: last.revision, position: last.position }
}

/** The last of these events if exactly they were stored before, where they are expected to be. */
function storedBefore(
  stream: readonly StoredEvent[],
  events: readonly NewEvent[],
  expected: ExpectedRevision,
): StoredEvent | undefined {
  const [first] = events
  const start =
    expected === 'any'
      ? stream.findIndex(({ id }) => id === first?.id)
      : expected === 'no-stream'
        ? 0
        : Number(expected) + 1
  if (start < 0) return undefined
  const there = stream.slice(start, start + events.length)
  const same = events.every(({ id }, index) => there[index]?.id === id)
  return same ? there.at(-1) : undefined
}

function write(
  log: Log,
  stream: string,
  events: readonly Foreign[],
  expected: ExpectedRevision,
): StoredEvent {
  const current = log.stream(stream).at(-1)?.revision
  const wanted = expected === 'no-stream' ? undefined : expected
  if (expected !== 'any' && wanted !== current) throw new WrongExpectedRevision(stream, current)
  log.write(stream, events)
  const last = log.all.at(-1)
  if (last === undefined) throw new Error('nothing was written')
  return last
}

async function* readStream(
  codec: Codec,
  log: Log,
  stream: string,
  { fromRevision, maxCount = Number.MAX_SAFE_INTEGER, backwards = false }: ReadStream,
  before: (what: string) => void | Promise<void>,
): AsyncGenerator<RecordedEvent> {
  await before(stream)
  const all = log.stream(stream)
  const ordered = backwards
    ? all.slice(0, fromRevision === undefined ? all.length : Number(fromRevision) + 1).toReversed()
    : all.slice(Number(fromRevision ?? 0n))
  yield* await codec.decode(ordered.slice(0, maxCount))
}

async function* readAll(
  codec: Codec,
  log: Log,
  { after, upTo, categories }: ReadAll,
  before: (what: string) => void | Promise<void>,
): AsyncGenerator<RecordedEvent> {
  await before('the log')
  const end = log.all.length
  for (let next = firstAfter(log, after); next < end; next += DEFAULT_BATCH) {
    const events = log.all.slice(next, Math.min(end, next + DEFAULT_BATCH))
    for (const event of await codec.decode(events)) {
      if (upTo !== undefined && event.position > upTo) return
      if (categories === undefined || categories.includes(event.category)) yield event
    }
  }
}

/** The index in the log of the first event after a position. */
function firstAfter(log: Log, position: bigint): number {
  const index = log.all.findIndex((event) => event.position > position)
  return index < 0 ? log.all.length : index
}

function startFollower(
  schedule: (step: () => void) => void,
  codec: Codec,
  log: Log,
  options: Follow,
): Subscription {
  let stopping = false
  let interrupt: () => void = () => undefined
  const stopped = new Promise<void>((resolve) => {
    interrupt = resolve
  })
  const step = () => new Promise<void>((resolve) => schedule(resolve))
  const run = async () => {
    const limit = options.maxBatch ?? DEFAULT_BATCH
    let next = firstAfter(log, options.after)
    let position = options.after
    let saidLive = false
    for (;;) {
      await Promise.race([step(), stopped])
      if (stopping) return
      const taken = log.all.slice(next, next + limit)
      next += taken.length
      const batch = await batchOf(codec, options, taken, position, next === log.all.length)
      position = batch.position
      if (batch.events.length > 0 || (batch.live && !saidLive)) {
        saidLive = batch.live
        await options.onBatch(batch)
      }
      if (next === log.all.length) await Promise.race([log.grown(), stopped])
    }
  }
  const ended = run()
  ended.catch(() => undefined)
  return {
    ended,
    stop: async () => {
      stopping = true
      interrupt()
      await ended.catch(() => undefined)
    },
  }
}

async function batchOf(
  codec: Codec,
  { categories }: Follow,
  taken: readonly StoredEvent[],
  before: bigint,
  live: boolean,
): Promise<Batch> {
  const ours = await codec.decode(taken)
  const events =
    categories === undefined ? ours : ours.filter((event) => categories.includes(event.category))
  return { events, position: ours.at(-1)?.position ?? before, live }
}
