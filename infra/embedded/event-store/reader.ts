/** Reads the log from Postgres, a page at a time, fetching the next one while this one is used. */
import { escapeLiteral, Pool } from 'pg'
import { copyRows } from './copy-rows.ts'
import type { EventFilter } from './event-filter.ts'
import { eventMessage } from './event-message.ts'

const MAX_CONNECTIONS = 6
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 30_000
const PAGE_EVENTS = 1_000
const PAGE_BYTES = 4 * 1024 * 1024 // a page ends with the event that crosses it

const MAX_INT8 = 2n ** 63n - 1n

/** More events than there can be. */
export const UNLIMITED = MAX_INT8

// Plans do not depend on statistics.
const SETTINGS =
  '-c default_transaction_read_only=on -c enable_seqscan=off -c enable_bitmapscan=off'

/** Where a read goes on: events beyond `from`, up to the position `head`. */
export type Range = Readonly<{
  from: bigint // a position, or a revision when a stream is read; exclusive
  backwards: boolean
  limit: bigint // of events that are looked at, whether they match or not
  head: bigint // later events are not there yet
}>

export type PageEvent = Readonly<{
  position: bigint
  revision: bigint
  message: Buffer | undefined // none when the filter does not match
}>

export type Pages = AsyncGenerator<readonly PageEvent[], void>

export type Reader = Readonly<{
  all: (range: Range, filter: EventFilter | undefined) => Pages
  stream: (stream: string, range: Range) => Pages
  exists: (stream: string) => Promise<boolean>
  end: () => Promise<void>
}>

export function createReader(databaseUrl: string): Reader {
  const pool = new Pool({
    connectionString: databaseUrl,
    options: SETTINGS,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'tradeline event store reader',
  })
  pool.on('error', () => undefined) // an idle connection ended; the next read makes a new one
  return {
    all: (range, filter) => {
      const query: PageQuery = (from, limit) => pageQuery('position', { ...range, from, limit })
      return pages(pool, query, range, ({ position }) => position, filter)
    },
    stream: (stream, range) => {
      const where = ` AND stream = ${escapeLiteral(stream)}`
      const query: PageQuery = (from, limit) =>
        pageQuery('revision', { ...range, from, limit }, where)
      return pages(pool, query, range, ({ revision }) => revision)
    },
    exists: async (stream) => {
      const text = 'SELECT 1 FROM event_store.event WHERE stream = $1 LIMIT 1'
      const { rowCount } = await pool.query({ name: 'exists', text, values: [stream] })
      return rowCount === 1
    },
    end: () => pool.end(),
  }
}

type PageQuery = (from: bigint, limit: bigint) => string

/** Orders by a column, and ends a page early when its bytes are enough. */
function pageQuery(place: 'position' | 'revision', range: Range, where = ''): string {
  const { from, backwards, limit, head } = range
  const order = `${place} ${backwards ? 'DESC' : 'ASC'}`
  const size = 'octet_length(data) + octet_length(metadata)'
  return `
    SELECT position, revision, stream, id::text, type, is_json, created_ms || '0000', metadata, data
      FROM (
        SELECT *, sum(${size}) OVER (ORDER BY ${order} ROWS UNBOUNDED PRECEDING)
                  - (${size}) AS bytes_before
          FROM event_store.event
         WHERE position <= ${head} AND ${place} ${backwards ? '<' : '>'} ${clamp(from)}${where}
         ORDER BY ${order} LIMIT ${limit}
      ) AS page
     WHERE bytes_before < ${PAGE_BYTES}
     ORDER BY ${order}`
}

const clamp = (value: bigint) => (value > MAX_INT8 ? MAX_INT8 : value)

async function* pages(
  pool: Pool,
  query: PageQuery,
  { from, limit }: Range,
  placeOf: (event: PageEvent) => bigint,
  filter?: EventFilter,
): Pages {
  const fetchNext = (after: bigint, remaining: bigint) => {
    const most = remaining < PAGE_EVENTS ? remaining : BigInt(PAGE_EVENTS)
    const page = fetchPage(pool, query(after, most), filter)
    page.catch(() => undefined) // thrown where it is awaited, if it ever is
    return page
  }
  let remaining = limit
  let next = fetchNext(from, remaining)
  for (;;) {
    const page = await next
    const last = page.at(-1)
    if (last === undefined) return
    remaining -= BigInt(page.length)
    if (remaining > 0n) next = fetchNext(placeOf(last), remaining)
    yield page
    if (remaining <= 0n) return
  }
}

async function fetchPage(pool: Pool, query: string, filter?: EventFilter): Promise<PageEvent[]> {
  const client = await pool.connect()
  const events: PageEvent[] = []
  try {
    await copyRows(client, query, (fields) => events.push(toPageEvent(fields, filter)))
    client.release()
    return events
  } catch (error) {
    client.release(true)
    throw error
  }
}

const NO_BYTES = Buffer.alloc(0)

function toPageEvent(fields: readonly Buffer[], filter?: EventFilter): PageEvent {
  const field = (index: number) => fields[index] ?? NO_BYTES
  const position = field(0).readBigInt64BE()
  const revision = field(1).readBigInt64BE()
  const stream = field(2)
  const type = field(4)
  if (filter !== undefined) {
    const text = filter.subject === 'stream' ? stream : type
    if (!filter.matches(text.toString())) return { position, revision, message: undefined }
  }
  const message = eventMessage({
    position,
    revision,
    stream,
    id: field(3),
    type,
    isJson: field(5)[0] === 1,
    created: field(6),
    metadata: field(7),
    data: field(8),
  })
  return { position, revision, message }
}
