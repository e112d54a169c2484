/** A saga for tests: it notes what it has seen, and asks for a command at every step. */

import { z } from 'zod'
import { event } from '../../../domain/kernel/event.ts'
import type { Reaction, Saga } from '../../../sagas/saga.ts'
import { BROADCAST, listen, onTimer, saga } from '../../../sagas/saga.ts'

export const Opened = event('Opened', 1, { id: z.string() })
export const Stepped = event('Stepped', 1, { id: z.string(), step: z.string() })
export const Looked = event('Looked', 1, { id: z.string() })
export const Met = event('Met', 1, { ids: z.array(z.string()) })
export const Alarmed = event('Alarmed', 1, { id: z.string(), at: z.string().nullable() })
export const Closed = event('Closed', 1, { id: z.string() })
export const DayClosed = event('DayClosed', 1, { day: z.string() })

export type Walk = Readonly<{ seen: readonly string[] }>

function noted(state: Walk, what: string, ...commands: string[]): Reaction<Walk> {
  return {
    state: { seen: [...state.seen, what] },
    commands: commands.map((command) => ({ command, input: { what } })),
  }
}

/** Two commands when opened, one for each step and each day, none for a look or an end. */
export function walk(
  options: Readonly<{ name?: string; version?: number; startAt?: 'beginning' | 'head' }> = {},
): Saga<Walk> {
  const { name = 'walk', version = 1, startAt = 'beginning' } = options
  return saga<Walk>({
    ...{ name, version, startAt },
    listens: [
      listen(
        Opened,
        ({ data }) => data.id,
        (_, { data }) => noted({ seen: [] }, `opened ${data.id}`, 'Greet', 'Record'),
      ),
      listen(
        Stepped,
        ({ data }) => data.id,
        (state, { data }) => state && noted(state, data.step, 'Follow'),
      ),
      listen(
        Met,
        ({ data }) => data.ids,
        (state, { data }) => state && noted(state, `met ${data.ids.join()}`, 'Talk'),
      ),
      listen(
        Looked,
        ({ data }) => data.id,
        (state) => state && noted(state, 'looked'),
      ),
      listen(
        Alarmed,
        ({ data }) => data.id,
        (state, { data }) =>
          state && { ...noted(state, 'alarmed'), timers: [{ name: 'alarm', at: data.at }] },
      ),
      listen(
        Closed,
        ({ data }) => data.id,
        (state) => state && { state: null },
      ),
      listen(
        DayClosed,
        () => BROADCAST,
        // Nobody who is not there may be asked.
        (state = { seen: [] }, { data }) => noted(state, data.day, 'NoteDay'),
      ),
      onTimer('alarm', (state) => noted(state, 'alarm', 'Wake')),
    ],
  })
}
