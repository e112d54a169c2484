/** Everything that commands need: the handler, its views and its caches. */

import type pg from 'pg'
import type { Lookups } from '../../commands/command.ts'
import { type CommandHandler, createHandler } from '../../commands/handler/handler.ts'
import { createOutcomes, type Outcomes } from '../../commands/handler/outcomes.ts'
import {
  followReference,
  type RunningReferenceView,
} from '../../commands/handler/reference-view.ts'
import { SAGA_ROLE } from '../../commands/handler/request.ts'
import type { Policy } from '../../domain/policy.ts'
import type { CommandSender } from '../../sagas/runner/ports.ts'
import type { Declarations } from '../discover.ts'
import type { ClientStore } from '../event-store/client-store.ts'
import type { Metrics } from '../metrics.ts'
import { createCommandIndex } from '../postgres/command-index.ts'
import type { Log } from '../postgres/log.ts'
import { createSnapshotStore } from '../postgres/snapshots.ts'
import { warmUp } from './warm-up.ts'

export type WriteSide = Readonly<{
  handler: CommandHandler
  outcomes: Outcomes
  reference: RunningReferenceView
  sender: CommandSender
}>

type Parts = Readonly<{
  declarations: Declarations
  store: ClientStore
  pool: pg.Pool
  policy: Policy
  lookups: Lookups
  logger: Log
  metrics: Metrics
}>

/** Far above what a follower needs after a broken connection; a view that hangs is noticed. */
const VIEW_AGE = { maxMs: 30_000, checkEveryMs: 2_000 }

/** Resolves once the longest streams are loaded; nothing is decided before the reference view is ready. */
export async function createWriteSide(parts: Parts): Promise<WriteSide> {
  const { declarations, store, pool, policy, lookups, logger } = parts
  const clock = { now: () => new Date() }
  const coordinated = coordinatedCategories(declarations)
  const outcomes = createOutcomes(coordinated, store)
  const reference = followReference({
    log: store,
    logger,
    onEvents: outcomes.observe,
    age: VIEW_AGE,
  })
  const index = createCommandIndex(pool)
  const snapshots = await createSnapshotStore(pool)
  const handler = counted(
    createHandler({ store, index, snapshots, reference, clock, logger, policy, lookups }),
    parts.metrics,
  )
  await warmUp({ snapshots, handler, aggregates: declarations.aggregates, logger })
  return { handler, outcomes, reference, sender: sagaSender(declarations.commands, handler) }
}

/** The streams whose events tell the outcome of a coordinated command. */
function coordinatedCategories({ commands }: Declarations): readonly string[] {
  const categories = [...commands.values()]
    .filter(({ route }) => route?.coordinated !== undefined)
    .map(({ aggregate }) => aggregate.category)
  return [...new Set(categories)]
}

function counted(handler: CommandHandler, metrics: Metrics): CommandHandler {
  metrics.gauge('tradeline_commands_waiting', 'Commands in mailboxes.', handler.waiting)
  return {
    ...handler,
    async handle(request) {
      const outcome = await handler.handle(request)
      metrics.commands.inc({
        command: request.command.name,
        outcome: outcome.accepted ? 'accepted' : outcome.refusal.code,
      })
      return outcome
    },
  }
}

/** Sends a saga's command through the same handler as everybody's. */
export function sagaSender(
  commands: Declarations['commands'],
  handler: CommandHandler,
): CommandSender {
  return {
    async send({ name, input, commandId, causationId, correlationId, after }) {
      const command = commands.get(name)
      if (command === undefined) throw new Error(`a saga sent ${name}, which is no command`)
      return await handler.handle({
        command,
        input: command.schema.parse(input),
        actor: { user: SAGA_ROLE, role: SAGA_ROLE },
        commandId,
        causationId,
        correlationId,
        after,
      })
    },
  }
}
