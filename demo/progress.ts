/** How far the demo is: a bar where somebody watches, a line a quarter otherwise. */

import { Presets, SingleBar } from 'cli-progress'
import type { Plan, PlannedDay } from './plan.ts'

export type Progress = Readonly<{
  start: (plan: Plan) => void
  advance: (day: PlannedDay) => void
  end: () => void
}>

type Output = Readonly<{ isTTY?: boolean; write: (text: string) => unknown }>

export function progressOn(output: NodeJS.WriteStream): Progress {
  return output.isTTY ? bar(output) : lines(output)
}

export const SILENT: Progress = {
  start: () => undefined,
  advance: () => undefined,
  end: () => undefined,
}

function bar(stream: NodeJS.WriteStream): Progress {
  const format = '{bar} {percentage}% | {date} | {placed} of {orders} orders | {eta_formatted} left'
  const single = new SingleBar({ format, stream, hideCursor: true }, Presets.shades_classic)
  let placed = 0
  return {
    start: ({ days, orders }) =>
      single.start(days.length, 0, { date: '', placed, orders: orders.length }),
    advance: (day) => {
      placed += day.placed.length
      single.increment({ date: day.date, placed })
    },
    end: () => single.stop(),
  }
}

const QUARTER_BEGINS = /-(01|04|07|10)-01$/

function lines(output: Output): Progress {
  let placed = 0
  return {
    start: ({ days, orders }) =>
      output.write(`playing ${orders.length} orders over ${days.length} business days\n`),
    advance: (day) => {
      if (QUARTER_BEGINS.test(day.date)) output.write(`${day.date}: ${placed} orders placed\n`)
      placed += day.placed.length
    },
    end: () => output.write(`${placed} orders are placed\n`),
  }
}
