/** Runs the matching rules beside everything else, with a bound on their time. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { match } from '../../domain/reconciliation/match.ts'
import type {
  Books,
  Limits,
  MatchResult,
  StatementLine,
} from '../../domain/reconciliation/types.ts'

export type Matching = Readonly<{ lines: readonly StatementLine[]; books: Books; limits: Limits }>

const PROGRAM = new URL('./match-thread.ts', import.meta.url)
/** Up to so many lines and items, a thread costs more than the matching. */
const SMALL = 4_000
const WITHIN_MS = 120_000

/** One result for each line. Throws if that takes too long. */
export async function matched(matching: Matching): Promise<readonly MatchResult[]> {
  const { lines, books, limits } = matching
  if (lines.length + books.items.length <= SMALL) return match(lines, books, limits)
  const worker = new Worker(PROGRAM, { workerData: matching, name: 'matching' })
  try {
    const signal = AbortSignal.timeout(WITHIN_MS)
    const [results] = (await once(worker, 'message', { signal })) as [readonly MatchResult[]]
    return results
  } finally {
    await worker.terminate()
  }
}
