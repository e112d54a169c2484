/**
 * The outbox: follows the log, translates, and gives every message its number, in one transaction
 * with the position it has come to. A crash at any instant leaves both or neither.
 */

import type pg from 'pg'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { Batch } from '../../domain/kernel/event-log.ts'
import type { Position } from '../../domain/kernel/position.ts'
import type { Message, Translate, Unnumbered } from '../../feed/message.ts'
import { numbered, TranslationFailed } from '../../feed/message.ts'
import { type DayStatement, withMessage } from '../../feed/statement.ts'
import type { Fence } from '../postgres/leadership.ts'
import { DERIVED, fenced } from './transaction.ts'

export type Checkpoint = Readonly<{ position: Position; lastSequence: bigint }>

type Options = Readonly<{ pool: pg.Pool; fence: Fence; translate: Translate }>

export type Outbox = Readonly<{
  checkpoint: () => Checkpoint
  /**
   * Takes a batch in. Throws `TranslationFailed` on an event that can't be said, when everything
   * before it is written and nothing after it.
   */
  take: (batch: Batch) => Promise<void>
}>

export async function openOutbox(options: Options): Promise<Outbox> {
  let checkpoint = await readCheckpoint(options.pool)
  return {
    checkpoint: () => checkpoint,
    take: async ({ events, position }) => {
      if (position <= checkpoint.position) return
      const said = translateAll(options.translate, events)
      const reached = said.failure === undefined ? position : said.reached
      if (reached !== undefined) {
        checkpoint = await write(options, checkpoint, said.messages, reached)
      }
      if (said.failure !== undefined) throw said.failure
    },
  }
}

async function readCheckpoint(pool: pg.Pool): Promise<Checkpoint> {
  const { rows } = await pool.query<{ position: bigint; last_sequence: bigint }>(
    'UPDATE feed.outbox SET error_position = NULL, error_message = NULL RETURNING position, last_sequence',
  )
  const [row] = rows
  if (row === undefined) throw new Error('the feed has no checkpoint')
  return { position: row.position, lastSequence: row.last_sequence }
}

type Translated = Readonly<{
  messages: readonly Unnumbered[]
  /** The position of the last event that could be said or is not for the feed. */
  reached: Position | undefined
  failure: TranslationFailed | undefined
}>

function translateAll(translate: Translate, events: readonly RecordedEvent[]): Translated {
  const messages: Unnumbered[] = []
  let reached: Position | undefined
  for (const event of events) {
    try {
      const message = translate(event)
      if (message !== undefined) messages.push(message)
    } catch (failure) {
      if (failure instanceof TranslationFailed) return { messages, reached, failure }
      throw failure
    }
    reached = event.position
  }
  return { messages, reached, failure: undefined }
}

async function write(
  options: Options,
  from: Checkpoint,
  unnumbered: readonly Unnumbered[],
  position: Position,
): Promise<Checkpoint> {
  const messages = unnumbered.map((message, index) =>
    numbered(message, from.lastSequence + BigInt(index + 1)),
  )
  const to = { position, lastSequence: from.lastSequence + BigInt(messages.length) }
  await fenced(options, async (client) => {
    if (messages.length === 0) await client.query(DERIVED)
    await move(client, from, to)
    if (messages.length === 0) return
    await insert(client, messages)
    await addToDays(client, messages, unnumbered)
  })
  return to
}

/** Only from where this outbox believes to be: a message is numbered once, by one writer. */
async function move(client: pg.PoolClient, from: Checkpoint, to: Checkpoint): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE feed.outbox SET position = $1, last_sequence = $2
     WHERE position = $3 AND last_sequence = $4`,
    [to.position, to.lastSequence, from.position, from.lastSequence],
  )
  if (rowCount !== 1) throw new Error('the feed is not where this writer left it')
}

async function insert(client: pg.PoolClient, messages: readonly Message[]): Promise<void> {
  await client.query(
    `INSERT INTO feed.messages
       (sequence, event_id, position, subject, about, booked_on, cloud_event)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[],
       $6::date[], $7::text[])`,
    [
      messages.map(({ sequence }) => sequence),
      messages.map(({ eventId }) => eventId),
      messages.map(({ position }) => position),
      messages.map(({ subject }) => subject),
      messages.map(({ about }) => about),
      messages.map(({ bookedOn }) => bookedOn),
      messages.map(({ body }) => body),
    ],
  )
}

type DayRow = Readonly<{
  date: string
  count: number
  first_sequence: bigint
  last_sequence: bigint
  sums: DayStatement['sums']
  hash: string
}>

async function addToDays(
  client: pg.PoolClient,
  messages: readonly Message[],
  unnumbered: readonly Unnumbered[],
): Promise<void> {
  const dates = [...new Set(messages.map(({ bookedOn }) => bookedOn))]
  const { rows } = await client.query<DayRow>('SELECT * FROM feed.days WHERE date = ANY($1)', [
    dates,
  ])
  const days = new Map(rows.map((row) => [row.date, dayOf(row)]))
  messages.forEach((message, index) => {
    const said = unnumbered[index]
    if (said === undefined) return
    days.set(message.bookedOn, withMessage(days.get(message.bookedOn), message, said))
  })
  for (const day of days.values()) {
    await client.query(
      `INSERT INTO feed.days (date, count, first_sequence, last_sequence, sums, hash)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (date) DO UPDATE SET count = excluded.count,
         last_sequence = excluded.last_sequence, sums = excluded.sums, hash = excluded.hash`,
      [day.date, day.count, day.firstSequence, day.lastSequence, day.sums, day.hash],
    )
  }
}

export function dayOf(row: DayRow): DayStatement {
  return {
    date: row.date,
    count: row.count,
    firstSequence: row.first_sequence,
    lastSequence: row.last_sequence,
    sums: row.sums,
    hash: row.hash,
  }
}

/** Notes why the outbox stands still, for the status; taking up the work again clears it. */
export async function noteFailure(
  options: Pick<Options, 'pool' | 'fence'>,
  { position, message }: TranslationFailed,
): Promise<void> {
  await fenced(options, async (client) => {
    await client.query('UPDATE feed.outbox SET error_position = $1, error_message = $2', [
      position,
      message,
    ])
  })
}
