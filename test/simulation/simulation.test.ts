/**
 * The whole system in virtual time: commands, sagas, timers, business days, crashes, lost answers, and
 * money that comes, goes back, and is found on statements. Ten thousand orders, over seeds that are
 * always the same; `npm run test:simulation` takes others, and more.
 */

import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Test, test } from 'tap'
import { PLANTS } from './plants.ts'
import type { Played } from './play.ts'
import type { Run } from './simulate.ts'

const SEEDS = Array.from({ length: 10 }, (_, index) => index + 1)
const ORDERS = 1_000
/** Within so many orders a planted bug is found, over the seeds that are played for it. */
const SOON = 2_000
const TO_FIND = [21, 22, 23, 24, 25].map((seed) => ({ seed, orders: 250 }))

const PROCESSES = Math.min(2, availableParallelism())

const run = promisify(execFile)
const PLAY = join(import.meta.dirname, 'play.ts')
const MOST_OUTPUT = 16 * 1024 * 1024

/** What came of runs that one process plays one after another. */
async function play(runs: readonly Run[]): Promise<readonly Played[]> {
  const { stdout } = await run(process.execPath, [PLAY, JSON.stringify(runs)], {
    maxBuffer: MOST_OUTPUT,
  })
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}

test('the same seed gives the same history, byte for byte, in one process and in two', async (t) => {
  const orders = 100
  const mine = { seed: 77, orders }
  const [[one, again, other], [elsewhere]] = await Promise.all([
    play([mine, mine, { seed: 78, orders }]),
    play([mine]),
  ])
  t.equal(again?.history, one?.history)
  t.equal(elsewhere?.history, one?.history)
  t.not(other?.history, one?.history, 'another seed, another history')
  t.ok((one?.crashes ?? 0) > 0, `${one?.crashes} crashes`)
})

test('ten thousand orders keep every law, through crashes, lost answers and delays', async (t) => {
  const runs = SEEDS.map((seed) => ({ seed, orders: ORDERS }))
  const shares = Array.from({ length: PROCESSES }, (_, share) =>
    runs.filter((_, index) => index % PROCESSES === share),
  )
  const played = (await Promise.all(shares.map(play))).flat()
  for (const { seed, broken, told } of played.sort((one, two) => one.seed - two.seed)) {
    t.comment(told)
    t.equal(broken, undefined, `seed ${seed}`)
  }
  t.equal(played.length, SEEDS.length)
})

test('every planted bug is found', async (t) => {
  const plants = Object.keys(PLANTS).values()
  const worker = async () => {
    for (const plant of plants) await found(t, plant)
  }
  await Promise.all(Array.from({ length: PROCESSES }, worker))
})

async function found(t: Test, plant: string): Promise<void> {
  let before = 0
  for (const one of TO_FIND) {
    const [played] = await play([{ ...one, plant }])
    before += played?.orders ?? 0
    if (played?.broken === undefined) continue
    t.comment(`${plant}: with seed ${one.seed}, after ${before} orders: ${played.broken}`)
    t.ok(before <= SOON, `${PLANTS[plant]?.what}: ${before} orders`)
    return
  }
  t.fail(`${plant} was not found in ${before} orders`)
}
