/** The route that follows from a command which can be quoted: the whole outcome, with nothing written. */

import { z } from 'zod'
import type { AnyCommand, Quote, Rehearsed } from '../commands/command.ts'
import type { Request } from '../commands/handler/request.ts'
import type { Refusal } from '../domain/kernel/decision.ts'
import { PROBLEM_ANSWER, problemOf } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { requestOf } from './command-route.ts'

/** Decides a command as it would be now, and plays what its saga would make of it. */
export type Quoting = (
  request: Request,
  quote: Quote,
) => Promise<
  | Readonly<{ accepted: true; rehearsed: Rehearsed }>
  | Readonly<{ accepted: false; refusal: Refusal }>
>

/** Adds `POST /v1<path>` for each command that declares a quote. */
export function addQuoteRoutes(
  server: Server,
  commands: Iterable<AnyCommand>,
  quoting: Quoting,
): void {
  for (const command of commands) addQuoteRoute(server, command, quoting)
}

function addQuoteRoute(server: Server, command: AnyCommand, quoting: Quoting): void {
  const { quote } = command
  if (quote === undefined) return
  server.post(`/v1${quote.path}`, { schema: describe(command, quote) }, async (request) => {
    const outcome = await quoting(requestOf(command, request), quote)
    if (!outcome.accepted) throw problemOf(outcome.refusal)
    return await quote.answer(outcome.rehearsed)
  })
}

function describe(command: AnyCommand, { path, summary, answerSchema }: Quote) {
  const shape = command.schema instanceof z.ZodObject ? command.schema.shape : {}
  return {
    operationId: `Quote${command.name}`,
    summary,
    description: `Roles: ${command.roles.join(', ')}. Nothing is written; keys are not looked at.`,
    tags: [path.split('/')[1] ?? ''],
    body: z.strictObject(shape),
    response: { 200: answerSchema, default: PROBLEM_ANSWER },
  }
}
