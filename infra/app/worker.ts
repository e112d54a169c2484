/** The worker's three offices, each led by one process at a time: sagas, read models, the feed. */

import type pg from 'pg'
import type { Logger } from 'pino'
import { projectionsWork } from '../../projections/engine/engine.ts'
import { runSagas } from '../../sagas/runner/runner.ts'
import type { Declarations } from '../discover.ts'
import { bookedLog } from '../event-store/booked-log.ts'
import type { ClientStore } from '../event-store/client-store.ts'
import { runFeed } from '../feed/feed.ts'
import type { Metrics } from '../metrics.ts'
import { lead } from '../postgres/leadership.ts'
import type { Servers } from './servers.ts'
import type { WriteSide } from './write-side.ts'

type Parts = Readonly<{
  declarations: Declarations
  servers: Servers
  store: ClientStore
  pool: pg.Pool
  writeSide: WriteSide
  logger: Logger
  metrics: Metrics
}>

/** Runs for each office until stopped; `stop` gives all of them up in good order. */
export function startWorker(parts: Parts): Readonly<{ stop: () => Promise<void> }> {
  const { declarations, servers, store, pool, writeSide, logger, metrics } = parts
  const url = servers.databaseUrl
  const offices = [
    lead({
      url,
      name: 'sagas',
      log: logger,
      onLead: async (fence, signal) => {
        await writeSide.reference.ready
        const sagas = [...declarations.sagas.values()]
        const { sender } = writeSide
        await runSagas({ sagas, log: store, pool, sender, fence, logger }, signal)
      },
    }),
    lead({
      url,
      name: 'projections',
      log: logger,
      onLead: projectionsWork({
        readModels: [...declarations.readModels.values()],
        eventLog: bookedLog(store),
        pool,
        log: logger,
        observer: {
          onBatch: ({ model, events, position }) => {
            metrics.projected.inc({ model }, events)
            metrics.positions.set({ follower: model }, Number(position))
          },
        },
      }),
    }),
    lead({
      url,
      name: 'feed',
      log: logger,
      onLead: (fence, signal) =>
        runFeed({
          log: bookedLog(store),
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
