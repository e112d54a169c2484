/** Stacks for tests: in this process, or in one that a test may kill. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { ended } from '../../infra/embedded/part.ts'
import {
  endProcess,
  identityOf,
  isAlive,
  type ProcessIdentity,
} from '../../infra/embedded/process-identity.ts'
import type { StackOptions } from '../../infra/embedded/stack.ts'
import type { Teardown } from './postgres.ts'
import { until } from './until.ts'

const program = fileURLToPath(new URL('stack-program.ts', import.meta.url))

export const anyPorts = { postgres: 0, eventStore: 0, nats: 0 }

const Up = z.object({
  databaseUrl: z.string(),
  natsUrl: z.string().optional(),
  pids: z.record(z.string(), z.number()),
})
const Said = z.union([Up, z.object({ error: z.string() })])

export type StackProcess = Readonly<{
  child: ChildProcess
  /** What it says when it is up, or why it did not come up. */
  said: z.infer<typeof Said>
}>

type Options = Omit<StackOptions, 'logger' | 'signal'>
type Account = Readonly<{ uid: number; gid: number }>

/** Starts a stack in a process group of its own; returns at once. */
export function spawnStack(t: Teardown, options: Options, account?: Account): ChildProcess {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    ...account,
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
  })
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended(child)
  })
  return child
}

/** Starts a stack in a process of its own and waits until it is up or has refused. */
export async function stackProcess(t: Teardown, options: Options, account?: Account) {
  const child = spawnStack(t, options, account)
  const [message] = await once(child, 'message')
  return { child, said: Said.parse(message) } satisfies StackProcess
}

/** The processes of a stack that came up; ended by force when the test is over, whatever it did. */
export function processesOf(t: Teardown, { said }: StackProcess): Map<string, ProcessIdentity> {
  if ('error' in said) throw new Error(`the stack did not come up: ${said.error}`)
  const processes = new Map<string, ProcessIdentity>()
  for (const [name, pid] of Object.entries(said.pids)) {
    const identity = identityOf(pid)
    if (identity !== undefined) processes.set(name, identity)
  }
  t.teardown(async () => {
    for (const one of processes.values()) {
      await endProcess(one, [{ signal: 'SIGKILL', waitMs: 5_000 }])
    }
  })
  return processes
}

/** Resolves when none of them runs any more. */
export async function allGone(processes: ReadonlyMap<string, ProcessIdentity>): Promise<void> {
  for (const [name, one] of processes) await until(`${name} has ended`, () => !isAlive(one))
}
