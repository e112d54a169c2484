/**
 * One mailbox a stream: commands queue in order; all that wait are decided on the state in memory,
 * their events go out in one append, then each is answered (DESIGN: The way of a command).
 */

import { LRUCache } from 'lru-cache'
import type { Aggregate } from '../../domain/kernel/aggregate.ts'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import { START } from '../../domain/kernel/position.ts'
import type { Policy } from '../../domain/policy.ts'
import {
  AppendTooLarge,
  type EventStore,
  type NewEvent,
  WrongExpectedRevision,
} from '../event-store.ts'
import {
  type DecidedBatch,
  decideBatch,
  NO_LOOKUP_NEEDED,
  type Prepared,
  type Verdict,
} from './decide-batch.ts'
import { Overloaded } from './errors.ts'
import { createGate } from './gate.ts'
import type { HandlerLimits } from './limits.ts'
import type { Clock, CommandIndex, Logger, ReferenceView, SnapshotStore } from './ports.ts'
import type { Accepted, Outcome } from './request.ts'
import {
  applyEvent,
  asRecorded,
  emptyState,
  forgetIndexed,
  type KnownCommand,
  loadState,
  type StreamState,
} from './stream-state.ts'

export type MailboxPorts = Readonly<{
  store: EventStore
  index: CommandIndex
  snapshots: SnapshotStore
  reference: ReferenceView
  clock: Clock
  logger: Logger
  policy: Policy
}>

export type Mailboxes = Readonly<{
  submit: (request: Prepared) => Promise<Outcome>
  /** A copy of a stream's state, up to what its stream holds now; without queueing. */
  peek: (aggregate: Aggregate, stream: string) => Promise<StreamState>
  /** Loads a stream's state ahead of its first command. */
  load: (aggregate: Aggregate, stream: string) => Promise<void>
  waiting: () => number
}>

type Waiting = Readonly<{
  request: Prepared
  resolve: (outcome: Outcome) => void
  reject: (error: unknown) => void
}>

type Mailbox = Readonly<{ stream: string; aggregate: Aggregate; queue: Waiting[] }>

