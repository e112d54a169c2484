/** An empty system's books are opened on their first day; a system that has days keeps them. */

import type { CommandHandler } from '../../commands/handler/handler.ts'
import type { RunningReferenceView } from '../../commands/handler/reference-view.ts'
import { SAGA_ROLE } from '../../commands/handler/request.ts'
import { dayIn } from '../../domain/kernel/dates.ts'
import type { Config } from '../config.ts'
import type { Declarations } from '../discover.ts'

const SEEN_WITHIN_MS = 10_000

export async function openFirstDay(
  { commands }: Declarations,
  handler: CommandHandler,
  reference: RunningReferenceView,
  { businessDate, policy }: Config,
): Promise<void> {
  await reference.ready
  if (reference.current().businessDay !== undefined) return
  const command = commands.get('OpenFirstBusinessDay')
  if (command === undefined) throw new Error('no command opens the first business day')
  const date = businessDate ?? dayIn(policy.timeZone, new Date().toISOString())
  const actor = { user: 'start', role: SAGA_ROLE }
  const outcome = await handler.handle({ command, input: { date }, actor })
  if (!outcome.accepted) throw new Error(outcome.refusal.message)
  await reference.seen(outcome.position, SEEN_WITHIN_MS)
}
