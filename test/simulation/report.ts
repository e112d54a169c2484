/** What a run came to, for people: and for a broken law, how to see it again. */

import type { StoredEvent } from '../../infra/event-store/codec.ts'
import type { BrokenLaw } from './model/law.ts'
import type { Result } from './simulate.ts'

const SHOWN = 12

export function told(result: Result, orders: number): string {
  const { seed, events, steps, days, crashes, usurpations, storms, ends, world } = result
  const { overLimit, stockShort } = world.policy
  const summary = [
    `seed ${seed}: ${result.orders} orders, ${events} events, ${steps} steps, ${days} days,`,
    `${crashes} crashes, ${usurpations} usurpations, ${storms} storms`,
  ].join(' ')
  const policy = `  over limit: ${overLimit}, stock short: ${stockShort}`
  const lines = [summary, policy, `  ends ${JSON.stringify(ends)}`]
  return result.broken === undefined
    ? lines.join('\n')
    : [...lines, ...brokenLaw(result, result.broken, orders)].join('\n')
}

function brokenLaw(
  { seed, plant, world, orders: placed }: Result,
  broken: BrokenLaw,
  orders: number,
): readonly string[] {
  const { event, streams } = broken
  const planted = plant === undefined ? '' : ` --plant ${plant}`
  const concerned = world.store
    .stored()
    .filter(({ stream, data }) =>
      [event?.stream, ...streams].some(
        (name) => name !== undefined && (stream.includes(name) || isAbout(data, name)),
      ),
    )
  return [
    `  BROKEN: ${broken.message}`,
    `  at position ${event?.position ?? 'the end'}, after ${placed} orders; to see it again:`,
    `  node test/simulation/replay.ts --seed ${seed} --orders ${orders}${planted}`,
    '  the last events concerned:',
    ...concerned.slice(-SHOWN).map(lineOf),
  ]
}

function isAbout(data: unknown, id: string): boolean {
  return JSON.stringify(data).includes(`"${id}"`)
}

function lineOf({ position, stream, revision, type, data }: StoredEvent): string {
  return `    ${position} ${stream}@${revision} ${type} ${JSON.stringify(data).slice(0, 400)}`
}
