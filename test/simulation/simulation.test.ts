/**
 * The whole system in virtual time: commands, sagas, timers, business days, crashes, lost answers, and
 * money that comes, goes back, and is found on statements. Ten thousand orders, over seeds that are
 * always the same; `npm run test:simulation` takes others, and more.
 */

import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'tap'
import { PLANTS } from './plants.ts'
import type { Played } from './play.ts'
import type { Run } from './simulate.ts'

const SEEDS = Array.from({ length: 10 }, (_, index) => index + 1)
const ORDERS = 1_000
/** Within so many orders a planted bug is found, over the seeds that are played for it. */
const SOON = 2_000
const TO_FIND = [23, 24, 25, 26, 27].map((seed) => ({ seed, orders: 250 }))

const PROCESSES = Math.min(2, availableParallelism())

const run = promisify(execFile)
const PLAY = join(import.meta.dirname, 'play.ts')
const MOST_OUTPUT = 16 * 1024 * 1024
/** With a process on each processor, threads that collect garbage are in the way. */
const LEAN = ['--single-threaded-gc', '--max-semi-space-size=32']

/** What came of runs that one process plays one after another. */
async function play(runs: readonly Run[]): Promise<readonly Played[]> {
  const { stdout } = await run(process.execPath, [...LEAN, PLAY, JSON.stringify(runs)], {
    maxBuffer: MOST_OUTPUT,
  })
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}

/** Over all processors. */
async function playAll(runs: readonly Run[]): Promise<Played[]> {
  const shares = Array.from({ length: PROCESSES }, (_, share) =>
    runs.filter((_, index) => index % PROCESSES === share),
  )
  return (await Promise.all(shares.map(play))).flat()
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
  const played = await playAll(SEEDS.map((seed) => ({ seed, orders: ORDERS })))
  for (const { seed, broken, told } of played.sort((one, two) => one.seed - two.seed)) {
    t.comment(told)
    t.equal(broken, undefined, `seed ${seed}`)
  }
  t.equal(played.length, SEEDS.length)
})

test('every planted bug is found', async (t) => {
  const before = new Map(Object.keys(PLANTS).map((plant) => [plant, 0]))
  for (const one of TO_FIND) {
    for (const { plant = '', ...played } of await playAll(
      [...before.keys()].map((plant) => ({ ...one, plant })),
    )) {
      const orders = (before.get(plant) ?? 0) + played.orders
      before.set(plant, orders)
      if (played.broken === undefined) continue
      before.delete(plant)
      t.comment(`${plant}: with seed ${one.seed}, after ${orders} orders: ${played.broken}`)
      t.ok(orders <= SOON, `${PLANTS[plant]?.what}: ${orders} orders`)
    }
  }
  t.same([...before], [], 'none is left')
})
