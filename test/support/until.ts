/** Waiting for what happens elsewhere: asked again and again, never slept for, never for ever. */
import { setTimeout as delay } from 'node:timers/promises'

const pollMs = 20

/** Resolves with the first answer that is neither false nor undefined; fails after the limit. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  limitMs = 15_000,
): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>
    if (performance.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`)
    await delay(pollMs)
  }
}
