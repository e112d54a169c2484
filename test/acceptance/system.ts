/** A whole tradeline for the tests of the contract: in this process, its ports free ones. */

import { join } from 'node:path'
import type { Role } from '../../domain/kernel/roles.ts'
import { startApp } from '../../infra/app/app.ts'
import { readConfig } from '../../infra/config.ts'
import { discover } from '../../infra/discover.ts'
import { query } from '../../infra/embedded/postgres.ts'
import { signToken } from '../../infra/keys.ts'
import { createLogger } from '../../infra/logger.ts'
import { connectionString, testEventStoreNode } from '../support/event-store.ts'
import { temporaryFolder } from '../support/folders.ts'
import { type Teardown, testDatabase } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { type Answer, type Body, type Sent, send } from './http.ts'

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
  /** The position of the newest event. */
  head: () => Promise<bigint>
  /** Resolves once every read model has seen all that was written. */
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
  const head = async () => await headOf(node.databaseUrl)
  const person = async (role: Role, dealer?: string, user?: string) =>
    personWith(await signToken(dataDir, { role, dealer, user }), { writeUrl, readUrl, head })
  const auditor = await person('auditor')
  return {
    writeUrl,
    readUrl,
    dataDir,
    person,
    head,
    seen: () => allSeen(auditor, head),
    sendToWrite: (sent) => send(writeUrl, sent),
    sendToRead: (sent) => send(readUrl, sent),
  }
}

type Services = Pick<System, 'writeUrl' | 'readUrl' | 'head'>

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

async function headOf(databaseUrl: string): Promise<bigint> {
  const { rows } = await query(databaseUrl, 'SELECT max(position) AS head FROM event_store.event')
  return BigInt(String((rows[0] as Body | undefined)?.head))
}

/** A read of each read model that tests look at. */
const READS = [
  '/orders?limit=1',
  '/products?limit=1',
  '/receivables?limit=1',
  '/payments?limit=1',
  '/invoices?limit=1',
  '/ledger/entries?limit=1',
  '/audit/events?limit=1',
]

/** What sagas write meanwhile is waited for as well: until the head stands still. */
async function allSeen(auditor: Person, head: () => Promise<bigint>): Promise<void> {
  await until('the read models have seen all', async () => {
    const after = await head()
    for (const path of READS) {
      const { status, text } = await auditor.get(`${path}&after=${after}&waitMs=15000`)
      if (status === 503) return false
      if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
    }
    return (await head()) === after
  })
}
