/** Reads the log from Postgres, a page at a time, fetching the next one while this one is used. */
import { Pool } from 'pg'
import type { RecordedEvent } from './log-event.ts'

const MAX_CONNECTIONS = 6
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 30_000
const PAGE_EVENTS = 1_000
const PAGE_BYTES = 4 * 1024 * 1024 // a page ends with the event that crosses it

const MAX_INT8 = 2n ** 63n - 1n

// Plans do not depend on statistics.
const SETTINGS =
  '-c default_transaction_read_only=on -c enable_seqscan=off -c enable_sort=off -c plan_cache_mode=force_generic_plan'

/** Where a read goes on: events beyond `from`, up to the position `head`. */
export type Range = Readonly<{
  from: bigint // a position, or a revision when a stream is read; exclusive
  backwards: boolean
  limit: bigint
  head: bigint // later events are not there yet
}>

export type Pages = AsyncGenerator<readonly RecordedEvent[], void>

export type Reader = Readonly<{
  all: (range: Range) => Pages
  stream: (stream: string, range: Range) => Pages
  exists: (stream: string) => Promise<boolean>
  end: () => Promise<void>
}>

type Row = [string, string, string, string, string, string, string, string, string]
type FetchPage = (from: bigint, limit: bigint) => Promise<RecordedEvent[]>

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
  const fetch = async (name: string, text: string, values: readonly unknown[]) => {
    const types = { getTypeParser: () => (value: string) => value }
    const query = { name, text, values: [...values], rowMode: 'array' as const, types }
    const { rows } = await pool.query<Row>(query)
    return rows.map(toEvent)
  }
  return {
    all: ({ from, backwards, limit, head }) => {
      const query = backwards ? ALL_BACKWARDS : ALL_FORWARDS
      const name = backwards ? 'all-backwards' : 'all-forwards'
      const page: FetchPage = (from, limit) => fetch(name, query, [head, clamp(from), limit])
      return pages(page, from, limit, ({ position }) => position)
    },
    stream: (stream, { from, backwards, limit, head }) => {
      const query = backwards ? STREAM_BACKWARDS : STREAM_FORWARDS
      const name = backwards ? 'stream-backwards' : 'stream-forwards'
      const page: FetchPage = (from, limit) =>
        fetch(name, query, [head, clamp(from), limit, stream])
      return pages(page, from, limit, ({ revision }) => revision)
    },
    exists: async (stream) => {
      const text = 'SELECT 1 FROM event_store.event WHERE stream = $1 LIMIT 1'
      const { rowCount } = await pool.query({ name: 'exists', text, values: [stream] })
      return rowCount === 1
    },
    end: () => pool.end(),
  }
}

const clamp = (value: bigint) => (value > MAX_INT8 ? MAX_INT8 : value)

async function* pages(
  fetch: FetchPage,
  from: bigint,
  limit: bigint,
  placeOf: (event: RecordedEvent) => bigint,
): Pages {
  const fetchNext = (after: bigint, remaining: bigint) => {
    const page = fetch(after, remaining < PAGE_EVENTS ? remaining : BigInt(PAGE_EVENTS))
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

function toEvent(row: Row): RecordedEvent {
  const [position, stream, revision, id, type, isJson, createdMs, metadata, data] = row
  return {
    position: BigInt(position),
    stream,
    revision: BigInt(revision),
    id,
    type,
    isJson: isJson === 't',
    createdMs: Number(createdMs),
    metadata: toBytes(metadata),
    data: toBytes(data),
  }
}

const NO_BYTES = new Uint8Array(0)

/** Postgres writes bytes as `\x` and hexadecimal digits. */
const toBytes = (text: string) => (text.length === 2 ? NO_BYTES : Buffer.from(text.slice(2), 'hex'))

/** Orders by a column, and ends a page early when its bytes are enough. */
function pageQuery(place: 'position' | 'revision', backwards: boolean, where: string): string {
  const order = `${place} ${backwards ? 'DESC' : 'ASC'}`
  const size = 'octet_length(data) + octet_length(metadata)'
  return `
    SELECT position, stream, revision, id, type, is_json, created_ms, metadata, data
      FROM (
        SELECT *, sum(${size}) OVER (ORDER BY ${order} ROWS UNBOUNDED PRECEDING)
                  - (${size}) AS bytes_before
          FROM event_store.event
         WHERE position <= $1 AND ${place} ${backwards ? '<' : '>'} $2${where}
         ORDER BY ${order} LIMIT $3
      ) AS page
     WHERE bytes_before < ${PAGE_BYTES}
     ORDER BY ${order}`
}

const ALL_FORWARDS = pageQuery('position', false, '')
const ALL_BACKWARDS = pageQuery('position', true, '')
const STREAM_FORWARDS = pageQuery('revision', false, ' AND stream = $4')
const STREAM_BACKWARDS = pageQuery('revision', true, ' AND stream = $4')
