/** What the node leaves out it refuses by name. */
import { persistentSubscriptionToStreamSettingsFromDefaults } from '@eventstore/db-client'
import { test } from 'tap'
import { testEventStoreNode } from '../../support/event-store.ts'
import { connect, numbered } from './node-client.ts'

test('what is left out is refused by name, and the node goes on', async (t) => {
  const { port } = await testEventStoreNode(t)
  const client = connect(t, port)
  await client.appendToStream('s', numbered(0))
  const settings = persistentSubscriptionToStreamSettingsFromDefaults()
  const drain = async (events: AsyncIterable<unknown>) => {
    for await (const _ of events);
  }
  const leftOut: Record<string, () => Promise<unknown>> = {
    'deleting streams': () => client.deleteStream('s'),
    tombstones: () => client.tombstoneStream('s'),
    'stream metadata': () => client.setStreamMetadata('s', { maxCount: 1 }),
    'resolving links': () => drain(client.readStream('s', { resolveLinkTos: true })),
  }
  for (const [name, call] of Object.entries(leftOut)) {
    await t.rejects(call, { message: new RegExp(`does not implement ${name}`) }, name)
  }
  await t.rejects(client.getStreamMetadata('s'), { code: 12 })
  // The client asks what the node serves, and refuses by itself.
  await t.rejects(client.createPersistentSubscriptionToStream('s', 'g', settings))
  await t.resolves(client.appendToStream('s', numbered(1), { expectedRevision: 0n }))
})
