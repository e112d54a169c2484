import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import type { Test } from 'tap'
import type { Foreign } from '../../../infra/event-store/memory-store.ts'
import { connectionString, testEventStore, testEventStoreNode } from '../../support/event-store.ts'
import { contract } from './contract.ts'

contract('client', async (t, registry, keys) => {
  const { port } = await testEventStoreNode(t)
  const store = await testEventStore(t, { registry, keys, port })
  return { store, appendForeign: foreignWriter(t, port) }
})

/** Another program, which knows nothing of ours. */
function foreignWriter(t: Test, port: number) {
  const client = EventStoreDBClient.connectionString(connectionString(port))
  t.teardown(() => client.dispose())
  return async (stream: string, events: readonly Foreign[]) => {
    await client.appendToStream(
      stream,
      events.map(({ id, type, data, metadata }) =>
        jsonEvent({
          id,
          type,
          data: JSON.parse(JSON.stringify(data)),
          ...(metadata === undefined ? {} : { metadata: JSON.parse(JSON.stringify(metadata)) }),
        }),
      ),
    )
  }
}
