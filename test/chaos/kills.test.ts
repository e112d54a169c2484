/**
 * `kill -9` of any one process under load, at moments drawn by a seed: `CHAOS_KILLS` times (5 by
 * default; 30 by `npm run test:chaos`), from `CHAOS_SEED` if it is given.
 */

import { type Test, test } from 'tap'
import { registerBusiness } from './business.ts'
import { proveWhole } from './integrity.ts'
import { type Load, startLoad } from './load.ts'
import { backendsOf, killHard, partOf, skip } from './processes.ts'
import { type Random, randomFrom, seedOfRun } from './random.ts'
import { type ChaosSystem, chaosSystem, PARTS } from './system.ts'

const KILLS = Number(process.env.CHAOS_KILLS ?? 5)
/** Orders between two kills, at most: enough for any moment of an order's life. */
const MOST_BETWEEN = 40
const VICTIMS = ['application', 'a backend of postgres', ...PARTS] as const
type Victim = (typeof VICTIMS)[number]

test('a process killed at any moment costs no order, and doubles none', { skip }, async (t) => {
  t.setTimeout(120_000 + KILLS * 60_000)
  const seed = seedOfRun()
  t.comment(`CHAOS_SEED=${seed}`)
  const random = randomFrom(seed)
  const system = await chaosSystem(t)
  await system.start()
  await registerBusiness(system)
  const load = await startLoad(t, system, { seed, workers: 8, pauseMs: 10 })
  for (const victim of victims(system, random)) await disturb(t, system, load, random, victim)
  await load.progress(MOST_BETWEEN)
  await load.stop()
  t.comment(`answers by status: ${JSON.stringify([...load.counts])}`)
  await proveWhole(t, system, load)
})

/** Every process once before any one twice, in an order drawn anew each time. */
function victims({ hasNats }: ChaosSystem, random: Random): readonly Victim[] {
  const there = VICTIMS.filter((victim) => hasNats || victim !== 'nats')
  const rounds = Math.ceil(KILLS / there.length)
  return Array.from({ length: rounds }, () => random.shuffled(there))
    .flat()
    .slice(0, KILLS)
}

/** The moment is drawn in orders, not in time: the load has to go on before the next kill. */
async function disturb(
  t: Test,
  system: ChaosSystem,
  load: Load,
  random: Random,
  victim: Victim,
): Promise<void> {
  await load.progress(random.between(1, MOST_BETWEEN))
  const startedAt = performance.now()
  if (victim === 'application') {
    await system.kill()
    await system.start()
  } else {
    await killHard(await pidOf(system, random, victim))
  }
  await load.progress(1)
  t.ok(system.isUp(), `orders go on after the end of ${victim}`)
  t.comment(`after ${Math.round(performance.now() - startedAt)} ms`)
}

async function pidOf(system: ChaosSystem, random: Random, victim: Victim): Promise<number> {
  if (victim === 'application') return system.pid()
  if (victim !== 'a backend of postgres') return await partOf(system, victim)
  const postmaster = await partOf(system, 'postgres')
  return random.shuffled(backendsOf(postmaster))[0] ?? postmaster
}
