/** The thread of the read models and the feed: with an event loop, a client and connections of its own. */

import { parentPort, workerData } from 'node:worker_threads'
import { discover } from '../discover.ts'
import { createEventStore } from '../event-store/client-store.ts'
import { createLogger } from '../logger.ts'
import { createPersonalKeys } from '../postgres/personal-keys.ts'
import { startFollowers } from './followers.ts'
import { createPools } from './pools.ts'
import type { FollowersData, ThreadMessage } from './thread.ts'

const { root, servers, logLevel, processName } = workerData as FollowersData
const logger = createLogger({ level: logLevel })
const declarations = await discover(root)
const pools = createPools(servers.databaseUrl, processName, logger)
const keys = await createPersonalKeys({ pool: pools.writes })
const store = createEventStore({
  connectionString: servers.eventStoreUrl,
  registry: declarations.events,
  keys,
  logger,
})
const followers = startFollowers({
  declarations,
  servers,
  store,
  pool: pools.work,
  logger,
  onBatch: ({ model, events, position }) => {
    const told: ThreadMessage = { model, events, position }
    parentPort?.postMessage(told)
  },
})

/** The one message from the parent is the request to end. */
parentPort?.once('message', async () => {
  await followers.stop()
  await store.close()
  await pools.end()
  parentPort?.close()
})
