/**
 * One leader at a time. A session-level advisory lock on a connection of its own says who leads; an
 * epoch, raised on taking office, lets every commit check that it is still the same term, so that a
 * leader that was paused and wakes up after its successor took office can't write.
 */

import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Log } from './log.ts'

/** The term this work belongs to is over: a successor has taken office. */
export class LeadershipLost extends Error {
  constructor(name: string) {
    super(`the leadership of ${name} has passed to another process`)
    this.name = 'LeadershipLost'
  }
}

/**
 * Called inside a transaction: throws `LeadershipLost` if the term is over, and else holds off the
 * next leader until the transaction ends.
 */
export type Fence = (client: Pick<pg.ClientBase, 'query'>) => Promise<void>

export type LeadOptions = Readonly<{
  url: string
  /** What is led: one leader for each name in a database. */
  name: string
  /**
   * The work of one term. It ends soon after the signal aborts; until it has, no new term begins.
   * If it ends by itself, by failure or not, the office is given up and run for again.
   */
  onLead: (fence: Fence, signal: AbortSignal) => Promise<void>
  log: Log
  timing?: Partial<Timing>
}>

export type Timing = Readonly<{
  /** How often the leader shows that it is alive. */
  heartbeatMs: number
  /** A leader silent for so long is put out of office by a candidate; many heartbeats. */
  silentMs: number
  /** The longest wait for the lock before the candidate looks at the leader's health. */
  lockWaitMs: number
  /** Between two tries after a failure: doubled from the first to the last. */
  firstRetryMs: number
  lastRetryMs: number
}>

const defaults: Timing = {
  heartbeatMs: 2_000,
  silentMs: 20_000,
  lockWaitMs: 2_000,
  firstRetryMs: 200,
  lastRetryMs: 10_000,
}

export type Leadership = Readonly<{
  /** Ends the term or the candidacy; resolves when the work has ended and the office is free. */
  stop: () => Promise<void>
}>

/** First key of every advisory lock of ours that stands for an office. */
const LOCK_CLASS = 1_953_653_092
const CLOSE_MS = 1_000

/** Runs for an office until stopped, and does its work whenever it is held. */
export function lead(options: LeadOptions): Leadership {
  const stopping = new AbortController()
  const candidacy = campaign(options, { ...defaults, ...options.timing }, stopping.signal)
  return {
    stop: () => {
      stopping.abort()
      return candidacy
    },
  }
}

async function campaign(options: LeadOptions, timing: Timing, stop: AbortSignal): Promise<void> {
  let failures = 0
  let said: string | undefined
  while (!stop.aborted) {
    const outcome = await runForOffice(options, timing, stop)
    failures = outcome.ledMs > timing.lastRetryMs ? 1 : failures + 1
    if (stop.aborted) return
    if (outcome.ledMs > 0 || outcome.reason !== said) {
      options.log.warn({ office: options.name, reason: outcome.reason }, 'not leading any more')
    }
    said = outcome.reason
    await delay(retryAfterMs(timing, failures), undefined, { signal: stop }).catch(() => undefined)
  }
}

function retryAfterMs(timing: Timing, failures: number): number {
  return Math.min(timing.lastRetryMs, timing.firstRetryMs * 2 ** Math.min(failures - 1, 20))
}

/** How long a candidate led (0: it never did), and why it does not any more. */
type Outcome = Readonly<{ ledMs: number; reason: string }>

/** One connection, one candidacy and, if it wins, one term. Never rejects. */
async function runForOffice(
  options: LeadOptions,
  timing: Timing,
  stop: AbortSignal,
): Promise<Outcome> {
  const term = new AbortController()
  const socket = new Socket()
  const client = connection(options, socket)
  client.once('error', (error) => term.abort(error))
  client.once('end', () => term.abort(new Error('the connection to Postgres ended')))
  // Ends even a connection that waits for the lock; a term gives its work time to end first.
  let since: number | undefined
  const ledMs = () => (since === undefined ? 0 : performance.now() - since)
  const withdraw = () => (since !== undefined ? term.abort() : void socket.destroy())
  stop.addEventListener('abort', withdraw, { once: true })
  try {
    await client.connect()
    await prepare(client, timing)
    await waitForLock(client, options, timing, stop)
    const epoch = await takeOffice(client, options.name)
    since = performance.now()
    if (stop.aborted) return { ledMs: ledMs(), reason: 'stopped' }
    options.log.info({ office: options.name, epoch }, 'leading')
    await holdOffice(client, options, epoch, term, timing)
    const reason = term.signal.aborted ? reasonOf(term.signal) : 'the work ended'
    return { ledMs: ledMs(), reason }
  } catch (error) {
    return { ledMs: ledMs(), reason: error instanceof Error ? error.message : String(error) }
  } finally {
    stop.removeEventListener('abort', withdraw)
    await close(client, socket)
  }
}

