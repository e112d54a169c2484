/** Puts dry runs and sagas together: what would become of a command, with nothing written. */

import { randomUUID } from 'node:crypto'
import type { Rehearsed } from '../../commands/command.ts'
import type { DryRun } from '../../commands/handler/dry-run.ts'
import type { CommandHandler } from '../../commands/handler/handler.ts'
import { SAGA_ROLE } from '../../commands/handler/request.ts'
import type { EventLog } from '../../domain/kernel/event-log.ts'
import { type RehearsedSend, rehearse } from '../../sagas/rehearsal.ts'
import type { Quoting } from '../../write-api/quote-route.ts'
import type { Declarations } from '../discover.ts'

/** Decides a command as it would be now, and plays what its saga would make of it. */
export function createQuoting(
  { commands, sagas }: Declarations,
  handler: CommandHandler,
  log: Pick<EventLog, 'head'>,
): Quoting {
  function sendingTo(run: DryRun): RehearsedSend {
    return async ({ command: name, input }) => {
      const command = commands.get(name)
      if (command === undefined) throw new Error(`a saga sent ${name}, which is no command`)
      const outcome = await run.handle({
        command,
        input: command.schema.parse(input),
        actor: { user: SAGA_ROLE, role: SAGA_ROLE },
        commandId: randomUUID(),
        ...(command.needsFreshReference === true ? { after: await log.head() } : {}),
      })
      if (outcome.accepted) return outcome.events
      throw new Error(`a dry run of ${name} was refused: ${outcome.refusal.message}`)
    }
  }

  return async (request, { saga: name, suppose }) => {
    const saga = sagas.get(name)
    if (saga === undefined) throw new Error(`a quote names ${name}, which is no saga`)
    const run = handler.dryRun()
    const outcome = await run.handle(request)
    if (!outcome.accepted) return outcome
    const [first] = outcome.events
    const rehearsal = rehearse(saga, sendingTo(run))
    const events = await rehearsal.play(outcome.events)
    const next = suppose?.(events)
    const begun = first && next && run.suppose(first.stream, next)
    const supposed = begun === undefined ? [] : await rehearsal.play([begun])
    const rehearsed: Rehearsed = { events, supposed, stateOf: run.stateOf }
    return { accepted: true, rehearsed }
  }
}
