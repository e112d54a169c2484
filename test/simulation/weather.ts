/** What goes wrong, and how long things take: all by the seed. */

import type { Random } from '../chaos/random.ts'

export type Weather = Readonly<{
  /** Milliseconds that a message is under way: mostly a few, sometimes seconds. */
  delayMs: () => number
  /** Milliseconds that a leader which was overtaken may be cut off from what would tell it. */
  stallMs: () => number
  /** What becomes of a request and its answer. */
  message: () => 'arrives' | 'request-lost' | 'answer-lost'
  /** Whether some process crashes before the next step. */
  crash: () => boolean
  /** Whether another process takes the lead although the one that has it still works. */
  usurp: () => boolean
  /** Calm: nothing is lost, nobody crashes. */
  setCalm: (calm: boolean) => void
  /** Storms come and go: until then, much is lost. */
  storm: (now: number, untilMs: number) => void
}>

const REQUEST_LOST = 0.004
const ANSWER_LOST = 0.008
const IN_A_STORM = 0.4
/** Before each step. */
const CRASH = 0.000_25
const USURPATION = 0.000_1

/** In some worlds everything goes wrong more often. */
const HARSHNESS = [1, 1, 1, 6] as const

export function createWeather(random: Random, now: () => number): Weather {
  const harshness = random.pick(HARSHNESS)
  let calm = true
  let stormUntil = 0

  function lost(probability: number): boolean {
    if (calm) return false
    return random.chance(now() < stormUntil ? IN_A_STORM : probability * harshness)
  }

  function delayMs(): number {
    if (random.chance(0.94)) return random.between(1, 6)
    if (calm || random.chance(0.9)) return random.between(10, 400)
    return random.between(400, 20_000)
  }

  return {
    delayMs,
    stallMs: () => random.between(0, 300_000),
    message: () =>
      lost(REQUEST_LOST) ? 'request-lost' : lost(ANSWER_LOST) ? 'answer-lost' : 'arrives',
    crash: () => !calm && random.chance(CRASH * harshness),
    usurp: () => !calm && random.chance(USURPATION * harshness),
    setCalm: (value) => {
      calm = value
      stormUntil = 0
    },
    storm: (from, untilMs) => {
      stormUntil = from + untilMs
    },
  }
}
