import { join } from 'node:path'
import { pino } from 'pino'
import { test } from 'tap'
import { startApp } from '../../../infra/app/app.ts'
import { readConfig } from '../../../infra/config.ts'
import { discover } from '../../../infra/discover.ts'
import { freePort } from '../../../infra/embedded/ports.ts'
import { connectionString, testEventStoreNode } from '../../support/event-store.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { testDatabase } from '../../support/postgres.ts'
import { tcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')

test('a start waits for a database that is not there yet, and says so once', async (t) => {
  const node = await testEventStoreNode(t)
  const url = new URL(await testDatabase(t))
  const postgresPort = Number(url.port)
  const laterPort = await freePort()
  url.port = String(laterPort)
  const config = readConfig(
    { WRITE_PORT: '0', READ_PORT: '0' },
    { data: await temporaryFolder(t), role: 'all', businessDate: '2026-03-02' },
  )
  const eventStoreUrl = connectionString(node.port)
  const servers = { databaseUrl: url.href, eventStoreUrl, natsUrl: undefined, missing: [] }
  const said: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line) => void said.push(line) })
  const starting = startApp(config, servers, await discover(ROOT), logger)
  const waits = () => said.filter((line) => line.includes('the start waits for it')).length
  await until('it says what it waits for', () => waits() > 0)
  await tcpProxy(t, postgresPort, laterPort)
  const app = await starting
  t.teardown(app.stop)
  t.equal((await fetch(`http://127.0.0.1:${app.ports.write}/readyz`)).status, 200)
  t.equal(waits(), 1)
})
