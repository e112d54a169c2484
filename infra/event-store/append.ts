/**
 * Appending when the network does not always answer. After an unknown outcome the same events are sent
 * again with the same expectation, and what happened is then read from the stream itself.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type { Appended, ExpectedRevision } from '../../commands/event-store.ts'
import { EventStoreUnavailable, WrongExpectedRevision } from '../../commands/event-store.ts'
import type { Answer, AppendMessage } from './append-line.ts'
import type { StoredEvent } from './codec.ts'
import type { Connection } from './connection.ts'
import type { Limits } from './limits.ts'
import { pauseAfter } from './reads.ts'

export type StoredRead = (
  stream: string,
  range: Readonly<{ fromRevision?: bigint; maxCount: number; backwards?: boolean }>,
) => AsyncIterable<readonly StoredEvent[]>

type Parts = Readonly<{ connection: Connection; limits: Limits; read: StoredRead }>

/** Throws as the port says; `ids` are those of the message's events, in order. */
export async function appendSurely(
  parts: Parts,
  message: AppendMessage,
  ids: readonly string[],
): Promise<Appended> {
  const { connection, limits } = parts
  const doing = `appending to ${message.stream}`
  const deadline = performance.now() + limits.appendPatienceMs
  for (let attempt = 0; ; attempt += 1) {
    const answer = await attemptOnce(connection, limits, message)
    if (answer.kind === 'rejected') throw answer.error
    if (answer.kind !== 'unknown') {
      return attempt === 0 ? settle(message, answer) : settleByReading(parts, message, ids, answer)
    }
    connection.failed(doing, answer.cause)
    const pauseMs = pauseAfter(limits, attempt)
    if (performance.now() + pauseMs > deadline) throw new EventStoreUnavailable(doing, answer.cause)
    await delay(pauseMs)
  }
}

async function attemptOnce(
  connection: Connection,
  { appendTimeoutMs, maxInFlight, maxInFlightBytes }: Limits,
  message: AppendMessage,
): Promise<Answer> {
  const generation = connection.current()
  const { count, bytes } = generation.line.inFlight()
  if (count >= maxInFlight || bytes + message.bytes > maxInFlightBytes) {
    throw new EventStoreUnavailable(`appending to ${message.stream}: too many appends at once`)
  }
  const answer = await generation.line.append(message, appendTimeoutMs)
  if (answer.kind === 'unknown' && answer.silent) connection.silent(generation, appendTimeoutMs)
  return answer
}

type Told = Exclude<Answer, Readonly<{ kind: 'unknown' | 'rejected' }>>

function settle({ stream }: AppendMessage, told: Told): Appended {
  if (told.kind === 'wrong-revision') throw new WrongExpectedRevision(stream, told.actual)
  return { revision: told.revision, position: told.position }
}

/** An earlier attempt may have been stored: the stream says, not this attempt's answer. */
async function settleByReading(
  { read }: Parts,
  message: AppendMessage,
  ids: readonly string[],
  told: Told,
): Promise<Appended> {
  const found = await findStored(read, message.stream, message.expected, ids)
  if (found !== undefined) return { revision: found.revision, position: found.position }
  return settle(message, told)
}

/** How far back an append that expected nothing is looked for. */
const MAX_LOOK_BACK = 4_096

/** The last of these events, if all are stored where they were expected to be. */
async function findStored(
  read: StoredRead,
  stream: string,
  expected: ExpectedRevision,
  ids: readonly string[],
): Promise<StoredEvent | undefined> {
  if (expected === 'any') {
    return find(read(stream, { backwards: true, maxCount: MAX_LOOK_BACK }), ids.at(-1))
  }
  const fromRevision = expected === 'no-stream' ? 0n : expected + 1n
  const there = (await Array.fromAsync(read(stream, { fromRevision, maxCount: ids.length }))).flat()
  return ids.every((id, index) => there[index]?.id === id) ? there.at(-1) : undefined
}

async function find(
  events: AsyncIterable<readonly StoredEvent[]>,
  id: string | undefined,
): Promise<StoredEvent | undefined> {
  for await (const chunk of events) {
    const found = chunk.find((event) => event.id === id)
    if (found !== undefined) return found
  }
  return undefined
}
