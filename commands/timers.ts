/** What the saga runner asks of timers. */

import { FireTimerInput, fireTimer, timer, timerStreamId } from '../domain/timer/timer.ts'
import { command } from './command.ts'

/** Sent by the saga runner alone: no role, no route. */
export const FireTimer = command({
  name: 'FireTimer',
  schema: FireTimerInput,
  roles: [],
  aggregate: timer,
  stream: timerStreamId,
  expects: 'any',
  decide: fireTimer,
})
