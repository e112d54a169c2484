/** What the node does when Postgres is lost, and when it is back. */
import { END } from '@eventstore/db-client'
import { test } from 'tap'
import { startEventStoreNode } from '../../../infra/embedded/event-store/node.ts'
import { query } from '../../../infra/embedded/postgres.ts'
import { type Teardown, testDatabase } from '../../support/postgres.ts'
import { tcpProxy } from '../../support/tcp-proxy.ts'
import { confirmed, connect, numbered, seenBy } from './node-client.ts'

/** A node that sees its Postgres through a proxy, and a client of it. */
async function behindProxy(t: Teardown) {
  const databaseUrl = await testDatabase(t)
  const url = new URL(databaseUrl)
  const proxy = await tcpProxy(t, Number(url.port))
  url.port = String(proxy.port)
  const said: string[] = []
  let heard: () => void = () => undefined
  const log = (_: object, message: string) => {
    said.push(message)
    heard()
  }
  const logger = { info: log, warn: log }
  const node = await startEventStoreNode({ databaseUrl: url.href, port: 0, logger })
  t.teardown(() => node.stop())
  const saying = (text: string) =>
    new Promise<void>((resolve) => {
      heard = () => {
        if (said.some((message) => message.includes(text))) resolve()
      }
      heard()
    })
  return { proxy, client: connect(t, node.port), said, saying, databaseUrl }
}

/** Resolves when the log holds so many events, whatever the node knows of it. */
async function committed(databaseUrl: string, count: number): Promise<void> {
  const sql = `SELECT 1 FROM event_store.event OFFSET ${count - 1}`
  while ((await query(databaseUrl, sql)).rowCount === 0);
}

test('appends are refused as unavailable while Postgres is away, and taken when it is back', async (t) => {
  const { proxy, client, said, saying } = await behindProxy(t)
  await client.appendToStream('s', numbered(0))
  proxy.silence()
  proxy.cut()
  await saying('lost')
  for (const attempt of ['first', 'second']) {
    const error = await client.appendToStream('s', numbered(1)).catch((error: unknown) => error)
    t.match(error, { type: 'unavailable' }, attempt)
  }
  proxy.restore()
  await saying('back')
  const { nextExpectedRevision } = await client.appendToStream('s', numbered(1))
  t.equal(nextExpectedRevision, 1n)
  t.equal(said.length, 2, 'said once that it is lost, and once that it is back')
})

test('a commit whose answer was lost is found when it is sent again', async (t) => {
  const { proxy, client, saying, databaseUrl } = await behindProxy(t)
  await client.appendToStream('s', numbered(0))
  const event = numbered(1)
  proxy.holdAnswers()
  const unknown = client.appendToStream('s', event, { expectedRevision: 0n })
  await committed(databaseUrl, 2)
  proxy.restore()
  t.match(await unknown.catch((error: unknown) => error), { type: 'unavailable' })
  await saying('back')
  const again = await client.appendToStream('s', event, { expectedRevision: 0n })
  t.equal(again.nextExpectedRevision, 1n)
  const next = await client.appendToStream('s', numbered(2), { expectedRevision: 1n })
  t.equal(next.nextExpectedRevision, 2n)
})

test('a live subscription misses nothing over an outage', async (t) => {
  const { proxy, client, saying } = await behindProxy(t)
  await client.appendToStream('s', numbered(0))
  const subscription = client.subscribeToStream('s', { fromRevision: END })
  const live = seenBy(subscription)
  await confirmed(subscription)
  proxy.cut()
  await saying('back')
  await client.appendToStream(
    's',
    [1, 2, 3].map((number) => numbered(number)),
  )
  t.same(
    (await live.reached(3)).map(({ number }) => number),
    [1, 2, 3],
  )
})
