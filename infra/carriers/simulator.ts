/**
 * Plays a carrier: it signs as a real one does, says everything once or more, in any order and with pauses,
 * and says again what was not taken in. The same seed plays the same.
 *
 *   node infra/carriers/simulator.ts --carrier SF --secret secret SF-1 SF-2
 */

import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import { signed } from '../callbacks/signature.ts'
import type { CarrierEvent } from './signed-json.ts'

export type CarrierRun = Readonly<{
  /** Of the write service: `http://127.0.0.1:8080`. */
  url: string
  carrier: string
  secret: string
  trackingNumbers: readonly string[]
  seed: number
  /** The longest pause before something is said; default: none. */
  pauseMs?: number
  /** How often a parcel is seen on its way; default 3. */
  stops?: number
  /** When the last of it happened; default: now. */
  endedAt?: Date
}>

export type Played = Readonly<{
  /** Answers by status. */
  answers: ReadonlyMap<number, number>
  /** What was never taken in. */
  lost: readonly CarrierEvent[]
}>

const PLACES = ['Shanghai', 'Hangzhou', 'Nanjing', 'Wuhan', 'Chengdu'] as const
const HOUR_MS = 3_600_000
const MOST_REPEATS = 3
const MOST_TRIES = 20
const RETRY_MS = 100
const TIMEOUT_MS = 30_000
/** What is being said at once. */
const LINES = 4

/** Plays the ways of some parcels to their delivery. */
export async function playCarrier(run: CarrierRun): Promise<Played> {
  const { trackingNumbers, seed, pauseMs = 0 } = run
  const chance = chanceOf(seed)
  const said = trackingNumbers
    .flatMap((trackingNumber) => wayOf(run, trackingNumber, chance))
    .flatMap((event) => Array.from({ length: 1 + chance(MOST_REPEATS) }, () => event))
    .map((event) => ({ event, lot: chance(1_000_000), afterMs: chance(pauseMs + 1) }))
    .toSorted((one, other) => one.lot - other.lot)
  const answers = new Map<number, number>()
  const lost: CarrierEvent[] = []
  const line = async () => {
    for (let next = said.shift(); next !== undefined; next = said.shift()) {
      await delay(next.afterMs)
      if (!(await say(run, next.event, answers))) lost.push(next.event)
    }
  }
  await Promise.all(Array.from({ length: LINES }, line))
  return { answers, lost }
}

/** Whole numbers from 0 on, below a bound, that follow from a seed. */
type Chance = (below: number) => number

function chanceOf(seed: number): Chance {
  let drawn = 0
  return (below) => {
    const digest = createHash('sha256').update(`${seed}/${drawn}`).digest()
    drawn += 1
    return digest.readUIntBE(0, 6) % below
  }
}

/** What becomes of a parcel: seen here and there, perhaps delayed, delivered. */
function wayOf(
  { stops = 3, endedAt = new Date() }: CarrierRun,
  trackingNumber: string,
  chance: Chance,
): readonly CarrierEvent[] {
  const isDelayed = chance(2) === 0
  const steps = [
    ...Array.from({ length: stops }, () => 'in-transit' as const),
    ...(isDelayed ? (['delayed'] as const) : []),
    'delivered' as const,
  ]
  return steps.map((event, at) => ({
    eventId: `${trackingNumber}-${at + 1}`,
    trackingNumber,
    event,
    occurredAt: new Date(endedAt.getTime() - (steps.length - 1 - at) * HOUR_MS).toISOString(),
    ...(event === 'delayed'
      ? { reason: 'heavy rain' }
      : { location: PLACES[chance(PLACES.length)] ?? PLACES[0] }),
  }))
}

/** Says it until it is taken in; false if it never is. */
async function say(
  { url, carrier, secret }: CarrierRun,
  event: CarrierEvent,
  answers: Map<number, number>,
): Promise<boolean> {
  const body = JSON.stringify(event)
  for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
    const status = await post(`${url}/v1/carrier-callbacks/${encodeURIComponent(carrier)}`, body, {
      'content-type': 'application/json',
      ...signed(secret, body, new Date()),
    })
    answers.set(status, (answers.get(status) ?? 0) + 1)
    if (status === 200) return true
    const mayPass = status === NO_ANSWER || status === 404 || status >= 500
    if (!mayPass) return false
    await delay(RETRY_MS * attempt)
  }
  return false
}

const NO_ANSWER = 0

async function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const answer = await fetch(url, { method: 'POST', body, headers, signal })
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return NO_ANSWER // nobody is there, or not in time: said again
  }
}

type Options = Readonly<{
  carrier: string
  secret: string
  url: string
  seed: string
  pause: string
}>

async function main(): Promise<void> {
  const program = new Command('simulator')
    .description('play a carrier that repeats, reorders and delays what it says of parcels')
    .argument('<tracking numbers...>', 'as they were given when the goods were shipped')
    .requiredOption('--carrier <name>', 'as in CARRIER_SECRETS')
    .requiredOption('--secret <secret>', 'as in CARRIER_SECRETS')
    .option('--url <url>', 'the write service', 'http://127.0.0.1:8080')
    .option('--seed <number>', 'the same seed plays the same', '1')
    .option('--pause <ms>', 'the longest pause before something is said', '1000')
    .parse()
  const { carrier, secret, url, seed, pause } = program.opts<Options>()
  const { answers, lost } = await playCarrier({
    ...{ url, carrier, secret, trackingNumbers: program.args },
    seed: Number(seed),
    pauseMs: Number(pause),
  })
  for (const [status, times] of answers) process.stdout.write(`${times} × ${status}\n`)
  for (const event of lost) process.stdout.write(`never taken in: ${JSON.stringify(event)}\n`)
  process.exitCode = lost.length === 0 ? 0 : 1
}

if (import.meta.main) await main()
