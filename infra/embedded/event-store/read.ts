/** Answers reads: the events from a place on, up to where the log ended when the read came. */
import { unknownResult } from './call-error.ts'
import type { Sink } from './event-call.ts'
import { streamNotFound } from './read-messages.ts'
import type { ReadRequest } from './read-request.ts'
import { type Pages, type Reader, UNLIMITED } from './reader.ts'

export type Read = ReadRequest & Readonly<{ limit: bigint }>

export async function readAll(
  request: Read,
  reader: Reader,
  head: bigint,
  sink: Sink,
): Promise<void> {
  const { backwards, filter } = request
  // With a filter the limit counts what matches, which Postgres doesn't know.
  const limit = filter === undefined ? request.limit : UNLIMITED
  const range = { from: startInAll(request, head), backwards, limit, head }
  await sendPages(reader.all(range, filter), request.limit, sink)
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
  const sent = await sendPages(pages, limit, sink)
  if (sent > 0 || sink.isGone() || (await reader.exists(stream))) return
  await sink.send([streamNotFound(stream)])
}

/** Forwards a position is included, backwards it is not. */
function startInAll({ from, backwards }: Read, head: bigint): bigint {
  if (from === 'start') return 0n
  if (from === 'end') return backwards ? head + 1n : head
  return backwards ? from : from - 1n
}

/** A revision is included in both directions. */
function startInStream({ from, backwards }: Read): bigint {
  if (from === 'end') return UNLIMITED
  const revision = from === 'start' ? 0n : from
  return backwards ? revision + 1n : revision - 1n
}

/** How many events were sent. */
async function sendPages(pages: Pages, limit: bigint, sink: Sink): Promise<number> {
  let sent = 0
  for await (const page of pages) {
    const matching = page.flatMap(({ message }) => message ?? [])
    const messages = matching.slice(0, Number(limit) - sent)
    await sink.send(messages)
    sent += messages.length
    if (sent >= limit || sink.isGone()) break
  }
  return sent
}
