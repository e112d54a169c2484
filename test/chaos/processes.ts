/** Which processes there are to kill or to stop, and doing so. */

import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { identityOf, isAlive, signal } from '../../infra/embedded/process-identity.ts'
import { until } from '../support/until.ts'
import type { ChaosSystem, Part } from './system.ts'

/** Linux says in `/proc` whose child a process is; elsewhere these tests are skipped. */
export const skip = process.platform === 'linux' ? false : 'processes are found in /proc'

/** The children of a process. */
function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent)
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined // it ended meanwhile
  }
}

/** The processes of a Postgres that serve connections: not its own workers. */
export function backendsOf(postmaster: number): readonly number[] {
  return childrenOf(postmaster).filter((pid) => titleOf(pid).includes('tradeline tradeline'))
}

function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** The process of a part, once there is one. */
export function partOf(system: ChaosSystem, part: Part): Promise<number> {
  return until(`${part} runs`, () => system.partPid(part), 60_000)
}

/** Ends a process as the kernel would, and waits until it is gone. */
export async function killHard(pid: number): Promise<void> {
  const target = identityOf(pid)
  if (target === undefined) return
  signal(pid, 'SIGKILL')
  await until(`process ${pid} is gone`, () => !isAlive(target))
}

/** Stops a part with all its processes where they stand, until the returned function is called. */
export async function freeze(system: ChaosSystem, part: Part): Promise<() => Promise<void>> {
  const leader = await partOf(system, part)
  signal(leader, 'SIGSTOP') // first, so that it starts no more of them
  const all = [leader, ...childrenOf(leader)]
  for (const pid of all) signal(pid, 'SIGSTOP')
  return async () => {
    for (const pid of all.toReversed()) signal(pid, 'SIGCONT')
  }
}

const LOOK_EVERY_MS = 5

/** Kills a part, and again whenever it is started, until the returned function is called. */
export async function keepDown(system: ChaosSystem, part: Part): Promise<() => Promise<void>> {
  let isOver = false
  const killing = (async () => {
    while (!isOver) {
      const pid = system.partPid(part)
      if (pid !== undefined) await killHard(pid)
      await delay(LOOK_EVERY_MS)
    }
  })()
  return async () => {
    isOver = true
    await killing
  }
}
