/** Whether the read models were built once: until then, reads and known keys have nothing to stand on. */

import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Check } from './readiness.ts'

const COMMAND_INDEX = 'command_index'

/** The index of command ids is needed for every write with a key; all of them for reads. */
export function builtCheck(
  pool: pg.Pool,
  roles: ReadonlySet<string>,
  readModels: Iterable<string>,
): Check {
  const needed = roles.has('read') ? [...readModels] : [COMMAND_INDEX]
  return {
    async ask() {
      const { rows } = await pool.query<{ model: string }>(
        'select model from projections.build where serving',
      )
      const there = new Set(rows.map(({ model }) => model))
      const missing = needed.filter((model) => !there.has(model))
      return missing.length === 0 ? undefined : `not built yet: ${missing.join(', ')}`
    },
  }
}

const BUILT_WITHIN_MS = 30_000
const POLL_MS = 20

/** Resolves when the check has nothing to say, or the time is over: then `/readyz` goes on saying it. */
export async function untilBuilt({ ask }: Check): Promise<void> {
  const deadline = performance.now() + BUILT_WITHIN_MS
  while ((await ask()) !== undefined && performance.now() < deadline) await delay(POLL_MS)
}
