/**
 * Plays the runs that it is given as JSON, one after another, and writes a line of JSON for each: in a
 * process of its own, since a test runner that follows every promise makes them several times slower.
 */

import { told } from './report.ts'
import { type Run, simulate } from './simulate.ts'

export type Played = Readonly<{
  seed: number
  plant: string | undefined
  orders: number
  events: number
  crashes: number
  history: string
  /** The law that was broken, if one was. */
  broken: string | undefined
  told: string
}>

const runs: readonly Run[] = JSON.parse(process.argv[2] ?? '[]')

for (const run of runs) {
  const result = await simulate(run)
  const { seed, plant, orders, events, crashes, broken } = result
  const history = await result.history()
  const summary = told(result, run.orders)
  const counts = { orders, events, crashes }
  const said = { history, broken: broken?.message, told: summary }
  console.log(JSON.stringify({ seed, plant, ...counts, ...said } satisfies Played))
}
