/** An event store for one test: the real client on an embedded node of its own, in this process. */

import { startEventStoreNode } from '../../infra/embedded/event-store/node.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import type { ClientStore } from '../../infra/event-store/client-store.ts'
import { createEventStore } from '../../infra/event-store/client-store.ts'
import type { Registry } from '../../infra/event-store/codec.ts'
import type { Limits } from '../../infra/event-store/limits.ts'
import { memoryKeys, type PersonalKeys } from '../../infra/event-store/personal-data.ts'
import { testRegistry } from './events.ts'
import { type Teardown, testDatabase } from './postgres.ts'

export type TestNode = Readonly<{
  port: number
  databaseUrl: string
  /** Ends it as a crash of its process would be seen from outside; `start` brings it back. */
  stop: () => Promise<void>
  /** Starts it again on the same port and data. */
  start: () => Promise<void>
}>

/** An embedded node on a database of its own; stopped when the test is over. */
export async function testEventStoreNode(t: Teardown): Promise<TestNode> {
  const databaseUrl = await testDatabase(t)
  const port = await freePort() // not 0: it must be free again for `start`
  let node = await startEventStoreNode({ databaseUrl, port })
  let running = true
  const stop = async () => {
    if (running) await node.stop()
    running = false
  }
  t.teardown(stop)
  return {
    port,
    databaseUrl,
    stop,
    start: async () => {
      node = await startEventStoreNode({ databaseUrl, port })
      running = true
    },
  }
}

export function connectionString(port: number): string {
  return `esdb://127.0.0.1:${port}?tls=false`
}

type Options = Partial<
  Readonly<{
    registry: Registry
    keys: PersonalKeys
    limits: Partial<Limits>
    /** An event store that is there already; default: a node of its own. */
    port: number
    log: (fields: Readonly<Record<string, unknown>>, message: string) => void
  }>
>

/** A client store, closed when the test is over. */
export async function testEventStore(t: Teardown, options: Options = {}): Promise<ClientStore> {
  const port = options.port ?? (await testEventStoreNode(t)).port
  const line = options.log ?? (() => undefined)
  const store = createEventStore({
    connectionString: connectionString(port),
    registry: options.registry ?? testRegistry,
    keys: options.keys ?? memoryKeys(),
    logger: { info: line, warn: line },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  t.teardown(() => store.close())
  return store
}
