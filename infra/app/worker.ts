/** The worker's four offices, each led by one process at a time: sagas, outbound requests, read models, the feed. */

import type pg from 'pg'
import type { Logger } from 'pino'
import { runSagas } from '../../sagas/runner/runner.ts'
import type { Declarations } from '../discover.ts'
import type { ClientStore } from '../event-store/client-store.ts'
import type { Metrics } from '../metrics.ts'
import { runDesk } from '../outbound/desk.ts'
import type { Executors } from '../outbound/executors.ts'
import { lead } from '../postgres/leadership.ts'
import { type FollowersData, startThread } from './thread.ts'
import type { WriteSide } from './write-side.ts'

type Parts = Readonly<{
  declarations: Declarations
  followers: FollowersData
  store: ClientStore
  pool: pg.Pool
  writeSide: WriteSide
  executors: Executors
  logger: Logger
  metrics: Metrics
}>

/** Runs for each office until stopped; `stop` gives all of them up in good order. */
export function startWorker(parts: Parts): Readonly<{ stop: () => Promise<void> }> {
  const { declarations, followers, store, pool, writeSide, executors, logger, metrics } = parts
  const sagas = lead({
    url: followers.servers.databaseUrl,
    name: 'sagas',
    log: logger,
    onLead: async (fence, signal) => {
      await writeSide.reference.ready
      const declared = [...declarations.sagas.values()]
      const { sender } = writeSide
      await runSagas({ sagas: declared, log: store, pool, sender, fence, logger }, signal)
    },
  })
  const outbound = lead({
    url: followers.servers.databaseUrl,
    name: 'outbound',
    log: logger,
    onLead: async (_, signal) => {
      await writeSide.reference.ready
      const { sender } = writeSide
      await runDesk({ pool, sender, executors, now: () => new Date(), logger }, signal)
    },
  })
  const thread = startThread(followers, logger, ({ model, events, position }) => {
    metrics.projected.inc({ model }, events)
    metrics.positions.set({ follower: model }, Number(position))
  })
  return {
    async stop() {
      await Promise.all([sagas.stop(), outbound.stop(), thread.stop()])
    },
  }
}
