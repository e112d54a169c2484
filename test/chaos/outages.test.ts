/**
 * Postgres, the event store or NATS stopped for a while under load: frozen, or killed again whenever
 * they come back. Each outage lasts until all that is said of it was seen, and at least
 * `CHAOS_OUTAGE_SECONDS` (0 by default; 60 by `npm run test:chaos`).
 */

import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { until } from '../support/until.ts'
import { registerBusiness } from './business.ts'
import { patientClient, type Sent } from './client.ts'
import { proveFed } from './fed.ts'
import { proveWhole } from './integrity.ts'
import { type Load, startLoad } from './load.ts'
import { freeze, keepDown, skip } from './processes.ts'
import { seedOfRun } from './random.ts'
import { askReady } from './ready.ts'
import { type ChaosSystem, chaosSystem, type Part } from './system.ts'

const OUTAGE_MS = Number(process.env.CHAOS_OUTAGE_SECONDS ?? 0) * 1_000
const SEEN_WITHIN_MS = 40_000
const BACK_WITHIN_MS = 60_000
/** More lines of one kind than this, and the log would be full of it; what comes and goes is said each time. */
const MOST_REPEATED = 8

/** How `/readyz` calls a part. */
const NAMES: Readonly<Record<Part, string>> = {
  postgres: 'database',
  'event-store': 'eventStore',
  nats: 'nats',
}

type Outage = Readonly<{
  part: Part
  /** How it begins; the function given ends it. */
  begin: (system: ChaosSystem, part: Part) => Promise<() => Promise<void>>
  /** Whether writes go on all the same. */
  writes: 'refused' | 'accepted'
  /** Left out of a short run, where another test comes near it. */
  long?: boolean
  name: string
}>

const OUTAGES: readonly Outage[] = [
  { name: 'Postgres frozen', part: 'postgres', begin: freeze, writes: 'refused' },
  { name: 'Postgres killed again and again', part: 'postgres', begin: keepDown, writes: 'refused' },
  {
    name: 'the event store frozen',
    part: 'event-store',
    begin: freeze,
    writes: 'refused',
    long: true,
  },
  { name: 'NATS frozen', part: 'nats', begin: freeze, writes: 'accepted' },
  { name: 'NATS killed again and again', part: 'nats', begin: keepDown, writes: 'accepted' },
]

test('work waits for what is away, says so, and resumes by itself', { skip }, async (t) => {
  t.setTimeout(120_000 + OUTAGES.length * (OUTAGE_MS + SEEN_WITHIN_MS + BACK_WITHIN_MS))
  const seed = seedOfRun()
  t.comment(`CHAOS_SEED=${seed}`)
  const system = await chaosSystem(t)
  await system.start()
  await registerBusiness(system)
  const load = await startLoad(t, system, { seed, workers: 4, pauseMs: 20 })
  await load.progress(20)
  for (const outage of OUTAGES) {
    if (outage.part === 'nats' && !system.hasNats) continue
    if (outage.long === true && OUTAGE_MS === 0) continue
    await t.test(outage.name, (t) => during(t, system, load, outage))
  }
  await load.stop()
  t.comment(`answers by status: ${JSON.stringify([...load.counts])}`)
  await t.test('everything is whole', (t) => proveWhole(t, system, load))
  if (system.hasNats) await t.test('the feed has caught up', (t) => proveFed(t, system))
})

async function during(t: Test, system: ChaosSystem, load: Load, outage: Outage): Promise<void> {
  const { part, begin, writes } = outage
  const logged = system.log().length
  const begun = performance.now()
  const end = await begin(system, part)
  try {
    if (writes === 'refused') await proveRefused(t, system)
    else await load.progress(20)
    await proveNamed(t, system, outage)
    await delay(Math.max(0, OUTAGE_MS - (performance.now() - begun)))
  } finally {
    await end()
  }
  await load.progress(10)
  await until('it is ready again', async () => (await askReady(system)).ready, BACK_WITHIN_MS)
  t.comment(`the outage and all took ${Math.round(performance.now() - begun)} ms`)
  t.strictSame(repeatedIn(system.log().slice(logged)), [], 'the log is not full of it')
  t.ok(system.isUp(), 'the application lives on')
}

/** A write is answered in time, with when to come again. */
async function proveRefused(t: Test, system: ChaosSystem): Promise<void> {
  const client = patientClient(system.writeUrl)
  const token = await system.tokenFor('brand-admin')
  const answer = await until(
    'a write is answered 503',
    async () => {
      const answer = await client.once(newDealer(token))
      return answer?.status === 503 ? answer : undefined
    },
    SEEN_WITHIN_MS,
  )
  t.match(answer.headers.get('retry-after'), /^\d+$/, 'it says when to come again')
  t.match(answer.body, { code: 'unavailable', status: 503 })
  t.strictSame(client.faults, [], 'and is never answered otherwise')
  t.equal(client.counts.get(0), undefined, 'nor left without an answer')
}

/** A write that waits for no other, and that no proof of orders has to know of. */
function newDealer(token: string): Sent {
  const key = randomUUID()
  return { path: '/v1/dealers', token, key, body: { dealerId: key, name: key, region: 'East' } }
}

/** `/readyz` says which part is away, and whether the system can do without it. */
async function proveNamed(t: Test, system: ChaosSystem, { part, writes }: Outage): Promise<void> {
  const name = NAMES[part]
  const { ready, parts } = await until(
    `/readyz names ${name}`,
    async () => {
      const answer = await askReady(system)
      return answer.parts[name] === 'ok' ? undefined : answer
    },
    SEEN_WITHIN_MS,
  )
  t.comment(`${name}: ${parts[name]}`)
  t.equal(ready, writes === 'accepted', 'ready means that it can work')
}

/** Messages of warnings and errors that were logged more often than a reader can bear. */
function repeatedIn(lines: ReturnType<ChaosSystem['log']>): readonly string[] {
  const times = new Map<string, number>()
  for (const { level, msg, office, pool } of lines) {
    const what = [msg, office, pool].join(' ')
    if (level >= 40) times.set(what, (times.get(what) ?? 0) + 1)
  }
  return [...times]
    .filter(([, count]) => count > MOST_REPEATED)
    .map(([what, count]) => `${count} times: ${what}`)
}
