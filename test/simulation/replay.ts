/** Plays one seed again: `node test/simulation/replay.ts --seed 7 --orders 1000`. */

import { parseArgs } from 'node:util'
import { told } from './report.ts'
import { simulate } from './simulate.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    orders: { type: 'string', default: '1000' },
    plant: { type: 'string' },
  },
})

const began = performance.now()
const [seed, orders] = [Number(values.seed), Number(values.orders)]
const result = await simulate({ seed, orders, plant: values.plant })
const seconds = ((performance.now() - began) / 1000).toFixed(1)
console.log(told(result, orders))
console.log(`history ${await result.history()}`)
console.log(`${seconds} s`)
if (result.broken !== undefined) process.exitCode = 1
