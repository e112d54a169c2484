/** A whole tradeline for the tests of the contract: in this process, its ports free ones. */

import { join } from 'node:path'
import { Pool } from 'pg'
import type { Role } from '../../domain/kernel/roles.ts'
import { startApp } from '../../infra/app/app.ts'
import { readConfig } from '../../infra/config.ts'
import { discover } from '../../infra/discover.ts'
import { signToken } from '../../infra/keys.ts'
import { createLogger } from '../../infra/logger.ts'
import { connectionString, testEventStoreNode } from '../support/event-store.ts'
import { temporaryFolder } from '../support/folders.ts'
import { type Teardown, testDatabase } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { type Answer, type Sent, send } from './http.ts'

const ROOT = join(import.meta.dirname, '..', '..')

export const FIRST_DAY = '2026-03-02'

type Headers = Readonly<Record<string, string>>

/** Somebody with a role, who sends to both services. */
export type Person = Readonly<{
  token: string
  post: (path: string, body?: unknown, headers?: Headers) => Promise<Answer>
  get: (path: string, headers?: Headers) => Promise<Answer>
}>

export type System = Readonly<{
  writeUrl: string
  readUrl: string
  dataDir: string
  person: (role: Role, dealer?: string, user?: string) => Promise<Person>
  /** The position of the newest event, once all that follows from what was written is there. */
  head: () => Promise<bigint>
  /** Resolves once all read models and sagas have seen all that was written. */
  seen: () => Promise<void>
  /** Sends to the write service with no token but one that is given. */
  sendToWrite: (sent: Sent) => Promise<Answer>
  sendToRead: (sent: Sent) => Promise<Answer>
}>

type Environment = Readonly<Record<string, string>>

/** Starts the services and the worker on an empty log, with these variables set; ended with the test. */
export async function startSystem(
  t: Teardown,
  environment: Environment = {},
  businessDate = FIRST_DAY,
): Promise<System> {
  const dataDir = await temporaryFolder(t)
  const node = await testEventStoreNode(t)
  const databaseUrl = await testDatabase(t)
  const config = readConfig(
    { WRITE_PORT: '0', READ_PORT: '0', LOG_LEVEL: 'error', ...environment },
    { data: dataDir, role: 'all', businessDate },
  )
  const eventStoreUrl = connectionString(node.port)
  const servers = { databaseUrl, eventStoreUrl, natsUrl: undefined, missing: [] }
  const logger = createLogger({ level: 'error' })
  const app = await startApp(config, servers, await discover(ROOT), logger)
  t.teardown(app.stop)
  const writeUrl = `http://127.0.0.1:${app.ports.write}`
  const readUrl = `http://127.0.0.1:${app.ports.read}`
  const log = connected(t, node.databaseUrl)
  const head = async () => await headOf(log)
  const person = async (role: Role, dealer?: string, user?: string) =>
    personWith(await signToken(dataDir, { role, dealer, user }), { writeUrl, readUrl, head })
  const followers = connected(t, databaseUrl)
  return {
    writeUrl,
    readUrl,
    dataDir,
    person,
    head: async () => await allSeen(followers, head),
    seen: async () => void (await allSeen(followers, head)),
    sendToWrite: (sent) => send(writeUrl, sent),
    sendToRead: (sent) => send(readUrl, sent),
  }
}

type Head = () => Promise<bigint>

type Services = Pick<System, 'writeUrl' | 'readUrl'> & Readonly<{ head: Head }>

/** Reads wait for all that is written, unless they say for what. */
function personWith(token: string, { writeUrl, readUrl, head }: Services): Person {
  const authorization = `Bearer ${token}`
  return {
    token,
    post: (path, body = {}, headers = {}) =>
      send(writeUrl, {
        method: 'POST',
        path: `/v1${path}`,
        body,
        headers: { authorization, ...headers },
      }),
    get: async (path, headers = {}) =>
      await send(readUrl, {
        method: 'GET',
        path: `/v1${path.includes('after=') ? path : afterAll(path, await head())}`,
        headers: { authorization, ...headers },
      }),
  }
}

function afterAll(path: string, head: bigint): string {
  return `${path}${path.includes('?') ? '&' : '?'}after=${head}&waitMs=15000`
}

/** One connection for a whole test: to open one takes longer than what is asked by it. */
function connected(t: Teardown, connectionString: string): Pool {
  const pool = new Pool({ connectionString, max: 1 })
  pool.on('error', () => undefined) // idle while its server was stopped: the next query connects again
  t.teardown(() => pool.end())
  return pool
}

async function headOf(log: Pool): Promise<bigint> {
  const { rows } = await log.query<{ head: string }>(
    'SELECT max(position)::text AS head FROM event_store.event',
  )
  return BigInt(String(rows[0]?.head))
}

/** How far all read models are, and all sagas, whose commands are accepted by then. */
const SEEN = `
  SELECT least(
    (SELECT min(position) FROM projections.build WHERE serving),
    (SELECT min(position) FROM sagas.checkpoints))::text AS seen`

/** What sagas write meanwhile is waited for as well: until the head stands still, which is the answer. */
async function allSeen(followers: Pool, head: Head): Promise<bigint> {
  return await until('read models and sagas have seen all', async () => {
    const after = await head()
    const { rows } = await followers.query<{ seen: string }>(SEEN)
    const isSeen = BigInt(rows[0]?.seen ?? -1) >= after && (await head()) === after
    return isSeen ? after : false
  })
}
