/** Which askings are not taken in hand again yet, though their read model still shows them as due. */

import { LRUCache } from 'lru-cache'

export type Patience = Readonly<{
  /** Something went wrong on our side: the pauses double. */
  failed: (key: string, now: Date) => void
  /** The answer is written; the read model is about to see it. */
  recorded: (key: string, now: Date) => void
  /** Those that wait at an instant. */
  waiting: (now: Date) => readonly string[]
}>

const FIRST_MS = 1_000
const LAST_MS = 60_000
/** Asking once more, should the read model be so far behind, does no harm. */
const RECORDED_MS = 5_000
const MOST = 2_000

type Wait = Readonly<{ until: number; failures: number }>

export function patience(): Patience {
  const waits = new LRUCache<string, Wait>({ max: MOST })
  return {
    failed(key, now) {
      const failures = (waits.get(key)?.failures ?? 0) + 1
      const pauseMs = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 20), LAST_MS)
      waits.set(key, { until: now.getTime() + pauseMs, failures })
    },
    recorded(key, now) {
      waits.set(key, { until: now.getTime() + RECORDED_MS, failures: 0 })
    },
    waiting: (now) =>
      [...waits].filter(([, { until }]) => until > now.getTime()).map(([key]) => key),
  }
}
