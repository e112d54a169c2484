/** Turns the look-ups of one moment into one query, with at most one query under way. */

import type { Machine } from './machine.ts'
import type { CommandIndex, IndexAnswer } from './ports.ts'

type Asked = Readonly<{
  commandIds: readonly string[]
  resolve: (answer: IndexAnswer) => void
  reject: (error: unknown) => void
}>

export function batchedIndex(index: CommandIndex, { soon }: Machine): CommandIndex {
  let asked: Asked[] = []
  let running = false

  async function run(): Promise<void> {
    running = true
    while (asked.length > 0) {
      const batch = asked
      asked = []
      try {
        const answer = await index.lookup(batch.flatMap(({ commandIds }) => commandIds))
        for (const { resolve } of batch) resolve(answer)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    running = false
  }

  return {
    lookup: (commandIds) =>
      new Promise((resolve, reject) => {
        asked.push({ commandIds, resolve, reject })
        if (!running) {
          running = true
          soon(() => void run())
        }
      }),
  }
}
