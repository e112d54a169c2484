/** Where a subscriber stands, and what it is to be sent of the events that come. */
import type { LogEvent } from './log-event.ts'
import { checkpoint } from './read-messages.ts'
import type { ReadRequest } from './read-request.ts'
import { type PageEvent, type Reader, UNLIMITED } from './reader.ts'

export type Follower = Readonly<{
  /** Everything up to this position is sent, or was not to be. */
  position: () => bigint
  /** What is to be sent of the events after the position, which come next. */
  live: (events: readonly LogEvent[]) => readonly Buffer[]
  /** The same for all events between the position and the head, from Postgres. */
  history: (head: bigint) => AsyncGenerator<readonly Buffer[]>
  /** Whether it counts as caught up, once there is nothing left to send. */
  isCaughtUp: () => boolean
}>

export function followAll(request: ReadRequest, reader: Reader, head: bigint): Follower {
  const { filter } = request
  const checkpointEvery = filter?.checkpointEvery ?? Number.POSITIVE_INFINITY
  let position = startOf(request, head)
  let sinceCheckpoint = 0

  const messagesOf = (events: readonly PageEvent[]): readonly Buffer[] => {
    const messages: Buffer[] = []
    for (const event of events) {
      position = event.position
      sinceCheckpoint += 1
      if (event.message !== undefined) messages.push(event.message)
      if (sinceCheckpoint < checkpointEvery) continue
      sinceCheckpoint = 0
      messages.push(checkpoint(position))
    }
    return messages
  }
  const filtered = (event: LogEvent): PageEvent => {
    const matches = filter === undefined || filter.matches(event[filter.subject])
    return matches ? event : { ...event, message: undefined }
  }
  return {
    position: () => position,
    live: (events) => messagesOf(filter === undefined ? events : events.map(filtered)),
    history: async function* (head) {
      const range = { from: position, backwards: false, limit: UNLIMITED, head }
      for await (const page of reader.all(range, filter)) yield messagesOf(page)
      position = head
    },
    isCaughtUp: () => true,
  }
}

function startOf({ from }: ReadRequest, head: bigint): bigint {
  if (from === 'start') return 0n
  return from === 'end' ? head : from
}

export function followStream(
  request: ReadRequest,
  stream: string,
  reader: Reader,
  head: bigint,
): Follower {
  let position = request.from === 'end' ? head : 0n
  let revision = typeof request.from === 'bigint' ? request.from : -1n
  // A real server, too, says nothing to who waits for the start of a stream that is not there.
  let isCaughtUp = request.from !== 'start'

  const sent = (event: PageEvent) => {
    revision = event.revision
    isCaughtUp = true
    return event.message ?? []
  }
  return {
    position: () => position,
    live: (events) => {
      position = events.at(-1)?.position ?? position
      return events
        .filter((event) => event.stream === stream && event.revision > revision)
        .flatMap(sent)
    },
    history: async function* (head) {
      const range = { from: revision, backwards: false, limit: UNLIMITED, head }
      for await (const page of reader.stream(stream, range)) yield page.flatMap(sent)
      position = head
    },
    isCaughtUp: () => isCaughtUp,
  }
}
