/**
 * The whole system in virtual time: commands, sagas, timers, business days, crashes, lost answers. Ten
 * thousand orders, over seeds that are always the same; `npm run test:simulation` takes others, and more.
 */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Test, test } from 'tap'
import { PLANTS } from './plants.ts'
import { told } from './report.ts'
import { type Result, simulate } from './simulate.ts'

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
const ORDERS = 1_000
/** A planted bug is found within so many orders, over all seeds that it takes. */
const SOON = 1_500
const ORDERS_TO_FIND = 500

const run = promisify(execFile)

test('the same seed gives the same history, byte for byte, in this process and in another', async (t) => {
  const orders = 150
  const one = await simulate({ seed: 77, orders })
  const again = await simulate({ seed: 77, orders })
  const other = await simulate({ seed: 78, orders })
  const replay = join(import.meta.dirname, 'replay.ts')
  const { stdout } = await run(process.execPath, [replay, '--seed', '77', '--orders', `${orders}`])
  t.equal(again.history, one.history)
  t.match(stdout, `history ${one.history}`)
  t.not(other.history, one.history, 'another seed, another history')
  t.ok(one.crashes > 0, `${one.crashes} crashes`)
})

test('ten thousand orders keep every law, through crashes, lost answers and delays', async (t) => {
  let events = 0
  for (const seed of SEEDS) {
    const result = await simulate({ seed, orders: ORDERS })
    events += result.events
    t.comment(told(result, ORDERS))
    t.equal(result.broken?.message, undefined, `seed ${seed}`)
  }
  t.comment(`${events} events`)
})

for (const [name, { what }] of Object.entries(PLANTS)) {
  test(`a bug is found when ${what}`, (t) => found(t, name))
}

async function found(t: Test, plant: string): Promise<void> {
  let before = 0
  for (let seed = 1; before < SOON; seed++) {
    const result: Result = await simulate({ seed, orders: ORDERS_TO_FIND, plant })
    before += result.orders
    if (result.broken === undefined) continue
    t.comment(`${plant}: seed ${seed}, after ${before} orders: ${result.broken.message}`)
    t.ok(before <= SOON, `${before} orders`)
    return
  }
  t.fail(`${plant} was not found in ${before} orders`)
}
