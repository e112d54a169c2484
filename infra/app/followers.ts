/** Who follow the log and decide nothing: the read models and the feed, each led by one process. */

import type pg from 'pg'
import type { Logger } from 'pino'
import { projectionsWork } from '../../projections/engine/engine.ts'
import type { Observer } from '../../projections/engine/ports.ts'
import type { Declarations } from '../discover.ts'
import { bookedLog } from '../event-store/booked-log.ts'
import type { ClientStore } from '../event-store/client-store.ts'
import { runFeed } from '../feed/feed.ts'
import { lead } from '../postgres/leadership.ts'
import type { Servers } from './servers.ts'

type Parts = Readonly<{
  declarations: Declarations
  servers: Servers
  store: ClientStore
  pool: pg.Pool
  logger: Logger
  onBatch: NonNullable<Observer['onBatch']>
}>

/** Runs for both offices until stopped; `stop` gives them up in good order. */
export function startFollowers(parts: Parts): Readonly<{ stop: () => Promise<void> }> {
  const { declarations, servers, store, pool, logger, onBatch } = parts
  const log = bookedLog(store)
  const offices = [
    lead({
      url: servers.databaseUrl,
      name: 'projections',
      log: logger,
      onLead: projectionsWork({
        readModels: [...declarations.readModels.values()],
        eventLog: log,
        pool,
        log: logger,
        observer: { onBatch },
      }),
    }),
    lead({
      url: servers.databaseUrl,
      name: 'feed',
      log: logger,
      onLead: (fence, signal) =>
        runFeed({
          log,
          pool,
          url: servers.natsUrl,
          publicEvents: declarations.publicEvents.values(),
          fence,
          signal,
          logger,
        }),
    }),
  ]
  return {
    async stop() {
      await Promise.all(offices.map((office) => office.stop()))
    },
  }
}
