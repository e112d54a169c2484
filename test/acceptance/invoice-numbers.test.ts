/**
 * Numbers without gaps: whatever the tax authority loses, and whoever is ended in the middle, each number
 * it gave is known to us in the end, once, and there are no others.
 */

import { join } from 'node:path'
import tap, { test } from 'tap'
import type { Role } from '../../domain/kernel/roles.ts'
import { startApp } from '../../infra/app/app.ts'
import { readConfig } from '../../infra/config.ts'
import { discover } from '../../infra/discover.ts'
import { signToken } from '../../infra/keys.ts'
import { createLogger } from '../../infra/logger.ts'
import { createPool } from '../../infra/postgres/pool.ts'
import { allNumbers } from '../../infra/tax-authority/register.ts'
import {
  type Misbehaviour,
  startTaxAuthority,
  WELL_BEHAVED,
} from '../../infra/tax-authority/server.ts'
import { connectionString, testEventStoreNode } from '../support/event-store.ts'
import { temporaryFolder } from '../support/folders.ts'
import { testDatabase } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { type Body, listOf, send } from './http.ts'
import { confirmedOrder, expectStatus, ship, smallShop } from './shop.ts'
import { FIRST_DAY, type Person, type System } from './system.ts'

const INVOICES = 16
const RED_LETTERS = 4

const dataDir = await temporaryFolder(tap)
const node = await testEventStoreNode(tap)
const databaseUrl = await testDatabase(tap)
const logger = createLogger({ level: 'silent' })
const pool = createPool(databaseUrl, {
  ...{ max: 4, statementTimeoutMs: 5_000, applicationName: 'authority', log: logger },
})
const declarations = await discover(join(import.meta.dirname, '..', '..'))

let authority = await startTaxAuthority({ pool, port: 0 })
const authorityUrl = authority.url
let app = await started()
tap.teardown(async () => {
  await app.stop()
  await authority.stop()
  await pool.end()
})

function started() {
  const config = readConfig(
    { WRITE_PORT: '0', READ_PORT: '0', LOG_LEVEL: 'error', TAX_AUTHORITY_URL: authorityUrl },
    { data: dataDir, role: 'all', businessDate: FIRST_DAY },
  )
  const eventStoreUrl = connectionString(node.port)
  const servers = { databaseUrl, eventStoreUrl, natsUrl: undefined, missing: [] }
  return startApp(config, servers, declarations, logger)
}

async function restartApp(): Promise<void> {
  await app.stop()
  app = await started()
}

async function restartAuthority(misbehaviour: Misbehaviour): Promise<void> {
  await authority.stop()
  authority = await startTaxAuthority({
    pool,
    port: Number(new URL(authorityUrl).port),
    misbehaviour,
  })
}

/** Somebody whose services may be others at every request. */
async function person(role: Role): Promise<Person> {
  const token = await signToken(dataDir, { role, dealer: undefined, user: undefined, amr: ['otp'] })
  const authorization = `Bearer ${token}`
  const to = (port: number | undefined, method: string, path: string, rest: object = {}) =>
    send(`http://127.0.0.1:${port}`, {
      ...{ method, path: `/v1${path}`, headers: { authorization } },
      ...rest,
    })
  return {
    token,
    post: (path, body = {}, headers = {}) =>
      to(app.ports.write, 'POST', path, { body, headers: { authorization, ...headers } }),
    get: (path) => to(app.ports.read, 'GET', path),
  }
}

/** Invoices and red letters, one after another. */
async function documents(finance: Person): Promise<readonly Body[]> {
  const { body } = await finance.get('/invoices?limit=500')
  return listOf(body).flatMap((one) => [one, ...listOf(one, 'redLetters')])
}

test('every number that was given is known, once, and there are no gaps', async (t) => {
  const staff = await smallShop({ person } as System)
  const { finance } = staff
  const orderId = await confirmedOrder(staff.ops, 'D', [{ sku: 'S', quantity: INVOICES }])
  const bad = { ...WELL_BEHAVED, away: 0.2, lost: 0.6, most: 1 }
  await restartAuthority({ ...bad, seed: 1 })
  const buyer = { buyerTaxId: '91310000MA1FL0000X', title: '上海' }
  for (let at = 0; at < INVOICES; at++) {
    await ship(staff, `${orderId}.1`, [{ sku: 'S', quantity: 1 }])
    const kind = at % 3 === 0 ? 'paper' : 'electronic'
    expectStatus(await finance.post('/invoices', { orderId, kind, ...buyer }), 201)
    if (at === INVOICES / 2) await restartApp()
  }
  await restartAuthority({ ...bad, seed: 2 })
  await restartApp()
  await restartAuthority(WELL_BEHAVED)
  const numbered = (wanted: number) => async () => {
    const all = await documents(finance)
    const isDone = all.length === wanted && all.every(({ number }) => number !== null)
    return isDone ? all : undefined
  }
  await until('all invoices have numbers', numbered(INVOICES), 60_000)
  await restartAuthority({ ...bad, seed: 3 })
  for (let at = 1; at <= RED_LETTERS; at++) {
    const path = `/invoices/${orderId}.i${at}/red-letter`
    expectStatus(await finance.post(path, { reason: 'wrong' }), 201)
  }
  await restartApp()
  await restartAuthority(WELL_BEHAVED)
  const all = await until('all have numbers', numbered(INVOICES + RED_LETTERS), 60_000)
  const given = await allNumbers(pool)
  t.same(
    all.map(({ code, number }) => `${code} ${number}`).sort(),
    given.map(({ code, number }) => `${code} ${number}`).sort(),
    'all that were given, and no others',
  )
  for (const [code, series] of Map.groupBy(given, (one) => one.code)) {
    t.same(
      series.map(({ number }) => Number(number)),
      series.map((_, at) => at + 1),
      `${code} has no gap`,
    )
  }
  const byId = new Map(given.map(({ documentId, number }) => [documentId, number]))
  for (const one of all) {
    const id = String(one.redLetterId ?? one.invoiceId)
    t.equal(one.number, byId.get(id), `${id} has the number that it was given`)
  }
  t.ok(
    all.some(({ asked }) => Number(asked) > 0),
    'some had to be asked for again',
  )
})
