/** What `/readyz` says. */

import { z } from 'zod'
import type { ChaosSystem } from './system.ts'

const Answer = z.object({ parts: z.record(z.string(), z.string()) })
const ANSWER_WITHIN_MS = 5_000

export type Ready = Readonly<{ ready: boolean; parts: Readonly<Record<string, string>> }>

/** Of the write service. */
export async function askReady({ writeUrl }: ChaosSystem): Promise<Ready> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
  const response = await fetch(`${writeUrl}/readyz`, { signal })
  const { parts } = Answer.parse(await response.json())
  return { ready: response.status === 200, parts }
}
