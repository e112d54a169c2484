/**
 * The log's only writer.
 *
 * Appends that wait are decided in memory, in the order they came, and committed together by one
 * statement; each is answered after that commit. When a commit fails its outcome is unknown: the
 * connection is given up, and nothing that was in memory is believed until a new connection has the
 * writer's lock, which Postgres gives only once the old transaction has ended.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { reasonOf, StartError } from '../start-error.ts'
import { type AppendRequest, decideGroup } from './append-group.ts'
import { type AppendOutcome, type AppendQueue, createAppendQueue } from './append-queue.ts'
import { NO_STREAM, toLogEvent } from './log-event.ts'
import type { Logger } from './logger.ts'
import { createTail, type Tail } from './tail.ts'
import { openSession, type WriterSession } from './writer-session.ts'

const MAX_KNOWN_HEADS = 100_000
const LOCK_WAIT_MS = 10_000
const RETRY_MS = 200

export type Writer = Pick<AppendQueue, 'isCrowded' | 'room'> &
  Readonly<{
    tail: Tail
    append: (request: AppendRequest) => Promise<AppendOutcome>
    /** Commits what waits, refuses what comes, and lets go of the lock. */
    stop: () => Promise<void>
  }>

/** Rejects with a StartError when Postgres can't be reached or another node writes to it. */
export async function startWriter(databaseUrl: string, logger: Logger): Promise<Writer> {
  const log = openLog(await openFirst(databaseUrl))
  const connection = keepConnected(databaseUrl, log, logger)
  const queue = createAppendQueue()
  let stopping = false
  let committing: Promise<void> | undefined

  const commitAll = async () => {
    await nextTurn() // what arrives in this turn of the event loop goes along
    while (!queue.isEmpty()) {
      const group = queue.takeGroup()
      const outcomes = await connection.commit(group.map(({ request }) => request))
      for (const [index, { answer }] of group.entries()) answer(outcomeAt(outcomes, index))
    }
    committing = undefined
  }
  return {
    tail: log.tail,
    isCrowded: queue.isCrowded,
    room: queue.room,
    append: (request) => {
      if (stopping) return Promise.resolve(unavailable('the node is stopping'))
      const outcome = queue.add(request)
      committing ??= commitAll()
      return outcome
    },
    stop: async () => {
      stopping = true
      await committing
      await connection.end()
    },
  }
}

/** What is in memory of the log; only a session that holds the lock may be believed. */
type Log = {
  session: WriterSession | undefined
  lastPosition: bigint
  readonly tail: Tail
  readonly heads: LRUCache<string, bigint>
}

function openLog(session: WriterSession): Log {
  const { lastPosition } = session
  const heads = new LRUCache<string, bigint>({ max: MAX_KNOWN_HEADS })
  return { session, lastPosition, tail: createTail(lastPosition), heads }
}

type Connection = Readonly<{
  /** One outcome a request; what fails is `unavailable`, and the connection is made anew. */
  commit: (requests: readonly AppendRequest[]) => Promise<readonly AppendOutcome[]>
  end: () => Promise<void>
}>

function keepConnected(databaseUrl: string, log: Log, logger: Logger): Connection {
  let ending = false
  let reason = ''

  const lose = (session: WriterSession, error: unknown) => {
    if (session !== log.session) return
    log.session = undefined
    void session.end().catch(() => undefined)
    if (ending) return
    reason = reasonOf(error)
    logger.warn({ reason }, 'event store: Postgres is lost, appends are refused')
    void reconnect()
  }
  const reconnect = async () => {
    while (!ending && log.session === undefined) {
      const session = await openSession(databaseUrl).catch(() => undefined)
      if (session === undefined) await delay(RETRY_MS)
      else if (ending) await session.end()
      else beginAnew(session)
    }
  }
  const beginAnew = (session: WriterSession) => {
    log.heads.clear()
    log.lastPosition = session.lastPosition
    log.session = session
    log.tail.reset(session.lastPosition)
    watch(session)
    logger.info({}, 'event store: Postgres is back, appends are taken')
  }
  const watch = (session: WriterSession) => {
    void session.lost.then((error) => lose(session, error))
  }

  if (log.session !== undefined) watch(log.session)
  return {
    commit: async (requests) => {
      const { session } = log
      if (session === undefined) return requests.map(() => unavailable(reason))
      try {
        return await commitGroup(log, session, requests)
      } catch (error) {
        lose(session, error)
        return requests.map(() => unavailable(reasonOf(error)))
      }
    },
    end: async () => {
      ending = true
      await log.session?.end()
    },
  }
}

async function commitGroup(
  log: Log,
  session: WriterSession,
  requests: readonly AppendRequest[],
): Promise<readonly AppendOutcome[]> {
  const heads = await headsOf(log, session, requests)
  const head = (stream: string) => heads.get(stream) ?? NO_STREAM
  const known = await session.known(requests, head)
  const decided = decideGroup(requests, { head, ...known }, log.lastPosition, Date.now())
  const { events, lastPosition, reserved } = decided
  if (events.length > 0 || reserved) {
    await session.write(events, reserved ? lastPosition : undefined)
  }
  if (session !== log.session) throw new Error('Postgres was lost while appending')
  log.lastPosition = lastPosition
  for (const [stream, head] of decided.heads) log.heads.set(stream, head)
  if (events.length > 0) log.tail.publish(events.map(toLogEvent))
  return decided.answers
}

/** The last revision of every stream that is appended to. */
async function headsOf(
  log: Log,
  session: WriterSession,
  requests: readonly AppendRequest[],
): Promise<ReadonlyMap<string, bigint>> {
  const heads = new Map<string, bigint>()
  const unknown = new Set<string>()
  for (const { stream } of requests) {
    const head = log.heads.get(stream)
    if (head === undefined) unknown.add(stream)
    else heads.set(stream, head)
  }
  if (unknown.size === 0) return heads
  for (const [stream, head] of await session.heads([...unknown])) {
    heads.set(stream, head)
    log.heads.set(stream, head)
  }
  return heads
}

const unavailable = (reason: string): AppendOutcome => ({ kind: 'unavailable', reason })

function outcomeAt(outcomes: readonly AppendOutcome[], index: number): AppendOutcome {
  return outcomes[index] ?? unavailable('the append has no outcome')
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** The lock of a node that was killed is free as soon as Postgres has seen its connection end. */
async function openFirst(databaseUrl: string): Promise<WriterSession> {
  const deadline = performance.now() + LOCK_WAIT_MS
  while (performance.now() < deadline) {
    const session = await openSession(databaseUrl).catch((error: unknown) => {
      if (error instanceof StartError) throw error
      throw new StartError(`The event store can't reach its Postgres: ${reasonOf(error)}.`)
    })
    if (session !== undefined) return session
    await delay(RETRY_MS)
  }
  throw new StartError('Another event store node is writing to this database.')
}
