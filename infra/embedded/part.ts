/** A part of the embedded stack: a server process that we start and end. */
import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { StopStep } from './process-identity.ts'
import { reasonOf, StartError } from './start-error.ts'

const pollMs = 25

/** How one server is started, seen to be ready, and ended. */
export type Part = Readonly<{
  name: string
  /** Starts the process in a group of its own, so that the terminal's Ctrl-C leaves it to us. */
  spawn: () => ChildProcess
  /** Resolves when the server answers; throws when the child ends or the signal aborts first. */
  ready: (child: ChildProcess, signal: AbortSignal) => Promise<void>
  /** How long a start may take; a recovery after a crash included. */
  readyMs: number
  stopSteps: readonly StopStep[]
}>

/** Whether the child has ended, or could not be started at all. */
export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

/** Resolves when the child has ended; at once if it already has. */
export async function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  await new Promise<void>((resolve) => child.once('exit', () => resolve()))
}

/** Asks again and again until the server answers; gives up when the child ends. */
export async function poll(child: ChildProcess, signal: AbortSignal, ask: () => Promise<unknown>) {
  for (;;) {
    signal.throwIfAborted()
    if (hasEnded(child)) throw new StartError('it ended before it was ready')
    try {
      await ask()
      return
    } catch (error) {
      if (signal.aborted) throw new StartError(`it does not answer (${reasonOf(error)})`)
    }
    await delay(pollMs)
  }
}
