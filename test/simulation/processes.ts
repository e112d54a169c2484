/** The processes of the system: they start, crash and start again; one leads, or thinks that it still does. */

import { sagaSender } from '../../infra/app/write-side.ts'
import type { CommandSender } from '../../sagas/runner/ports.ts'
import type { Saga } from '../../sagas/saga.ts'
import { type Node, type Surroundings, startNode } from './node.ts'
import { leadSagas } from './saga-runner.ts'
import type { SagaTables } from './saga-tables.ts'
import { OUTSIDE } from './scheduler.ts'

export const NAMES = ['one', 'two']

const ELECTION_MS = [300, 8_000] as const
const RESTART_MS = [200, 15_000] as const

export type Tally = { crashes: number; usurpations: number; storms: number }

type Options = Readonly<{
  surroundings: Surroundings
  sagas: readonly Saga[]
  tables: SagaTables
  tally: Tally
  /** How the leader's sagas send their commands. */
  sending: (sender: CommandSender) => CommandSender
  onFault: (error: unknown) => void
}>

export type Processes = ReturnType<typeof createProcesses>

export function createProcesses({ surroundings, sagas, tables, tally, sending, onFault }: Options) {
  const { scheduler, weather, random, commands } = surroundings
  const nodes = new Map<string, Node>()
  let leader: Node | undefined
  let isElecting = false

  function start(name: string): void {
    nodes.set(name, startNode(name, surroundings))
    if (leader === undefined) elect()
  }

  function crash(node: Node): void {
    tally.crashes += 1
    node.crash()
    after(RESTART_MS, () => start(node.name))
    if (node !== leader) return
    leader = undefined
    elect()
  }

  function after([least, most]: readonly [number, number], work: () => void): void {
    scheduler.at(scheduler.now() + random.between(least, most), OUTSIDE, work)
  }

  function alive(): readonly Node[] {
    return [...nodes.values()].filter(({ owner }) => owner.alive)
  }

  /** Some process that lives takes the lead, after a while. */
  function elect(): void {
    if (isElecting) return
    isElecting = true
    after(ELECTION_MS, () => {
      isElecting = false
      const [node] = random.shuffled(alive())
      if (node !== undefined) lead(node)
    })
  }

  function lead(node: Node): void {
    leader = node
    const sender = sending(sagaSender(commands, node.handler))
    void leadSagas({ sagas, node, tables, sender, scheduler, weather, onFault })
  }

  /** Between two steps, some process may crash, or take the lead although another has it. */
  function trouble(): void {
    const [node] = random.shuffled(alive())
    if (node === undefined) return
    if (weather.crash()) crash(node)
    else if (weather.usurp()) {
      tally.usurpations += 1
      lead(node)
    }
  }

  return { start, alive, trouble, get: (name: string) => nodes.get(name) }
}
