/** What the handler takes from the machine besides the clock; a simulation hands in its own. */

import { v4 } from 'uuid'

export type Machine = Readonly<{
  /** A UUID that nobody has. */
  randomId: () => string
  /** Calls back once everything that is ready to run now has run. */
  soon: (work: () => void) => void
  /** Calls back after a time, unless it is cancelled by what this returns. */
  later: (work: () => void, ms: number) => () => void
}>

export const thisMachine: Machine = {
  randomId: () => v4(),
  soon: (work) => void setImmediate(work),
  later: (work, ms) => {
    const timeout = setTimeout(work, ms)
    return () => clearTimeout(timeout)
  },
}
