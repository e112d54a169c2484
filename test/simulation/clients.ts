/** Those who ask from outside: either process, again if they hear nothing, sometimes twice at once. */

import { EventStoreUnavailable } from '../../commands/event-store.ts'
import { Overloaded } from '../../commands/handler/errors.ts'
import type { Outcome, Request } from '../../commands/handler/request.ts'
import type { Node, Surroundings } from './node.ts'
import { NAMES } from './processes.ts'
import { OUTSIDE } from './scheduler.ts'

/** What a client asks for: a command by its name, as somebody, with a key unless it never asks again. */
export type Asked = Readonly<{
  command: string
  input: Readonly<Record<string, unknown>>
  actor: Request['actor']
  key?: string
  ifRevision?: bigint
}>

const TRIES = 8
const WAITS_MS = 15_000
const TWICE_AT_ONCE = 0.04

type Options = Readonly<{
  surroundings: Surroundings
  process: (name: string) => Node | undefined
  /** Called with what was accepted under a key and wrote something. */
  onAccepted: (commandId: string, request: Request) => void
  onFault: (error: unknown) => void
}>

export function createClients({ surroundings, process, onAccepted, onFault }: Options) {
  const { scheduler, weather, random, commands } = surroundings

  /** Asks until there is an answer, or patience is over; undefined: the outcome is not known. */
  async function ask(asked: Asked): Promise<Outcome | undefined> {
    const request = requestOf(asked)
    if (asked.key !== undefined && random.chance(TWICE_AT_ONCE)) void attempt(request)
    const tries = asked.key === undefined ? 1 : TRIES
    for (let attempts = 0; attempts < tries; attempts++) {
      const outcome = await attempt(request)
      if (outcome !== undefined) return outcome
      await scheduler.wait(random.between(50, 5_000), OUTSIDE)
    }
    return undefined
  }

  function requestOf({ command: name, input, actor, key, ifRevision }: Asked): Request {
    const command = commands.get(name)
    if (command === undefined) throw new Error(`there is no command ${name}`)
    return {
      ...{ command, input: command.schema.parse(input), actor, secondFactor: true },
      ...(key !== undefined && { idempotencyKey: key }),
      ...(ifRevision !== undefined && { ifRevision }),
    }
  }

  async function attempt(request: Request): Promise<Outcome | undefined> {
    const [name = ''] = random.shuffled(NAMES)
    const fate = weather.message()
    await scheduler.wait(weather.delayMs(), OUTSIDE)
    const node = process(name)
    if (fate === 'request-lost' || !node?.owner.alive) return undefined
    const answer = handled(node, request)
    const outcome = await Promise.race([answer, scheduler.wait(WAITS_MS, OUTSIDE)])
    await scheduler.wait(weather.delayMs(), OUTSIDE)
    return fate === 'answer-lost' ? undefined : (outcome ?? undefined)
  }

  async function handled(node: Node, request: Request): Promise<Outcome | undefined> {
    try {
      const outcome = await node.handler.handle(request)
      const [first] = outcome.accepted ? outcome.events : []
      const hasKey = request.idempotencyKey !== undefined
      if (first !== undefined && hasKey) onAccepted(first.metadata.commandId, request)
      return outcome
    } catch (error) {
      if (!(error instanceof Overloaded || error instanceof EventStoreUnavailable)) onFault(error)
      return undefined
    }
  }

  return { ask }
}
