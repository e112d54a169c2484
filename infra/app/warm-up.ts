/**
 * Loads the longest streams before the first command comes: a facility of a hundred thousand events takes
 * some tenths of a second, which nobody should have to wait for. A cache only: what fails is left out.
 */

import type { CommandHandler } from '../../commands/handler/handler.ts'
import type { Aggregate } from '../../domain/kernel/aggregate.ts'
import type { Log } from '../postgres/log.ts'
import type { KeptSnapshots } from '../postgres/snapshots.ts'

const MOST_STREAMS = 500
const WITHIN_MS = 5_000

type Parts = Readonly<{
  snapshots: Pick<KeptSnapshots, 'longest'>
  handler: Pick<CommandHandler, 'load'>
  /** By category. */
  aggregates: ReadonlyMap<string, Aggregate>
  logger: Log
}>

/** Resolves once they are loaded, or the time is over; never rejects. */
export async function warmUp({ snapshots, handler, aggregates, logger }: Parts): Promise<void> {
  const startedAt = performance.now()
  try {
    for (const stream of await snapshots.longest(MOST_STREAMS)) {
      const aggregate = aggregates.get(stream.split('-', 1)[0] ?? '')
      if (aggregate !== undefined) await handler.load(aggregate, stream)
      if (performance.now() - startedAt > WITHIN_MS) return
    }
  } catch (error) {
    logger.warn({ error }, 'long streams were not loaded ahead: their first commands wait for it')
  }
}