/** Says goodbye, so that the lock is free at once; a connection that hangs is cut. */
async function close(client: pg.Client, socket: Socket): Promise<void> {
  const goodbye = client.end().catch(() => undefined)
  await Promise.race([goodbye, delay(CLOSE_MS, undefined, { ref: false })])
  socket.destroy()
}

function reasonOf(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : String(signal.reason)
}

function connection({ url, name }: LeadOptions, socket: Socket): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    application_name: `tradeline leader ${name}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    stream: () => socket,
  })
  client.on('error', () => undefined)
  return client
}

async function prepare(client: pg.Client, { lockWaitMs }: Timing): Promise<void> {
  await client.query(`
    SELECT pg_advisory_xact_lock(${LOCK_CLASS}, 0);
    CREATE SCHEMA IF NOT EXISTS leadership;
    CREATE TABLE IF NOT EXISTS leadership.office (
      name text PRIMARY KEY,
      epoch bigint NOT NULL,
      taken_at timestamptz NOT NULL
    )`)
  await client.query(`SET lock_timeout = ${lockWaitMs}; SET idle_session_timeout = 0`)
}

const LOCK_NOT_AVAILABLE = '55P03'

/** Bounded waits, one after another; between two of them a leader found silent is put out. */
async function waitForLock(
  client: pg.Client,
  { name, log }: LeadOptions,
  timing: Timing,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    try {
      await client.query('SELECT pg_advisory_lock($1, hashtext($2))', [LOCK_CLASS, name])
      return
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE)) throw error
      const put = await client.query(PUT_OUT_SILENT, [LOCK_CLASS, name, timing.silentMs])
      if ((put.rowCount ?? 0) > 0) log.warn({ office: name }, 'a silent leader was put out')
    }
  }
  throw new Error('stopped')
}

const PUT_OUT_SILENT = `
  SELECT pg_terminate_backend(holder.pid)
  FROM pg_locks AS held JOIN pg_stat_activity AS holder USING (pid)
  WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2
    AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND held.classid::bigint = $1
    AND held.objid::bigint = hashtext($2)::bigint & 4294967295
    AND holder.state_change < clock_timestamp() - $3 * interval '1 millisecond'`

async function takeOffice(client: pg.Client, name: string): Promise<string> {
  const { rows } = await client.query<{ epoch: string }>(
    `INSERT INTO leadership.office AS held (name, epoch, taken_at) VALUES ($1, 1, now())
     ON CONFLICT (name) DO UPDATE SET epoch = held.epoch + 1, taken_at = now()
     RETURNING epoch::text`,
    [name],
  )
  const [taken] = rows
  if (taken === undefined) throw new Error(`no epoch was given for ${name}`)
  return taken.epoch
}

async function holdOffice(
  client: pg.Client,
  { name, onLead }: LeadOptions,
  epoch: string,
  term: AbortController,
  timing: Timing,
): Promise<void> {
  const heart = beat(client, term, timing)
  try {
    await onLead(fenceOf(name, epoch), term.signal)
  } finally {
    clearInterval(heart)
  }
}

/** Shows that the leader lives, and finds a dead connection when nothing else would. */
function beat(client: pg.Client, term: AbortController, timing: Timing): NodeJS.Timeout {
  let askedAt: number | undefined
  return setInterval(() => {
    if (askedAt !== undefined) {
      if (performance.now() - askedAt > timing.silentMs) {
        term.abort(new Error('Postgres does not answer'))
      }
      return
    }
    askedAt = performance.now()
    client.query('SELECT').then(
      () => {
        askedAt = undefined
      },
      (error) => term.abort(error),
    )
  }, timing.heartbeatMs)
}

function fenceOf(name: string, epoch: string): Fence {
  return async (client) => {
    const { rows } = await client.query<{ epoch: string }>({
      name: 'leadership-fence',
      text: 'SELECT epoch::text FROM leadership.office WHERE name = $1 FOR SHARE',
      values: [name],
    })
    if (rows[0]?.epoch !== epoch) throw new LeadershipLost(name)
  }
}
