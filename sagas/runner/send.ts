/** Sends the commands of a reaction: bounded in flight, tried again, and the failure told at the end. */

import { createGate } from '../../commands/handler/gate.ts'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { SagaCommand } from '../saga.ts'
import type { Outage } from './outage.ts'
import { Stopped } from './outage.ts'
import type { Clock, CommandSender, CommandToSend } from './ports.ts'
import { commandIdOf } from './react.ts'

/** Why an instance could not go on. */
export type Failure = Readonly<{
  error: string
  /** The command that failed; undefined if the reaction itself did. */
  command?: Readonly<{ name: string; id: string }>
}>

/** Sends all, in parallel; resolves once each is accepted or given up, with the first failure if any. */
export type Send = (commands: readonly CommandToSend[]) => Promise<Failure | undefined>

type Options = Readonly<{
  sender: CommandSender
  clock: Clock
  outage: Outage
  signal: AbortSignal
  maxInFlight: number
  /** The waits between the tries of one command; one try more than entries. */
  retryAfterMs: readonly number[]
}>

const MAX_ERROR_LENGTH = 2_000

export function commandSending(options: Options): Send {
  const { sender, clock, outage, signal, maxInFlight, retryAfterMs } = options
  const gate = createGate(maxInFlight)

  async function sendOne(command: CommandToSend): Promise<Failure | undefined> {
    let failure = await attempt(command)
    for (const waitMs of retryAfterMs) {
      if (failure === undefined) return undefined
      await clock.sleep(waitMs, signal)
      failure = await attempt(command)
    }
    return failure
  }

  async function attempt(command: CommandToSend): Promise<Failure | undefined> {
    try {
      const answer = await outage.outlast(() => gate.run(() => sendUnlessStopped(command)))
      if (answer.accepted) return undefined
      return failureOf(command, `refused: ${answer.refusal.code}: ${answer.refusal.message}`)
    } catch (error) {
      if (error instanceof Stopped) throw error
      return failureOf(command, textOf(error))
    }
  }

  /** A command may have waited long for its turn. */
  async function sendUnlessStopped(command: CommandToSend) {
    if (signal.aborted) throw new Stopped()
    return sender.send(command)
  }

  return async (commands) => {
    const [only] = commands
    if (only === undefined) return undefined
    if (commands.length === 1) return sendOne(only)
    const failures = await Promise.all(commands.map(sendOne))
    return failures.find((failure) => failure !== undefined)
  }
}

function failureOf(command: CommandToSend, error: string): Failure {
  return { error: bounded(error), command: { name: command.name, id: command.commandId } }
}

/** What went wrong, in words that a text column takes. */
export function textOf(error: unknown): string {
  return bounded(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
}

function bounded(text: string): string {
  return text.replaceAll('\0', '').slice(0, MAX_ERROR_LENGTH)
}

/** A reaction's commands with the ids that their cause gives them. */
export function commandsToSend(
  saga: string,
  key: string,
  commands: readonly SagaCommand[],
  event: RecordedEvent,
): readonly CommandToSend[] {
  return commands.map(({ command, input }, index) => ({
    name: command,
    input,
    commandId: commandIdOf(saga, key, event.id, index),
    causationId: event.id,
    correlationId: event.metadata.correlationId,
    after: event.position,
  }))
}