export function createMailboxes(ports: MailboxPorts, limits: HandlerLimits): Mailboxes {
  const { store, index, reference, clock, logger, policy } = ports
  const active = new Map<string, Mailbox>()
  const states = new LRUCache<string, StreamState>({ max: limits.cachedStreams })
  const loading = createGate(limits.loading)
  const snapshot = createSnapshotter(ports, limits.snapshotEvery)
  let waiting = 0

  function submit(request: Prepared): Promise<Outcome> {
    if (waiting >= limits.waiting) {
      return Promise.reject(new Overloaded('too many commands are waiting'))
    }
    waiting += 1
    return new Promise<Outcome>((resolve, reject) => {
      enqueue({ request, resolve, reject })
    }).finally(() => {
      waiting -= 1
    })
  }

  function enqueue(item: Waiting): void {
    const { stream, command } = item.request
    const open = active.get(stream)
    if (open !== undefined) {
      open.queue.push(item)
      return
    }
    const mailbox = { stream, aggregate: command.aggregate, queue: [item] }
    active.set(stream, mailbox)
    void drain(mailbox)
  }

  async function drain(mailbox: Mailbox): Promise<void> {
    let most = limits.perAppend
    while (mailbox.queue.length > 0) {
      const batch = mailbox.queue.splice(0, most)
      most = limits.perAppend
      try {
        const taken = await turn(mailbox, batch)
        mailbox.queue.unshift(...batch.slice(taken))
      } catch (error) {
        states.delete(mailbox.stream)
        if (error instanceof AppendTooLarge && batch.length > 1) {
          // Nothing was sent: fewer at a time, so that one too large fails alone.
          mailbox.queue.unshift(...batch)
          most = Math.ceil(batch.length / 2)
        } else {
          for (const { reject } of batch) reject(error)
        }
      }
    }
    active.delete(mailbox.stream)
  }

  /** Decides, appends and answers; gives how many of the batch it took. */
  async function turn(mailbox: Mailbox, batch: readonly Waiting[]): Promise<number> {
    for (let attempt = 1; attempt <= limits.tries; attempt++) {
      const sent = batch.map(({ request }) => request)
      const cached = states.get(mailbox.stream)
      const unread = cached === undefined && attempt === 1 && sent.every(isUnwritten)
      const entry = cached ?? (await begun(mailbox, unread))
      const requests = await withIndex(entry, sent)
      const circumstances = { now: clock.now(), reference: reference.current(), policy }
      const decided = decideBatch(entry, requests, circumstances)
      if (decided.events.length === 0) {
        // Nothing to append: only reading tells whether the command was accepted before,
        if (unread && requests.some(mayBeKnown)) continue
        // or whether another process has written meanwhile.
        if (cached !== undefined && (await caughtUp(mailbox, cached))) continue
      }
      if (await append(mailbox, entry, decided)) {
        snapshot(mailbox.aggregate, mailbox.stream, entry)
        answer(mailbox, entry, batch, decided)
        await leaveToIndex(entry, mailbox.stream)
        return decided.verdicts.length
      }
      states.delete(mailbox.stream)
    }
    throw new Overloaded(`other writers kept coming first on ${mailbox.stream}`)
  }

  async function begun({ aggregate, stream }: Mailbox, unread: boolean): Promise<StreamState> {
    return unread ? emptyState(aggregate) : loading.run(() => loadState(ports, aggregate, stream))
  }

  /** Brings a state up to what its stream holds now; false if it was so already. */
  function caughtUp(
    { aggregate, stream }: Omit<Mailbox, 'queue'>,
    entry: StreamState,
  ): Promise<boolean> {
    return loading.run(async () => {
      const before = entry.revision
      for await (const event of store.readStream(stream, { fromRevision: before + 1n })) {
        applyEvent(aggregate, entry, event)
      }
      return entry.revision > before
    })
  }

  /** Asks the index again where it was asked before it covered what the stream no longer remembers. */
  async function withIndex(
    { knownFrom }: StreamState,
    requests: readonly Prepared[],
  ): Promise<readonly Prepared[]> {
    const stale = requests.filter(({ indexCheckpoint }) => indexCheckpoint < knownFrom)
    if (stale.length === 0) return requests
    const { checkpoint, found } = await index.lookup(stale.map(({ commandId }) => commandId))
    if (checkpoint < knownFrom) throw new Overloaded('the command index is behind')
    return requests.map((request) =>
      request.indexCheckpoint < knownFrom
        ? { ...request, indexed: found.get(request.commandId), indexCheckpoint: checkpoint }
        : request,
    )
  }

  /** Once a stream remembers many commands, those that the index has are left to it, oldest first. */
  async function leaveToIndex(entry: StreamState, stream: string): Promise<void> {
    const most = limits.knownCommands
    if (entry.known.size <= most || entry.known.size < entry.askIndexAt) return
    try {
      const { checkpoint } = await index.lookup([])
      forgetIndexed(entry, checkpoint, most / 2)
    } catch (error) {
      logger.warn({ error, stream }, 'the command index could not be asked: ids stay in memory')
    }
    entry.askIndexAt = entry.known.size + most / 4
  }

  async function append(
    { stream, aggregate }: Mailbox,
    entry: StreamState,
    { events }: DecidedBatch,
  ): Promise<boolean> {
    if (events.length > 0) {
      try {
        const expected = entry.revision < 0n ? 'no-stream' : entry.revision
        const { position } = await store.append(stream, events, expected)
        for (const event of events) {
          applyEvent(aggregate, entry, asRecorded(stream, event, entry.revision + 1n, position))
        }
      } catch (error) {
        if (error instanceof WrongExpectedRevision) return false
        throw error
      }
    }
    if (entry.revision >= 0n) states.set(stream, entry)
    return true
  }

  function answer(
    { stream }: Mailbox,
    entry: StreamState,
    batch: readonly Waiting[],
    { verdicts, events }: DecidedBatch,
  ): void {
    for (const [at, verdict] of verdicts.entries()) {
      const item = batch[at]
      if (item === undefined) throw new Error('a verdict without its command')
      if (verdict.kind === 'failed') item.reject(verdict.error)
      else if (verdict.kind === 'refused') {
        item.resolve({ accepted: false, refusal: verdict.refusal })
      } else if (verdict.kind === 'accepted') {
        item.resolve(acceptedNow(item.request, entry, verdict))
      } else {
        const decidedHere = events.filter(
          ({ metadata }) => metadata.commandId === item.request.commandId,
        )
        answerKnown(stream, entry, item, verdict.known, decidedHere)
      }
    }
  }

  /** A command that was accepted before is answered from the events it wrote then. */
  function answerKnown(
    stream: string,
    entry: StreamState,
    { request, resolve, reject }: Waiting,
    known: KnownCommand,
    decidedHere: readonly NewEvent[],
  ): void {
    const events = decidedHere.map((event, at) =>
      asRecorded(stream, event, known.firstRevision + BigInt(at), entry.position),
    )
    const recorded =
      events.length > 0
        ? Promise.resolve(events)
        : loading.run(() => readCommand(store, stream, known))
    recorded.then(
      (found) => resolve(replayed(request, known, found, entry)),
      (error: unknown) => reject(error),
    )
  }

  async function peek(aggregate: Aggregate, stream: string): Promise<StreamState> {
    const cached = states.get(stream)
    if (cached === undefined) return loading.run(() => loadState(ports, aggregate, stream))
    const copy = { ...cached, known: new Map() } // the mailbox goes on with its own
    await caughtUp({ aggregate, stream }, copy)
    return copy
  }

  async function load(aggregate: Aggregate, stream: string): Promise<void> {
    const loaded = await loading.run(() => loadState(ports, aggregate, stream))
    if (loaded.revision >= 0n && !states.has(stream)) states.set(stream, loaded)
  }

  return { submit, peek, load, waiting: () => waiting }
}

