/** The embedded event store node, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { ended, type Part } from './part.ts'
import type { StopStep } from './process-identity.ts'
import { StartError } from './start-error.ts'

const program = fileURLToPath(new URL('event-store/main.ts', import.meta.url))
const Ready = z.object({ ready: z.literal(true) })

export const eventStoreStopSteps: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
]

export type EventStorePart = Part & Readonly<{ url: string }>

/** Says how to run the node on that database and port. */
export function eventStorePart(databaseUrl: string, port: number): EventStorePart {
  return {
    name: 'event-store',
    url: `esdb://127.0.0.1:${port}?tls=false`,
    readyMs: 60_000,
    stopSteps: eventStoreStopSteps,
    ready: saysReady,
    spawn: () =>
      spawn(process.execPath, [program], {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...process.env, DATABASE_URL: databaseUrl, EVENT_STORE_PORT: String(port) },
      }),
  }
}

/** The node reports over the channel between parent and child when it serves. */
async function saysReady(child: ChildProcess, signal: AbortSignal): Promise<void> {
  const silent = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new StartError('it did not say that it is ready'))
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
  const said = new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if (Ready.safeParse(message).success) resolve()
    })
  })
  const gone = ended(child).then(() => {
    throw new StartError('it ended before it was ready')
  })
  await Promise.race([said, gone, silent])
}
