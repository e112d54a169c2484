/** Rates and percentiles of timed work. */

export type Figures = Readonly<{ perSecond: number; p50Ms: number; p99Ms: number; failed: number }>

/** The value below which a share of the sorted values lies. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/**
 * Keeps `concurrency` of `work` under way for a time, after a warm-up that does not count. `work`
 * says whether it went well; what counts is what ends within the time, whenever it began.
 */
export async function sustained(
  concurrency: number,
  seconds: number,
  work: (worker: number) => Promise<boolean>,
): Promise<Figures> {
  const warmUp = performance.now() + Math.min(2, seconds / 4) * 1_000
  const end = warmUp + seconds * 1_000
  const times: number[] = []
  let failed = 0
  const worker = async (_: unknown, index: number) => {
    while (performance.now() < end) {
      const started = performance.now()
      const well = await work(index)
      const now = performance.now()
      if (now < warmUp || now > end) continue
      if (well) times.push(now - started)
      else failed += 1
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  const sorted = times.sort((one, other) => one - other)
  return {
    perSecond: round(times.length / seconds),
    p50Ms: round(percentile(sorted, 0.5)),
    p99Ms: round(percentile(sorted, 0.99)),
    failed,
  }
}

export function round(value: number): number {
  return Math.round(value * 100) / 100
}
