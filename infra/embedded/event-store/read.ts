/** Answers reads: the events from a place on, up to where the log ended when the read came. */
import { unknownResult } from './call-error.ts'
import { messageOf, type Sink } from './event-call.ts'
import { matcher } from './event-filter.ts'
import { streamNotFound } from './read-messages.ts'
import type { ReadRequest } from './read-request.ts'
import type { Pages, Reader } from './reader.ts'

const BEYOND_ALL = 2n ** 63n - 1n

export type Read = ReadRequest & Readonly<{ limit: bigint }>

export async function readAll(
  request: Read,
  reader: Reader,
  head: bigint,
  sink: Sink,
): Promise<void> {
  const { backwards, limit } = request
  const matches = matcher(request.filter)
  // With a filter the limit counts what matches, which Postgres doesn't know.
  const scanLimit = request.filter === undefined ? limit : BEYOND_ALL
  const pages = reader.all({ from: startInAll(request, head), backwards, limit: scanLimit, head })
  await sendPages(pages, matches, limit, sink)
}

export async function readStream(
  request: Read,
  stream: string,
  reader: Reader,
  head: bigint,
  sink: Sink,
): Promise<void> {
  const { backwards, limit } = request
  if (limit === 0n || (request.from === 'end' && !backwards)) throw unknownResult()
  const pages = reader.stream(stream, { from: startInStream(request), backwards, limit, head })
  const sent = await sendPages(pages, () => true, limit, sink)
  if (sent > 0n || sink.isGone() || (await reader.exists(stream))) return
  await sink.send(streamNotFound(stream))
}

/** Forwards a position is included, backwards it is not. */
function startInAll({ from, backwards }: Read, head: bigint): bigint {
  if (from === 'start') return 0n
  if (from === 'end') return backwards ? head + 1n : head
  return backwards ? from : from - 1n
}

/** A revision is included in both directions. */
function startInStream({ from, backwards }: Read): bigint {
  if (from === 'end') return BEYOND_ALL
  const revision = from === 'start' ? 0n : from
  return backwards ? revision + 1n : revision - 1n
}

/** How many events were sent. */
async function sendPages(
  pages: Pages,
  matches: ReturnType<typeof matcher>,
  limit: bigint,
  sink: Sink,
): Promise<bigint> {
  let sent = 0n
  for await (const page of pages) {
    for (const event of page) {
      if (sink.isGone() || sent >= limit) return sent
      if (!matches(event)) continue
      const drained = sink.send(messageOf(event))
      if (drained !== undefined) await drained
      sent += 1n
    }
  }
  return sent
}
