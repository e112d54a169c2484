/** Decides the appends of one transaction, one after another, on the state in memory. */
import { decideAppend, type StreamView, type Written } from './decide.ts'
import type { Expectation, ProposedEvent, RecordedEvent } from './log-event.ts'

export type AppendRequest = Readonly<{
  stream: string
  expected: Expectation
  events: readonly ProposedEvent[]
  bytes: number // of its events, for the bounds of queue and transaction
  deadlineMs: number // since the epoch
}>

export type AppendAnswer =
  /** The stream's last revision and the log's position after it; NO_STREAM for no events at all. */
  | Readonly<{ kind: 'written'; revision: bigint; position: bigint }>
  | Readonly<{ kind: 'wrong-revision'; current: bigint }>
  | Readonly<{ kind: 'expired' }>

/** What Postgres knows of the streams and events that a group asks for. */
export type Committed = Readonly<{
  head: (stream: string) => bigint
  firstWritten: (stream: string, id: string) => Written | undefined
  positionOf: (stream: string, revision: bigint, id: string) => bigint | undefined
}>

export type DecidedGroup = Readonly<{
  answers: readonly AppendAnswer[] // one a request, in order
  events: readonly RecordedEvent[] // to be written
  heads: ReadonlyMap<string, bigint> // of the streams written to
  lastPosition: bigint
  reserved: boolean // whether a position was given to an append of no events
}>

/** The answers hold once the events are committed, not before. */
export function decideGroup(
  requests: readonly AppendRequest[],
  committed: Committed,
  lastPosition: bigint,
  nowMs: number,
): DecidedGroup {
  const streams = new Map<string, PendingStream>()
  const events: RecordedEvent[] = []
  let position = lastPosition
  let reserved = false

  const streamOf = (name: string) => {
    const known = streams.get(name)
    if (known !== undefined) return known
    const stream = pendingStream(name, committed)
    streams.set(name, stream)
    return stream
  }
  const write = (stream: PendingStream, request: AppendRequest): AppendAnswer => {
    for (const proposed of request.events) {
      position += 1n
      events.push(stream.add(proposed, position, nowMs))
    }
    if (request.events.length === 0) {
      position += 1n
      reserved = true
    }
    return { kind: 'written', revision: stream.view.head, position }
  }
  const answer = (request: AppendRequest): AppendAnswer => {
    if (request.deadlineMs <= nowMs) return { kind: 'expired' }
    const stream = streamOf(request.stream)
    const view = stream.view
    const ids = request.events.map(({ id }) => id)
    const decision = decideAppend(request.expected, ids, view)
    if (decision.kind === 'wrong-revision') return { kind: 'wrong-revision', current: view.head }
    if (decision.kind === 'known') {
      const { revision, position } = decision.last
      return { kind: 'written', revision, position }
    }
    return write(stream, request)
  }

  const answers = requests.map(answer)
  const heads = new Map<string, bigint>()
  for (const { stream, revision } of events) heads.set(stream, revision)
  return { answers, events, heads, lastPosition: position, reserved }
}

type PendingStream = Readonly<{
  view: StreamView
  add: (proposed: ProposedEvent, position: bigint, nowMs: number) => RecordedEvent
}>

/** A stream as it will be once the events added so far are committed. */
function pendingStream(name: string, committed: Committed): PendingStream {
  const base = committed.head(name)
  const added: RecordedEvent[] = []
  const firstAdded = new Map<string, Written>()

  const view: StreamView = {
    get head() {
      return base + BigInt(added.length)
    },
    firstWritten: (id) => committed.firstWritten(name, id) ?? firstAdded.get(id),
    positionOf: (revision, id) => {
      if (revision <= base) return committed.positionOf(name, revision, id)
      const event = added[Number(revision - base - 1n)]
      return event?.id === id ? event.position : undefined
    },
  }
  return {
    view,
    add: (proposed, position, nowMs) => {
      const revision = view.head + 1n
      const event = { ...proposed, position, stream: name, revision, createdMs: nowMs }
      added.push(event)
      if (!firstAdded.has(event.id)) firstAdded.set(event.id, { revision, position })
      return event
    },
  }
}
