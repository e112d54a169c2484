/** An event store node in a process of its own, for tests that kill it. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ended } from '../../../infra/embedded/part.ts'
import { freePort } from '../../../infra/embedded/ports.ts'
import type { Teardown } from '../../support/postgres.ts'

const program = fileURLToPath(
  new URL('../../../infra/embedded/event-store/main.ts', import.meta.url),
)

export type NodeProcess = Readonly<{
  connectionString: string
  port: number
  pid: () => number
  /** Ends the process as a crash would, and starts another on the same port and database. */
  restart: () => Promise<void>
  /** Ends the process with a signal; resolves with its exit code. */
  end: (signal: NodeJS.Signals) => Promise<number | null>
}>

/** Starts it on a free port; it is gone when the test is over. */
export async function startNodeProcess(t: Teardown, databaseUrl: string): Promise<NodeProcess> {
  const port = await freePort()
  let child = await start(databaseUrl, port)
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await ended(child)
    return child.exitCode
  }
  t.teardown(async () => {
    await end('SIGKILL')
  })
  return {
    connectionString: `esdb://127.0.0.1:${port}?tls=false`,
    port,
    pid: () => child.pid ?? 0,
    restart: async () => {
      await end('SIGKILL')
      child = await start(databaseUrl, port)
    },
    end,
  }
}

/** Rejects with what the process said when it ends before it is ready. */
export async function start(databaseUrl: string, port: number): Promise<ChildProcess> {
  const env = { ...process.env, DATABASE_URL: databaseUrl, EVENT_STORE_PORT: String(port) }
  const child = fork(program, { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const failed = once(child, 'close').then(() => {
    throw new Error(said.trim())
  })
  await Promise.race([once(child, 'message'), failed])
  failed.catch(() => undefined) // it ends one day
  return child
}