/** As far as is known without reading: the append then says whether it is so. */
function isUnwritten({ command, indexed }: Prepared): boolean {
  return command.generatesStream === true && indexed === undefined
}

function mayBeKnown({ indexCheckpoint }: Prepared): boolean {
  return indexCheckpoint !== NO_LOOKUP_NEEDED
}

function acceptedNow(
  { stream, streamId }: Prepared,
  entry: StreamState,
  { events, firstRevision }: Extract<Verdict, { kind: 'accepted' }>,
): Accepted {
  return {
    accepted: true,
    streamId,
    events: events.map((event, at) =>
      asRecorded(stream, event, firstRevision + BigInt(at), entry.position),
    ),
    revision: events.length > 0 ? firstRevision + BigInt(events.length - 1) : entry.revision,
    position: entry.position,
    replayed: false,
    state: entry.state,
  }
}

function replayed(
  { streamId }: Prepared,
  { lastRevision }: KnownCommand,
  events: readonly RecordedEvent[],
  { state }: StreamState,
): Accepted {
  const position = events.at(-1)?.position ?? START
  const as = { revision: lastRevision, position, replayed: true, state }
  return { accepted: true, streamId, events, ...as }
}

async function readCommand(
  store: EventStore,
  stream: string,
  { firstRevision, lastRevision }: KnownCommand,
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  const maxCount = Number(lastRevision - firstRevision) + 1
  for await (const event of store.readStream(stream, { fromRevision: firstRevision, maxCount })) {
    events.push(event)
  }
  return events
}

/** Saves a snapshot of a stream that has grown, one at a time, and never in anybody's way. */
function createSnapshotter(
  { snapshots, logger }: MailboxPorts,
  every: number,
): (aggregate: Aggregate, stream: string, entry: StreamState) => void {
  let saving = false
  return (aggregate, stream, entry) => {
    if (saving || entry.lastEventId === undefined) return
    if (entry.revision - entry.snapshotRevision < BigInt(every)) return
    const { state, revision, position, lastEventId } = entry
    entry.snapshotRevision = revision
    saving = true
    snapshots
      .save(stream, aggregate.version, { revision, position, eventId: lastEventId, state })
      .catch((error: unknown) => logger.warn({ error, stream }, 'a snapshot was not saved'))
      .finally(() => {
        saving = false
      })
  }
}
