/** A subscriber that does not read costs the node next to nothing, and loses nothing. */
import { readFile } from 'node:fs/promises'
import { binaryEvent, START } from '@eventstore/db-client'
import { test } from 'tap'
import { testDatabase } from '../../support/postgres.ts'
import { confirmed, connect } from './node-client.ts'
import { startNodeProcess } from './node-process.ts'

const subscribers = 8
const eventBytes = 8 * 1024
const eventsAnAppend = 100
const appends = 100 // 80 MB in all, more than the node's tail holds
const mostGrowthBytes = 256 * 1024 * 1024 // each having all of it would be 640 MB

test('subscribers that do not read are not waited for, and find everything when they do', {
  timeout: 120_000,
  skip: process.platform !== 'linux' && 'reads /proc',
}, async (t) => {
  const node = await startNodeProcess(t, await testDatabase(t))
  const client = connect(t, node.port)
  const write = () =>
    client.appendToStream(
      's',
      Array.from({ length: eventsAnAppend }, () =>
        binaryEvent({ type: 'Big', data: new Uint8Array(eventBytes) }),
      ),
    )
  await write()
  const subscriptions = Array.from({ length: subscribers }, () =>
    client.subscribeToAll({ fromPosition: START }),
  )
  for (const subscription of subscriptions) subscription.on('error', () => undefined)
  await Promise.all(subscriptions.map(confirmed))
  const before = await residentBytes(node.pid())
  for (let append = 1; append < appends; append += 1) await write()
  const growth = (await residentBytes(node.pid())) - before
  t.ok(growth < mostGrowthBytes, `grew by ${Math.round(growth / 1024 / 1024)} MB`)

  const all = BigInt(appends * eventsAnAppend)
  let next = 0n
  for await (const { event } of subscriptions[0] ?? []) {
    if (event?.revision !== next) break
    next += 1n
    if (next === all) break
  }
  t.equal(next, all, 'every event came, in order')
})

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}
