/** `nats-server` with JetStream, from the system. */
import { spawn } from 'node:child_process'
import { access, constants, mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { type Part, poll } from './part.ts'
import type { StopStep } from './process-identity.ts'

/** What an operator reads when the system has no `nats-server`. */
export const natsMissing =
  'nats-server is not installed, so the ERP feed waits: install it with "sudo apt-get install nats-server", or give a NATS_URL.'

export const natsStopSteps: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
]

export type NatsOptions = Readonly<{
  /** Where JetStream keeps its streams; made when missing. */
  folder: string
  port: number
}>

export type NatsPart = Part & Readonly<{ url: string }>

/** Says how to run the server; undefined when the system has none (see `natsMissing`). */
export async function natsPart({ folder, port }: NatsOptions): Promise<NatsPart | undefined> {
  const program = await natsProgram()
  if (program === undefined) return undefined
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    name: 'nats',
    url: `nats://127.0.0.1:${port}`,
    spawn: () =>
      spawn(program, ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', String(port)], {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    ready: (child, signal) => poll(child, signal, () => greeting(port)),
    readyMs: 60_000,
    stopSteps: natsStopSteps,
  }
}

/** Looks along PATH, and where Debian puts servers, which an ordinary user's PATH leaves out. */
export async function natsProgram(folders = searched()): Promise<string | undefined> {
  for (const folder of folders.filter((entry) => entry !== '')) {
    const file = join(folder, 'nats-server')
    const runnable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (runnable) return file
  }
  return undefined
}

function searched(): string[] {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
}

/** A NATS server speaks first: its line `INFO {...}` says that it serves, and with JetStream. */
function greeting(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (error?: Error) => {
      socket.destroy()
      if (error === undefined) resolve()
      else reject(error)
    }
    socket.setTimeout(1_000, () => settle(new Error('it accepts connections but says nothing')))
    socket.once('error', settle)
    socket.once('close', () => settle(new Error('it closed the connection')))
    socket.once('data', (data) => {
      const ready = /^INFO .*"jetstream":true/.test(data.toString('latin1'))
      settle(ready ? undefined : new Error('JetStream is not up'))
    })
  })
}
