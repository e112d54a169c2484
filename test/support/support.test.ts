import { connect } from 'nats'
import { test } from 'tap'
import { query } from '../../infra/embedded/postgres.ts'
import { skipWithoutNats, testNats } from './nats.ts'
import { sharedServer, testDatabase } from './postgres.ts'

test('each test gets a database of its own, and it is gone afterwards', async (t) => {
  const urls: string[] = []
  await t.test('two tests make the same table', async (t) => {
    for (const url of [await testDatabase(t), await testDatabase(t)]) {
      urls.push(url)
      await query(url, 'CREATE TABLE made (id int)')
    }
  })
  const names = urls.map((url) => `'${new URL(url).pathname.slice(1)}'`)
  const left = await query(
    await sharedServer(),
    `SELECT 1 FROM pg_database WHERE datname IN (${names.join(',')})`,
  )
  t.equal(left.rowCount, 0)
})

test('acknowledged means durable in tests too', async (t) => {
  const url = await testDatabase(t)
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const { rows } = await query(url, `SELECT current_setting('${setting}') AS value`)
    t.same(rows, [{ value: 'on' }], setting)
  }
})

test('a test NATS keeps its streams over a restart', {
  skip: await skipWithoutNats(),
}, async (t) => {
  const nats = await testNats(t)
  const before = await connect({ servers: nats.url })
  const manager = await before.jetstreamManager()
  await manager.streams.add({ name: 'kept', subjects: ['kept.>'] })
  await before.close()
  await nats.stop()
  await nats.start()
  const after = await connect({ servers: nats.url })
  const kept = await (await after.jetstreamManager()).streams.info('kept')
  t.equal(kept.config.name, 'kept')
  await after.close()
})
