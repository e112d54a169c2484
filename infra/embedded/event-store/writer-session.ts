/** The one connection that writes the log, and holds the lock that makes it the only one. */
import { Client } from 'pg'
import type { AppendRequest, Committed } from './append-group.ts'
import { boolArray, byteaArray, int8Array, textArray, uuidArray } from './binary-array.ts'
import type { Written } from './decide.ts'
import { NO_STREAM, type RecordedEvent } from './log-event.ts'
import { lastPosition, prepareSchema } from './schema.ts'

const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 15_000 // after it, the outcome of a commit is unknown

/** Any constant will do, as long as every node uses the same. */
const WRITER_LOCK = '8390876199061350759'

// Durability does not depend on the server's defaults; plans do not depend on its statistics.
const SETTINGS =
  '-c synchronous_commit=on -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan'

const HEADS = `
  SELECT wanted.stream, (
      SELECT revision FROM event_store.event
       WHERE stream = wanted.stream ORDER BY revision DESC LIMIT 1)
    FROM unnest($1::text[]) AS wanted (stream)`

const FIRST_WRITTEN = `
  SELECT DISTINCT ON (event.stream, event.id)
         event.stream, event.id, event.revision, event.position
    FROM unnest($1::text[], $2::uuid[]) AS wanted (stream, id)
    JOIN event_store.event ON event.id = wanted.id AND event.stream = wanted.stream
   ORDER BY event.stream, event.id, event.revision`

const PLACES = `
  SELECT event.stream, event.revision, event.id, event.position
    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS wanted (stream, low, high)
    JOIN event_store.event
      ON event.stream = wanted.stream AND event.revision BETWEEN wanted.low AND wanted.high`

const INSERT = `
  INSERT INTO event_store.event
         (position, stream, revision, id, type, is_json, created_ms, metadata, data)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::uuid[], $5::text[],
                       $6::boolean[], $7::bigint[], $8::bytea[], $9::bytea[])`

const INSERT_AND_RESERVE = `
  WITH reserved AS (UPDATE event_store.log SET reserved_position = $10) ${INSERT}`

export type WriterSession = Readonly<{
  /** The last position given away before this session began. */
  lastPosition: bigint
  /** The last revisions of streams; NO_STREAM for those that are not there. */
  heads: (streams: readonly string[]) => Promise<ReadonlyMap<string, bigint>>
  /** What is needed to tell retries from new events. */
  known: (requests: readonly AppendRequest[], heads: Heads) => Promise<Omit<Committed, 'head'>>
  /** Durable when it resolves; unknown when it rejects. */
  write: (events: readonly RecordedEvent[], reserved: bigint | undefined) => Promise<void>
  end: () => Promise<void>
  /** Resolves when the connection is gone, for whatever reason. */
  lost: Promise<Error>
}>

type Heads = (stream: string) => bigint

/** Rejects when Postgres can't be reached; undefined when another writer holds the lock. */
export async function openSession(databaseUrl: string): Promise<WriterSession | undefined> {
  const client = new Client({
    connectionString: databaseUrl,
    options: SETTINGS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'tradeline event store writer',
    keepAlive: true,
  })
  const lost = new Promise<Error>((resolve) => {
    client.on('error', resolve)
    client.on('end', () => resolve(new Error('the connection to Postgres ended')))
  })
  try {
    await client.connect()
    if (await lock(client)) return await beginSession(client, lost)
    await client.end()
    return undefined
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
}

async function lock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>(
    `SELECT pg_try_advisory_lock(${WRITER_LOCK}) AS held`,
  )
  return rows[0]?.held === true
}

async function beginSession(client: Client, lost: Promise<Error>): Promise<WriterSession> {
  await prepareSchema(client)
  return {
    lastPosition: await lastPosition(client),
    heads: (streams) => readHeads(client, streams),
    known: (requests, heads) => readKnown(client, requests, heads),
    write: (events, reserved) => write(client, events, reserved),
    end: () => client.end(),
    lost,
  }
}

type Cell = string | null

