/** Plays many seeds: `npm run test:simulation -- --seeds 100 --orders 1000 --first 1`. */

import { parseArgs } from 'node:util'
import { told } from './report.ts'
import { simulate } from './simulate.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    orders: { type: 'string', default: '1000' },
    first: { type: 'string', default: '1' },
  },
})

const [first, seeds, orders] = [values.first, values.seeds, values.orders].map(Number)
let broken = 0
for (let seed = first ?? 1; seed < (first ?? 1) + (seeds ?? 100); seed++) {
  const began = performance.now()
  const result = await simulate({ seed, orders: orders ?? 1000 })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${told(result, orders ?? 1000)}\n  ${seconds} s`)
  if (result.broken !== undefined) broken += 1
}
console.log(`${broken} of ${seeds} seeds broke a law`)
if (broken > 0) process.exitCode = 1
