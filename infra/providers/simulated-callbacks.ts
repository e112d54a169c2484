/** How a simulated provider calls back: late, more than once, in another order, or not at all; signed. */

import { setTimeout as delay } from 'node:timers/promises'
import { signed } from '../callbacks/signature.ts'
import type { Chance } from './simulated-till.ts'
import type { PaymentAnswer, PaymentCallback } from './words.ts'

export type CallbackOptions = Readonly<{
  provider: string
  secret: string
  chance: Chance
  /** In a thousand. */
  lost: number
  /** How often one is said at most. */
  most: number
  /** The longest pause before one is said. */
  pauseMs: number
}>

export type Callbacks = Readonly<{
  /** Where they are sent, of the write service: `http://127.0.0.1:8080`. Until then they wait. */
  to: (url: string) => void
  say: (payment: PaymentAnswer) => void
  /** Says nothing more. */
  stop: () => Promise<void>
}>

const MOST_WAITING = 10_000
const MOST_TRIES = 30
const RETRY_MS = 200
const LAST_RETRY_MS = 10_000
const TIMEOUT_MS = 10_000

export function createCallbacks(options: CallbackOptions): Callbacks {
  const { provider, chance, lost, most, pauseMs } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const known = Promise.withResolvers<string>()
  const saying = new Set<Promise<void>>()
  signal.addEventListener('abort', () => known.resolve(''))

  async function sayOnce(callback: PaymentCallback, afterMs: number): Promise<void> {
    await pause(afterMs, signal)
    const url = await known.promise
    const path = `/v1/payment-callbacks/${encodeURIComponent(provider)}`
    for (let tried = 1; tried <= MOST_TRIES && !signal.aborted; tried++) {
      if (await isTaken(`${url}${path}`, options.secret, callback, signal)) return
      await pause(Math.min(RETRY_MS * 2 ** Math.min(tried - 1, 10), LAST_RETRY_MS), signal)
    }
  }

  return {
    to: (url) => known.resolve(url),
    say(payment) {
      const eventId = `${payment.paymentId}-${payment.status}`
      if (payment.status === 'open' || chance(1000, 'lost', eventId) < lost) return
      const times = 1 + chance(most, 'times', eventId)
      for (let nth = 0; nth < times && saying.size < MOST_WAITING; nth++) {
        const afterMs = chance(pauseMs + 1, 'pause', eventId, nth)
        const said = sayOnce({ eventId, payment }, afterMs).finally(() => saying.delete(said))
        saying.add(said)
      }
    },
    async stop() {
      stopping.abort()
      await Promise.allSettled(saying)
    },
  }
}

/** Taken in, or refused for good: either way it is not said again. */
async function isTaken(
  url: string,
  secret: string,
  callback: PaymentCallback,
  stop: AbortSignal,
): Promise<boolean> {
  const body = JSON.stringify(callback)
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...signed(secret, body, new Date()) },
      signal: AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    await answer.arrayBuffer()
    const mayPass = answer.status === 404 || answer.status === 429 || answer.status >= 500
    return !mayPass
  } catch {
    return false // nobody is there, or not in time
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined)
}