/** Rows as text: positions and revisions are parsed as bigint, never as a number. */
async function queryRows(
  client: Client,
  name: string,
  text: string,
  values: readonly Buffer[],
): Promise<Cell[][]> {
  const types = { getTypeParser: () => (value: string) => value }
  const { rows } = await client.query<Cell[]>({
    name,
    text,
    values: [...values],
    rowMode: 'array',
    types,
  })
  return rows
}

async function readHeads(client: Client, streams: readonly string[]) {
  const rows = await queryRows(client, 'heads', HEADS, [textArray(streams)])
  return new Map(
    rows.map(([stream, head]) => [String(stream), head == null ? NO_STREAM : BigInt(head)]),
  )
}

async function readKnown(client: Client, requests: readonly AppendRequest[], headOf: Heads) {
  const [firstWritten, places] = await Promise.all([
    readFirstWritten(client, requests, headOf),
    readPlaces(client, requests, headOf),
  ])
  return {
    firstWritten: (stream: string, id: string) => firstWritten.get(`${id}${stream}`),
    positionOf: (stream: string, revision: bigint, id: string) => {
      const place = places.get(`${revision} ${stream}`)
      return place?.id === id ? place.position : undefined
    },
  }
}

/** For appends that expect no revision: which of their ids the stream has. */
async function readFirstWritten(
  client: Client,
  requests: readonly AppendRequest[],
  headOf: Heads,
): Promise<ReadonlyMap<string, Written>> {
  const streams: string[] = []
  const ids: string[] = []
  for (const { stream, expected, events } of requests) {
    if (expected !== 'any' && expected !== 'stream_exists') continue
    if (headOf(stream) === NO_STREAM) continue
    for (const { id } of events) {
      streams.push(stream)
      ids.push(id)
    }
  }
  const known = new Map<string, Written>()
  if (ids.length === 0) return known
  const values = [textArray(streams), uuidArray(ids)]
  const rows = await queryRows(client, 'first-written', FIRST_WRITTEN, values)
  for (const [stream, id, revision, position] of rows) {
    known.set(`${id}${stream}`, {
      revision: BigInt(revision ?? 0),
      position: BigInt(position ?? 0),
    })
  }
  return known
}

/** For appends that expect a revision the stream is past: what came after it. */
async function readPlaces(client: Client, requests: readonly AppendRequest[], headOf: Heads) {
  const streams: string[] = []
  const lows: bigint[] = []
  const highs: bigint[] = []
  for (const { stream, expected, events } of requests) {
    if (expected === 'any' || expected === 'stream_exists') continue
    const revision = expected === 'no_stream' ? NO_STREAM : expected
    if (revision >= headOf(stream) || events.length === 0) continue
    streams.push(stream)
    lows.push(revision + 1n)
    highs.push(revision + BigInt(events.length))
  }
  const places = new Map<string, { id: string; position: bigint }>()
  if (streams.length === 0) return places
  const values = [textArray(streams), int8Array(lows), int8Array(highs)]
  const rows = await queryRows(client, 'places', PLACES, values)
  for (const [stream, revision, id, position] of rows) {
    places.set(`${revision} ${stream}`, { id: String(id), position: BigInt(position ?? 0) })
  }
  return places
}

async function write(
  client: Client,
  events: readonly RecordedEvent[],
  reserved: bigint | undefined,
): Promise<void> {
  const values: (Buffer | string)[] = [
    int8Array(events.map(({ position }) => position)),
    textArray(events.map(({ stream }) => stream)),
    int8Array(events.map(({ revision }) => revision)),
    uuidArray(events.map(({ id }) => id)),
    textArray(events.map(({ type }) => type)),
    boolArray(events.map(({ isJson }) => isJson)),
    int8Array(events.map(({ createdMs }) => BigInt(createdMs))),
    byteaArray(events.map(({ metadata }) => metadata)),
    byteaArray(events.map(({ data }) => data)),
  ]
  if (reserved === undefined) {
    await client.query({ name: 'insert', text: INSERT, values })
  } else {
    values.push(String(reserved))
    await client.query({ name: 'insert-and-reserve', text: INSERT_AND_RESERVE, values })
  }
}
