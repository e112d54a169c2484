/** What the feed says of itself: where it stands, and what it said of a day. */

import type pg from 'pg'
import type { Position } from '../../domain/kernel/position.ts'
import { FIRST_HASH, type TypeTotals } from '../../feed/statement.ts'

export type FeedStatus = Readonly<{
  /** The number of the newest message. */
  lastSequence: number
  /** At least up to here JetStream has acknowledged. */
  lastPublishedSequence: number
  /** Messages that wait to be published. */
  unpublished: number
  /** Everything in the log up to here is in the feed; as text, like every position. */
  position: string
  /** How far behind the head of the log, in positions. */
  lag: string
  connected: boolean
  /** Why it is not connected, or why it stands still. */
  reason: string | null
  reportedAt: string
}>

type StatusRow = Readonly<{
  position: bigint
  last_sequence: bigint
  error_message: string | null
  published_sequence: bigint
  connected: boolean
  reason: string | null
  reported_at: Date
  is_silent: boolean
}>

/** A leader reports every few seconds; silent for so long, there is none. */
const SILENT_S = 30

/** `head` is the log's. */
export async function feedStatus(pool: pg.Pool, head: Position): Promise<FeedStatus> {
  const { rows } = await pool.query<StatusRow>(
    `SELECT position, last_sequence, error_message, published_sequence, connected, reason,
       reported_at, reported_at < now() - make_interval(secs => $1) AS is_silent
     FROM feed.outbox CROSS JOIN feed.publisher`,
    [SILENT_S],
  )
  const [row] = rows
  if (row === undefined) throw new Error('the feed has no tables')
  const { position, last_sequence, published_sequence } = row
  const unpublished = last_sequence - published_sequence
  return {
    lastSequence: Number(last_sequence),
    lastPublishedSequence: Number(published_sequence),
    unpublished: Number(unpublished > 0n ? unpublished : 0n),
    position: String(position),
    lag: String(head > position ? head - position : 0n),
    connected: row.connected && !row.is_silent,
    reason: reasonOf(row),
    reportedAt: row.reported_at.toISOString(),
  }
}

function reasonOf({ error_message, is_silent, reason }: StatusRow): string | null {
  if (error_message !== null) return error_message
  if (is_silent) return 'no process runs the feed'
  return reason
}

export type FeedStatement = Readonly<{
  date: string
  /** Messages booked on the day. */
  count: number
  firstSequence: number | null
  lastSequence: number | null
  /** By type of message. */
  sums: Readonly<Record<string, TypeTotals>>
  hash: string
  /** Whether the feed has said that the day is closed. */
  closed: boolean
}>

type StatementRow = Readonly<{
  count: number | null
  first_sequence: bigint | null
  last_sequence: bigint | null
  sums: Readonly<Record<string, TypeTotals>> | null
  hash: string | null
  closed: boolean
}>

/** Of a day without messages, too: nothing, and the hash of nothing. */
export async function feedStatement(pool: pg.Pool, date: string): Promise<FeedStatement> {
  const { rows } = await pool.query<StatementRow>(
    `SELECT count, first_sequence, last_sequence, sums, hash, EXISTS (
       SELECT FROM feed.messages
       WHERE subject = 'tradeline.v1.books.business-day-closed' AND about = $1::text
     ) AS closed
     FROM (VALUES ($1::date)) AS asked (date) LEFT JOIN feed.days USING (date)`,
    [date],
  )
  const row = rows[0]
  return {
    date,
    count: row?.count ?? 0,
    firstSequence: row?.first_sequence == null ? null : Number(row.first_sequence),
    lastSequence: row?.last_sequence == null ? null : Number(row.last_sequence),
    sums: row?.sums ?? {},
    hash: row?.hash ?? FIRST_HASH,
    closed: row?.closed ?? false,
  }
}
